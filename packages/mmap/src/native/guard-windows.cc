// The fault handler of Windows. It runs like an ordinary function on the thread that faulted, before all others.
#include <windows.h>

#include <cstring>
#include <mutex>

#include "guard.h"

namespace terrane {
namespace {

// A page cannot be replaced alone, because a view comes and goes as a whole.
bool ReplaceAll(Slot& slot) {
  const uintptr_t begin = slot.begin.load();
  return ReplaceByZeros(reinterpret_cast<uint8_t*>(begin), slot.end.load() - begin) == 0;
}

/** A network drive that went away, a medium that was taken out. */
bool MendTornPage(uintptr_t address) {
  const uint32_t index = FindSlot(address);
  if (index == kSlots) return false;
  flags[index].fetch_or(kTorn);
  return ReplaceAll(slots[index]);
}

std::mutex copyMutex;

/** Turns a shared view into a private copy of itself, so that the store does not reach the file. */
bool MakePrivate(Slot& slot) {
  std::lock_guard<std::mutex> lock(copyMutex);
  if (!slot.shared.load()) return true;
  auto* const base = reinterpret_cast<uint8_t*>(slot.begin.load());
  MEMORY_BASIC_INFORMATION view;
  if (VirtualQuery(base, &view, sizeof view) == 0) return false;
  const size_t size = slot.end.load() - slot.begin.load();
  auto* const copy = static_cast<uint8_t*>(VirtualAlloc(nullptr, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE));
  if (copy == nullptr) return false;
  std::memcpy(copy, base, size);
  const bool done = ReplaceByZeros(base, size) == 0;
  if (done) std::memcpy(base, copy, size);
  VirtualFree(copy, 0, MEM_RELEASE);
  if (done) slot.shared.store(false);
  return done;
}

bool MendForbiddenStore(uintptr_t address) {
  const uint32_t index = FindSlot(address);
  if (index == kSlots || !slots[index].protectedPages.load()) return false;
  Slot& slot = slots[index];
  flags[index].fetch_or(kForbiddenStore);
  if (slot.shared.load()) return MakePrivate(slot);
  const uintptr_t page = address / PageSize() * PageSize();
  DWORD before = 0;
  return VirtualProtect(reinterpret_cast<void*>(page), PageSize(), PAGE_WRITECOPY, &before) != 0;
}

/** True when the range was between two states and the access can be tried again. */
bool WaitForReplacement(uintptr_t address) {
  if (FindSlot(address) == kSlots) return false;
  for (int attempt = 0; attempt < 1000; attempt++) {
    MEMORY_BASIC_INFORMATION info;
    if (VirtualQuery(reinterpret_cast<void*>(address), &info, sizeof info) == 0) return false;
    if (info.State == MEM_COMMIT && (info.Protect & (PAGE_READWRITE | PAGE_WRITECOPY)) != 0) return true;
    Sleep(0);
  }
  return false;
}

LONG CALLBACK OnFault(EXCEPTION_POINTERS* exception) {
  const EXCEPTION_RECORD& record = *exception->ExceptionRecord;
  const DWORD code = record.ExceptionCode;
  if ((code != EXCEPTION_IN_PAGE_ERROR && code != EXCEPTION_ACCESS_VIOLATION) || record.NumberParameters < 2) {
    return EXCEPTION_CONTINUE_SEARCH;
  }
  const auto address = static_cast<uintptr_t>(record.ExceptionInformation[1]);
  const bool store = record.ExceptionInformation[0] == 1;
  activeHandlers.fetch_add(1);
  const bool mended = code == EXCEPTION_IN_PAGE_ERROR ? MendTornPage(address)
                                                      : (store && MendForbiddenStore(address)) || WaitForReplacement(address);
  activeHandlers.fetch_sub(1);
  return mended ? EXCEPTION_CONTINUE_EXECUTION : EXCEPTION_CONTINUE_SEARCH;
}

}  // namespace

void EnsureGuard(bool) {
  static const bool installed = [] {
    // The handler has to stay where it is when the thread that loaded the addon ends.
    HMODULE self = nullptr;
    GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
                       reinterpret_cast<LPCWSTR>(reinterpret_cast<void*>(&OnFault)), &self);
    return AddVectoredExceptionHandler(1, OnFault) != nullptr;
  }();
  (void)installed;
}

}  // namespace terrane
