// Sleeping and waking on words of shared memory, across processes, and the mutex made of them.
#include <chrono>
#include <memory>
#include <thread>

#include "glue.h"
#include "mutex.h"

namespace terrane {
namespace {

uint32_t* WordAt(const Region* region, size_t offset) {
  return reinterpret_cast<uint32_t*>(region->data() + offset);
}

uint64_t PlaceOf(const Region* region, size_t offset) { return region->fileOffset + region->head + offset; }

int64_t Nanoseconds(const Napi::Value& milliseconds) {
  const double value = Number(milliseconds);
  return value < 0 || value > 9e12 ? -1 : static_cast<int64_t>(value * 1e6);
}

using Clock = std::chrono::steady_clock;

// Long sleeps are made of short ones, so that an abandoned one ends soon.
constexpr int64_t kSlice = 20 * 1000 * 1000;

int WaitInSlices(const Region* region, size_t offset, uint32_t expected, int64_t nanoseconds,
                 const std::atomic<bool>& abandoned) {
  const auto start = Clock::now();
  for (;;) {
    const int64_t spent = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start).count();
    int64_t left = nanoseconds < 0 ? kSlice : nanoseconds - spent;
    if (left < 0) left = 0;
    const int result = WaitWord(WordAt(region, offset), expected, left < kSlice ? left : kSlice, region->file,
                                PlaceOf(region, offset));
    if (result != 2 || abandoned.load()) return result;
    if (nanoseconds >= 0 && spent >= nanoseconds) return 2;
  }
}

/** wait(region, offset, expected, milliseconds) -> 0 woken, 1 not equal, 2 timed out. Negative waits for ever. */
Napi::Value Wait(const Napi::CallbackInfo& info) {
  const std::atomic<bool> never{false};
  const int result = WaitInSlices(RegionOf(info[0]), Size(info[1]), info[2].As<Napi::Number>().Uint32Value(),
                                  Nanoseconds(info[3]), never);
  return Napi::Number::New(info.Env(), result);
}

struct AsyncWait {
  Region* region;
  size_t offset;
  uint32_t expected;
  int64_t nanoseconds;
  std::atomic<bool> abandoned{false};
  Napi::ThreadSafeFunction callback;
  std::thread thread;

  void Run() {
    const int result = WaitInSlices(region, offset, expected, nanoseconds, abandoned);
    callback.BlockingCall([result](Napi::Env env, Napi::Function done) {
      done.Call({Napi::Number::New(env, result)});
    });
    callback.Release();
  }
};

/** waitAsync(region, offset, expected, milliseconds, done) -> a function that abandons it. Sleeps on a thread of its own. */
Napi::Value WaitAsync(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  const std::shared_ptr<AsyncWait> wait(new AsyncWait());
  wait->region = RegionOf(info[0]);
  wait->offset = Size(info[1]);
  wait->expected = info[2].As<Napi::Number>().Uint32Value();
  wait->nanoseconds = Nanoseconds(info[3]);
  Retain(wait->region);
  auto* const kept = new std::shared_ptr<AsyncWait>(wait);
  // Runs when the wait is over, and also when the environment ends before it.
  const auto finish = [](Napi::Env, std::shared_ptr<AsyncWait>* ended) {
    (*ended)->abandoned = true;
    (*ended)->thread.join();
    Release((*ended)->region);
    delete ended;
  };
  wait->callback = Napi::ThreadSafeFunction::New(env, info[4].As<Napi::Function>(), "terrane wait", 0, 1, kept, finish);
  wait->thread = std::thread([raw = wait.get()] { raw->Run(); });
  return Napi::Function::New(env, [wait](const Napi::CallbackInfo&) { wait->abandoned = true; });
}

/** wake(region, offset, count) -> how many were woken. */
Napi::Value Wake(const Napi::CallbackInfo& info) {
  const Region* region = RegionOf(info[0]);
  const size_t offset = Size(info[1]);
  const int count = info[2].As<Napi::Number>().Int32Value();
  const int woken = WakeWord(WordAt(region, offset), count, region->file, PlaceOf(region, offset));
  return Napi::Number::New(info.Env(), woken);
}

MutexPlace MutexAt(const Napi::CallbackInfo& info) {
  const Region* region = RegionOf(info[0]);
  const size_t offset = Size(info[1]);
  return {reinterpret_cast<MutexMemory*>(region->data() + offset), region->file, PlaceOf(region, offset)};
}

Napi::Value MutexTry(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<int>(TryLockMutex(MutexAt(info))));
}

/** mutexLock(region, offset, milliseconds) -> a MutexResult. */
Napi::Value MutexLock(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<int>(LockMutex(MutexAt(info), Nanoseconds(info[2]))));
}

/** mutexPrepare(region, offset) -> the word to wait for a change of. */
Napi::Value MutexPrepare(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), PrepareMutexWait(MutexAt(info)));
}

Napi::Value MutexUnlock(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), UnlockMutex(MutexAt(info)));
}

}  // namespace

void AddWordFunctions(Napi::Env env, Napi::Object exports) {
  exports.Set("wait", Napi::Function::New(env, Wait));
  exports.Set("waitAsync", Napi::Function::New(env, WaitAsync));
  exports.Set("wake", Napi::Function::New(env, Wake));
  exports.Set("mutexTry", Napi::Function::New(env, MutexTry));
  exports.Set("mutexLock", Napi::Function::New(env, MutexLock));
  exports.Set("mutexPrepare", Napi::Function::New(env, MutexPrepare));
  exports.Set("mutexUnlock", Napi::Function::New(env, MutexUnlock));
}

}  // namespace terrane
