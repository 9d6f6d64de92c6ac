// The Windows part of system.h. Views of a section replace maps; a file cannot be cut while a view of it exists.
#include <windows.h>
#include <psapi.h>
#include <stdio.h>
#include <winioctl.h>

#include <algorithm>
#include <vector>

#include "system.h"

// From Node itself: the handle behind a descriptor of its C library.
extern "C" __declspec(dllimport) void* uv_get_osfhandle(int descriptor);

namespace terrane {
namespace {

const SYSTEM_INFO& Info() {
  static const SYSTEM_INFO info = [] {
    SYSTEM_INFO found;
    GetSystemInfo(&found);
    return found;
  }();
  return info;
}

int LastError() { return static_cast<int>(GetLastError()); }

DWORD Low(uint64_t value) { return static_cast<DWORD>(value & 0xffffffff); }
DWORD High(uint64_t value) { return static_cast<DWORD>(value >> 32); }

}  // namespace

size_t PageSize() { return Info().dwPageSize; }

size_t Granularity() { return Info().dwAllocationGranularity; }

bool MapsOverReserve() { return false; }

int ReserveAddresses(size_t, uint8_t**) { return ERROR_NOT_SUPPORTED; }

int MapFile(const MapRequest& request, uint8_t** base) {
  uint64_t bytes = 0;
  const int error = FileSize(request.file, &bytes);
  if (error != 0) return error;
  if (bytes <= request.offset) {
    // An empty file has no section; its one page of zeros is replaced when it grows.
    void* const zeros = VirtualAlloc(nullptr, request.size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    *base = static_cast<uint8_t*>(zeros);
    return zeros == nullptr ? LastError() : 0;
  }
  const bool write = request.access == Access::kWrite;
  const HANDLE section =
      CreateFileMappingW(request.file, nullptr, write ? PAGE_READWRITE : PAGE_WRITECOPY, 0, 0, nullptr);
  if (section == nullptr) return LastError();
  // A view cannot go past the end of its section, not even in its last page.
  const auto size = static_cast<SIZE_T>(std::min<uint64_t>(request.size, bytes - request.offset));
  void* const view = MapViewOfFile(section, write ? FILE_MAP_WRITE : FILE_MAP_COPY, High(request.offset),
                                   Low(request.offset), size);
  const int failure = view == nullptr ? LastError() : 0;
  CloseHandle(section);  // the view keeps it
  if (failure != 0) return failure;
  *base = static_cast<uint8_t*>(view);
  return request.access == Access::kReadStrict ? Protect(*base, size, false, request.access) : 0;
}

int ReplaceByZeros(uint8_t* base, size_t size) {
  // Memory that is no view any more is ours already. Between the two calls the addresses are nobody's; a thread that
  // touches them then waits in the guard.
  if (!UnmapViewOfFile(base)) return 0;
  return VirtualAlloc(base, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE) == nullptr ? LastError() : 0;
}

void Unmap(uint8_t* base, size_t) {
  if (!VirtualFree(base, 0, MEM_RELEASE)) UnmapViewOfFile(base);
}

int DuplicateFile(File file, File* out) {
  const HANDLE self = GetCurrentProcess();
  return DuplicateHandle(self, file, self, out, 0, FALSE, DUPLICATE_SAME_ACCESS) ? 0 : LastError();
}

int DuplicateDescriptor(int descriptor, File* file) {
  return DuplicateFile(uv_get_osfhandle(descriptor), file);
}

int TakeDescriptor(int descriptor, File* file) { return DuplicateDescriptor(descriptor, file); }

int DescriptorOf(File) { return -1; }

int ReopenFile(File file, bool write, File* out) {
  const DWORD access = GENERIC_READ | (write ? GENERIC_WRITE : 0);
  const DWORD share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
  *out = ReOpenFile(file, access, share, 0);
  return *out == INVALID_HANDLE_VALUE ? LastError() : 0;
}

void CloseFile(File file) {
  if (file != kNoFile) CloseHandle(file);
}

int AnonymousFile(uint64_t size, File* file) {
  wchar_t folder[MAX_PATH + 1];
  wchar_t path[MAX_PATH + 1];
  if (GetTempPathW(MAX_PATH, folder) == 0 || GetTempFileNameW(folder, L"ter", 0, path) == 0) return LastError();
  const DWORD share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
  *file = CreateFileW(path, GENERIC_READ | GENERIC_WRITE, share, nullptr, CREATE_ALWAYS,
                      FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, nullptr);
  if (*file == INVALID_HANDLE_VALUE) return LastError();
  const int error = ResizeFile(*file, 0, size, true);
  if (error != 0) CloseHandle(*file);
  return error;
}

int FileSize(File file, uint64_t* size) {
  LARGE_INTEGER value;
  if (!GetFileSizeEx(file, &value)) return LastError();
  *size = static_cast<uint64_t>(value.QuadPart);
  return 0;
}

int ResizeFile(File file, uint64_t, uint64_t newSize, bool) {
  // Space is set aside by this call: a full disk fails it. Files are sparse only when they were made so.
  FILE_END_OF_FILE_INFO info;
  info.EndOfFile.QuadPart = static_cast<LONGLONG>(newSize);
  return SetFileInformationByHandle(file, FileEndOfFileInfo, &info, sizeof info) ? 0 : LastError();
}

int PunchHole(File file, uint64_t offset, uint64_t size) {
  DWORD returned = 0;
  DeviceIoControl(file, FSCTL_SET_SPARSE, nullptr, 0, nullptr, 0, &returned, nullptr);
  FILE_ZERO_DATA_INFORMATION range;
  range.FileOffset.QuadPart = static_cast<LONGLONG>(offset);
  range.BeyondFinalZero.QuadPart = static_cast<LONGLONG>(offset + size);
  const BOOL done =
      DeviceIoControl(file, FSCTL_SET_ZERO_DATA, &range, sizeof range, nullptr, 0, &returned, nullptr);
  return done ? 0 : LastError();
}

int Flush(uint8_t* base, size_t size, File file, uint64_t, bool wait) {
  if (!FlushViewOfFile(base, size)) return LastError();
  return !wait || FlushFileBuffers(file) ? 0 : LastError();
}

const char* const* AdviceNames() {
  static const char* const names[] = {"normal", "willneed", nullptr};
  return names;
}

int Advise(uint8_t* base, size_t size, uint32_t advice) {
  if (advice == 0) return 0;
  struct Range {
    void* base;
    SIZE_T size;
  } range = {base, size};
  // Since Windows 8, and found by name so that the addon loads where it is absent.
  using Prefetch = BOOL(WINAPI*)(HANDLE, ULONG_PTR, Range*, ULONG);
  static const auto prefetch = reinterpret_cast<Prefetch>(
      reinterpret_cast<void*>(GetProcAddress(GetModuleHandleW(L"kernel32.dll"), "PrefetchVirtualMemory")));
  if (prefetch == nullptr) return ERROR_NOT_SUPPORTED;
  return prefetch(GetCurrentProcess(), 1, &range, 0) ? 0 : LastError();
}

int Protect(uint8_t* base, size_t size, bool write, Access access) {
  const DWORD writable = access == Access::kWrite ? PAGE_READWRITE : PAGE_WRITECOPY;
  DWORD before = 0;
  return VirtualProtect(base, size, write ? writable : PAGE_READONLY, &before) ? 0 : LastError();
}

int LockMemory(uint8_t* base, size_t size) { return VirtualLock(base, size) ? 0 : LastError(); }

int UnlockMemory(uint8_t* base, size_t size) { return VirtualUnlock(base, size) ? 0 : LastError(); }

int Residency(uint8_t* base, size_t size, uint8_t* out) {
  const size_t pages = (size + PageSize() - 1) / PageSize();
  std::vector<PSAPI_WORKING_SET_EX_INFORMATION> info(pages);
  for (size_t page = 0; page < pages; page++) info[page].VirtualAddress = base + page * PageSize();
  const auto bytes = static_cast<DWORD>(pages * sizeof info[0]);
  if (!K32QueryWorkingSetEx(GetCurrentProcess(), info.data(), bytes)) return LastError();
  for (size_t page = 0; page < pages; page++) out[page] = info[page].VirtualAttributes.Valid ? 1 : 0;
  return 0;
}

namespace {
// A lock of no length is on everything behind its offset.
uint64_t LockedBytes(uint64_t offset, uint64_t size) { return size == 0 ? UINT64_MAX - offset : size; }
}  // namespace

int TryLockRange(File file, uint64_t offset, uint64_t size, bool exclusive) {
  OVERLAPPED place = {};
  place.Offset = Low(offset);
  place.OffsetHigh = High(offset);
  const uint64_t bytes = LockedBytes(offset, size);
  const DWORD kind = LOCKFILE_FAIL_IMMEDIATELY | (exclusive ? LOCKFILE_EXCLUSIVE_LOCK : 0);
  if (LockFileEx(file, kind, 0, Low(bytes), High(bytes), &place)) return 0;
  const int error = LastError();
  return error == ERROR_IO_PENDING ? ERROR_LOCK_VIOLATION : error;
}

int UnlockRange(File file, uint64_t offset, uint64_t size) {
  OVERLAPPED place = {};
  place.Offset = Low(offset);
  place.OffsetHigh = High(offset);
  const uint64_t bytes = LockedBytes(offset, size);
  return UnlockFileEx(file, 0, Low(bytes), High(bytes), &place) ? 0 : LastError();
}

int TryLockWhole(File file, bool exclusive) { return TryLockRange(file, 0, 0, exclusive); }

int LockBusyError() { return ERROR_LOCK_VIOLATION; }

int UnsupportedError() { return ERROR_NOT_SUPPORTED; }

namespace {
// WaitOnAddress knows its own process only, so a word is a named semaphore: named for its place in its file.
void SemaphoreName(File file, uint64_t fileOffset, char* out, size_t size) {
  BY_HANDLE_FILE_INFORMATION info = {};
  GetFileInformationByHandle(file, &info);
  snprintf(out, size, "Local\\terrane-%08lx-%08lx%08lx-%08lx%08lx", info.dwVolumeSerialNumber, info.nFileIndexHigh,
           info.nFileIndexLow, High(fileOffset), Low(fileOffset));
}

// Nobody can tell how many sleep; whoever is woken in excess looks at the word and sleeps again.
constexpr int kMostWoken = 64;
}  // namespace

int WaitWord(uint32_t* word, uint32_t expected, int64_t nanoseconds, File file, uint64_t fileOffset) {
  char name[96];
  SemaphoreName(file, fileOffset, name, sizeof name);
  const HANDLE semaphore = CreateSemaphoreA(nullptr, 0, LONG_MAX, name);
  if (semaphore == nullptr) return 0;
  // Looked at only now: a store before the wake-up, and a wake-up before the semaphore, is seen here.
  const bool changed = *reinterpret_cast<volatile uint32_t*>(word) != expected;
  const auto milliseconds = static_cast<DWORD>((nanoseconds + 999999) / 1000000);
  const DWORD result = changed ? WAIT_OBJECT_0 : WaitForSingleObject(semaphore, milliseconds);
  CloseHandle(semaphore);
  if (changed) return 1;
  return result == WAIT_TIMEOUT ? 2 : 0;
}

int WakeWord(uint32_t*, int count, File file, uint64_t fileOffset) {
  char name[96];
  SemaphoreName(file, fileOffset, name, sizeof name);
  const HANDLE semaphore = OpenSemaphoreA(SEMAPHORE_MODIFY_STATE, FALSE, name);
  if (semaphore == nullptr) return 0;
  const int woken = std::min(count, kMostWoken);
  if (woken > 0) ReleaseSemaphore(semaphore, woken, nullptr);
  CloseHandle(semaphore);
  return woken;
}

namespace {
/** A hash of the moment the thread was made, which is absolute and so differs from boot to boot; 0 when it has ended. */
uint32_t Birth(HANDLE thread) {
  FILETIME made, ended, kernel, user;
  DWORD code = 0;
  if (!GetExitCodeThread(thread, &code) || code != STILL_ACTIVE) return 0;
  if (!GetThreadTimes(thread, &made, &ended, &kernel, &user)) return 0;
  const uint32_t hash = made.dwLowDateTime * 2654435761u ^ made.dwHighDateTime;
  return hash == 0 ? 1 : hash;
}
}  // namespace

Owner CurrentOwner() {
  static thread_local const Owner owner = {static_cast<uint32_t>(GetCurrentThreadId()), Birth(GetCurrentThread())};
  return owner;
}

bool IsAlive(Owner owner) {
  const HANDLE thread = OpenThread(THREAD_QUERY_LIMITED_INFORMATION, FALSE, owner.id);
  // Of another user: it is there, and that is all one can know.
  if (thread == nullptr) return GetLastError() == ERROR_ACCESS_DENIED;
  const bool alive = Birth(thread) == owner.birth;
  CloseHandle(thread);
  return alive;
}

Domain CurrentDomain() { return {1, 1}; }

const char* ErrorName(int error) {
  switch (error) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
      return "ENOENT";
    case ERROR_ACCESS_DENIED:
      return "EACCES";
    case ERROR_INVALID_HANDLE:
      return "EBADF";
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
    case ERROR_COMMITMENT_LIMIT:
      return "ENOMEM";
    case ERROR_DISK_FULL:
    case ERROR_HANDLE_DISK_FULL:
      return "ENOSPC";
    case ERROR_NOT_SUPPORTED:
    case ERROR_INVALID_FUNCTION:
      return "ENOTSUP";
    case ERROR_INVALID_PARAMETER:
      return "EINVAL";
    case ERROR_SHARING_VIOLATION:
    case ERROR_LOCK_VIOLATION:
    case ERROR_USER_MAPPED_FILE:
      return "EBUSY";
    default:
      return "UNKNOWN";
  }
}

}  // namespace terrane
