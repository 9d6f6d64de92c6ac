// The guard keeps a fault inside one of our regions from killing the process. It is a table of address ranges
// that a fault handler can read without a lock, and a word of flags for each that JavaScript can read without a call.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "system.h"

namespace terrane {

// More than Linux lets a process map (vm.max_map_count is 65530).
constexpr uint32_t kSlots = 1u << 16;

constexpr uint32_t kTorn = 1;            // a page the file no longer backs was touched, or the file was seen to be shorter
constexpr uint32_t kForbiddenStore = 2;  // something stored into write-protected pages

struct Slot {
  std::atomic<uintptr_t> begin{0};
  std::atomic<uintptr_t> end{0};  // 0: the slot is free
  std::atomic<intptr_t> file{0};
  std::atomic<uint64_t> fileOffset{0};
  std::atomic<bool> retired{false};
  std::atomic<bool> protectedPages{false};  // some pages may be write-protected
  std::atomic<bool> shared{false};          // stores reach the file
  std::atomic<uint32_t> faults{0};
};

extern Slot slots[kSlots];
extern std::atomic<uint32_t> flags[kSlots];

/** Takes a free slot, or returns kSlots when there is none. */
uint32_t AddSlot(uint8_t* base, size_t size, File file, uint64_t fileOffset);
void RemoveSlot(uint32_t slot);
/** The slot whose range holds the address, or kSlots. Safe in a fault handler. */
uint32_t FindSlot(uintptr_t address);

/** Installs the fault handlers, and puts them back when something replaced them. `stores` asks for the one of strict maps. */
void EnsureGuard(bool stores);
/** Returns when no fault handler that began before the call is still running. */
void WaitForHandlers();

extern std::atomic<int> activeHandlers;

}  // namespace terrane
