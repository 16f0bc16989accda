#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""tools/abi.py, against small headers: every difference must be found, and nothing be overlooked in silence."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).resolve().parent.parent.parent / "tools" / "abi.py"
STABLE = """/** Stable ring. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#ifndef WEIR_API
#define WEIR_API
#endif
typedef enum weir_color {
  WEIR_RED = 1,
  WEIR_BLUE = 1 << 4,
} weir_color;
typedef struct weir_box weir_box;
typedef void (*weir_told_fn)(void *data, weir_box *box);
typedef struct weir_size {
  int32_t wide, high;
  bool (*of)(void *data);
  union {
    uint8_t one;
    struct {
      char *text;
    } many;
  } what;
} weir_size;
WEIR_API weir_box *weir_box_new(const weir_size *size, weir_told_fn told);
"""
UNSTABLE = """/**
 * Unstable ring.
 */
#pragma once
#include "weir/box.h"
WEIR_API void weir_lab(void);
"""
VERSION = """/** Stable ring. */
#pragma once
#define WEIR_VERSION_MAJOR 0
#define WEIR_VERSION_MINOR 1
"""


class Abi(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / "tools").mkdir()
        (self.root / "include" / "weir").mkdir(parents=True)
        for name, text in (("box", STABLE), ("lab", UNSTABLE), ("version", VERSION)):
            self.write(name, text)
        self.run_tool("renew")

    def write(self, name, text):
        (self.root / "include" / "weir" / f"{name}.h").write_text(text)

    def run_tool(self, *arguments, status=0):
        command = [sys.executable, TOOL, "--root", str(self.root), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def assert_differs(self, name, text, *lines):
        self.write(name, text)
        found = self.run_tool("check", status=1)
        for line in lines:
            self.assertIn(line, found)

    def test_the_list_has_all_that_a_program_is_compiled_against(self):
        lines = (self.root / "tools" / "abi.txt").read_text().splitlines()
        for line in ("function weir_box_new in WEIR_0.1: weir_box * (const weir_size *size, weir_told_fn told)",
                     "function weir_lab in WEIR_UNSTABLE: void (void)",
                     "callback weir_told_fn: void (*)(void *data, weir_box *box)",
                     "enumerator weir_color.WEIR_BLUE: 16",
                     "struct weir_size: 24 bytes",
                     "member weir_size.high: at 4, 4 bytes: int32_t wide, high",
                     "member weir_size.of: at 8, 8 bytes: bool (*of)(void *data)",
                     "member weir_size.what.many.text: at 16, 8 bytes: char *text"):
            self.assertIn(line, lines)
        self.run_tool("check")

    def test_what_changes_is_found(self):
        self.assert_differs("box", STABLE.replace("WEIR_RED = 1", "WEIR_RED = 2"), "+ enumerator weir_color.WEIR_RED: 2")
        self.assert_differs("box", STABLE.replace("int32_t wide", "int64_t wide"), "+ struct weir_size: 32 bytes")
        self.assert_differs("box", STABLE.replace("told);", "told, bool now);"), "- function weir_box_new in WEIR_0.1")
        self.assert_differs("box", STABLE + "WEIR_API void weir_box_free(weir_box *box);\n", "+ function weir_box_free")
        self.assert_differs("lab", UNSTABLE.replace("weir_lab", "weir_labor"), "- function weir_lab", "+ function weir_labor")

    def test_a_function_keeps_the_node_of_the_version_that_had_it_first(self):
        self.write("version", VERSION.replace("MINOR 1", "MINOR 2"))
        self.write("box", STABLE + "WEIR_API void weir_box_free(weir_box *box);\n")
        script = self.root / "weir.map"
        self.run_tool("map", script)
        first, second, unstable = script.read_text().split("};\n")[:3]
        self.assertIn("WEIR_0.1 {\n  global:\n    weir_box_new;\n  local: *;\n", first)
        self.assertEqual(second, "WEIR_0.2 {\n  global:\n    weir_box_free;\n")
        self.assertEqual(unstable, "WEIR_UNSTABLE {\n  global:\n    weir_lab;\n")

    def test_a_declaration_that_cannot_be_read_is_no_success(self):
        self.write("box", STABLE + "static inline int weir_two(void) { return 2; }\n")
        self.assertIn("cannot read", self.run_tool("check", status=1))


if __name__ == "__main__":
    unittest.main()
