#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""SIGINT and SIGTERM of weir run: the guest is stopped, its record is whole and replays, and weir ends by the signal."""
import json
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest

from command import WEIR

ROOT = pathlib.Path(__file__).resolve().parents[2]
GUESTS = ROOT / "tests" / "behaviour" / "guests"
PIPE = ROOT / "examples" / "guests" / "pipe.wasm"
STOPS = (signal.SIGINT, signal.SIGTERM)
STARTED = 3  # events of a record whose guest runs: header, instance, call
MORE_THAN_A_PIPE = b"x" * (1 << 20)


def weir(*args):
    return subprocess.run([WEIR, *map(str, args)], stdin=subprocess.DEVNULL, capture_output=True, timeout=120)


class Signals(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.log = pathlib.Path(self.folder.name) / "log"

    def tearDown(self):
        self.folder.cleanup()

    def start(self, *args, **how):
        child = subprocess.Popen([WEIR, "run", *map(str, args)], stderr=subprocess.PIPE, **how)
        self.addCleanup(child.kill)
        return child

    def start_record(self, guest, **how):
        """Each event is in the file before the guest goes on, so that the file tells how far the guest is."""
        return self.start("--record", self.log, "--sync", guest, **how)

    def await_record(self, good):
        for _ in range(60000):
            if self.log.exists() and self.log.stat().st_size > 8:
                report = json.loads(weir("log", "verify", "--json", self.log).stdout)
                if good(report):
                    return
            time.sleep(0.01)
        self.fail("the record does not come that far")

    def check_record(self, guest):
        verified = weir("log", "verify", self.log)
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        replayed = weir("replay", self.log, guest)
        self.assertEqual(replayed.returncode, 0, replayed.stderr)

    def ends_by(self, child, number):
        _, errors = child.communicate(timeout=120)
        self.assertEqual((child.returncode, errors), (-number, b""))

    def test_a_recorded_guest_that_computes(self):
        for number in STOPS:
            with self.subTest(signal=number):
                self.log.unlink(missing_ok=True)
                child = self.start_record(GUESTS / "compute.wat")
                self.await_record(lambda report: report["events"] >= STARTED)
                child.send_signal(number)
                self.ends_by(child, number)
                self.check_record(GUESTS / "compute.wat")

    def test_a_recorded_guest_that_is_busy_with_its_host(self):
        for number in STOPS:
            with self.subTest(signal=number):
                self.log.unlink(missing_ok=True)
                child = self.start("--record", self.log, GUESTS / "endless.wat")
                self.await_record(lambda report: report["events"] > STARTED)
                child.send_signal(number)
                self.ends_by(child, number)
                self.check_record(GUESTS / "endless.wat")

    def test_a_recorded_guest_that_waits_for_input(self):
        for number in STOPS:
            with self.subTest(signal=number):
                child = self.start("--record", self.log, PIPE, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
                child.stdin.write(b"a line\n")
                child.stdin.flush()
                self.assertEqual(child.stdout.readline(), b"a line\n")
                child.send_signal(number)
                self.ends_by(child, number)
                self.check_record(PIPE)

    def test_a_record_ends_though_nobody_reads_the_output_and_a_second_signal_ends_all(self):
        source = pathlib.Path(self.folder.name) / "source"
        source.write_bytes(MORE_THAN_A_PIPE)
        with open(source, "rb") as stdin:
            child = self.start_record(PIPE, stdin=stdin, stdout=subprocess.PIPE)
            self.await_record(lambda report: report["events"] >= STARTED)
            child.send_signal(signal.SIGINT)
            self.await_record(lambda report: report["state"] == "whole")
            child.send_signal(signal.SIGTERM)
            child.wait(timeout=120)
        self.assertIn(child.returncode, (-signal.SIGINT, -signal.SIGTERM))
        self.check_record(PIPE)

    def test_a_guest_without_a_record(self):
        for guest in (GUESTS / "compute.wat", GUESTS / "endless.wat", PIPE):
            for number in STOPS:
                with self.subTest(guest=guest.name, signal=number):
                    child = self.start(guest, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
                    child.stdin.write(b"a line\n")
                    child.stdin.flush()
                    if guest == PIPE:
                        self.assertEqual(child.stdout.readline(), b"a line\n")
                    child.send_signal(number)
                    self.ends_by(child, number)

    def test_what_was_ignored_stays_ignored(self):
        child = self.start("--record", self.log, PIPE, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                           preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
        child.stdin.write(b"a line\n")
        child.stdin.flush()
        self.assertEqual(child.stdout.readline(), b"a line\n")
        child.send_signal(signal.SIGINT)
        output, errors = child.communicate(b"another\n", timeout=120)
        self.assertEqual((child.returncode, output, errors), (0, b"another\n", b""))
        self.check_record(PIPE)


if __name__ == "__main__":
    unittest.main()
