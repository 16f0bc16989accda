#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The flight recorder of `weir serve` when things go wrong: a trap late in a busy instance, a server that is killed,
guests that spin, disks without room. What was promised is kept, and the rest is said."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import threading
import unittest

from command import WEIR
from serving import GUEST, PATIENCE, Server, wait_for


def replay(log, guest=GUEST, *options):
    return subprocess.run([WEIR, "replay", *options, str(log), str(guest)], capture_output=True, text=True, timeout=PATIENCE, check=False,
                          cwd=pathlib.Path(log).parent)


def whole(folder):
    return [name for name in os.listdir(folder) if name.endswith(".log")]


class Flight(unittest.TestCase):
    def setUp(self):
        self.flights = self.enterContext(tempfile.TemporaryDirectory())

    def replays_elsewhere(self, name):
        """In a folder that has nothing but the record and the component."""
        with tempfile.TemporaryDirectory() as empty:
            log = shutil.copy(os.path.join(self.flights, name), os.path.join(empty, "flight.log"))
            got = replay(log, shutil.copy(GUEST, empty))
            self.assertEqual(got.returncode, 0, got.stdout + got.stderr)
            return got.stdout + got.stderr

    def test_a_trap_on_the_thousandth_request_replays_elsewhere(self):
        with Server("--record", self.flights) as s:
            never = [s.begin("/never") for _ in range(3)]  # others at once, to the end
            wait_for(lambda: s.metric("weir_requests_running") == 3, "they do not run")
            stop, statuses = threading.Event(), []
            beside = threading.Thread(target=lambda: ask_until(s, "/late", statuses, stop))
            connection = s.begin("/")
            connection.getresponse().read()
            beside.start()
            for _ in range(998):
                connection.request("GET", "/")
                self.assertEqual(connection.getresponse().read(), b"hello\n")
            stop.set()
            beside.join()
            self.assertEqual(s.get("/trap")[0], 500)
            self.assertEqual(set(statuses), {200})
            trap = s.line_of("/trap")
            self.assertEqual((trap["why"], trap["instance"]), ("trap", 1))
            self.assertEqual({one.getresponse().status for one in never}, {500})
            wait_for(lambda: whole(self.flights) == [trap["record"]], "the record was not written", s.words)
        self.replays_elsewhere(trap["record"])
        shown = subprocess.run([WEIR, "log", "dump", os.path.join(self.flights, trap["record"])], capture_output=True, text=True,
                               timeout=PATIENCE, check=False).stdout
        self.assertIn("unreachable", shown)

    def test_a_server_that_is_killed_leaves_whole_records_only(self):
        with Server("--record", self.flights, "--record-when", "all", "--instance-requests", "2") as s:
            stop, statuses = threading.Event(), []
            beside = threading.Thread(target=lambda: ask_until(s, "/", statuses, stop))
            beside.start()
            wait_for(lambda: s.metric("weir_records_total") >= 5, "no records were written", s.words)
            s.process.kill()
            s.process.wait()
            stop.set()
            beside.join()
        names = whole(self.flights)
        self.assertGreaterEqual(len(names), 5)
        for name in names:
            self.replays_elsewhere(name)

    def test_a_guest_that_spins_while_it_is_recorded_is_ended(self):
        with Server("--record", self.flights, "--request-timeout", "0.2", "--after", "0.2") as s:
            self.assertIn(s.get("/spin")[0], (500, 504))
            self.assertEqual(s.get("/"), (200, b"hello\n"))
            wait_for(lambda: len(whole(self.flights)) == 1, "no record was written", s.words)

    def test_a_record_without_room_is_said_and_replays_as_far_as_it_goes(self):
        with Server("--record", self.flights, limit=8192) as s:
            for _ in range(60):
                self.assertEqual(s.get("/"), (200, b"hello\n"))
            self.assertEqual(s.get("/trap")[0], 500)
            s.said("(the flight record) .* is not whole")
            self.assertEqual(s.get("/"), (200, b"hello\n"))
            wait_for(lambda: len(whole(self.flights)) == 1, "no record was written", s.words)
            self.assertEqual(s.end(), 0)
        log = os.path.join(self.flights, whole(self.flights)[0])
        verified = subprocess.run([WEIR, "log", "verify", log], capture_output=True, text=True, timeout=PATIENCE, check=False)
        self.assertEqual((verified.returncode, "unfinished" in verified.stdout), (65, True), verified.stdout)
        self.assertEqual(replay(log, GUEST, "--unfinished").returncode, 0)

    def test_a_folder_that_is_gone_is_said(self):
        folder = os.path.join(self.flights, "flights")
        os.mkdir(folder)
        with Server("--record", folder) as s:
            os.rmdir(folder)
            self.assertEqual(s.get("/trap")[0], 500)
            s.said("(the flight record) .* could not be written")
            self.assertEqual(s.get("/"), (200, b"hello\n"))


class AccessLog(unittest.TestCase):
    def test_a_full_disk_is_said_once_and_stops_nobody(self):
        with Server("--access-log=/dev/full") as s:
            for _ in range(3):
                self.assertEqual(s.get("/"), (200, b"hello\n"))
            s.until('weir_requests_total{code="2xx"}', 3)
            self.assertIn("No space left on device", s.said("(the access log cannot be written: .*)"))
            self.assertEqual(s.end(), 0)
            self.assertEqual(s.words().count("access log"), 1)

    def test_a_file_that_may_not_grow_has_whole_lines_only(self):
        with Server(limit=4096) as s:
            for _ in range(40):
                self.assertEqual(s.get("/"), (200, b"hello\n"))
            s.said("(the access log cannot be written)")
            kept = s.log.read_text(encoding="utf-8").splitlines()
            os.truncate(s.log, 0)
            self.assertEqual(s.get("/"), (200, b"hello\n"))
            s.said(r"the access log is written again; (\d+) lines were lost")
            self.assertGreater(len(kept), 5)
            after = [json.loads(line) for line in s.log.read_text(encoding="utf-8").splitlines() if line]
            self.assertEqual({line["status"] for line in after}, {200})  # the one before may have come late


def ask_until(server, path, statuses, stop):
    while not stop.is_set():
        try:
            statuses.append(server.get(path)[0])
        except OSError:
            return


if __name__ == "__main__":
    unittest.main()
