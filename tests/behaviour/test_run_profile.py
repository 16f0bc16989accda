#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`weir run --profile`: functions of guests by name, for perf and for browsers."""
import json
import os
import pathlib
import struct
import subprocess
import tempfile
import time
import unittest

from command import WEIR

GUEST = """(component
  (core module $m
    (func $inner (param $n i32) (result i32)
      (loop $again (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (local.get $n))
    (func $outer (export "run") (param $n i32) (result i32) (i32.add (call $inner (local.get $n)) (i32.const 1))))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
"""
ROUNDS = 1 << 30  # some hundred milliseconds of the processor's time, and a look at each
CODE_LOAD, CODE_CLOSE = 0, 3  # kinds of records of a dump for perf


class Profile(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.folder / "guest.wat").write_text(GUEST)

    def weir(self, *args, code=0):
        # --confine takes from the process what LeakSanitizer needs at its end.
        environment = os.environ | {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}
        with subprocess.Popen([WEIR, "run", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              cwd=self.folder, env=environment if "--confine" in args else None) as process:
            out, err = process.communicate()
        self.assertEqual(process.returncode, code, err)
        self.map = pathlib.Path(f"/tmp/perf-{process.pid}.map")
        self.addCleanup(self.map.unlink, missing_ok=True)
        return out, err

    def test_perf_finds_functions_by_name(self):
        self.weir("--profile", "perfmap", "--invoke", "run(1)", "guest.wat")
        lines = [line.split(" ", 2) for line in self.map.read_text().splitlines()]
        self.assertTrue(any(name == "inner" or name.endswith("::inner") for _, _, name in lines), lines)
        for address, size, _ in lines:
            self.assertTrue(int(address, 16) > 0 and int(size, 16) > 0)

    def test_code_of_the_cache_has_names_too(self):
        for _ in range(2):
            self.weir("--cache-dir", self.folder / "cache", "--profile", "perfmap", "--invoke", "run(1)", "guest.wat")
            self.assertIn("inner", self.map.read_text())

    def test_browsers_get_a_tree_of_calls(self):
        self.weir("--profile", "calls.json", "--invoke", f"run({ROUNDS})", "guest.wat")
        self.assertFalse(self.map.exists())
        profile = json.loads((self.folder / "calls.json").read_text())
        nodes = {node["id"]: node for node in profile["nodes"]}
        parents = {child: node for node in nodes.values() for child in node["children"]}
        inner = [node for node in nodes.values() if node["callFrame"]["functionName"].endswith("inner")]
        self.assertTrue(sum(node["hitCount"] for node in inner) > 10)
        self.assertTrue(parents[inner[0]["id"]]["callFrame"]["functionName"].endswith("outer"))
        self.assertEqual(len(profile["samples"]), sum(node["hitCount"] for node in nodes.values()))
        self.assertEqual(len(profile["samples"]), len(profile["timeDeltas"]))
        self.assertTrue(set(profile["samples"]) <= set(nodes))

    def test_a_program_that_hardly_runs_has_a_profile(self):
        self.weir("--profile", "calls.json", "--invoke", "run(1)", "guest.wat")
        self.assertEqual(json.loads((self.folder / "calls.json").read_text())["nodes"][0]["callFrame"]["functionName"], "(root)")

    def test_what_is_no_profile_is_told(self):
        self.assertIn("none of its values", self.weir("--profile", "flames", "guest.wat", code=2)[1])
        self.assertIn("cannot be written", self.weir("--profile", "none/calls.json", "--invoke", "run(1)", "guest.wat", code=70)[1])

    def read_dump(self):
        """Names and code of the functions in the one dump of the folder, whose form is checked."""
        [path] = self.folder.glob("jit-*.dump")
        dump = path.read_bytes()
        pid = int(path.name[4:-5])
        magic, version, at, _, _, of, began, flags = struct.unpack_from("=6I2Q", dump)
        self.assertEqual((magic, version, at, of, flags), (0x4A695444, 1, 40, pid, 0))
        functions, kind = [], None
        while at < len(dump):
            self.assertNotEqual(kind, CODE_CLOSE)
            kind, size, now = struct.unpack_from("=2IQ", dump, at)
            self.assertTrue(began <= now <= time.monotonic_ns())
            began = now
            if kind == CODE_LOAD:
                of, _, address, same, length, index = struct.unpack_from("=2I4Q", dump, at + 16)
                name, code = dump[at + 56:at + size - length], dump[at + size - length:at + size]
                self.assertEqual((of, same, index, name[-1:], len(code)), (pid, address, len(functions), b"\0", length))
                functions.append((name[:-1].decode(), address, code))
            at += size
        self.assertEqual((kind, at), (CODE_CLOSE, len(dump)))
        path.unlink()
        return functions

    def test_a_dump_for_perf_has_names_and_code(self):
        self.weir("--profile", "jitdump", "--confine", "--invoke", "run(1)", "guest.wat")
        self.assertFalse(self.map.exists())
        functions = {name.split("::")[-1]: (address, code) for name, address, code in self.read_dump()}
        self.assertTrue({"inner", "outer"} <= set(functions), functions)
        for address, code in functions.values():
            self.assertTrue(address > 0 and any(code))

    def test_a_dump_of_code_from_the_cache_has_the_same_functions(self):
        dumps = []
        for _ in range(2):
            self.weir("--cache-dir", self.folder / "cache", "--profile", "jitdump", "--invoke", "run(1)", "guest.wat")
            dumps.append([(name, len(code)) for name, _, code in self.read_dump()])
        self.assertEqual(*dumps)

    def test_names_that_a_guest_chooses_do_not_hide_others(self):
        (self.folder / "guest.wat").write_text(GUEST.replace("(func $inner", '(func $inner (@name "in\\00\\0a1 2 ner")'))
        self.weir("--profile", "jitdump", "--invoke", "run(1)", "guest.wat")
        names = [name.split("::")[-1] for name, _, _ in self.read_dump()]
        self.assertIn("in__1 2 ner", names)
        self.assertIn("outer", names)

    def test_a_dump_that_cannot_be_written_is_told_where(self):
        process = subprocess.run([WEIR, "run", "--profile", "jitdump", "--invoke", "run(1)", self.folder / "guest.wat"],
                                 capture_output=True, text=True, check=False, cwd="/proc")
        self.assertEqual(process.returncode, 70)
        self.assertRegex(process.stderr, r"jit-\d+\.dump in the current folder cannot be written: ")

    def test_a_dump_does_not_follow_a_link(self):
        (self.folder / "mine").write_text("mine")
        script = 'ln -s mine jit-$$.dump; exec "$0" run --profile jitdump --invoke "run(1)" guest.wat'
        process = subprocess.run(["sh", "-c", script, WEIR], capture_output=True, text=True, check=False, cwd=self.folder)
        self.assertEqual(process.returncode, 70, process.stderr)
        self.assertEqual((self.folder / "mine").read_text(), "mine")


if __name__ == "__main__":
    unittest.main()
