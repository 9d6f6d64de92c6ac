// Maps as JavaScript sees them: a handle that owns a region, and ArrayBuffers that each hold on to it.
#include <memory>

#include "glue.h"
#include "guard.h"

namespace terrane {
namespace {

/** open(descriptor, access, offset, length, reserve, populate, noReserve) -> handle. Descriptor -1 is anonymous memory. */
Napi::Value Open(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  OpenRequest request;
  request.access = static_cast<Access>(static_cast<uint32_t>(Number(info[1])));
  request.offset = static_cast<uint64_t>(Number(info[2]));
  request.length = Size(info[3]);
  request.reserve = Size(info[4]);
  request.populate = Flag(info[5]);
  request.noReserve = Flag(info[6]);
  const int descriptor = static_cast<int>(Number(info[0]));
  if (descriptor < 0) {
    Check(env, "memfd_create", AnonymousFile(request.length, &request.file));
  } else {
    Check(env, "dup", DuplicateDescriptor(descriptor, &request.file));
  }
  Region* region = nullptr;
  Check(env, "mmap", OpenRegion(request, &region));
  return Napi::External<Region>::New(env, region, [](Napi::Env, Region* forgotten) { Release(forgotten); });
}

Napi::Value SlotOf(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), RegionOf(info[0])->slot);
}

/** window(handle, offset, length) -> ArrayBuffer over those bytes, which keeps the region mapped while it lives. */
Napi::Value Window(const Napi::CallbackInfo& info) {
  Region* region = RegionOf(info[0]);
  Retain(region);
  napi_value buffer;
  const auto release = [](napi_env, void*, void* hint) { Release(static_cast<Region*>(hint)); };
  const napi_status status = napi_create_external_arraybuffer(info.Env(), region->data() + Size(info[1]),
                                                              Size(info[2]), release, region, &buffer);
  // Some versions of Node call the finaliser when this fails and some do not: one reference too many keeps
  // addresses, one too few would free them under somebody's feet. JavaScript asks for lengths that never fail.
  if (status != napi_ok) throw Napi::Error::New(info.Env());
  return Napi::Value(info.Env(), buffer);
}

/** detach(buffer): every view of it is empty from here on. False when it was so already: its memory went elsewhere. */
Napi::Value Detach(const Napi::CallbackInfo& info) {
  auto buffer = info[0].As<Napi::ArrayBuffer>();
  const bool attached = !buffer.IsDetached();
  if (attached) buffer.Detach();
  return Napi::Boolean::New(info.Env(), attached);
}

void RetireNow(const Napi::CallbackInfo& info) { Retire(RegionOf(info[0])); }

}  // namespace

void AddRegionFunctions(Napi::Env env, Napi::Object exports) {
  exports.Set("open", Napi::Function::New(env, Open));
  exports.Set("slot", Napi::Function::New(env, SlotOf));
  exports.Set("window", Napi::Function::New(env, Window));
  exports.Set("detach", Napi::Function::New(env, Detach));
  exports.Set("retire", Napi::Function::New(env, RetireNow));
}

}  // namespace terrane
