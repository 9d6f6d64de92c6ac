// What is done to the pages of a map: written out, advised, protected, kept in RAM, counted, freed.
#include "glue.h"

namespace terrane {
namespace {

// The writing of a range to the disk, on a thread of Node's pool.
class FlushWorker : public Napi::AsyncWorker {
 public:
  FlushWorker(Napi::Env env, Region* region, Pages pages)
      : Napi::AsyncWorker(env), deferred_(Napi::Promise::Deferred::New(env)), region_(region), pages_(pages) {
    Retain(region_);
  }
  ~FlushWorker() override { Release(region_); }
  Napi::Promise Promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override {
    const uint64_t place = region_->fileOffset + static_cast<uint64_t>(pages_.base - region_->base);
    error_ = Flush(pages_.base, pages_.size, region_->file, place, true);
  }
  void OnOK() override {
    if (error_ == 0) {
      deferred_.Resolve(Env().Undefined());
    } else {
      deferred_.Reject(SystemError(Env(), "msync", error_).Value());
    }
  }

 private:
  Napi::Promise::Deferred deferred_;
  Region* region_;
  Pages pages_;
  int error_ = 0;
};

// All of these take (handle, offset, length, ...).
Pages PagesIn(const Napi::CallbackInfo& info) { return PagesOf(RegionOf(info[0]), Size(info[1]), Size(info[2])); }

/** flush(handle, offset, length, wait) */
void FlushNow(const Napi::CallbackInfo& info) {
  const Region* region = RegionOf(info[0]);
  const Pages pages = PagesIn(info);
  const uint64_t place = region->fileOffset + static_cast<uint64_t>(pages.base - region->base);
  Check(info.Env(), "msync", Flush(pages.base, pages.size, region->file, place, Flag(info[3])));
}

Napi::Value FlushLater(const Napi::CallbackInfo& info) {
  auto* worker = new FlushWorker(info.Env(), RegionOf(info[0]), PagesIn(info));
  const Napi::Promise promise = worker->Promise();
  worker->Queue();
  return promise;
}

/** advise(handle, offset, length, index of the advice in probe().advice) */
void AdviseNow(const Napi::CallbackInfo& info) {
  const Pages pages = PagesIn(info);
  Check(info.Env(), "madvise", Advise(pages.base, pages.size, info[3].As<Napi::Number>().Uint32Value()));
}

/** protect(handle, offset, length, write) */
void ProtectNow(const Napi::CallbackInfo& info) {
  const Pages pages = PagesIn(info);
  Check(info.Env(), "mprotect", ProtectRegion(RegionOf(info[0]), pages.base, pages.size, Flag(info[3])));
}

void LockNow(const Napi::CallbackInfo& info) {
  const Pages pages = PagesIn(info);
  Check(info.Env(), "mlock", LockMemory(pages.base, pages.size));
}

void UnlockNow(const Napi::CallbackInfo& info) {
  const Pages pages = PagesIn(info);
  Check(info.Env(), "munlock", UnlockMemory(pages.base, pages.size));
}

/** residency(handle, offset, length) -> one byte a page */
Napi::Value ResidencyNow(const Napi::CallbackInfo& info) {
  const Pages pages = PagesIn(info);
  auto result = Napi::Uint8Array::New(info.Env(), pages.size / PageSize());
  Check(info.Env(), "mincore", Residency(pages.base, pages.size, result.Data()));
  return result;
}

/** punchHole(handle, offset, length) */
void PunchNow(const Napi::CallbackInfo& info) {
  const Region* region = RegionOf(info[0]);
  const uint64_t place = region->fileOffset + region->head + Size(info[1]);
  Check(info.Env(), "fallocate", PunchHole(region->file, place, Size(info[2])));
}

}  // namespace

void AddPageFunctions(Napi::Env env, Napi::Object exports) {
  exports.Set("flush", Napi::Function::New(env, FlushNow));
  exports.Set("flushAsync", Napi::Function::New(env, FlushLater));
  exports.Set("advise", Napi::Function::New(env, AdviseNow));
  exports.Set("protect", Napi::Function::New(env, ProtectNow));
  exports.Set("lock", Napi::Function::New(env, LockNow));
  exports.Set("unlock", Napi::Function::New(env, UnlockNow));
  exports.Set("residency", Napi::Function::New(env, ResidencyNow));
  exports.Set("punchHole", Napi::Function::New(env, PunchNow));
}

}  // namespace terrane
