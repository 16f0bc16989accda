#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`weir run --dir`: what a program gets of the directories of its user, and what it does not."""
import os
import pathlib
import subprocess
import tempfile
import unittest

from command import WEIR

GUEST = pathlib.Path(__file__).resolve().parent / "guests" / "files.wat"
READ, WRITE, CREATE = 1, 2, 1
QUOTA, NO_ENTRY, NOT_PERMITTED, READ_ONLY, OPENED = 5, 19, 30, 32, 255


class Files(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.folder / "sub").mkdir()
        (self.folder / "sub" / "file").write_text("some text")
        (self.folder / "secret").write_text("none of your business")
        (self.folder / "sub" / "up").symlink_to("../secret")

    def weir(self, *args, code=0):
        done = subprocess.run([WEIR, *args], capture_output=True, text=True, check=False, cwd=self.folder)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def invoke(self, directory, call, **more):
        return self.weir("run", "--dir", directory, "--invoke", call, GUEST, **more)

    def open(self, directory, path, how=0, flags=READ):
        done = self.invoke(directory, f'open("{path}", {how}, {flags})')
        return int(done.stdout), done.stderr

    def test_a_program_reads_what_it_was_given(self):
        self.assertEqual(self.invoke("sub", 'read("file")').stdout, '"some text"\n')
        self.assertEqual(self.invoke("sub::/data:ro", 'read("file")').stdout, '"some text"\n')
        self.assertEqual(self.open("sub", "none"), (NO_ENTRY, ""))

    def test_a_program_that_writes(self):
        self.assertEqual(self.open("sub", "new", CREATE, WRITE), (OPENED, ""))
        self.assertTrue((self.folder / "sub" / "new").exists())

    def test_what_is_outside_is_refused_and_the_option_named(self):
        for path in ("../secret", "/etc/passwd", "up"):
            code, told = self.open("sub", path)
            self.assertEqual(code, NOT_PERMITTED)
            self.assertEqual(told, f"weir: warning: the program was refused `{path}`, which is outside of its directories; "
                                   "`--dir HOST::GUEST` gives it another\n")
        code, told = self.open("sub:ro", "new", CREATE, WRITE)
        self.assertEqual(code, READ_ONLY)
        self.assertIn("`--dir` without `:ro` lets it", told)
        self.assertFalse((self.folder / "sub" / "new").exists())

    def test_words_of_the_program_do_not_reach_the_terminal_raw(self):
        self.assertIn(r"`../\x1b[31m`", self.open("sub", r"../\u{1b}[31m")[1])

    def test_directories_that_cannot_be_had(self):
        self.assertIn("the directory `none` cannot be opened", self.invoke("none", 'read("x")', code=66).stderr)
        self.assertIn("the directory `secret` cannot be opened", self.invoke("secret", 'read("x")', code=66).stderr)
        for text in ("::x", "sub::", "", ":ro"):
            self.assertIn("has no directory", self.invoke(text, 'read("x")', code=2).stderr)

    def test_so_many_files_and_no_more(self):
        done = self.weir("run", "--dir", "sub", "--limit", "descriptors=1", "--invoke", 'open("file", 0, 1)', GUEST)
        self.assertEqual((done.stdout, done.stderr), (f"{QUOTA}\n", ""))
        # what goes right into the program's memory takes nothing of this limit
        done = self.weir("run", "--dir", "sub", "--limit", "file-bytes=1", "--invoke", 'read("file")', GUEST)
        self.assertEqual(done.stdout, '"some text"\n')

    def test_many_files_one_after_another(self):
        self.assertEqual(self.invoke("sub", 'count("file", 100000)').stdout, f"{OPENED}\n")

    def test_a_record_is_replayed_where_the_files_are_not(self):
        log = self.folder / "log"
        for call in ('read("file")', 'open("up", 0, 1)', 'open("new", 1, 2)'):
            self.weir("run", "--dir", "sub", "--record", log, "--invoke", call, GUEST)
            os.rename(self.folder / "sub", self.folder / "away")
            self.assertIn("the same", self.weir("replay", log, GUEST).stdout)
            os.rename(self.folder / "away", self.folder / "sub")
            log.unlink()


if __name__ == "__main__":
    unittest.main()
