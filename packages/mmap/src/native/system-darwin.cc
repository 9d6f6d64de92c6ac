// The Darwin-only part of system.h. Written against the headers of the macOS 11 SDK.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/param.h>
#include <sys/stat.h>
#include <sys/sysctl.h>
#include <unistd.h>

#include "system.h"

// Exported by libSystem since macOS 10.12; the public os_sync_wait_on_address came with 14.4.
extern "C" int __ulock_wait(uint32_t operation, void* address, uint64_t value, uint32_t microseconds);
extern "C" int __ulock_wake(uint32_t operation, void* address, uint64_t value);

namespace terrane {

int ReopenFile(File file, bool write, File* out) {
  char path[MAXPATHLEN];
  if (fcntl(file, F_GETPATH, path) != 0) return errno;
  *out = open(path, (write ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK);
  return *out < 0 ? errno : 0;
}

int FileSize(File file, uint64_t* size) {
  struct stat info;
  if (fstat(file, &info) != 0) return errno;
  *size = static_cast<uint64_t>(info.st_size);
  return 0;
}

int AnonymousFile(uint64_t size, File* file) {
  char path[] = "/tmp/terrane-XXXXXX";
  *file = mkostemp(path, O_CLOEXEC);
  if (*file < 0) return errno;
  unlink(path);
  const int error = ResizeFile(*file, 0, size, false);
  if (error != 0) close(*file);
  return error;
}

int ResizeFile(File file, uint64_t oldSize, uint64_t newSize, bool allocate) {
  if (newSize > oldSize && allocate) {
    fstore_t store = {F_ALLOCATEALL, F_PEOFPOSMODE, 0, static_cast<off_t>(newSize - oldSize), 0};
    // A file system that cannot reserve leaves a full disk to the guard.
    if (fcntl(file, F_PREALLOCATE, &store) != 0 && errno == ENOSPC) return errno;
  }
  return ftruncate(file, static_cast<off_t>(newSize)) == 0 ? 0 : errno;
}

int PunchHole(File file, uint64_t offset, uint64_t size) {
  fpunchhole_t hole = {0, 0, static_cast<off_t>(offset), static_cast<off_t>(size)};
  return fcntl(file, F_PUNCHHOLE, &hole) == 0 ? 0 : errno;
}

int Flush(uint8_t* base, size_t size, File file, uint64_t, bool wait) {
  if (msync(base, size, wait ? MS_SYNC : MS_ASYNC) != 0) return errno;
  // msync leaves the data in the cache of the drive; where F_FULLFSYNC is unknown, fsync is what there is.
  return !wait || fcntl(file, F_FULLFSYNC) == 0 || fsync(file) == 0 ? 0 : errno;
}

namespace {
struct Advice {
  const char* name;
  int value;
};
constexpr Advice kAdvice[] = {
    {"normal", MADV_NORMAL},     {"random", MADV_RANDOM},     {"sequential", MADV_SEQUENTIAL},
    {"willneed", MADV_WILLNEED}, {"dontneed", MADV_DONTNEED}, {"free", MADV_FREE},
};
constexpr size_t kAdviceCount = sizeof kAdvice / sizeof *kAdvice;
}  // namespace

const char* const* AdviceNames() {
  static const char* names[kAdviceCount + 1] = {};
  for (size_t index = 0; index < kAdviceCount; index++) names[index] = kAdvice[index].name;
  return names;
}

int Advise(uint8_t* base, size_t size, uint32_t advice) {
  return madvise(base, size, kAdvice[advice].value) == 0 ? 0 : errno;
}

namespace {
constexpr uint32_t kCompareAndWaitShared = 3;
constexpr uint32_t kWakeAll = 0x100;
}  // namespace

int WaitWord(uint32_t* word, uint32_t expected, int64_t nanoseconds, File, uint64_t) {
  if (*reinterpret_cast<volatile uint32_t*>(word) != expected) return 1;
  // Zero would be for ever.
  const auto microseconds = static_cast<uint32_t>(nanoseconds / 1000);
  if (__ulock_wait(kCompareAndWaitShared, word, expected, microseconds == 0 ? 1 : microseconds) >= 0) return 0;
  return errno == ETIMEDOUT ? 2 : 0;
}

int WakeWord(uint32_t* word, int count, File, uint64_t) {
  if (count > 1) return __ulock_wake(kCompareAndWaitShared | kWakeAll, word, 0) == 0 ? count : 0;
  return count == 1 && __ulock_wake(kCompareAndWaitShared, word, 0) == 0 ? 1 : 0;
}

namespace {
/** A hash of when the process started, or 0 when there is none. Threads of a process are not told apart here. */
uint32_t Birth(uint32_t process) {
  int name[] = {CTL_KERN, KERN_PROC, KERN_PROC_PID, static_cast<int>(process)};
  kinfo_proc info;
  size_t size = sizeof info;
  if (sysctl(name, 4, &info, &size, nullptr, 0) != 0 || size == 0 || info.kp_proc.p_stat == SZOMB) return 0;
  const timeval start = info.kp_proc.p_starttime;
  const uint32_t hash = static_cast<uint32_t>(start.tv_sec) * 2654435761u ^ static_cast<uint32_t>(start.tv_usec);
  return hash == 0 ? 1 : hash;
}
}  // namespace

Owner CurrentOwner() {
  const auto process = static_cast<uint32_t>(getpid());
  static const uint32_t birth = Birth(process);
  return {process, birth};
}

bool IsAlive(Owner owner) { return Birth(owner.id) == owner.birth; }

Domain CurrentDomain() { return {1, 1}; }

}  // namespace terrane
