// What the parts of the addon share: reading arguments, and throwing the system's errors.
#pragma once

#include <napi.h>

#include "region.h"

namespace terrane {

/** An Error with `errno`, `syscall` and, where the platform knows it, `code`. */
Napi::Error SystemError(Napi::Env env, const char* call, int error);

/** Throws unless the error is 0. */
inline void Check(Napi::Env env, const char* call, int error) {
  if (error != 0) throw SystemError(env, call, error);
}

/** The region behind a handle. JavaScript in this package is the only caller, and checks its own arguments. */
inline Region* RegionOf(const Napi::Value& value) { return value.As<Napi::External<Region>>().Data(); }

inline double Number(const Napi::Value& value) { return value.As<Napi::Number>().DoubleValue(); }
inline size_t Size(const Napi::Value& value) { return static_cast<size_t>(Number(value)); }
inline bool Flag(const Napi::Value& value) { return value.As<Napi::Boolean>().Value(); }

/** The whole pages that hold a range of the region. */
struct Pages {
  uint8_t* base;
  size_t size;
};
Pages PagesOf(const Region* region, size_t offset, size_t length);

void AddRegionFunctions(Napi::Env env, Napi::Object exports);
void AddPageFunctions(Napi::Env env, Napi::Object exports);
void AddLockFunctions(Napi::Env env, Napi::Object exports);
void AddWordFunctions(Napi::Env env, Napi::Object exports);

}  // namespace terrane
