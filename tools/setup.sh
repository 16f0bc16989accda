#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Makes a fresh machine able to build weir; does nothing where all is there.
#   tools/setup.sh           what building needs: Debian packages, a Rust toolchain for the engine library
#   tools/setup.sh --check   also what `make check` needs: cmocka is among the packages, clang-format in build/venv
#   tools/setup.sh --fuzz    also clang
#   tools/setup.sh --cross   also what tools/cross_check.py needs to build for aarch64
# Packages are installed with apt-get as root or with a sudo that asks for no password; otherwise all that is missing is
# named in one error. WEIR_ENGINE_LIB=<file> (an engine library built elsewhere) makes Rust unnecessary.
set -euo pipefail
cd "$(dirname "$0")/.."

# package | what shows that it is there. The one list of what the system must have.
PACKAGES="
gcc            | command -v gcc
g++            | command -v g++
libc6-dev      | test -e /usr/include/stdio.h
cmake          | command -v cmake
ninja-build    | command -v ninja
pkg-config     | command -v pkg-config
libuv1-dev     | pkg-config --exists libuv
libseccomp-dev | pkg-config --exists libseccomp
libnghttp2-dev | pkg-config --exists libnghttp2
libssl-dev     | pkg-config --exists openssl
node-llhttp    | pkg-config --exists libllhttp || test -e /usr/share/llhttp/llhttp.c
libcmocka-dev  | pkg-config --exists cmocka
python3        | command -v python3
python3-venv   | python3 -c 'import venv, ensurepip'
"
FUZZ_PACKAGES="
clang          | command -v clang
"
CROSS_PACKAGES="
gcc-aarch64-linux-gnu | command -v aarch64-linux-gnu-gcc
g++-aarch64-linux-gnu | command -v aarch64-linux-gnu-g++
qemu-user-static      | command -v qemu-aarch64-static
"
CROSS_TARGET=aarch64-unknown-linux-gnu
RUST_LEAST=1.91

want_check=no
want_fuzz=no
want_cross=no
for argument in "$@"; do
  case "$argument" in
    --check) want_check=yes ;;
    --fuzz) want_fuzz=yes ;;
    --cross) want_cross=yes ;;
    *) echo "setup: unknown argument $argument" >&2; exit 2 ;;
  esac
done
[ "$want_fuzz" = no ] || PACKAGES="$PACKAGES$FUZZ_PACKAGES"
[ "$want_cross" = no ] || PACKAGES="$PACKAGES$CROSS_PACKAGES"

missing_packages() {
  local package probe
  while IFS='|' read -r package probe; do
    package=${package// /}
    if [ -n "$package" ] && ! eval "$probe" >/dev/null 2>&1; then
      echo "$package"
    fi
  done <<<"$PACKAGES"
}

# "" where Rust is as it must be, or not needed; else a sentence.
rust_problem() {
  local version
  [ -z "${WEIR_ENGINE_LIB:-}" ] || return 0
  if ! version=$(cargo --version 2>/dev/null) || ! rustc --version >/dev/null 2>&1; then
    echo "Rust $RUST_LEAST or newer (cargo and rustc; see https://rustup.rs) to build the engine library"
    return 0
  fi
  version=$(rustc --version | cut -d' ' -f2)
  if [ "$(printf '%s\n%s\n' "$RUST_LEAST" "${version%%-*}" | sort -V | head -n1)" != "$RUST_LEAST" ]; then
    echo "Rust $RUST_LEAST or newer (this is $version; try: rustup update)"
  fi
}

install_packages() {
  local as_root=""
  if [ "$(id -u)" != 0 ]; then
    as_root="sudo -n"
    sudo -n true 2>/dev/null || return 1
  fi
  command -v apt-get >/dev/null || return 1
  echo "set-up: installing $*"
  export DEBIAN_FRONTEND=noninteractive
  $as_root apt-get update -q </dev/null || echo "set-up: apt-get update failed; trying with the lists there are" >&2
  $as_root apt-get install -y -q --no-install-recommends "$@" </dev/null
}

fail_missing() {
  {
    echo "set-up: this machine lacks what weir is built with:"
    [ -z "$1" ] || echo "  Debian packages: $1"
    [ -z "$1" ] || echo "    as root: apt-get install $1"
    [ -z "$2" ] || echo "  $2"
  } >&2
  exit 1
}

setup_system() {
  local missing rust
  missing=$(missing_packages | tr '\n' ' ')
  if [ -n "$missing" ]; then
    # shellcheck disable=SC2086
    install_packages $missing || fail_missing "$missing" "$(rust_problem)"
    missing=$(missing_packages | tr '\n' ' ')
  fi
  rust=$(rust_problem)
  if [ -n "$missing$rust" ]; then
    fail_missing "$missing" "$rust"
  fi
}

# Rust's own library for the other machine. What has none leaves it to tools/cross_check.py to say so.
setup_cross_rust() {
  test -d "$(rustc --print target-libdir --target "$CROSS_TARGET")" || ! command -v rustup >/dev/null ||
    rustup target add "$CROSS_TARGET" || echo "set-up: rustup could not add $CROSS_TARGET" >&2
}

# clang-format, pinned. Without it tools/check_format.py fails and says so; nothing else needs it.
setup_python() {
  local stamp=build/venv/requirements.stamp
  if cmp -s tools/requirements.txt "$stamp"; then
    return 0
  fi
  echo "set-up: Python tools for the format check (build/venv)"
  rm -rf build/venv
  if python3 -m venv build/venv &&
    build/venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input -r tools/requirements.txt; then
    cp tools/requirements.txt "$stamp"
  else
    echo "set-up: pip could not install tools/requirements.txt; the format check will fail" >&2
  fi
}

mkdir -p build
setup_system
[ "$want_check" = no ] || setup_python
[ "$want_cross" = no ] || setup_cross_rust
echo "set-up: everything is there"
