#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes string_vectors.inc: what the definitions in CanonicalABI.md do when they store strings.

usage: make_string_vectors.py CanonicalABI.md > string_vectors.inc

The Python blocks of the text that define the store_string functions are run against a small memory whose realloc
always moves: every call, the tagged length and the bytes stored are written down, one vector a line.
"""
import re
import sys

STRINGS = [
    "", "a", "abc", "0123456789abcdef", "0123456789abcdefg" * 2, "\x7f", "\x80", "\xff", "a\xe9", "\xe9a",
    "0123456789abcde\xe9", "0123456789abcdef\xe9", "\xe9" * 17, "\x7f\x80", "\xff\u0100", "\u0100", "\u07ff\u0800",
    "\ud7ff\ue000\uffff", "\u2603", "a\xe9\u2603b", "\U00010000\U0010ffff", "\U0001f370", "x" * 20 + "\U0001f370" + "y" * 20,
    "\xe9" * 20 + "\u2603" + "z" * 3, "\u2603" * 9, "\0", "a\0b\xff",
]
SOURCES = ["utf8", "utf16", "latin1", "tagged"]
ENCODINGS = ["utf8", "utf16", "latin1+utf16"]


class Trap(Exception):
    pass


class Memory(bytearray):
    def __init__(self, pointer):
        super().__init__(4096)
        self.pointer = pointer

    def ptr_type(self):
        return self.pointer


class Options:
    pass


class Context:
    """A LiftLowerContext whose allocator logs, always moves, and hands out multiples of 8 from 64 on."""

    def __init__(self, encoding, pointer):
        self.opts = Options()
        self.opts.memory = Memory(pointer)
        self.opts.string_encoding = encoding
        self.next = 64
        self.calls = []

    def reallocate(self, old, old_size, align, size):
        self.calls.append((old, old_size, align, size))
        address, memory = self.next, self.opts.memory
        self.next += (size + 7) // 8 * 8
        kept = min(old_size, size)
        memory[address:address + kept] = memory[old:old + kept]
        return address

    def allocate(self, align, size):
        return self.reallocate(0, 0, align, size)


def definitions(path):
    def trap_if(condition):
        if condition:
            raise Trap

    names = {
        "String": tuple, "trap_if": trap_if,
        "ptr_size": lambda t: {"i32": 4, "i64": 8}[t],
        "align_to": lambda p, a: (p + a - 1) // a * a,
        "utf16_tag": lambda t: 1 << ({"i32": 4, "i64": 8}[t] * 8 - 1),
        "REALLOC_I32_MAX": 2**32 - 1,
    }
    text = open(path, encoding="utf-8").read()
    for block in re.findall(r"```python\n(.*?)```", text, re.S):
        if re.match(r"def store_(string|utf|latin|probably)", block):
            exec(block, names)
    return names


def source(text, kind):
    """(string as the text's triple, code units), or None where it cannot be in that form."""
    if kind == "utf8":
        return (text, "utf8", len(text.encode())), 0
    units = len(text.encode("utf-16-le")) // 2
    if kind == "utf16":
        return (text, "utf16", units), 0
    if kind == "tagged":
        return (text, "latin1+utf16", units | 1 << 31), 0
    return ((text, "latin1+utf16", units), 0) if all(ord(c) < 256 for c in text) else None


def main():
    names = definitions(sys.argv[1])
    print("/* Made by make_string_vectors.py from CanonicalABI.md. source, encoding, text, calls, length, bytes */")
    for text in STRINGS:
        for kind in SOURCES:
            made = source(text, kind)
            for encoding in ENCODINGS if made else []:
                cx = Context(encoding, "i32")
                address, length = names["store_string_into_range"](cx, made[0])
                units = length & ~(1 << 31)
                wide = encoding == "utf16" or length & 1 << 31
                stored = bytes(cx.opts.memory[address:address + units * (2 if wide else 1)])
                calls = ", ".join("{%d, %d, %d, %d}" % c for c in cx.calls)
                print('VECTOR("%s", "%s", "%s", %d, %#x, "%s", CALLS(%s))' % (
                    kind, encoding, text.encode().hex(), len(cx.calls), length, stored.hex(), calls))


if __name__ == "__main__":
    main()
