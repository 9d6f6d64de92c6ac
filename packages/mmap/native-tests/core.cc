// The core of the addon without Node, for the sanitizers and valgrind: life of regions, faults, words, mutex, locks.
// Prints "ok" when all is well; a failed expectation says where and ends with 1.
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

#include "../src/native/guard.h"
#include "../src/native/mutex.h"
#include "../src/native/region.h"

using namespace terrane;

#define EXPECT(condition)                                                 \
  do {                                                                    \
    if (!(condition)) {                                                   \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);     \
      exit(1);                                                            \
    }                                                                     \
  } while (0)

static int TemporaryFile(size_t size) {
  char path[] = "/tmp/terrane-core-XXXXXX";
  const int file = mkstemp(path);
  EXPECT(file >= 0);
  unlink(path);
  EXPECT(ftruncate(file, static_cast<off_t>(size)) == 0);
  return file;
}

static Region* OpenOn(int descriptor, Access access, uint64_t offset, size_t length, size_t reserve = 0) {
  OpenRequest request = {};
  EXPECT(DuplicateDescriptor(descriptor, &request.file) == 0);
  request.access = access;
  request.offset = offset;
  request.length = length;
  request.reserve = reserve;
  Region* region = nullptr;
  EXPECT(OpenRegion(request, &region) == 0);
  return region;
}

static void LifeOfRegions() {
  const int file = TemporaryFile(100000);
  EXPECT(pwrite(file, "abc", 3, 5000) == 3);
  Region* region = OpenOn(file, Access::kRead, 5000, 3);
  EXPECT(memcmp(region->data(), "abc", 3) == 0);
  Retain(region);
  uint8_t* const stale = region->data();
  Retire(region);
  Retire(region);
  EXPECT(stale[0] == 0);
  Release(region);
  Release(region);
  EXPECT(CurrentUsage().regions == 0 && CurrentUsage().quarantined == 1);
  stale[0] = 1;  // somebody's raw pointer, long after
  for (int round = 0; round < 3000; round++) Release(OpenOn(file, Access::kWrite, 0, 8192));
  EXPECT(CurrentUsage().quarantined == 1024);

  Region* grown = OpenOn(file, Access::kWrite, 100, 50000, 1 << 20);
  EXPECT(grown->capacity >= 1 << 20);
  EXPECT(ResizeFile(grown->file, 100000, 300000, true) == 0);
  grown->data()[299899] = 9;  // by mistake, before the growth: no fault, and no trace
  bool fits = false;
  EXPECT(GrowRegion(grown, 299900, &fits) == 0 && fits && grown->data()[299899] == 0);
  EXPECT(GrowRegion(grown, 2 << 20, &fits) == 0 && !fits);
  grown->data()[299899] = 7;
  uint8_t byte = 0;
  EXPECT(pread(file, &byte, 1, 299999) == 1 && byte == 7);
  Region* again = nullptr;
  EXPECT(ReopenRegion(grown, 299900, 0, &again) == 0);
  EXPECT(again->data()[299899] == 7);
  EXPECT(VerifyRegion(again) == 0 && flags[again->slot] == 0);
  EXPECT(ftruncate(file, 100) == 0);
  EXPECT(VerifyRegion(again) == 0 && flags[again->slot] == kTorn);
  Release(again);
  Release(grown);
  close(file);
}

static void Faults() {
  const size_t size = 64 << 20;
  const int file = TemporaryFile(size);
  Region* region = OpenOn(file, Access::kWrite, 0, size);
  EXPECT(ftruncate(file, 0) == 0);
  std::vector<std::thread> threads;
  std::atomic<uint64_t> sum{0};
  for (int number = 0; number < 3; number++) {
    threads.emplace_back([&] {
      for (size_t at = 0; at < size; at += 4096) sum += region->data()[at];
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT(sum == 0 && flags[region->slot] == kTorn);
  Release(region);

  EXPECT(ftruncate(file, 40960) == 0);
  Region* strict = OpenOn(file, Access::kReadStrict, 0, 40960);
  static_cast<volatile uint8_t*>(strict->data())[5000] = 3;
  EXPECT(flags[strict->slot] == kForbiddenStore && strict->data()[5000] == 3 && strict->data()[9000] == 0);
  Release(strict);
  Region* shared = OpenOn(file, Access::kWrite, 0, 40960);
  EXPECT(ProtectRegion(shared, shared->base + 4096, 4096, false) == 0);
  shared->data()[0] = 9;
  static_cast<volatile uint8_t*>(shared->data())[4097] = 8;
  uint8_t bytes[2];
  EXPECT(pread(file, bytes, 1, 0) == 1 && pread(file, bytes + 1, 1, 4097) == 1 && bytes[0] == 9 && bytes[1] == 0);
  EXPECT(flags[shared->slot] == kForbiddenStore);
  Release(shared);
  close(file);
}

/** How a child that runs this ends: its signal, or minus its exit code. */
static int EndOf(void (*run)()) {
  const pid_t child = fork();
  if (child == 0) {
    run();
    _exit(0);
  }
  int status = 0;
  EXPECT(waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status);
}

static sigjmp_buf escape;

static void ForeignFaults() {
  static const auto tearForeign = [] {
    const int file = TemporaryFile(8192);
    auto* bytes = static_cast<volatile uint8_t*>(mmap(nullptr, 8192, PROT_READ, MAP_SHARED, file, 0));
    EXPECT(ftruncate(file, 0) == 0);
    return bytes[4096];
  };
  EXPECT(EndOf([] {
    EnsureGuard(true);
    tearForeign();
  }) == SIGBUS);
  EXPECT(EndOf([] {
    EnsureGuard(true);
    *reinterpret_cast<volatile int*>(16) = 1;
  }) == SIGSEGV);
  EXPECT(EndOf([] {
    EnsureGuard(true);
    raise(SIGBUS);
  }) == SIGBUS);
  // A handler that was there before us still gets what is not ours.
  EXPECT(EndOf([] {
    struct sigaction action = {};
    action.sa_flags = SA_SIGINFO;
    action.sa_sigaction = [](int, siginfo_t* info, void*) {
      if (info->si_addr != nullptr) siglongjmp(escape, 1);
    };
    sigaction(SIGBUS, &action, nullptr);
    EnsureGuard(false);
    Faults();
    if (sigsetjmp(escape, 1) != 0) _exit(42);
    tearForeign();
  }) == -42);
  // One that came after us and hands on what it does not know does not send it round in circles.
  EXPECT(EndOf([] {
    static struct sigaction ours;
    EnsureGuard(false);
    struct sigaction action = {};
    action.sa_flags = SA_SIGINFO;
    action.sa_sigaction = [](int signal, siginfo_t* info, void* context) { ours.sa_sigaction(signal, info, context); };
    sigaction(SIGBUS, &action, &ours);
    EnsureGuard(false);
    Faults();
    tearForeign();
  }) == SIGBUS);
}

static void WordsAndMutex() {
  File file = kNoFile;
  EXPECT(AnonymousFile(4096, &file) == 0);
  Region* region = OpenOn(DescriptorOf(file), Access::kWrite, 0, 4096);
  auto* word = reinterpret_cast<uint32_t*>(region->data());
  EXPECT(WaitWord(word, 1, 1000000, file, 0) == 1);
  EXPECT(WaitWord(word, 0, 1000000, file, 0) == 2);
  EXPECT(WakeWord(word, 1, file, 0) == 0);
  const MutexPlace place = {reinterpret_cast<MutexMemory*>(region->data() + 64), file, 64};
  EXPECT(TryLockMutex(place) == MutexResult::kLocked);
  EXPECT(TryLockMutex(place) == MutexResult::kOwn);
  std::thread([&] { EXPECT(LockMutex(place, 1000000) == MutexResult::kBusy && !UnlockMutex(place)); }).join();
  EXPECT(UnlockMutex(place) && !UnlockMutex(place));
  int counter = 0;
  std::vector<std::thread> threads;
  for (int number = 0; number < 4; number++) {
    threads.emplace_back([&] {
      for (int round = 0; round < 5000; round++) {
        EXPECT(LockMutex(place, -1) == MutexResult::kLocked);
        counter++;
        EXPECT(UnlockMutex(place));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT(counter == 20000);
  std::thread([&] { EXPECT(LockMutex(place, -1) == MutexResult::kLocked); }).join();
  EXPECT(LockMutex(place, -1) == MutexResult::kRecovered && UnlockMutex(place));
  Release(region);
  CloseFile(file);
}

static void Locks() {
  const int descriptor = TemporaryFile(100);
  File first = kNoFile;
  File second = kNoFile;
  EXPECT(ReopenFile(descriptor, true, &first) == 0 && ReopenFile(descriptor, true, &second) == 0);
  EXPECT(TryLockRange(first, 0, 10, true) == 0);
  EXPECT(TryLockRange(second, 5, 10, false) == LockBusyError());
  EXPECT(TryLockRange(second, 10, 0, true) == 0);
  EXPECT(UnlockRange(first, 0, 10) == 0 && TryLockRange(second, 0, 0, true) == 0);
  EXPECT(TryLockWhole(first, true) == 0 && TryLockWhole(second, false) == LockBusyError());
  CloseFile(first);
  EXPECT(TryLockWhole(second, true) == 0);
  CloseFile(second);
  close(descriptor);
}

int main() {
  LifeOfRegions();
  Faults();
  ForeignFaults();
  WordsAndMutex();
  Locks();
  puts("ok");
}
