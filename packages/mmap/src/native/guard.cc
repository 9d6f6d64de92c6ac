#include "guard.h"

#include <mutex>
#include <thread>

namespace terrane {

Slot slots[kSlots];
std::atomic<uint32_t> flags[kSlots];
std::atomic<int> activeHandlers{0};

namespace {
std::mutex tableMutex;
std::atomic<uint32_t> highest{0};  // slots at and above it were never used
uint32_t lowestFree = 0;
}  // namespace

uint32_t AddSlot(uint8_t* base, size_t size, File file, uint64_t fileOffset) {
  std::lock_guard<std::mutex> lock(tableMutex);
  uint32_t index = lowestFree;
  while (index < kSlots && slots[index].end.load(std::memory_order_relaxed) != 0) index++;
  if (index == kSlots) return kSlots;
  lowestFree = index + 1;
  Slot& slot = slots[index];
  slot.begin.store(reinterpret_cast<uintptr_t>(base), std::memory_order_relaxed);
  slot.file.store((intptr_t)file, std::memory_order_relaxed);
  slot.fileOffset.store(fileOffset, std::memory_order_relaxed);
  slot.retired.store(false, std::memory_order_relaxed);
  slot.protectedPages.store(false, std::memory_order_relaxed);
  slot.shared.store(false, std::memory_order_relaxed);
  slot.faults.store(0, std::memory_order_relaxed);
  flags[index].store(0, std::memory_order_relaxed);
  if (index >= highest.load(std::memory_order_relaxed)) highest.store(index + 1, std::memory_order_release);
  slot.end.store(reinterpret_cast<uintptr_t>(base) + size, std::memory_order_release);
  return index;
}

void RemoveSlot(uint32_t index) {
  std::lock_guard<std::mutex> lock(tableMutex);
  slots[index].end.store(0, std::memory_order_release);
  if (index < lowestFree) lowestFree = index;
}

uint32_t FindSlot(uintptr_t address) {
  const uint32_t count = highest.load(std::memory_order_acquire);
  for (uint32_t index = 0; index < count; index++) {
    const uintptr_t end = slots[index].end.load(std::memory_order_acquire);
    if (address >= end || address < slots[index].begin.load(std::memory_order_relaxed)) continue;
    return index;
  }
  return kSlots;
}

void WaitForHandlers() {
  // A handler is a few system calls long, and nothing waits inside one.
  while (activeHandlers.load(std::memory_order_seq_cst) != 0) std::this_thread::yield();
}

}  // namespace terrane
