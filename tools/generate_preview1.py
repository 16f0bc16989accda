#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes wasi/preview1_bytes.h: the component around programs of WASI preview 1 (preview1/preview1.wasm) as bytes before
and behind the program, and the names of the functions that a program may import."""
import argparse
import pathlib

EMPTY = b"\0asm\1\0\0\0"
CORE_MODULE = 1


def leb(data, at):
    value, shift = 0, 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def sections(data):
    """Of a module or a component: kind, begin, begin of the body, end."""
    at = 8
    while at < len(data):
        size, body = leb(data, at + 1)
        yield data[at], at, body, body + size
        at = body + size


def exports(module):
    """The names of the functions that a core module exports."""
    for kind, _, at, _ in sections(module):
        if kind == 7:
            count, at = leb(module, at)
            for _ in range(count):
                size, at = leb(module, at)
                name, what = module[at:at + size].decode(), module[at + size]
                _, at = leb(module, at + size + 1)
                if what == 0:
                    yield name


def array(name, data):
    lines = [", ".join(str(byte) for byte in data[at:at + 30]) for at in range(0, len(data), 30)]
    return f"static const uint8_t {name}[] = {{\n    " + ",\n    ".join(lines) + "};\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--copies", type=int, default=8, help="as in preview1/build.py")
    parser.add_argument("component", type=pathlib.Path)
    options = parser.parse_args()
    data = options.component.read_bytes()
    modules = [(begin, data[body:end], end) for kind, begin, body, end in sections(data) if kind == CORE_MODULE]
    begin, end = next((b, e) for b, module, e in modules if module == EMPTY)
    slots = modules[1][1]
    names = ",\n    ".join(f'"{name}"' for name in exports(slots))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(
        "/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */\n"
        "/* Written by tools/generate_preview1.py from preview1/preview1.wasm. */\n"
        "#ifndef WASI_PREVIEW1_BYTES_H\n#define WASI_PREVIEW1_BYTES_H\n\n#include <stdint.h>\n\n"
        f"enum {{ WASI_PREVIEW1_COPIES = {options.copies} }};\n\n"
        + array("wasi_preview1_before", data[:begin]) + "\n" + array("wasi_preview1_after", data[end:])
        + f"\nstatic const char *const wasi_preview1_names[] = {{\n    {names}}};\n\n#endif\n")


if __name__ == "__main__":
    main()
