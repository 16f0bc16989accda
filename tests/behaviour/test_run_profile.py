#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`weir run --profile`: functions of guests by name, for perf and for browsers."""
import json
import os
import pathlib
import subprocess
import tempfile
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


class Profile(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.folder / "guest.wat").write_text(GUEST)

    def weir(self, *args, code=0):
        with subprocess.Popen([WEIR, "run", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              cwd=self.folder) as process:
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

    def test_jitdump_works_or_says_that_it_is_not_there(self):
        process = subprocess.run([WEIR, "run", "--profile", "jitdump", "--invoke", "run(1)", "guest.wat"], capture_output=True,
                                 text=True, check=False, cwd=self.folder)
        if process.returncode == 0:
            self.assertTrue(any(name.startswith("jit-") for name in os.listdir(self.folder)))
        else:
            self.assertIn("jitdump", process.stderr)


if __name__ == "__main__":
    unittest.main()
