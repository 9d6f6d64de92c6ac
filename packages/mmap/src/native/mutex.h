// A mutex in shared memory that survives the death of its holder. 16 bytes, little-endian, at a multiple of 8:
//
//   0  u32  bits 0-30 the thread that holds it, 0 when free; bit 31 somebody sleeps
//   4  u32  a hash of that thread's birth, so that a number given out again is not taken for the holder
//   8  u32  the boot of the machine the numbers belong to
//   12 u32  the namespace of process numbers they belong to
//
// The first eight bytes change in one exchange, so there is no moment in which a killed holder leaves a lock
// without a name on it.
#pragma once

#include <atomic>
#include <cstdint>

#include "system.h"

namespace terrane {

struct MutexMemory {
  std::atomic<uint64_t> word;
  std::atomic<uint64_t> domain;
};
static_assert(sizeof(MutexMemory) == 16, "the layout is a file format");

enum class MutexResult : int {
  kLocked = 0,
  kRecovered = 1,  // locked; the one who held it died with it
  kBusy = 2,
  kOwn = 3,        // the calling thread holds it already
  kForeign = 4,    // used in another namespace of process numbers: nobody can tell who is alive
};

struct MutexPlace {
  MutexMemory* memory;
  File file;            // for systems that know a word by its place in a file
  uint64_t fileOffset;
};

MutexResult TryLockMutex(const MutexPlace& place);
/** Sleeps up to that long; kBusy when the time is over. */
MutexResult LockMutex(const MutexPlace& place, int64_t nanoseconds);
/** Marks that somebody sleeps and returns the word to sleep on, or 0 when the mutex is free. */
uint32_t PrepareMutexWait(const MutexPlace& place);
/** False when the calling thread does not hold it. */
bool UnlockMutex(const MutexPlace& place);

}  // namespace terrane
