// File locks. Each lock opens the file afresh, so that two locks of one process exclude each other, too.
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

Napi::Value Handle(Napi::Env env, File file) {
  return Napi::External<Lock>::New(env, new Lock{file}, [](Napi::Env, Lock* forgotten) { delete forgotten; });
}

/** lockTake(descriptor) -> handle. The descriptor is the handle's from here on, if probe().takesDescriptors. */
Napi::Value LockTake(const Napi::CallbackInfo& info) {
  File file = kNoFile;
  Check(info.Env(), "dup", TakeDescriptor(static_cast<int>(Number(info[0])), &file));
  return Handle(info.Env(), file);
}

/** lockOpen(region | descriptor, write) -> handle on the same file, opened afresh. */
Napi::Value LockOpen(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  File file = kNoFile;
  if (!info[0].IsNumber()) {
    Check(env, "open", ReopenFile(RegionOf(info[0])->file, Flag(info[1]), &file));
    return Handle(env, file);
  }
  File callers = kNoFile;
  Check(env, "dup", DuplicateDescriptor(static_cast<int>(Number(info[0])), &callers));
  const int error = ReopenFile(callers, Flag(info[1]), &file);
  CloseFile(callers);
  Check(env, "open", error);
  return Handle(env, file);
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
  exports.Set("lockTake", Napi::Function::New(env, LockTake));
  exports.Set("lockTry", Napi::Function::New(env, LockTry));
  exports.Set("lockClose", Napi::Function::New(env, LockClose));
}

}  // namespace terrane
