// What the addon asks of an operating system. One source a platform implements it: system-posix.cc (with the
// Linux-only and Darwin-only parts apart) and system-windows.cc. Nothing here knows of Node or of regions.
//
// Every call that can fail returns 0 or the system's own error number (errno, or GetLastError on Windows).
#pragma once

#include <cstddef>
#include <cstdint>

namespace terrane {

#ifdef _WIN32
using File = void*;  // HANDLE
inline const File kNoFile = reinterpret_cast<File>(static_cast<intptr_t>(-1));
#else
using File = int;
constexpr File kNoFile = -1;
#endif

enum class Access : uint32_t {
  kRead = 0,       // private pages: a stray store stays in this process
  kReadStrict = 1, // private pages, write-protected: a stray store is noticed by the guard
  kWrite = 2,      // shared pages: stores reach the file
  kPrivate = 3,    // copy-on-write, meant to be stored into
};

struct MapRequest {
  File file;
  Access access;
  uint64_t offset;  // of the first byte in the file, a multiple of Granularity()
  size_t size;      // bytes to map, a multiple of PageSize(); may go past the end of the file in its last page
  uint8_t* at;      // addresses of ours to map over, or null to get new ones
  bool populate;
  bool noReserve;
};

size_t PageSize();
size_t Granularity();
/** True where a file can be mapped over addresses that ReserveAddresses gave. */
bool MapsOverReserve();
/** Private zero pages that take no memory until something is stored there by mistake. */
int ReserveAddresses(size_t size, uint8_t** base);

int MapFile(const MapRequest& request, uint8_t** base);
/** Replaces the range by private zero pages, at the same address: whoever still holds a pointer reads zeros. */
int ReplaceByZeros(uint8_t* base, size_t size);
/** Gives the addresses back. Only for ranges that nothing points into any more. */
void Unmap(uint8_t* base, size_t size);

/** A second handle on the same open file; CloseFile closes it. */
int DuplicateDescriptor(int descriptor, File* file);
int DuplicateFile(File file, File* out);
/** The file of a descriptor that its owner gives away. Where `TakesDescriptors` is false it gets a duplicate. */
int TakeDescriptor(int descriptor, File* file);
constexpr bool TakesDescriptors() {
#ifdef _WIN32
  return false;
#else
  return true;
#endif
}
/** The same file opened afresh, so that its locks are its own. */
int ReopenFile(File file, bool write, File* out);
void CloseFile(File file);
/** A file without a name, of that size, that lives as long as something has it open or mapped. */
int AnonymousFile(uint64_t size, File* file);
/** Safe in a fault handler. */
int FileSize(File file, uint64_t* size);
/** Sets the size; when it grows and `allocate` is set, the space is reserved on the disk first. */
int ResizeFile(File file, uint64_t oldSize, uint64_t newSize, bool allocate);
int PunchHole(File file, uint64_t offset, uint64_t size);

/** Writes the range to the disk and waits for it; without `wait` the writing is only begun. */
int Flush(uint8_t* base, size_t size, File file, uint64_t fileOffset, bool wait);
/** `advice` is an index into the names that AdviceNames() lists. */
int Advise(uint8_t* base, size_t size, uint32_t advice);
/** Null-terminated list of the advice this system takes. */
const char* const* AdviceNames();
int Protect(uint8_t* base, size_t size, bool write, Access access);
/** The C descriptor behind a file, or -1 where files are no descriptors. */
int DescriptorOf(File file);
int LockMemory(uint8_t* base, size_t size);
int UnlockMemory(uint8_t* base, size_t size);
/** One byte a page, 1 when it is in RAM. */
int Residency(uint8_t* base, size_t size, uint8_t* out);

/** Takes a lock on a byte range if it is free: 0, or LockBusyError() when somebody else has it. */
int TryLockRange(File file, uint64_t offset, uint64_t size, bool exclusive);
int UnlockRange(File file, uint64_t offset, uint64_t size);
/** The other kind of whole-file lock, where the system has two (flock). */
int TryLockWhole(File file, bool exclusive);
int LockBusyError();
int UnsupportedError();

/** Sleeps while the word equals `expected`; 0 woken, 1 not equal, 2 timed out. Wakes may be spurious. */
int WaitWord(uint32_t* word, uint32_t expected, int64_t nanoseconds, File file, uint64_t fileOffset);
/** Wakes up to `count` sleepers, in any process; returns how many. */
int WakeWord(uint32_t* word, int count, File file, uint64_t fileOffset);

/** Who holds a mutex: the calling thread's number, and a hash of when it started so that numbers may be reused. */
struct Owner {
  uint32_t id;
  uint32_t birth;
};
Owner CurrentOwner();
bool IsAlive(Owner owner);
/** Where owner numbers have a meaning: this boot of the machine, and this namespace of process numbers. */
struct Domain {
  uint32_t boot;
  uint32_t space;
};
Domain CurrentDomain();

/** A short name of an error number ("ENOSPC"), or null when the caller must look it up itself. */
const char* ErrorName(int error);

}  // namespace terrane
