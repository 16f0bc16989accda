#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`weir run` of programs of WASI preview 1: core modules, as toolchains made them before there were components."""
import pathlib
import subprocess
import tempfile
import unittest

from command import WEIR

GUESTS = pathlib.Path(__file__).resolve().parent / "guests"
PROGRAM = GUESTS / "preview1.wasm"
BAD_INPUT, LINK = 65, 69


def leb(value):
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + leb(value >> 7)


def name(text):
    return leb(len(text)) + text.encode()


def section(number, items):
    body = leb(len(items)) + b"".join(items)
    return bytes([number]) + leb(len(body)) + body


def module(imports, exports=("_start", "memory"), code=b""):
    """A module whose function imports are of type 0, (i32, i32, i32, i32) -> i32, and whose own function has a body."""
    kinds = {"_start": bytes([0]) + leb(len(imports)), "memory": b"\2\0"}
    body = b"\0" + code + b"\x0b"
    return (b"\0asm\1\0\0\0"
            + section(1, [b"\x60\4\x7f\x7f\x7f\x7f\1\x7f", b"\x60\0\0"])
            + section(2, [name(m) + name(n) + b"\0\0" for m, n in imports])
            + section(3, [b"\1"]) + section(5, [b"\0\1"])
            + section(7, [name(e) + kinds[e] for e in exports])
            + section(10, [leb(len(body)) + body])
            + section(11, [b"\0\x41\0\x0b" + leb(16) + b"\x08\0\0\0\4\0\0\0one\ntwo\n"]))


def write_call(function):
    """fd_write(1, 0, 1, 32), whose result nobody looks at."""
    return b"\x41\1\x41\0\x41\1\x41\x20\x10" + bytes([function]) + b"\x1a"


class Preview1(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.folder / "root").mkdir()

    def weir(self, *args, code=0, text=None):
        done = subprocess.run([WEIR, *args], capture_output=True, text=True, check=False, cwd=self.folder, input=text)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def run_all(self, *more):
        return self.weir("run", *more, "--env", "NAME=y", "--dir", "root::/", PROGRAM, "one", "two", code=3, text="input\n")

    def refuse(self, data, words, code=LINK):
        path = self.folder / "module.wasm"
        path.write_bytes(data)
        self.assertIn(words, self.weir("run", path, code=code).stderr)

    def test_what_preview_1_has_works(self):
        done = self.run_all()
        self.assertEqual(done.stdout, (GUESTS / "preview1.txt").read_text())
        self.assertIn("to the other output\n", done.stderr)

    def test_a_record_is_replayed_without_the_files(self):
        log = self.folder / "log"
        self.run_all("--record", log)
        self.assertIn("the same", self.weir("replay", log, PROGRAM).stdout)

    def test_a_program_is_compiled_ahead(self):
        self.weir("compile", "-o", "app.cwasm", PROGRAM)
        done = self.weir("run", "--env", "NAME=y", "--dir", "root::/", "app.cwasm", "one", "two", code=3, text="input\n")
        self.assertEqual(done.stdout, (GUESTS / "preview1.txt").read_text())

    def test_a_function_may_be_imported_many_times(self):
        path = self.folder / "module.wasm"
        path.write_bytes(module([("wasi_snapshot_preview1", "fd_write")] * 8, code=write_call(0) + write_call(7)))
        self.assertEqual(self.weir("run", path).stdout, "one\none\n")
        self.refuse(module([("wasi_snapshot_preview1", "fd_write")] * 9), "more than 8 times")

    def test_a_bad_address_is_a_trap(self):
        path = self.folder / "module.wasm"
        bad = b"\x41\1\x41\x80\x80\x04\x41\1\x41\x20\x10\0\x1a"  # the list is behind the memory
        path.write_bytes(module([("wasi_snapshot_preview1", "fd_write")], code=bad))
        self.assertIn("out of bounds", self.weir("run", path, code=134).stderr)

    def test_what_is_no_program_of_preview_1_is_told(self):
        write = ("wasi_snapshot_preview1", "fd_write")
        self.refuse(module([write, ("env", "helper")]), "imports `helper` of `env`, which is not WASI preview 1")
        self.refuse(module([("wasi_snapshot_preview1", "fd_fly")]), "WASI preview 1 has no function `fd_fly`")
        self.refuse(module([write], ("memory",)), "exports no `_start`")
        self.refuse(module([write], ("_start",)), "exports no `memory`")
        self.refuse(module([("wasi_snapshot_preview1", "fd_close")]), "fd_close", code=BAD_INPUT)  # of another type
        self.refuse(module([write])[:-3], "unexpected end", code=BAD_INPUT)


if __name__ == "__main__":
    unittest.main()
