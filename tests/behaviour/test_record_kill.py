#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Records of programs that die: killed at random moments they leave a good beginning, which is replayed up to its end;
stopped by their fuel or by the clock they leave a whole record, which is replayed to its end. WEIR_LONG=1: more kills."""
import json
import os
import pathlib
import random
import subprocess
import tempfile
import time
import unittest

from command import WEIR

ROOT = pathlib.Path(__file__).resolve().parents[2]
GUESTS = ROOT / "tests" / "behaviour" / "guests"
KILLS = 400 if os.environ.get("WEIR_LONG") else 32
HEADER = 1  # the number of events of a record that has only just begun


def weir(*args):
    return subprocess.run([WEIR, *map(str, args)], stdin=subprocess.DEVNULL, capture_output=True, timeout=120)


class Dying(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.log = pathlib.Path(self.folder.name) / "log"
        self.again = pathlib.Path(self.folder.name) / "again"

    def tearDown(self):
        self.folder.cleanup()

    def kill_one(self, guest, source, seconds):
        """Starts the guest, kills it so long after its record has begun, and returns the number of good events."""
        self.log.unlink(missing_ok=True)
        with open(source, "rb") as stdin:
            child = subprocess.Popen([WEIR, "run", "--record", str(self.log), str(guest)], stdin=stdin,
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            start = time.monotonic()
            while not self.log.exists() and time.monotonic() - start < 30:
                time.sleep(0.001)
            time.sleep(seconds)
            child.kill()
            child.wait()
        verified = weir("log", "verify", "--json", self.log)
        report = json.loads(verified.stdout)
        self.assertEqual(report["state"], "unfinished", report)
        self.assertLessEqual(report["bytes"], self.log.stat().st_size)
        return report["events"]

    def replay_beginning(self, guest, events):
        strict = weir("replay", self.log, guest)
        self.assertNotEqual(strict.returncode, 0)
        self.assertIn(b"unfinished" if events else b"record", strict.stderr)
        if events == 0:
            return
        replayed = weir("replay", "--unfinished", "--json", "--record", self.again, self.log, guest)
        self.assertEqual(replayed.returncode, 0, replayed.stderr)
        report = json.loads(replayed.stdout)
        self.assertEqual((report["events"], report["unfinished"]), (events, True))
        head = json.loads(weir("log", "verify", "--json", self.log).stdout)["head"]
        self.assertEqual(report["head"], head)
        self.assertEqual(json.loads(weir("log", "verify", "--json", self.again).stdout)["head"], head)

    def test_killed_at_any_moment(self):
        """A guest of timers, clocks and random numbers, and one that copies an endless input through streams."""
        guests = [(GUESTS / "endless.wat", os.devnull), (ROOT / "examples" / "guests" / "pipe.wasm", "/dev/zero")]
        moments = random.Random(6)
        most = [0, 0]
        for i in range(KILLS):
            guest, source = guests[i % 2]
            events = self.kill_one(guest, source, moments.uniform(0, 0.1) ** 2 * 20)
            most[i % 2] = max(most[i % 2], events)
            if i < 8 or i % 16 < 2:
                self.replay_beginning(guest, events)
        self.assertGreater(min(most), HEADER)

    def round_trip(self, guest, *options, code):
        ran = weir("run", "--record", self.log, *options, guest)
        self.assertEqual(ran.returncode, code, ran.stderr)
        self.assertEqual(weir("log", "verify", self.log).returncode, 0)
        replayed = weir("replay", "--record", self.again, self.log, guest)
        self.assertEqual(replayed.returncode, 0, replayed.stderr)
        self.assertEqual(self.log.read_bytes(), self.again.read_bytes())

    def test_out_of_fuel(self):
        for fuel in ("3", "400", "100000"):
            with self.subTest(fuel=fuel):
                self.round_trip(GUESTS / "spin.wat", "--fuel", fuel, code=70)

    def test_out_of_time(self):
        """While it computes, and while it waits."""
        self.round_trip(GUESTS / "spin.wat", "--timeout", "0.5", code=124)
        self.round_trip(GUESTS / "endless.wat", "--timeout", "0.5", code=124)

    def test_out_of_memory(self):
        self.round_trip(ROOT / "examples" / "guests" / "hello.wasm", "--max-memory", "8M", code=0)
        self.assertIn(b"limits", weir("log", "dump", self.log).stdout)


if __name__ == "__main__":
    unittest.main()
