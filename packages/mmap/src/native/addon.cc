// The module: what the platform offers, and the functions of the other parts.
#include "glue.h"
#include "guard.h"

namespace terrane {

Napi::Error SystemError(Napi::Env env, const char* call, int error) {
  Napi::Error result = Napi::Error::New(env, std::string(call) + " failed with error " + std::to_string(error));
  result.Set("errno", Napi::Number::New(env, error));
  result.Set("syscall", Napi::String::New(env, call));
  const char* name = ErrorName(error);
  if (name != nullptr) result.Set("code", Napi::String::New(env, name));
  return result;
}

Pages PagesOf(const Region* region, size_t offset, size_t length) {
  const size_t page = PageSize();
  const size_t begin = (region->head + offset) / page * page;
  const size_t end = (region->head + offset + length + page - 1) / page * page;
  return {region->base + begin, end - begin};
}

namespace {

/** Electron and builds of V8 with a memory cage refuse memory that V8 did not allocate. */
bool ExternalBuffersAllowed(Napi::Env env) {
  static uint8_t probe[8];
  napi_value value;
  const auto nothing = [](napi_env, void*, void*) {};
  const napi_status status =
      napi_create_external_arraybuffer(env, probe, sizeof probe, nothing, nullptr, &value);
  return status == napi_ok;
}

Napi::Value Probe(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Napi::Object result = Napi::Object::New(env);
  result.Set("pageSize", static_cast<double>(PageSize()));
  result.Set("granularity", static_cast<double>(Granularity()));
  result.Set("externalBuffers", ExternalBuffersAllowed(env));
  result.Set("takesDescriptors", TakesDescriptors());
  Napi::Array advice = Napi::Array::New(env);
  for (const char* const* name = AdviceNames(); *name != nullptr; name++) advice.Set(advice.Length(), *name);
  result.Set("advice", advice);
  return result;
}

/** A word of flags for every slot of the guard, so that asking "is it torn?" is an array read and no call. */
Napi::Value Flags(const Napi::CallbackInfo& info) {
  const auto nothing = [](Napi::Env, void*) {};
  auto buffer = Napi::ArrayBuffer::New(info.Env(), static_cast<void*>(flags), sizeof flags, nothing);
  return Napi::Uint32Array::New(info.Env(), kSlots, buffer, 0);
}

Napi::Value UsageNow(const Napi::CallbackInfo& info) {
  const Usage usage = CurrentUsage();
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("regions", static_cast<double>(usage.regions));
  result.Set("regionBytes", static_cast<double>(usage.regionBytes));
  result.Set("quarantined", static_cast<double>(usage.quarantined));
  result.Set("quarantinedBytes", static_cast<double>(usage.quarantinedBytes));
  return result;
}

void Guard(const Napi::CallbackInfo&) { EnsureGuard(false); }

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("probe", Napi::Function::New(env, Probe));
  exports.Set("flags", Napi::Function::New(env, Flags));
  exports.Set("usage", Napi::Function::New(env, UsageNow));
  exports.Set("guard", Napi::Function::New(env, Guard));
  AddRegionFunctions(env, exports);
  AddPageFunctions(env, exports);
  AddLockFunctions(env, exports);
  AddWordFunctions(env, exports);
  return exports;
}

}  // namespace
}  // namespace terrane

static Napi::Object InitModule(Napi::Env env, Napi::Object exports) { return terrane::Init(env, exports); }

NODE_API_MODULE(terrane_mmap, InitModule)
