// A region is one mapped range of addresses and everything that may still point into it.
//
// Life: mapped -> retired (its pages are zeros, its file is closed) -> quarantined (nothing of ours points into
// it, but a thread of Node's may still hold a raw address) -> unmapped, when the quarantine is full.
// Detaching an ArrayBuffer is safe at any time; unmapping is what kills, so it comes last and late.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "system.h"

namespace terrane {

struct Region {
  uint8_t* base = nullptr;   // first mapped byte, at a multiple of the granularity
  size_t head = 0;           // bytes between base and the first byte that was asked for
  size_t capacity = 0;       // bytes of addresses from base, a multiple of the page size
  size_t mapped = 0;         // of these, how many show the file; behind them wait zero pages, for growth
  std::atomic<size_t> length{0};  // bytes that were asked for and exist, from base + head
  uint64_t fileOffset = 0;   // of base, in the file
  File file = kNoFile;
  Access access = Access::kRead;
  uint32_t slot = 0;         // its place in the guard's table
  std::atomic<int> references{1};
  std::atomic<bool> retired{false};

  uint8_t* data() const { return base + head; }
};

struct OpenRequest {
  File file;           // taken over, also when opening fails
  Access access;
  uint64_t offset;     // any byte
  size_t length;
  size_t reserve;      // bytes of address space to keep for growth, >= length or 0
  bool populate;
  bool noReserve;
};

/** Maps a range; 0 and a region with one reference, or an error number. */
int OpenRegion(const OpenRequest& request, Region** out);
/** Makes a longer (or shorter) map of the same file; the old region goes on as it was. */
int ReopenRegion(const Region* region, size_t length, size_t reserve, Region** out);
/** Cuts the file and maps what is left; the old region is retired. Nothing may point into it any more. */
int ShrinkRegion(Region* region, uint64_t newFileSize, size_t length, size_t reserve, Region** out);
/** Makes the map longer where it is, when its addresses suffice; the file must be long enough. */
int GrowRegion(Region* region, size_t length, bool* fits);
/** Looks whether the file still holds the whole range; marks the region torn when it does not. */
int VerifyRegion(const Region* region);
/** Write-protects whole pages, or lifts that. */
int ProtectRegion(const Region* region, uint8_t* base, size_t size, bool write);
void Retain(Region* region);
/** Drops a reference; the last one retires the region and hands its addresses to the quarantine. */
void Release(Region* region);
/** Lets go of the file and its pages now; pointers into the region stay harmless. Idempotent. */
void Retire(Region* region);

/** How many bytes of address space regions and quarantine hold: for tests. */
struct Usage {
  uint64_t regions;
  uint64_t regionBytes;
  uint64_t quarantined;
  uint64_t quarantinedBytes;
};
Usage CurrentUsage();

}  // namespace terrane
