// File locks. Each lock opens the file afresh, so that two locks of one process exclude each other, too.
#include <memory>

#include "glue.h"

namespace terrane {
namespace {

struct Lock {
  File file = kNoFile;
  ~Lock() {
    if (file != kNoFile) CloseFile(file);
  }
};

Lock* LockOf(const Napi::Value& value) { return value.As<Napi::External<Lock>>().Data(); }

/** lockOpen(region | descriptor, write, afresh) -> handle. Forgetting the handle ends the lock. */
Napi::Value LockOpen(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  auto lock = std::make_unique<Lock>();
  if (info[0].IsNumber()) {
    File file = kNoFile;
    Check(env, "dup", DuplicateDescriptor(static_cast<int>(Number(info[0])), &file));
    if (Flag(info[2])) {
      const int error = ReopenFile(file, Flag(info[1]), &lock->file);
      CloseFile(file);
      Check(env, "open", error);
    } else {
      lock->file = file;
    }
  } else {
    Check(env, "open", ReopenFile(RegionOf(info[0])->file, Flag(info[1]), &lock->file));
  }
  return Napi::External<Lock>::New(env, lock.release(), [](Napi::Env, Lock* forgotten) { delete forgotten; });
}

/** lockTry(handle, whole, offset, length, exclusive) -> false when somebody else has it. */
Napi::Value LockTry(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  const File file = LockOf(info[0])->file;
  const bool exclusive = Flag(info[4]);
  const int error = Flag(info[1]) ? TryLockWhole(file, exclusive)
                                  : TryLockRange(file, static_cast<uint64_t>(Number(info[2])),
                                                 static_cast<uint64_t>(Number(info[3])), exclusive);
  if (error == LockBusyError()) return Napi::Boolean::New(env, false);
  Check(env, "lock", error);
  return Napi::Boolean::New(env, true);
}

/** lockClose(handle): closing the file is what ends its locks. */
void LockClose(const Napi::CallbackInfo& info) {
  Lock* lock = LockOf(info[0]);
  if (lock->file != kNoFile) CloseFile(lock->file);
  lock->file = kNoFile;
}

}  // namespace

void AddLockFunctions(Napi::Env env, Napi::Object exports) {
  exports.Set("lockOpen", Napi::Function::New(env, LockOpen));
  exports.Set("lockTry", Napi::Function::New(env, LockTry));
  exports.Set("lockClose", Napi::Function::New(env, LockClose));
}

}  // namespace terrane
