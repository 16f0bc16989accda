#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`weir run --confine`: programs run as without, whatever else weir does for them. That the rules hold, the unit test
test_confine.c shows from inside."""
import os
import pathlib
import subprocess
import tempfile
import unittest

from command import WEIR

GUESTS = pathlib.Path(__file__).resolve().parent / "guests"
EXAMPLES = GUESTS.parent.parent.parent / "examples" / "guests"


class Confine(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.folder / "root").mkdir()
        (self.folder / "empty").mkdir()
        (self.folder / "root" / "file").write_text("some text")
        if "Landlock" in self.weir("--confine", EXAMPLES / "hello.wasm", code=None).stderr:
            self.skipTest("SKIPPED: this kernel has no Landlock")

    def weir(self, *args, code=0, text=None):
        # the leak checker starts a process at the end
        environment = os.environ | {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}
        done = subprocess.run([WEIR, "run", *args], capture_output=True, text=True, check=False, cwd=self.folder, input=text,
                              env=environment)
        if code is not None:
            self.assertEqual(done.returncode, code, done.stderr)
        return done

    def test_records_traces_and_the_cache_go_on(self):
        for _ in range(2):
            done = self.weir("--confine", "--cache-dir", self.folder / "cache", "--record", "log", "--trace=calls", "--timeout", "60",
                             EXAMPLES / "pipe.wasm", text="through\n")
            self.assertEqual((done.stdout, done.stderr), ("through\n", ""))
        self.assertTrue((self.folder / "log").stat().st_size > 0)
        self.assertIn("wasi:cli/stdout", (self.folder / "calls").read_text())
        replayed = subprocess.run([WEIR, "replay", "log", EXAMPLES / "pipe.wasm"], capture_output=True, text=True, check=False,
                                  cwd=self.folder)
        self.assertIn("the same", replayed.stdout)

    def test_files_come_by_the_threads_that_read_them(self):
        done = self.weir("--confine", "--dir", "root", "--invoke", 'read("file")', GUESTS / "files.wat")
        self.assertEqual((done.stdout, done.stderr), ('"some text"\n', ""))
        done = self.weir("--confine", "--dir", "empty::/", "--env", "NAME=y", GUESTS / "preview1.wasm", "one", "two", code=3,
                         text="input\n")
        self.assertEqual(done.stdout, (GUESTS / "preview1.txt").read_text())

    def test_what_was_granted_of_the_network_works(self):
        for rule in ("all", "tcp-in", "tcp-in:127.0.0.1:0"):
            done = self.weir("--confine", "--net", rule, "--invoke", "bind(0)", GUESTS / "net.wat")
            self.assertEqual((done.stdout, done.stderr), ("255\n", ""))

    def test_without_it_programs_run_too(self):
        for option in ("--confine", "--confine=no"):
            self.assertEqual(self.weir(option, EXAMPLES / "hello.wasm").stdout, "hello, world\n")
        self.assertIn("none of its values", self.weir("--confine=perhaps", EXAMPLES / "hello.wasm", code=2).stderr)


if __name__ == "__main__":
    unittest.main()
