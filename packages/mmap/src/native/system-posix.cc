// The POSIX part of system.h: what Linux and Darwin do alike.
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include "system.h"

#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif
#ifndef MAP_POPULATE
#define MAP_POPULATE 0
#endif
#if defined(__APPLE__) && !defined(F_OFD_SETLK)
#define F_OFD_SETLK 90  // older SDKs keep it to themselves
#endif
#ifndef F_OFD_SETLK
#error "this system has no locks of an open file description; byte-range locks of a process would not exclude its own threads"
#endif

namespace terrane {

size_t PageSize() {
  static const size_t size = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

size_t Granularity() { return PageSize(); }

bool MapsOverReserve() { return true; }

int ReserveAddresses(size_t size, uint8_t** base) {
  void* address =
      mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON | MAP_NORESERVE, -1, 0);
  if (address == MAP_FAILED) return errno;
  *base = static_cast<uint8_t*>(address);
  return 0;
}

int MapFile(const MapRequest& request, uint8_t** base) {
  // Pages that are only read are private and writable all the same: a store through a typed array is then a change
  // that nobody else sees, where write-protected pages would kill the process.
  const int protection = request.access == Access::kReadStrict ? PROT_READ : PROT_READ | PROT_WRITE;
  int kind = request.access == Access::kWrite ? MAP_SHARED : MAP_PRIVATE;
  if (request.at != nullptr) kind |= MAP_FIXED;
  if (request.populate) kind |= MAP_POPULATE;
  // Private pages that nobody stores into need no swap behind them.
  if (request.noReserve || request.access == Access::kRead) kind |= MAP_NORESERVE;
  void* address =
      mmap(request.at, request.size, protection, kind, request.file, static_cast<off_t>(request.offset));
  if (address == MAP_FAILED) return errno;
  *base = static_cast<uint8_t*>(address);
  return 0;
}

int ReplaceByZeros(uint8_t* base, size_t size) {
  void* address = mmap(base, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_FIXED | MAP_ANON | MAP_NORESERVE, -1, 0);
  return address == MAP_FAILED ? errno : 0;
}

void Unmap(uint8_t* base, size_t size) { munmap(base, size); }

int DuplicateDescriptor(int descriptor, File* file) {
  *file = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  return *file < 0 ? errno : 0;
}

int TakeDescriptor(int descriptor, File* file) {
  *file = descriptor;
  return 0;
}

int DuplicateFile(File file, File* out) { return DuplicateDescriptor(file, out); }

int DescriptorOf(File file) { return file; }

void CloseFile(File file) {
  if (file >= 0) close(file);
}

int Protect(uint8_t* base, size_t size, bool write, Access) {
  return mprotect(base, size, write ? PROT_READ | PROT_WRITE : PROT_READ) == 0 ? 0 : errno;
}

int LockMemory(uint8_t* base, size_t size) { return mlock(base, size) == 0 ? 0 : errno; }

int UnlockMemory(uint8_t* base, size_t size) { return munlock(base, size) == 0 ? 0 : errno; }

int Residency(uint8_t* base, size_t size, uint8_t* out) {
#ifdef __APPLE__
  if (mincore(base, size, reinterpret_cast<char*>(out)) != 0) return errno;
#else
  if (mincore(base, size, out) != 0) return errno;
#endif
  const size_t pages = (size + PageSize() - 1) / PageSize();
  for (size_t page = 0; page < pages; page++) out[page] &= 1;
  return 0;
}

namespace {
int SetRangeLock(File file, uint64_t offset, uint64_t size, short kind) {
  struct flock lock = {};
  lock.l_type = kind;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(offset);
  lock.l_len = static_cast<off_t>(size);  // 0 means to the end, however far that moves
  return fcntl(file, F_OFD_SETLK, &lock) == 0 ? 0 : errno;
}
}  // namespace

int TryLockRange(File file, uint64_t offset, uint64_t size, bool exclusive) {
  const int error = SetRangeLock(file, offset, size, exclusive ? F_WRLCK : F_RDLCK);
  return error == EACCES ? EAGAIN : error;
}

int UnlockRange(File file, uint64_t offset, uint64_t size) {
  return SetRangeLock(file, offset, size, F_UNLCK);
}

int TryLockWhole(File file, bool exclusive) {
  return flock(file, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 ? 0 : errno;
}

int LockBusyError() { return EAGAIN; }

int UnsupportedError() { return ENOTSUP; }

// Node's own table of names is complete here.
const char* ErrorName(int) { return nullptr; }

}  // namespace terrane
