#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`weir fuse`: one component with the same world and the same results, or the component as it was, and the reason.

Where $WEIR_PEER names another runtime's command (`wasmtime`), the results are compared with what that one makes of the
fused components too.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

WEIR = None
PEER = os.environ.get("WEIR_PEER")
EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples" / "guests"
COMPOSED = """(component
  (component $B
    (core module $m
      (memory (export "mem") 1)
      (global $next (mut i32) (i32.const 1024))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local i32)
        (local.set 4 (global.get $next))
        (global.set $next (i32.add (local.get 4) (i32.and (i32.add (local.get 3) (i32.const 7)) (i32.const -8))))
        (local.get 4))
      (func (export "total") (param $at i32) (param $count i32) (result i32) (local $sum i32)
        (block $done (loop $more
          (br_if $done (i32.eqz (local.get $count)))
          (local.set $sum (i32.add (local.get $sum) (i32.load8_u (i32.load (local.get $at)))))
          (local.set $sum (i32.add (local.get $sum) (i32.load (i32.add (local.get $at) (i32.const 4)))))
          (local.set $at (i32.add (local.get $at) (i32.const 8)))
          (local.set $count (i32.sub (local.get $count) (i32.const 1)))
          (br $more)))
        (local.get $sum)))
    (core instance $i (instantiate $m))
    (func (export "total") (param "words" (list string)) (result u32)
      (canon lift (core func $i "total") (memory $i "mem") (realloc (func $i "realloc")))))
  (component $A
    (import "total" (func $total (param "words" (list string)) (result u32)))
    (core module $mem (memory (export "mem") 1)
      (data (i32.const 0) "\\10\\00\\00\\00\\05\\00\\00\\00\\18\\00\\00\\00\\BYTES\\00\\00\\00")
      (data (i32.const 16) "hello") (data (i32.const 24) "\\TEXT"))
    (core instance $mem (instantiate $mem))
    (core func $total' (canon lower (func $total) (memory $mem "mem")))
    (core module $m (import "" "total" (func $total (param i32 i32) (result i32)))
      (func (export "run") (result i32) (call $total (i32.const 0) (i32.const 2))))
    (core instance $i (instantiate $m (with "" (instance (export "total" (func $total'))))))
    (func (export "run") (result u32) (canon lift (core func $i "run"))))
  (instance $b (instantiate $B))
  (instance $a (instantiate $A (with "total" (func $b "total"))))
  (export "run" (func $a "run")))"""


ASYNC = """(component
  (component $B
    (core module $m
      (import "" "task.return" (func $return (param i32)))
      (import "" "inc" (func $inc)) (import "" "dec" (func $dec))
      (global $n (mut i32) (i32.const 0))
      (func (export "collatz") (param $n i32) (result i32) (local $steps i32)
        (block $done (loop $more
          (br_if $done (i32.le_u (local.get $n) (i32.const 1)))
          (local.set $n (if (result i32) (i32.and (local.get $n) (i32.const 1))
            (then (i32.add (i32.mul (local.get $n) (i32.const 3)) (i32.const 1)))
            (else (i32.shr_u (local.get $n) (i32.const 1)))))
          (local.set $steps (i32.add (local.get $steps) (i32.const 1)))
          (br $more)))
        (call $return (local.get $steps)) (i32.const 0))
      (func (export "twice") (param $n i32) (result i32) (global.set $n (local.get $n)) (i32.const 1))
      (func (export "cb") (param i32 i32 i32) (result i32)
        (call $return (i32.mul (global.get $n) (i32.const 2))) (i32.const 0)))
    (core func $return (canon task.return (result u32)))
    (core func $inc (canon backpressure.inc)) (core func $dec (canon backpressure.dec))
    (core instance $i (instantiate $m (with "" (instance
      (export "task.return" (func $return)) (export "inc" (func $inc)) (export "dec" (func $dec))))))
    (func (export "collatz") async (param "n" u32) (result u32)
      (canon lift (core func $i "collatz") async (callback (func $i "cb"))))
    (func (export "twice") async (param "n" u32) (result u32)
      (canon lift (core func $i "twice") async (callback (func $i "cb")))))
  (component $A
    (import "collatz" (func $collatz async (param "n" u32) (result u32)))
    (import "twice" (func $twice async (param "n" u32) (result u32)))
    (core module $mem (memory (export "mem") 1))
    (core instance $mem (instantiate $mem))
    (core func $collatz' (canon lower (func $collatz)))
    (core func $twice' (canon lower (func $twice) async (memory $mem "mem")))
    (core func $new (canon waitable-set.new))
    (core func $join (canon waitable.join))
    (core func $wait (canon waitable-set.wait (memory $mem "mem")))
    (core func $drop (canon subtask.drop))
    (core module $m
      (import "" "mem" (memory 1))
      (import "" "collatz" (func $collatz (param i32) (result i32)))
      (import "" "twice" (func $twice (param i32 i32) (result i32)))
      (import "" "new" (func $new (result i32)))
      (import "" "join" (func $join (param i32 i32)))
      (import "" "wait" (func $wait (param i32 i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "run") (param $n i32) (result i32) (local $set i32) (local $status i32)
        (local.set $status (call $twice (local.get $n) (i32.const 16)))
        (if (i32.ne (i32.and (local.get $status) (i32.const 15)) (i32.const 1)) (then unreachable))
        (local.set $set (call $new))
        (call $join (i32.shr_u (local.get $status) (i32.const 4)) (local.get $set))
        (if (i32.ne (call $wait (local.get $set) (i32.const 0)) (i32.const 1)) (then unreachable))
        (if (i32.ne (i32.load (i32.const 4)) (i32.const 2)) (then unreachable))
        (call $drop (i32.load (i32.const 0)))
        (i32.add (i32.mul (call $collatz (local.get $n)) (i32.const 1000)) (i32.load (i32.const 16)))))
    (core instance $i (instantiate $m (with "" (instance
      (export "mem" (memory $mem "mem")) (export "collatz" (func $collatz')) (export "twice" (func $twice'))
      (export "new" (func $new)) (export "join" (func $join)) (export "wait" (func $wait))
      (export "drop" (func $drop))))))
    (func (export "run") async (param "n" u32) (result u32) (canon lift (core func $i "run"))))
  (instance $b (instantiate $B))
  (instance $a (instantiate $A (with "collatz" (func $b "collatz")) (with "twice" (func $b "twice"))))
  (export "run" (func $a "run")))"""


def composed(text):
    """Calls `total` with "hello" and bytes in hexadecimal."""
    return COMPOSED.replace("\\BYTES", f"\\{len(text.split()):02x}").replace("\\TEXT", "\\" + "\\".join(text.split()))


class Fuse(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def weir(self, *args, code=0):
        done = subprocess.run([WEIR, *args], capture_output=True, text=True, check=False, cwd=self.folder)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def world(self, path):
        return [line for line in self.weir("inspect", path).stdout.splitlines() if not line.startswith("//")]

    def fuse(self, source, *options, nested=None):
        """The fused file, which has the world of its source."""
        done = self.weir("fuse", "--validate", "-o", "out.wasm", *options, source)
        self.assertEqual(self.world("out.wasm"), self.world(source))
        self.assertEqual("components stay nested" in done.stderr, nested is not None, done.stderr)
        self.assertIn(nested or "", done.stderr)
        return self.folder / "out.wasm"

    def check_call(self, text, call, want):
        source = self.folder / "in.wat"
        source.write_text(text)
        fused = self.fuse(source)
        self.assertEqual(self.weir("run", "--invoke", call, source).stdout, want)
        self.assertEqual(self.weir("run", "--invoke", call, fused).stdout, want)
        if PEER:
            done = subprocess.run([PEER, "run", "-W", "component-model-async=y", "--invoke", call, fused],
                                  capture_output=True, text=True, check=False)
            self.assertEqual(done.stdout, want, done.stderr)

    def test_strings_in_lists_are_copied(self):
        self.check_call(composed("61 62"), "run()", f"{5 + 2 + ord('h') + ord('a')}\n")

    def test_strings_beyond_ascii_are_checked(self):
        self.check_call(composed("e2 82 ac f0 9f 98 80"), "run()", f"{5 + 7 + ord('h') + 0xe2}\n")
        for broken in ("c3", "c0 80", "ed a0 80", "f4 90 80 80", "e0 80 80", "61 ff", "f0 8f bf bf", "80"):
            (self.folder / "in.wat").write_text(composed(broken))
            fused = self.fuse("in.wat")
            self.assertIn("invalid utf-8", self.weir("run", "--invoke", "run()", fused, code=134).stderr)

    def test_tasks_that_return_at_once_and_later(self):
        self.check_call(ASYNC, "run(27)", "111054\n")
        inspected = self.weir("inspect", "out.wasm").stdout
        self.assertIn("1 component instance", inspected)

    def test_the_example_is_the_same_in_every_form(self):
        source = EXAMPLES / "wat" / "fused.wat"
        want = {"is-prime(7)": "true", "is-prime(9)": "false", "fibonacci(10)": "55", "factorial(5)": "120",
                "collatz(27)": "111", 'greet("Ada")': '"hello, Ada"', "swap({x: 1, y: -2})": "{x: -2, y: 1}",
                "half(10)": "some(5)", "half(3)": "none", "evens([1, 2, 4])": "[2, 4]", "total([1, 2, 3])": "6",
                "total([])": "0"}
        fused = self.fuse(source)
        self.weir("fuse", "--core", "-o", "core.wasm", source)
        for call, result in want.items():
            for path in (source, self.folder / "core.wasm", fused):
                self.assertEqual(self.weir("run", "--invoke", call, path).stdout, result + "\n", path)
            if PEER:
                done = subprocess.run([PEER, "run", "-W", "component-model-async=y", "--invoke", call, fused],
                                      capture_output=True, text=True, check=False)
                self.assertEqual(done.stdout, result + "\n", done.stderr)

    def test_a_component_is_verified(self):
        (self.folder / "in.wat").write_text(ASYNC)
        self.fuse("in.wat")
        self.weir("fuse", "--verify", "out.wasm", "in.wat")
        self.assertIn("fused by weir", self.weir("inspect", "out.wasm").stdout)
        (self.folder / "in.wat").write_text(composed("61"))
        done = self.weir("fuse", "--verify", "out.wasm", "in.wat", code=65)
        self.assertIn("another component", done.stderr)

    def test_the_features_that_are_needed_are_told(self):
        (self.folder / "in.wat").write_text(ASYNC)
        done = self.weir("fuse", "--validate", "-o", "out.wasm", "in.wat")
        self.assertIn("features that are needed: multi-memory, async\n", done.stderr)

    def test_run_takes_the_fused_module(self):
        (self.folder / "in.wat").write_text(ASYNC)
        done = self.weir("run", "--fused", "--no-cache", "--invoke", "run(27)", "in.wat")
        self.assertEqual(done.stdout, "111054\n")

    def test_an_import_map_of_version_1(self):
        (self.folder / "in.wat").write_text("(component)")
        done = self.weir("fuse", "--core", "--emit-import-map", "-", "--import-map-1", "-o", "out.wasm", "in.wat")
        self.assertEqual(done.stdout, '{\n  "imports": []\n}')
        (self.folder / "in.wat").write_text(ASYNC)
        done = self.weir("fuse", "--core", "--emit-import-map", "-", "--import-map-1", "-o", "out.wasm", "in.wat")
        self.assertTrue(done.stdout.startswith('{\n  "imports": [\n    {\n      "index": 0,\n      "kind": "p3-builtin",\n'))
        self.assertTrue(done.stdout.endswith("    }\n  ]\n}"))

    def test_guests_of_one_component_keep_their_worlds(self):
        for name in ("hello", "timers", "pipe"):
            self.fuse(EXAMPLES / f"{name}.wasm")
        self.assertEqual(self.weir("run", self.fuse(EXAMPLES / "hello.wasm"), "Ada").stdout, "hello, Ada\n")

    def test_what_cannot_be_fused_comes_back_as_it_was(self):
        (self.folder / "in.wat").write_text("(component (import \"m\" (core module $m)) (core instance (instantiate $m)))")
        fused = self.fuse("in.wat", nested="imports core modules")
        self.assertTrue(fused.read_bytes().startswith(b"\0asm"))
        done = self.weir("fuse", "--strict", "-o", "none.wasm", "in.wat", code=65)
        self.assertIn("imports core modules", done.stderr)
        self.assertFalse((self.folder / "none.wasm").exists())

    def test_the_same_input_gives_the_same_bytes(self):
        (self.folder / "in.wat").write_text(composed("61"))
        first = self.fuse("in.wat").read_bytes()
        self.assertEqual(first, self.fuse("in.wat").read_bytes())

    def test_forms_exclude_each_other(self):
        (self.folder / "in.wat").write_text("(component)")
        self.weir("fuse", "--core", "--component", "-o", "out.wasm", "in.wat", code=2)
        self.weir("fuse", "--emit-import-map", "map.json", "-o", "out.wasm", "in.wat", code=2)


def main():
    global WEIR
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weir", required=True, help="the command to test")
    args, rest = parser.parse_known_args()
    WEIR = os.path.abspath(args.weir)
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
