// Definitions of our own for what a new compiler takes from a new C or C++ library, so that one binary also loads on
// systems with glibc 2.28 and the C++ library of GCC 8. scripts/build-prebuilds.mjs checks that nothing was missed.
#include <cstdlib>

#define TERRANE_HIDDEN __attribute__((visibility("hidden")))

extern "C" {
// glibc 2.32: whether reference counts may skip atomic operations. They may not: Node has threads.
TERRANE_HIDDEN char __libc_single_threaded = 0;
}

namespace std {
// GCC 11: an array of more than all memory. Nothing here makes one.
TERRANE_HIDDEN void __throw_bad_array_new_length() { std::abort(); }
}  // namespace std
