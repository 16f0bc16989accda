#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles src/fuse/rt, the runtime inside of fused components, to core wasm, and writes the bytes as C.

The bytes are committed, so only those who change it need clang and wasm-ld; $CLANG and $WASM_LD name others. With
--check nothing is written: the committed file has to name the digest of today's sources, and where the same clang is at
hand that made the bytes, the bytes must be the same.
"""
import argparse
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
FOLDER = ROOT / "src" / "fuse" / "rt"
SOURCES = sorted(FOLDER.glob("*.c"))
TARGET = ROOT / "src" / "fuse" / "rt_bytes.c"
CLANG = os.environ.get("CLANG", "clang")
FLAGS = ["--target=wasm32", "-std=c17", "-Os", "-Wall", "-Wextra", "-Werror", "-mbulk-memory", "-ffreestanding",
         "-fno-builtin", "-fno-delete-null-pointer-checks", "-nostdlib", "-Wl,--no-entry", "-Wl,--import-table",
         "-Wl,--strip-debug", "-Wl,--global-base=1024", "-Wl,-z,stack-size=8192", f"-I{ROOT}/src"]
HEAD = """/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Made by tools/build_fuse_rt.py from the folder rt. Do not edit.
 *
 * sources sha256 {digest}
 * compiler {compiler}
 */
#include "fuse/glue.h"

static const unsigned char bytes[] = {{
{rows}
}};

struct str glue_runtime(void) {{
  return (struct str){{(const char *)bytes, sizeof(bytes)}};
}}
"""


def linker():
    """The path of wasm-ld, or None. Rust brings one along."""
    named = os.environ.get("WASM_LD") or shutil.which("wasm-ld") or shutil.which("wasm-ld-14")
    if named:
        return named
    found = sorted(pathlib.Path.home().glob(".rustup/toolchains/*/lib/rustlib/*/bin/gcc-ld/wasm-ld"))
    return str(found[0]) if found else None


def compiler():
    """The version of clang, or None."""
    if not shutil.which(CLANG) or not linker():
        return None
    lines = subprocess.run([CLANG, "--version"], capture_output=True, text=True, check=True).stdout.splitlines()
    return re.sub(r".*?(clang version \S+).*", r"\1", lines[0])


def digest():
    total = hashlib.sha256()
    for path in SOURCES + sorted(FOLDER.glob("*.h")):
        total.update(path.read_bytes())
    return total.hexdigest()


def compile_bytes():
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "rt.wasm"
        environment = dict(os.environ, PATH=f"{pathlib.Path(linker()).parent}{os.pathsep}{os.environ['PATH']}")
        subprocess.run([CLANG, *FLAGS, "-o", out, *SOURCES], check=True, env=environment)
        return out.read_bytes()


def text_of(code):
    rows = [", ".join(f"{byte}" for byte in code[i:i + 24]) + "," for i in range(0, len(code), 24)]
    return HEAD.format(digest=digest(), compiler=compiler(),
                       rows="\n".join("    " + row for row in rows))


def check():
    text = TARGET.read_text()
    if digest() not in text:
        sys.exit(f"{TARGET.relative_to(ROOT)} was made of other sources: run tools/build_fuse_rt.py")
    made_by = re.search(r"compiler (.*)", text).group(1)
    if compiler() != made_by:
        print(f"build_fuse_rt: the source is the same; {made_by} is not here to compare the bytes")
    elif text_of(compile_bytes()) != text:
        sys.exit(f"{TARGET.relative_to(ROOT)} has other bytes than {made_by} makes: run tools/build_fuse_rt.py")
    else:
        print(f"build_fuse_rt: the bytes are what {made_by} makes")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where the bytes are not up to date")
    args = parser.parse_args()
    if args.check:
        check()
        return
    if not compiler():
        sys.exit("build_fuse_rt: clang and wasm-ld are needed")
    TARGET.write_text(text_of(compile_bytes()))


if __name__ == "__main__":
    main()
