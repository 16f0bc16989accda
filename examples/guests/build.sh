#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Rebuilds the example guests: src/*.c -> *.wasm. The results are committed, so only those who change a guest need this.
# There is no C library and no adapter underneath: a guest imports exactly the WASI 0.3 functions that it calls.
set -euo pipefail
cd "$(dirname "$0")"

CC=${CC:-clang}
WIT_BINDGEN_VERSION=0.60.0 # cargo install wit-bindgen-cli --locked --version 0.60.0
WASM_TOOLS_VERSION=1.254.2 # cargo install wasm-tools --locked --version 1.254.2

check_tools() {
  local missing=()
  "$CC" --print-targets 2>/dev/null | grep -q wasm32 || missing+=("clang 14 or later with the wasm32 target")
  command -v wasm-ld >/dev/null || missing+=("wasm-ld (of lld)")
  [[ "$(wit-bindgen --version 2>/dev/null)" == *" $WIT_BINDGEN_VERSION"* ]] ||
    missing+=("wit-bindgen $WIT_BINDGEN_VERSION (cargo package wit-bindgen-cli)")
  [[ "$(wasm-tools --version 2>/dev/null)" == *" $WASM_TOOLS_VERSION"* ]] ||
    missing+=("wasm-tools $WASM_TOOLS_VERSION (cargo package wasm-tools)")
  if ((${#missing[@]})); then
    printf 'build.sh: these tools are needed on PATH:\n' >&2
    printf '  %s\n' "${missing[@]}" >&2
    exit 1
  fi
}

# build_guest NAME SOURCE... : src/NAME.c and further sources -> $work/NAME.wasm
build_guest() {
  local name=$1 wit=$work/wit/$1 gen=$work/gen/$1
  shift
  mkdir -p "$wit" "$gen"
  cp "wit/$name.wit" "$wit/"
  cp -r wit/deps "$wit/"
  wit-bindgen c "$wit" -w guest --out-dir "$gen" >/dev/null
  "$CC" --target=wasm32-unknown-unknown -std=c17 -Oz -Wall -Wextra -Wno-unused-parameter -ffreestanding -fno-builtin \
    -mbulk-memory -nostdlib -isystem rt/include -isystem "$gen" -Irt "src/$name.c" "$@" rt/rt.c "$gen/guest.c" \
    "$gen/guest_component_type.o" -Wl,--no-entry -Wl,--strip-debug -Wl,--gc-sections -o "$work/$name.core.wasm"
  wasm-tools component new "$work/$name.core.wasm" -o "$work/$name.wasm"
  wasm-tools validate --features all "$work/$name.wasm"
}

check_tools
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

build_guest hello rt/out.c
build_guest timers rt/out.c
build_guest pipe
build_guest kitchen
build_guest web
build_guest waiter rt/out.c
wasm-tools compose "$work/waiter.wasm" -d "$work/kitchen.wasm" -o "$work/compose.wasm"
wasm-tools validate --features all "$work/compose.wasm"
cp "$work"/{hello,timers,pipe,compose,web}.wasm .
for text in wat/*.wat; do wasm-tools parse "$text" -o "$work/text.wasm" && wasm-tools validate --features all "$work/text.wasm"; done
ls -l -- *.wasm
