#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`weir run` ends when its limits say so, whatever the program or its reader does, and not before its work is done."""
import fcntl
import os
import pathlib
import subprocess
import tempfile
import time
import unittest

from command import WEIR

ROOT = pathlib.Path(__file__).resolve().parents[2]
PIPE = ROOT / "examples" / "guests" / "pipe.wasm"
HELLO = ROOT / "examples" / "guests" / "hello.wasm"

SPIN = """(component
  (core module $m
    (memory (export "mem") %d)
    (func (export "spin") (loop $l (br $l)))
    (func (export "nothing")))
  (core instance $i (instantiate $m))
  (func (export "spin") (canon lift (core func $i "spin")))
  (func (export "nothing") (canon lift (core func $i "nothing"))))
"""

# `run` returns at once, and its task goes on: it waits %d nanoseconds, and ends the program with 7.
LATE = """(component
  (import "wasi:clocks/monotonic-clock@0.3.0" (instance $clock
    (export "wait-for" (func async (param "how-long" u64)))))
  (import "wasi:cli/exit@0.3.0" (instance $exit (export "exit-with-code" (func (param "status-code" u8)))))
  (core func $wait (canon lower (func $clock "wait-for") async))
  (core func $end (canon lower (func $exit "exit-with-code")))
  (core func $return (canon task.return (result (result))))
  (core func $new (canon waitable-set.new))
  (core func $join (canon waitable.join))
  (core module $m
    (import "" "wait" (func $wait (param i64) (result i32)))
    (import "" "end" (func $end (param i32)))
    (import "" "return" (func $return (param i32)))
    (import "" "new" (func $new (result i32)))
    (import "" "join" (func $join (param i32 i32)))
    (func (export "run") (result i32) (local $set i32)
      (call $return (i32.const 0))
      (local.set $set (call $new))
      (call $join (i32.shr_u (call $wait (i64.const %d)) (i32.const 4)) (local.get $set))
      (i32.or (i32.const 2) (i32.shl (local.get $set) (i32.const 4))))
    (func (export "callback") (param i32 i32 i32) (result i32) (call $end (i32.const 7)) (i32.const 0)))
  (core instance $i (instantiate $m (with "" (instance
    (export "wait" (func $wait)) (export "end" (func $end)) (export "return" (func $return))
    (export "new" (func $new)) (export "join" (func $join))))))
  (func $run async (result (result)) (canon lift (core func $i "run") async (callback (func $i "callback"))))
  (instance (export "wasi:cli/run@0.3.0") (export "run" (func $run))))
"""


class Limits(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def file(self, name, content):
        path = pathlib.Path(self.folder.name) / name
        path.write_text(content)
        return str(path)

    def weir(self, *args, code, **more):
        more.setdefault("stdin", subprocess.DEVNULL)
        more.setdefault("stdout", subprocess.PIPE)
        done = subprocess.run([WEIR, *args], stderr=subprocess.PIPE, timeout=60, check=False, **more)
        out, err = (done.stdout or b"").decode(errors="replace"), done.stderr.decode(errors="replace")
        self.assertEqual(done.returncode, code, f"{args}\n{out}\n{err}")
        return out, err

    # --- limits are limits

    def test_no_time_at_all(self):
        spin = self.file("spin.wat", SPIN % 0)
        for time_limit in ("0", "1e-9", "0.0001"):
            _, err = self.weir("run", "--timeout", time_limit, "--invoke", "spin", spin, code=124)
            self.assertIn("the time is over", err)
        self.weir("run", "--timeout", "0", "--invoke", "nothing", spin, code=124)

    def test_no_fuel_at_all(self):
        spin = self.file("spin.wat", SPIN % 0)
        for fuel in ("0", "1"):
            self.assertIn("fuel", self.weir("run", "--fuel", fuel, "--invoke", "spin", spin, code=70)[1])
        self.assertIn("fuel", self.weir("run", "--fuel", "0", "--invoke", "nothing", spin, code=70)[1])

    def test_no_memory_at_all(self):
        self.weir("run", "--max-memory", "0", "--invoke", "nothing", self.file("none.wat", SPIN % 0), code=0)
        _, err = self.weir("run", "--max-memory", "0", "--invoke", "nothing", self.file("one.wat", SPIN % 1), code=70)
        self.assertIn("memory", err)

    def test_limits_by_name(self):
        spin = self.file("spin.wat", SPIN % 1)
        self.weir("run", "--limit", "memories=1", "--limit=tasks=5", "--invoke", "nothing", spin, code=0)
        self.assertIn("memory", self.weir("run", "--limit", "memory-bytes=100", "--invoke", "nothing", spin, code=70)[1])
        for bad in ("memories", "memories=", "memories=x", "memory=1", "=1", "tasks=0"):
            self.assertIn("--limit", self.weir("run", "--limit", bad, spin, code=2)[1])

    # --- what nobody reads

    def start_blocked(self, *args, **more):
        """Runs weir with a standard output that nobody reads; the time until it ends, and its exit code."""
        read, write = os.pipe()
        self.addCleanup(os.close, read)
        begin = time.monotonic()
        child = subprocess.Popen([WEIR, *args], stdout=write, **more)
        os.close(write)
        code = child.wait(timeout=30)
        if child.stderr:
            child.stderr.close()
        return time.monotonic() - begin, code

    def test_output_that_nobody_reads_does_not_hold_up_the_end(self):
        with open("/dev/zero", "rb") as zero:
            _, code = self.start_blocked("run", "--timeout", "0.5", PIPE, stdin=zero, stderr=subprocess.DEVNULL)
        self.assertEqual(code, 124)

    def test_output_is_flushed_within_the_time(self):
        """The program has ended, and the last of its output waits for a reader."""
        block = self.file("block", "x" * (65536 + 4096))
        with open(block, "rb") as file:
            _, code = self.start_blocked("run", "--timeout", "0.5", PIPE, stdin=file, stderr=subprocess.DEVNULL)
        self.assertEqual(code, 124)

    def test_messages_that_nobody_reads_do_not_hold_up_the_end(self):
        read, write = os.pipe()
        self.addCleanup(os.close, read)
        fcntl.fcntl(write, fcntl.F_SETFL, os.O_NONBLOCK)
        try:
            while os.write(write, b"x" * 4096):
                pass
        except BlockingIOError:
            fcntl.fcntl(write, fcntl.F_SETFL, 0)
        spin = self.file("spin.wat", SPIN % 0)
        _, code = self.start_blocked("run", "--timeout", "0.2", "--invoke", "spin", spin, stderr=write)
        os.close(write)
        self.assertEqual(code, 124)

    # --- work after the return

    def test_work_after_the_return_is_finished(self):
        self.weir("run", self.file("late.wat", LATE % 50_000_000), code=7)
        self.weir("run", "--drain", "0", self.file("late.wat", LATE % 50_000_000), code=124)

    def test_work_after_the_return_has_limits(self):
        late = self.file("late.wat", LATE % 3_600_000_000_000)
        _, err = self.weir("run", "--drain", "0.1", late, code=124)
        self.assertIn("1 task", err)
        self.assertIn("--drain", err)
        _, err = self.weir("run", "--timeout", "0.2", late, code=124)
        self.assertIn("the time is over", err)

    # --- standard streams

    def test_a_closed_input_reads_as_its_end(self):
        command = f'"{WEIR}" run "{PIPE}" <&-'
        done = subprocess.run(["sh", "-c", command], capture_output=True, timeout=60, check=False)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))

    def test_what_weir_prints_is_whole_where_the_pipe_does_not_block(self):
        names = [f"f{i}.wat" for i in range(400)]
        for name in names:
            self.file(name, SPIN % 0)
        expected = subprocess.run([WEIR, "inspect", *names], cwd=self.folder.name, capture_output=True, check=True).stdout
        self.assertGreater(len(expected), 1 << 16)
        read, write = os.pipe()
        fcntl.fcntl(write, fcntl.F_SETFL, os.O_NONBLOCK)
        with subprocess.Popen([WEIR, "inspect", *names], cwd=self.folder.name, stdout=write) as child:
            os.close(write)
            time.sleep(0.5)
            with os.fdopen(read, "rb") as file:
                got = file.read()
            self.assertEqual(child.wait(timeout=60), 0)
        self.assertEqual(got, expected)

    # --- text

    def test_what_is_not_utf8_is_named(self):
        for args, words in ((("run", HELLO, b"b\xff"), "the argument `b\\xff` is not UTF-8"),
                            (("run", "--env", b"A=\xfe", HELLO), "the variable `A=\\xfe` is not UTF-8")):
            self.assertIn(words, self.weir(*args, code=2)[1])
        path = os.path.join(os.fsencode(self.folder.name), b"\xff.wasm")
        pathlib.Path(os.fsdecode(path)).write_bytes(HELLO.read_bytes())
        self.assertIn("the name of the file `\\xff.wasm`", self.weir("run", path, code=2)[1])


if __name__ == "__main__":
    unittest.main()
