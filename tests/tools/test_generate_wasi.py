#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What tools/generate_wasi.py makes of WIT, and what it refuses."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).resolve().parent.parent.parent / "tools" / "generate_wasi.py"

WIT = """package wasi:test@0.3.0;

interface types { enum code { bad, worse } record point { x: u8, y: option<string> } }

@part(p: wasi_p)
interface thing {
  use types.{code, point};
  @drop
  resource box { get: func(at: point) -> result<_, code>; }
  plain: func(a: u32) -> bool;
  later: async func() -> result<string, code>;
}
"""


class Generate(unittest.TestCase):
    def run_tool(self, text):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "test.wit").write_text(text)
            done = subprocess.run([sys.executable, TOOL, "--out", root, root / "test.wit"], capture_output=True, text=True,
                                  check=False)
            files = [(root / "wasi" / name).read_text() if done.returncode == 0 else "" for name in ("wit.h", "wit.c")]
        return done, *files

    def test_functions_types_and_signatures(self):
        done, header, code = self.run_tool(WIT)
        self.assertEqual(done.returncode, 0, done.stderr)
        for text in ("enum wasi_test_code { WASI_TEST_CODE_BAD, WASI_TEST_CODE_WORSE };",
                     "weir_status wasi_test_thing_plain(struct wasi_p *part, weir_store *store, uint32_t a, bool *ret);",
                     "void wasi_test_thing_later(struct wasi_p *part, weir_host_call *call);",
                     "void wasi_test_thing_later_return(weir_host_call *call, "
                     "struct wasi_result_text_test_code *take_result);",
                     "void wasi_test_box_drop(struct wasi_p *part, uint64_t rep);"):
            self.assertIn(text, header)
        for text in ('"func(%self: borrow<box>, %at: record { %x: u8, %y: option<string> }) -> '
                     'result<_, enum { %bad, %worse }>"',
                     "weir_linker_define_func_flat(linker, \"wasi:test/thing@0.3.0\", \"plain\"",
                     '"[method]box.get"'):
            self.assertIn(text, code)

    def test_what_is_unknown_is_refused(self):
        for text in (WIT.replace("a: u32", "a: u33"), WIT.replace("-> bool", "->"), WIT.replace("use types", "use typos")):
            self.assertNotEqual(self.run_tool(text)[0].returncode, 0)


if __name__ == "__main__":
    unittest.main()
