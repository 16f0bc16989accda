#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""weir run --record, weir replay and weir log: every example guest, and every async script of the specification, is
recorded and replayed, and the two records are the same, byte for byte."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

from command import WEIR

ROOT = pathlib.Path(__file__).resolve().parents[2]


def weir(*args, stdin=b""):
    return subprocess.run([WEIR, *map(str, args)], input=stdin, capture_output=True, timeout=60)


def corpus():
    if "WEIR_SPEC_TESTS" in os.environ:
        return pathlib.Path(os.environ["WEIR_SPEC_TESTS"])
    return ROOT.parent / "shared" / "spec" / "component-model" / "test"


class Record(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.log = pathlib.Path(self.folder.name) / "log"
        self.again = pathlib.Path(self.folder.name) / "again"

    def tearDown(self):
        self.folder.cleanup()

    def round_trip(self, guest, *args, stdin=b"", options=()):
        plain = weir("run", *options, guest, *args, stdin=stdin)
        ran = weir("run", "--record", self.log, *options, guest, *args, stdin=stdin)
        self.assertEqual(plain.returncode, ran.returncode, ran.stderr)
        verified = weir("log", "verify", self.log)
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        replayed = weir("replay", "--record", self.again, self.log, guest)
        self.assertEqual(replayed.returncode, 0, replayed.stderr)
        self.assertEqual(self.log.read_bytes(), self.again.read_bytes())
        self.assertEqual(weir("log", "diff", self.log, self.again).returncode, 0)
        return ran

    def test_example_guests(self):
        programs = [g for g in sorted((ROOT / "examples" / "guests").glob("*.wasm")) if g.name != "web.wasm"]
        self.assertGreaterEqual(len(programs), 4)
        for guest in programs:
            with self.subTest(guest=guest.name):
                self.round_trip(guest, stdin=b"one\ntwo\n")

    def test_a_server_is_no_program_and_leaves_no_record(self):
        ran = weir("run", "--record", self.log, ROOT / "examples" / "guests" / "web.wasm")
        self.assertEqual(ran.returncode, 2, ran.stderr)
        self.assertIn(b"weir serve", ran.stderr)
        self.assertFalse(self.log.exists())

    def test_text_guests(self):
        for name in ("deadlock", "exit-code", "fail", "trap"):
            with self.subTest(guest=name):
                self.round_trip(ROOT / "examples" / "guests" / "wat" / f"{name}.wat")

    def test_piped_input(self):
        text = b"".join(b"line %d\n" % i for i in range(20000))
        ran = self.round_trip(ROOT / "examples" / "guests" / "pipe.wasm", stdin=text)
        self.assertEqual(ran.returncode, 0)

    def test_permuted_schedules(self):
        for seed in ("1", "2", "3"):
            self.round_trip(ROOT / "examples" / "guests" / "timers.wasm", options=("--schedule-seed", seed))

    def test_scripts_of_the_specification(self):
        scripts = sorted(corpus().glob("**/*.wast"))
        if not scripts:
            self.skipTest("there is no corpus")
        for seed in ("0", "1"):
            for script in scripts:
                with self.subTest(script=script.name, seed=seed):
                    ran = weir("wast", "--quiet", "--replay", "--schedule-seed", seed, script)
                    self.assertNotIn(b"replay:", ran.stderr)
                    if seed == "0":
                        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)

    def test_a_changed_record_is_refused(self):
        guest = ROOT / "examples" / "guests" / "hello.wasm"
        self.round_trip(guest)
        data = bytearray(self.log.read_bytes())
        data[len(data) // 2] ^= 1
        self.log.write_bytes(data)
        verified = weir("log", "verify", "--json", self.log)
        self.assertEqual(verified.returncode, 65)
        report = json.loads(verified.stdout)
        self.assertIn(report["state"], ("damaged", "unfinished"))
        self.assertGreater(report["events"], 0)
        self.assertNotEqual(weir("replay", self.log, guest).returncode, 0)
        self.assertEqual(weir("log", "diff", self.log, self.again).returncode, 65)

    def test_another_guest_is_refused(self):
        self.round_trip(ROOT / "examples" / "guests" / "hello.wasm")
        refused = weir("replay", self.log, ROOT / "examples" / "guests" / "pipe.wasm")
        self.assertEqual(refused.returncode, 65)
        self.assertIn(b"another component", refused.stderr)

    def test_dump_is_json_a_line(self):
        self.round_trip(ROOT / "examples" / "guests" / "timers.wasm")
        lines = weir("log", "dump", "--json", self.log).stdout.splitlines()
        events = [json.loads(line) for line in lines]
        self.assertEqual([e["index"] for e in events], list(range(len(events))))
        self.assertEqual(events[0]["event"], "header")
        self.assertIn("wait-for", [e.get("name") for e in events])

    def test_a_trace_is_the_dump_of_its_run(self):
        trace = pathlib.Path(self.folder.name) / "trace"
        for name in ("hello.wasm", "pipe.wasm", "timers.wasm", "wat/exit-code.wat", "wat/trap.wat"):
            with self.subTest(guest=name):
                guest = ROOT / "examples" / "guests" / name
                both = weir("run", f"--trace={trace}", "--record", self.log, guest, stdin=b"one\ntwo\n")
                self.assertEqual(both.returncode, weir("run", guest, stdin=b"one\ntwo\n").returncode)
                dump = weir("log", "dump", self.log).stdout.split(b"\n", 1)[1]
                self.assertIn(b"export-call", dump)
                self.assertEqual(trace.read_bytes(), dump)

    def test_a_trace_goes_to_stderr_without_a_record(self):
        guest = ROOT / "examples" / "guests" / "wat" / "exit-code.wat"
        ran = weir("run", "--trace", guest)
        self.assertEqual(ran.returncode, 7, ran.stderr)
        for words in (b' import-call ', b'name="exit-with-code" arguments=(7)', b' failure '):
            self.assertIn(words, ran.stderr)

    def test_a_trace_of_one_interface(self):
        guest = ROOT / "examples" / "guests" / "timers.wasm"
        lines = weir("run", "--trace-only", "wasi:clocks/*", guest).stderr.splitlines()
        self.assertEqual({line.split()[1] for line in lines}, {b"import-call", b"import-end"})
        self.assertTrue(all(b"wasi:clocks/" in line for line in lines if b" import-call " in line))
        self.assertEqual(weir("run", "--trace-only", "nothing*", guest).stderr, b"")

    def test_a_trace_that_cannot_be_written_is_a_failure(self):
        guest = ROOT / "examples" / "guests" / "hello.wasm"
        full = weir("run", "--trace=/dev/full", guest)
        self.assertEqual(full.returncode, 70)
        self.assertIn(b"the trace cannot be written: No space left", full.stderr)
        self.assertEqual(weir("run", f"--trace={self.log}", "--record", self.log, guest).returncode, 2)
        none = weir("run", f"--trace={self.folder.name}/none/trace", guest)
        self.assertEqual(none.returncode, 66)
        self.assertIn(b"No such file", none.stderr)

    def test_diff_names_the_first_difference(self):
        guest = ROOT / "examples" / "guests" / "pipe.wasm"
        weir("run", "--record", self.log, guest, stdin=b"one")
        weir("run", "--record", self.again, guest, stdin=b"two")
        ran = weir("log", "diff", "--json", self.log, self.again)
        self.assertEqual(ran.returncode, 1)
        found = json.loads(ran.stdout)
        self.assertFalse(found["same"])
        self.assertEqual(found["first"]["event"], "stream-write")
        self.assertEqual(found["first"]["index"], found["second"]["index"])

    def test_usage(self):
        self.assertEqual(weir("log").returncode, 2)
        self.assertEqual(weir("log", "burn", self.log).returncode, 2)
        self.assertEqual(weir("log", "diff", self.log).returncode, 2)
        self.assertEqual(weir("log", "verify", self.log).returncode, 66)
        self.assertEqual(weir("replay", self.log).returncode, 2)
        self.assertEqual(weir("replay", self.log, "x.wasm").returncode, 66)
        three = weir("replay", self.log, "x.wasm", "y.wasm")
        self.assertEqual(three.returncode, 2)
        self.assertIn(b"y.wasm", three.stderr)

    def test_event_by_event(self):
        self.round_trip(ROOT / "examples" / "guests" / "hello.wasm", options=("--sync",))

    def test_no_output_replaces_an_input(self):
        folder = pathlib.Path(self.folder.name)
        guest, link = folder / "guest.wasm", folder / "link.wasm"
        guest.write_bytes((ROOT / "examples" / "guests" / "hello.wasm").read_bytes())
        link.symlink_to(guest)
        self.round_trip(guest)
        before = guest.read_bytes(), self.log.read_bytes()
        for command in (("run", "--record", guest, guest), ("run", f"--trace={link}", guest), ("run", "--record", link, guest),
                        ("replay", "--record", self.log, self.log, guest),
                        ("replay", "--record", link, self.log, guest),
                        ("compile", "-o", guest, guest), ("compile", "-o", link, guest)):
            refused = weir(*command)
            self.assertEqual(refused.returncode, 2, command)
            self.assertIn(b"would be written over", refused.stderr)
            self.assertEqual(before, (guest.read_bytes(), self.log.read_bytes()), command)

    def test_a_folder_is_no_record(self):
        for command in (("log", "verify"), ("log", "dump"), ("replay",)):
            operands = (self.folder.name,) if command[0] == "log" else (self.folder.name, "x.wasm")
            refused = weir(*command, *operands)
            self.assertEqual(refused.returncode, 66)
            self.assertIn(b"Is a directory", refused.stderr)


if __name__ == "__main__":
    unittest.main()
