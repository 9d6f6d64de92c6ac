// The Linux-only part of system.h: space on the disk, advice, files without a name, futexes, threads in /proc.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "system.h"

namespace terrane {

int ReopenFile(File file, bool write, File* out) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  *out = open(path, (write ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK);
  return *out < 0 ? errno : 0;
}

int FileSize(File file, uint64_t* size) {
  // By the system call, because the fstat of newer C libraries would keep the binary from running on older ones.
  struct statx info;
  if (syscall(SYS_statx, file, "", AT_EMPTY_PATH, STATX_SIZE, &info) != 0) return errno;
  *size = info.stx_size;
  return 0;
}

int AnonymousFile(uint64_t size, File* file) {
  *file = static_cast<int>(syscall(SYS_memfd_create, "terrane", 1u /* close on exec */));
  if (*file < 0) return errno;
  if (ftruncate(*file, static_cast<off_t>(size)) == 0) return 0;
  const int error = errno;
  close(*file);
  return error;
}

int ResizeFile(File file, uint64_t oldSize, uint64_t newSize, bool allocate) {
  if (newSize > oldSize && allocate) {
    const auto start = static_cast<off_t>(oldSize);
    if (fallocate(file, 0, start, static_cast<off_t>(newSize - oldSize)) == 0) return 0;
    // A file system that cannot reserve leaves a full disk to the guard.
    if (errno != EOPNOTSUPP && errno != ENOSYS) {
      const int error = errno;
      // A file system may have grown the file before it found the disk full.
      if (ftruncate(file, start) != 0) return errno;
      return error;
    }
  }
  return ftruncate(file, static_cast<off_t>(newSize)) == 0 ? 0 : errno;
}

int PunchHole(File file, uint64_t offset, uint64_t size) {
  const int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
  return fallocate(file, mode, static_cast<off_t>(offset), static_cast<off_t>(size)) == 0 ? 0 : errno;
}

int Flush(uint8_t* base, size_t size, File file, uint64_t fileOffset, bool wait) {
  if (wait) return msync(base, size, MS_SYNC) == 0 ? 0 : errno;
  // MS_ASYNC does nothing on Linux; this begins the writing. A file system that cannot has nothing to begin.
  const auto start = static_cast<off64_t>(fileOffset);
  if (sync_file_range(file, start, static_cast<off64_t>(size), SYNC_FILE_RANGE_WRITE) == 0) return 0;
  return errno == ESPIPE || errno == EINVAL || errno == ENOSYS ? 0 : errno;
}

namespace {

struct Advice {
  const char* name;
  int value;
};

// Numbers, because an older C library lacks the names of newer advice that the kernel may well take.
constexpr Advice kAdvice[] = {
    {"normal", 0},      {"random", 1},         {"sequential", 2},     {"willneed", 3},   {"dontneed", 4},
    {"free", 8},        {"remove", 9},         {"dontfork", 10},      {"dofork", 11},    {"mergeable", 12},
    {"unmergeable", 13}, {"hugepage", 14},     {"nohugepage", 15},    {"dontdump", 16},  {"dodump", 17},
    {"wipeonfork", 18}, {"keeponfork", 19},    {"cold", 20},          {"pageout", 21},   {"populate-read", 22},
    {"populate-write", 23}, {"collapse", 25},
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

int WaitWord(uint32_t* word, uint32_t expected, int64_t nanoseconds, File, uint64_t) {
  timespec timeout = {static_cast<time_t>(nanoseconds / 1000000000), static_cast<long>(nanoseconds % 1000000000)};
  // Not FUTEX_WAIT_PRIVATE: the word is known by its place in the file, so other processes can wake it.
  const long result = syscall(SYS_futex, word, FUTEX_WAIT, expected, &timeout, nullptr, 0);
  if (result == 0) return 0;
  if (errno == EAGAIN) return 1;
  return errno == ETIMEDOUT ? 2 : 0;
}

int WakeWord(uint32_t* word, int count, File, uint64_t) {
  return static_cast<int>(syscall(SYS_futex, word, FUTEX_WAKE, count, nullptr, nullptr, 0));
}

namespace {

uint32_t Hash(const char* text, size_t size) {
  uint32_t hash = 2166136261u;  // FNV-1a
  for (size_t index = 0; index < size; index++) hash = (hash ^ static_cast<uint8_t>(text[index])) * 16777619u;
  return hash == 0 ? 1 : hash;
}

size_t ReadSmallFile(const char* path, char* out, size_t size) {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  const ssize_t count = read(file, out, size - 1);
  close(file);
  out[count < 0 ? 0 : count] = 0;
  return count < 0 ? 0 : static_cast<size_t>(count);
}

/** A hash of the boot and of the tick the thread started at, or 0 when there is no such thread (a zombie is none). */
uint32_t Birth(uint32_t thread) {
  char path[64];
  char text[1024];
  snprintf(path, sizeof path, "/proc/%u/stat", thread);
  const size_t size = ReadSmallFile(path, text, sizeof text);
  // The name, field 2, may hold spaces and brackets, so fields are counted from the last bracket: state is field 3.
  const char* field = size == 0 ? nullptr : strrchr(text, ')');
  if (field == nullptr || field[1] == 0 || field[2] == 'Z' || field[2] == 'X') return 0;
  for (int number = 2; number < 22; number++) {
    field = strchr(field + 1, ' ');
    if (field == nullptr) return 0;
  }
  char key[64];
  const int length = snprintf(key, sizeof key, "%u/%llu", CurrentDomain().boot, strtoull(field, nullptr, 10));
  return Hash(key, static_cast<size_t>(length));
}

}  // namespace

Owner CurrentOwner() {
  static thread_local Owner owner = {0, 0};
  const auto id = static_cast<uint32_t>(syscall(SYS_gettid));
  if (owner.id != id) owner = {id, Birth(id)};
  return owner;
}

bool IsAlive(Owner owner) { return Birth(owner.id) == owner.birth; }

Domain CurrentDomain() {
  static const Domain domain = [] {
    char boot[64];
    const size_t size = ReadSmallFile("/proc/sys/kernel/random/boot_id", boot, sizeof boot);
    char space[64] = {};
    const ssize_t length = readlink("/proc/self/ns/pid", space, sizeof space - 1);
    return Domain{Hash(boot, size), Hash(space, length > 0 ? static_cast<size_t>(length) : 0)};
  }();
  return domain;
}

}  // namespace terrane
