// The fault handlers of Linux and Darwin. They call mmap and fstat or statx, which are plain system calls, and read the
// guard's table, which needs no lock. What is not ours goes to whoever handled it before.
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include <mutex>

#include "guard.h"

namespace terrane {
namespace {

// With this many faults the file is plainly gone: the rest of the map is replaced at once, or alternating torn and
// whole pages would use up the map entries of the process.
constexpr uint32_t kFaultsBeforeGivingUp = 1024;

struct sigaction previousBus;
struct sigaction previousSegv;

// A handler that calls us as its predecessor, and that we call as ours, must not go round for ever. Initial-exec:
// a lazily allocated thread-local would allocate inside the handler.
__attribute__((tls_model("initial-exec"))) thread_local int chainDepth = 0;

uint64_t FileBytes(File file) {
  uint64_t size = 0;
  return FileSize(file, &size) == 0 ? size : 0;
}

bool MendTornPage(uintptr_t address) {
  const uint32_t index = FindSlot(address);
  if (index == kSlots) return false;
  Slot& slot = slots[index];
  const uintptr_t mask = PageSize() - 1;
  const uintptr_t begin = slot.begin.load();
  const uintptr_t end = slot.end.load();
  uintptr_t from = address & ~mask;
  uintptr_t to = from + mask + 1;
  if (!slot.retired.load(std::memory_order_seq_cst)) {
    flags[index].fetch_or(kTorn);
    const uint64_t fileOffset = slot.fileOffset.load();
    const uint64_t bytes = FileBytes(static_cast<int>(slot.file.load()));
    const uint64_t left = bytes > fileOffset ? bytes - fileOffset : 0;
    const uintptr_t backed = begin + ((left + mask) & ~mask);
    if (address >= backed) {
      from = backed;  // everything past the new end, in one call
      to = end;
    }
    if (slot.faults.fetch_add(1) >= kFaultsBeforeGivingUp) {
      from = begin;
      to = end;
    }
  }
  return ReplaceByZeros(reinterpret_cast<uint8_t*>(from), to - from) == 0;
}

// A store into protected pages of a shared map must not reach the file, so the page becomes a private one of the
// same file. Pages that are private anyway only become writable.
bool MendForbiddenStore(uintptr_t address) {
  const uint32_t index = FindSlot(address);
  if (index == kSlots || !slots[index].protectedPages.load()) return false;
  Slot& slot = slots[index];
  const uintptr_t size = PageSize();
  const uintptr_t page = address & ~(size - 1);
  const auto where = reinterpret_cast<uint8_t*>(page);
  if (slot.retired.load(std::memory_order_seq_cst)) return ReplaceByZeros(where, size) == 0;
  flags[index].fetch_or(kForbiddenStore);
  if (!slot.shared.load()) return mprotect(where, size, PROT_READ | PROT_WRITE) == 0;
  const off_t offset = static_cast<off_t>(slot.fileOffset.load() + (page - slot.begin.load()));
  return mmap(where, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, static_cast<int>(slot.file.load()),
              offset) != MAP_FAILED;
}

void CallPrevious(const struct sigaction& previous, int signal, siginfo_t* info, void* context) {
  if ((previous.sa_flags & SA_SIGINFO) != 0 && chainDepth == 0) {
    chainDepth++;
    previous.sa_sigaction(signal, info, context);
    chainDepth--;
    return;
  }
  if ((previous.sa_flags & SA_SIGINFO) == 0 && previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
    if (chainDepth == 0) {
      chainDepth++;
      previous.sa_handler(signal);
      chainDepth--;
      return;
    }
  }
  const bool sent = info->si_code <= 0;  // by kill, not by a fault
  if (sent && (previous.sa_flags & SA_SIGINFO) == 0 && previous.sa_handler == SIG_IGN) return;
  struct sigaction fallback;
  memset(&fallback, 0, sizeof fallback);
  fallback.sa_handler = SIG_DFL;
  sigaction(signal, &fallback, nullptr);
  // A fault happens again on return, and now ends the process as it would have without us.
  if (sent) raise(signal);
}

void OnFault(int signal, siginfo_t* info, void* context) {
  const int savedError = errno;
  bool mended = false;
  if (info->si_code > 0) {
    const auto address = reinterpret_cast<uintptr_t>(info->si_addr);
    activeHandlers.fetch_add(1, std::memory_order_seq_cst);
#ifdef __APPLE__
    // Darwin reports protection faults as SIGBUS, and some torn pages as SIGSEGV.
    mended = MendForbiddenStore(address) || MendTornPage(address);
#else
    mended = signal == SIGBUS ? MendTornPage(address) : MendForbiddenStore(address);
#endif
    activeHandlers.fetch_sub(1, std::memory_order_seq_cst);
  }
  if (!mended) CallPrevious(signal == SIGBUS ? previousBus : previousSegv, signal, info, context);
  errno = savedError;
}

void Install(int signal, struct sigaction* previous) {
  struct sigaction current;
  if (sigaction(signal, nullptr, &current) != 0) return;
  if ((current.sa_flags & SA_SIGINFO) != 0 && current.sa_sigaction == OnFault) return;
  *previous = current;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = OnFault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

std::mutex installMutex;
std::atomic<bool> storesGuarded{false};

}  // namespace

void EnsureGuard(bool stores) {
  std::lock_guard<std::mutex> lock(installMutex);
  if (stores) storesGuarded = true;
  PageSize();  // so that the handler finds it computed
  Install(SIGBUS, &previousBus);
#ifndef __APPLE__
  if (storesGuarded)
#endif
    Install(SIGSEGV, &previousSegv);
}

}  // namespace terrane
