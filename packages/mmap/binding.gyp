{
  "targets": [{
    "target_name": "terrane_mmap",
    "sources": [
      "src/native/addon.cc",
      "src/native/addon-region.cc",
      "src/native/addon-pages.cc",
      "src/native/addon-locks.cc",
      "src/native/addon-words.cc",
      "src/native/mutex.cc",
      "src/native/region.cc",
      "src/native/guard.cc"
    ],
    "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
    "defines": ["NAPI_VERSION=8", "NODE_ADDON_API_DISABLE_DEPRECATED"],
    "conditions": [
      ["OS=='win'", {
        "sources": ["src/native/system-windows.cc", "src/native/guard-windows.cc"],
        "defines": ["NOMINMAX", "WIN32_LEAN_AND_MEAN", "_HAS_EXCEPTIONS=1"],
        "libraries": ["synchronization.lib"],
        "msvs_settings": { "VCCLCompilerTool": { "ExceptionHandling": 1, "AdditionalOptions": ["/std:c++17"] } }
      }, {
        "sources": ["src/native/system-posix.cc", "src/native/guard-posix.cc"],
        "cflags!": ["-fno-exceptions"],
        "cflags_cc!": ["-fno-exceptions", "-std=gnu++17", "-std=gnu++20"],
        "cflags_cc": ["-std=c++17", "-fexceptions", "-fvisibility=hidden", "-O2", "-Wall", "-Wextra"]
      }],
      ["OS=='linux'", {
        "sources": ["src/native/system-linux.cc", "src/native/older-libraries-linux.cc"],
        "ldflags": ["-Wl,-z,nodelete"]
      }],
      ["OS=='mac'", {
        "sources": ["src/native/system-darwin.cc"],
        "xcode_settings": {
          "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
          "CLANG_CXX_LANGUAGE_STANDARD": "c++17",
          "MACOSX_DEPLOYMENT_TARGET": "11.0"
        }
      }]
    ]
  }]
}
