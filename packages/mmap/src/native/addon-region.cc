// Maps as JavaScript sees them: a handle that owns a region, and ArrayBuffers that each hold on to it.
#include <memory>

#include "glue.h"
#include "guard.h"

namespace terrane {
namespace {

Napi::Value Handle(Napi::Env env, Region* region) {
  return Napi::External<Region>::New(env, region, [](Napi::Env, Region* forgotten) { Release(forgotten); });
}

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
  return Handle(env, region);
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

/** grow(handle, length): false when its addresses do not suffice, and it is to be reopened. */
Napi::Value Grow(const Napi::CallbackInfo& info) {
  bool fits = false;
  Check(info.Env(), "mmap", GrowRegion(RegionOf(info[0]), Size(info[1]), &fits));
  return Napi::Boolean::New(info.Env(), fits);
}

/** reach(handle): how many bytes, from the first, an ArrayBuffer may cover so that it stays good while the map grows. */
Napi::Value Reach(const Napi::CallbackInfo& info) {
  const Region* region = RegionOf(info[0]);
  const bool reserved = region->capacity > region->mapped;
  const size_t reach = reserved ? region->capacity - region->head : region->length.load();
  return Napi::Number::New(info.Env(), static_cast<double>(reach));
}

/** reopen(handle, length, reserve) -> another handle on the same file, mapped anew. */
Napi::Value Reopen(const Napi::CallbackInfo& info) {
  Region* region = nullptr;
  Check(info.Env(), "mmap", ReopenRegion(RegionOf(info[0]), Size(info[1]), Size(info[2]), &region));
  return Handle(info.Env(), region);
}

/** shrink(handle, newFileSize, length, reserve) -> a handle on what is left; the old one is retired. */
Napi::Value Shrink(const Napi::CallbackInfo& info) {
  Region* region = nullptr;
  const auto bytes = static_cast<uint64_t>(Number(info[1]));
  Check(info.Env(), "ftruncate", ShrinkRegion(RegionOf(info[0]), bytes, Size(info[2]), Size(info[3]), &region));
  return Handle(info.Env(), region);
}

Napi::Value SizeOfFile(const Napi::CallbackInfo& info) {
  uint64_t size = 0;
  Check(info.Env(), "fstat", FileSize(RegionOf(info[0])->file, &size));
  return Napi::Number::New(info.Env(), static_cast<double>(size));
}

/** resizeFile(handle, oldSize, newSize, allocate) */
void SetFileSize(const Napi::CallbackInfo& info) {
  const auto before = static_cast<uint64_t>(Number(info[1]));
  const auto after = static_cast<uint64_t>(Number(info[2]));
  const int error = ResizeFile(RegionOf(info[0])->file, before, after, Flag(info[3]));
  Check(info.Env(), after > before && Flag(info[3]) ? "fallocate" : "ftruncate", error);
}

/** resizeDescriptor(descriptor, oldSize, newSize, allocate) */
void SetDescriptorSize(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  File file = kNoFile;
  Check(env, "dup", DuplicateDescriptor(static_cast<int>(Number(info[0])), &file));
  const auto before = static_cast<uint64_t>(Number(info[1]));
  const int error = ResizeFile(file, before, static_cast<uint64_t>(Number(info[2])), Flag(info[3]));
  CloseFile(file);
  Check(env, Flag(info[3]) ? "fallocate" : "ftruncate", error);
}

void Verify(const Napi::CallbackInfo& info) { Check(info.Env(), "fstat", VerifyRegion(RegionOf(info[0]))); }

Napi::Value Descriptor(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), DescriptorOf(RegionOf(info[0])->file));
}

}  // namespace

void AddRegionFunctions(Napi::Env env, Napi::Object exports) {
  exports.Set("open", Napi::Function::New(env, Open));
  exports.Set("reopen", Napi::Function::New(env, Reopen));
  exports.Set("slot", Napi::Function::New(env, SlotOf));
  exports.Set("window", Napi::Function::New(env, Window));
  exports.Set("detach", Napi::Function::New(env, Detach));
  exports.Set("retire", Napi::Function::New(env, RetireNow));
  exports.Set("grow", Napi::Function::New(env, Grow));
  exports.Set("shrink", Napi::Function::New(env, Shrink));
  exports.Set("reach", Napi::Function::New(env, Reach));
  exports.Set("fileSize", Napi::Function::New(env, SizeOfFile));
  exports.Set("resizeFile", Napi::Function::New(env, SetFileSize));
  exports.Set("resizeDescriptor", Napi::Function::New(env, SetDescriptorSize));
  exports.Set("verify", Napi::Function::New(env, Verify));
  exports.Set("descriptor", Napi::Function::New(env, Descriptor));
}

}  // namespace terrane
