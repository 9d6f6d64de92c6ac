#include "region.h"

#include <deque>
#include <mutex>
#include <thread>

#include "guard.h"

namespace terrane {
namespace {

struct Range {
  uint8_t* base;
  size_t size;
  uint32_t slot;
};

// Addresses are cheap (128 TiB on a 64-bit system), so the quarantine is generous: work that was in flight when a
// map was closed has long ended when 1024 more were closed.
constexpr size_t kQuarantineRanges = 1024;
constexpr uint64_t kQuarantineBytes = sizeof(void*) == 8 ? uint64_t{256} << 30 : uint64_t{64} << 20;

std::mutex quarantineMutex;
std::deque<Range> quarantine;
uint64_t quarantineBytes = 0;
std::atomic<uint64_t> regionCount{0};
std::atomic<uint64_t> regionBytes{0};

void UnmapOldest() {
  const Range range = quarantine.front();
  quarantine.pop_front();
  quarantineBytes -= range.size;
  // The slot goes first: once the addresses are the system's again, a fault there is not ours to mend.
  RemoveSlot(range.slot);
  WaitForHandlers();
  Unmap(range.base, range.size);
}

void Quarantine(const Range& range) {
  std::lock_guard<std::mutex> lock(quarantineMutex);
  quarantine.push_back(range);
  quarantineBytes += range.size;
  while (quarantine.size() > kQuarantineRanges ||
         (quarantineBytes > kQuarantineBytes && quarantine.size() > 1)) {
    UnmapOldest();
  }
}

bool DrainQuarantine() {
  std::lock_guard<std::mutex> lock(quarantineMutex);
  const bool any = !quarantine.empty();
  while (!quarantine.empty()) UnmapOldest();
  return any;
}

int MapWithReserve(MapRequest map, size_t capacity, uint8_t** base) {
  if (capacity == map.size) return MapFile(map, base);
  const int reserved = ReserveAddresses(capacity, &map.at);
  if (reserved != 0) return reserved;
  const int error = MapFile(map, base);
  if (error != 0) Unmap(map.at, capacity);
  return error;
}

size_t RoundUp(size_t value, size_t unit) { return (value + unit - 1) / unit * unit; }

}  // namespace

int OpenRegion(const OpenRequest& request, Region** out) {
  const size_t head = static_cast<size_t>(request.offset % Granularity());
  // An empty range has a page, too: it may grow.
  const size_t mapped = RoundUp(head + (request.length == 0 ? 1 : request.length), PageSize());
  size_t capacity = mapped;
  if (request.reserve > request.length && MapsOverReserve()) capacity = RoundUp(head + request.reserve, PageSize());
  const MapRequest map = {request.file, request.access,   request.offset - head, mapped,
                          nullptr,      request.populate, request.noReserve};
  EnsureGuard(request.access == Access::kReadStrict);
  uint8_t* base = nullptr;
  int error = MapWithReserve(map, capacity, &base);
  // Short of addresses or of map entries: what waits in quarantine is the first to go.
  if (error != 0 && DrainQuarantine()) error = MapWithReserve(map, capacity, &base);
  if (error != 0) {
    CloseFile(request.file);
    return error;
  }
  const uint32_t slot = AddSlot(base, capacity, request.file, map.offset);
  if (slot == kSlots) {
    Unmap(base, capacity);
    CloseFile(request.file);
    return UnsupportedError();
  }
  slots[slot].protectedPages.store(request.access == Access::kReadStrict);
  slots[slot].shared.store(request.access == Access::kWrite);
  Region* region = new Region();
  region->base = base;
  region->head = head;
  region->capacity = capacity;
  region->mapped = mapped;
  region->length.store(request.length);
  region->fileOffset = map.offset;
  region->file = request.file;
  region->access = request.access;
  region->slot = slot;
  regionCount++;
  regionBytes += capacity;
  *out = region;
  return 0;
}

int ReopenRegion(const Region* region, size_t length, size_t reserve, Region** out) {
  OpenRequest request;
  const int error = DuplicateFile(region->file, &request.file);
  if (error != 0) return error;
  request.access = region->access;
  request.offset = region->fileOffset + region->head;
  request.length = length;
  request.reserve = reserve;
  request.populate = false;
  request.noReserve = false;
  return OpenRegion(request, out);
}

int ShrinkRegion(Region* region, uint64_t newFileSize, size_t length, size_t reserve, Region** out) {
  OpenRequest request = {};
  int error = DuplicateFile(region->file, &request.file);
  if (error != 0) return error;
  uint64_t oldFileSize = 0;
  error = FileSize(request.file, &oldFileSize);
  // Where a file can be cut under its maps, a refusal leaves everything as it was.
  if (error == 0 && MapsOverReserve()) error = ResizeFile(request.file, oldFileSize, newFileSize, false);
  if (error == 0) {
    Retire(region);
    if (!MapsOverReserve()) error = ResizeFile(request.file, oldFileSize, newFileSize, false);
    if (error != 0) flags[region->slot].fetch_or(kTorn);
  }
  if (error != 0) {
    CloseFile(request.file);
    return error;
  }
  request.access = region->access;
  request.offset = region->fileOffset + region->head;
  request.length = length;
  request.reserve = reserve;
  return OpenRegion(request, out);
}

int GrowRegion(Region* region, size_t length, bool* fits) {
  // Where a map ends with its file, the rest of its last page never gets there.
  *fits = region->head + length <= region->capacity && (MapsOverReserve() || length <= region->length.load());
  if (!*fits) return 0;
  const size_t mapped = RoundUp(region->head + length, PageSize());
  if (mapped > region->mapped) {
    const MapRequest map = {region->file,
                            region->access,
                            region->fileOffset + region->mapped,
                            mapped - region->mapped,
                            region->base + region->mapped,
                            false,
                            false};
    uint8_t* base = nullptr;
    const int error = MapFile(map, &base);
    if (error != 0) return error;
    region->mapped = mapped;
  }
  region->length.store(length);
  return 0;
}

int VerifyRegion(const Region* region) {
  EnsureGuard(false);
  uint64_t size = 0;
  const int error = FileSize(region->file, &size);
  if (error == 0 && size < region->fileOffset + region->head + region->length.load()) {
    flags[region->slot].fetch_or(kTorn);
  }
  return error;
}

int ProtectRegion(const Region* region, uint8_t* base, size_t size, bool write) {
  if (!write) {
    slots[region->slot].protectedPages.store(true);
    EnsureGuard(true);
  }
  return Protect(base, size, write, region->access);
}

void Retain(Region* region) { region->references.fetch_add(1, std::memory_order_relaxed); }

void Retire(Region* region) {
  if (region->retired.exchange(true)) return;
  ReplaceByZeros(region->base, region->capacity);
  // A handler that started before may still be about to look at the file: it must not find another one there.
  slots[region->slot].retired.store(true, std::memory_order_seq_cst);
  WaitForHandlers();
  CloseFile(region->file);
}

void Release(Region* region) {
  if (region->references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  Retire(region);
  regionCount--;
  regionBytes -= region->capacity;
  Quarantine({region->base, region->capacity, region->slot});
  delete region;
}

Usage CurrentUsage() {
  std::lock_guard<std::mutex> lock(quarantineMutex);
  return {regionCount.load(), regionBytes.load(), quarantine.size(), quarantineBytes};
}

}  // namespace terrane
