#include "mutex.h"

#include <chrono>

namespace terrane {
namespace {

constexpr uint64_t kSleepers = uint64_t{1} << 31;
constexpr uint64_t kThread = kSleepers - 1;
// How long to sleep before looking whether the holder is still alive.
constexpr int64_t kPatience = 20 * 1000 * 1000;

Owner OwnerOf(uint64_t word) {
  return {static_cast<uint32_t>(word & kThread), static_cast<uint32_t>(word >> 32)};
}

uint64_t WordOf(Owner owner) { return uint64_t{owner.birth} << 32 | (owner.id & kThread); }

/** True when the numbers in the mutex mean something here. A mutex left by an earlier boot is taken over. */
bool Adopt(MutexMemory* memory) {
  const Domain here = CurrentDomain();
  const uint64_t mine = uint64_t{here.space} << 32 | here.boot;
  uint64_t there = memory->domain.load(std::memory_order_acquire);
  if (there == mine) return true;
  // Holders of another boot fail the test of being alive, because the boot is part of their birth.
  if (there == 0 || static_cast<uint32_t>(there) != here.boot) {
    return memory->domain.compare_exchange_strong(there, mine) || there == mine;
  }
  return false;
}

MutexResult Attempt(const MutexPlace& place, bool look, uint64_t sleepers) {
  std::atomic<uint64_t>& word = place.memory->word;
  const Owner me = CurrentOwner();
  uint64_t seen = word.load(std::memory_order_relaxed);
  for (;;) {
    const Owner holder = OwnerOf(seen);
    MutexResult result = MutexResult::kLocked;
    if (holder.id != 0) {
      if (holder.id == me.id && holder.birth == me.birth) return MutexResult::kOwn;
      if (!look || IsAlive(holder)) return MutexResult::kBusy;
      result = MutexResult::kRecovered;
    }
    const uint64_t wanted = WordOf(me) | (seen & kSleepers) | sleepers;
    if (word.compare_exchange_weak(seen, wanted, std::memory_order_acquire)) return result;
  }
}

}  // namespace

MutexResult TryLockMutex(const MutexPlace& place) {
  if (!Adopt(place.memory)) return MutexResult::kForeign;
  return Attempt(place, true, 0);
}

uint32_t PrepareMutexWait(const MutexPlace& place) {
  uint64_t seen = place.memory->word.load(std::memory_order_relaxed);
  while ((seen & kThread) != 0 && (seen & kSleepers) == 0) {
    if (place.memory->word.compare_exchange_weak(seen, seen | kSleepers)) seen |= kSleepers;
  }
  return static_cast<uint32_t>(seen);
}

MutexResult LockMutex(const MutexPlace& place, int64_t nanoseconds) {
  using Clock = std::chrono::steady_clock;
  if (!Adopt(place.memory)) return MutexResult::kForeign;
  MutexResult result = Attempt(place, false, 0);
  if (result != MutexResult::kBusy) return result;
  const auto start = Clock::now();
  for (;;) {
    const int64_t spent = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start).count();
    if (nanoseconds >= 0 && spent >= nanoseconds) return TryLockMutex(place);
    const uint32_t word = PrepareMutexWait(place);
    int woken = 0;
    if ((word & kThread) != 0) {
      const int64_t left = nanoseconds < 0 ? kPatience : nanoseconds - spent;
      auto* const low = reinterpret_cast<uint32_t*>(place.memory);
      woken = WaitWord(low, word, left < kPatience ? left : kPatience, place.file, place.fileOffset);
    }
    // Whoever slept cannot know whether others still do, so it takes the mutex with the mark set.
    result = Attempt(place, woken == 2, kSleepers);
    if (result != MutexResult::kBusy) return result;
  }
}

bool UnlockMutex(const MutexPlace& place) {
  std::atomic<uint64_t>& word = place.memory->word;
  const Owner me = CurrentOwner();
  const Owner holder = OwnerOf(word.load(std::memory_order_relaxed));
  if (holder.id != me.id || holder.birth != me.birth) return false;
  const uint64_t before = word.exchange(0, std::memory_order_release);
  if ((before & kSleepers) != 0) {
    WakeWord(reinterpret_cast<uint32_t*>(place.memory), 1, place.file, place.fileOffset);
  }
  return true;
}

}  // namespace terrane
