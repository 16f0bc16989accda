#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`weir serve --confine`: all that a server does goes on while the kernel holds it; what is elsewhere is out of reach."""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import unittest

from command import WEIR
from serving import GUEST, PATIENCE, Server, wait_for

# the leak checker starts a process at the end
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"


class Confined(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.guest = pathlib.Path(shutil.copy(GUEST, self.folder / "app.wat"))

    def server(self, *options):
        try:
            return Server("--confine", *options, guest=self.guest)
        except AssertionError as e:
            if "Landlock" in str(e) or "seccomp" in str(e):
                self.skipTest("SKIPPED: this kernel cannot confine")
            raise

    def test_all_threads_are_held(self):
        with self.server("--workers", "2") as s:
            self.assertEqual(s.get("/"), (200, b"hello\n"))
            for task in pathlib.Path(f"/proc/{s.process.pid}/task").iterdir():
                status = (task / "status").read_text(encoding="utf-8")
                self.assertIn("\nSeccomp:\t2\n", status)
                self.assertIn("\nNoNewPrivs:\t1\n", status)
            self.assertEqual(s.end(), 0)

    def test_requests_records_and_logs_go_on(self):
        flights = self.folder / "flights"
        flights.mkdir()
        with self.server("--record", str(flights)) as s:
            self.assertEqual(s.get("/late"), (200, b"hello\n"))
            self.assertEqual(s.get("/trap")[0], 500)
            name = s.lines(2)[1]["record"]
            wait_for(lambda: os.listdir(flights) == [name], "no record was written", s.words)
            self.assertEqual(s.get("/healthz", port=s.admin)[0], 200)
            self.assertEqual(s.end(), 0)
        got = subprocess.run([WEIR, "replay", flights / name, self.guest], check=False, capture_output=True, timeout=PATIENCE)
        self.assertEqual(got.returncode, 0, got.stderr)

    def test_a_file_that_was_replaced_is_loaded_anew(self):
        with self.server() as s:
            self.assertEqual(s.get("/"), (200, b"hello\n"))
            new = self.folder / "new"
            new.write_text(GUEST.read_text(encoding="utf-8").replace('"hello\\n"', '"HELLO\\n"'), encoding="utf-8")
            new.replace(self.guest)
            s.process.send_signal(signal.SIGHUP)
            wait_for(lambda: s.get("/") == (200, b"HELLO\n"), "the old one still answers", s.words)
            self.guest.unlink()
            self.guest.symlink_to(GUEST)  # which is elsewhere
            s.process.send_signal(signal.SIGHUP)
            s.said(r"(error): .*app\.wat")
            self.assertEqual(s.get("/"), (200, b"HELLO\n"))


if __name__ == "__main__":
    unittest.main()
