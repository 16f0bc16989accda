#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The command on good and bad input: exit codes, and that messages say what, where and what to do."""
import json
import pathlib
import subprocess
import tempfile
import unittest

from command import WEIR

CALC = """(component
  (core module $m
    (memory (export "mem") 1)
    (global $free (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.get $free)
      (global.set $free (i32.add (global.get $free) (local.get 3))))
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "trap") unreachable)
    (func (export "echo") (param i32 i32) (result i32)
      (i32.store (i32.const 0) (local.get 0))
      (i32.store (i32.const 4) (local.get 1))
      (i32.const 0)))
  (core instance $i (instantiate $m))
  (func (export "add") (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $i "add")))
  (func (export "trap") (canon lift (core func $i "trap")))
  (func $echo (param "text" string) (result string)
    (canon lift (core func $i "echo") (memory (core memory $i "mem")) (realloc (core func $i "realloc"))))
  (instance $api (export "echo" (func $echo)))
  (export "docs:calc/ops@0.1.0" (instance $api)))
"""

RUN = """(component
  (core module $m (func (export "run") (result i32) (i32.const %d)))
  (core instance $i (instantiate $m))
  (func $run (result (result)) (canon lift (core func $i "run")))
  (instance $api (export "run" (func $run)))
  (export "wasi:cli/run@%s" (instance $api)))
"""

DEADLOCK = """(component
  (core module $m
    (import "" "new" (func $new (result i32)))
    (import "" "wait" (func $wait (param i32 i32) (result i32)))
    (memory (export "mem") 1)
    (func (export "run") (result i32) (i32.or (i32.const 2) (i32.shl (call $new) (i32.const 4))))
    (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
  (core module $mem (memory (export "mem") 1))
  (core instance $memory (instantiate $mem))
  (core func $new (canon waitable-set.new))
  (core func $wait (canon waitable-set.wait (memory (core memory $memory "mem"))))
  (core instance $i (instantiate $m (with "" (instance (export "new" (func $new)) (export "wait" (func $wait))))))
  (func (export "run") async
    (canon lift (core func $i "run") async (callback (func $i "callback")))))
"""


SPIN = """(component
  (core module $m
    (memory 1)
    (func (export "spin") (loop $l (br $l)))
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))
  (core instance $i (instantiate $m))
  (func (export "spin") (canon lift (core func $i "spin")))
  (func (export "grow") (param "n" u32) (result s32) (canon lift (core func $i "grow"))))
"""


class Command(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def file(self, name, content):
        path = pathlib.Path(self.folder.name) / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    def weir(self, *args, code, stdin=b""):
        done = subprocess.run([WEIR, *args], input=stdin, capture_output=True, timeout=60)
        out, err = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
        self.assertEqual(done.returncode, code, f"{args}\n{out}\n{err}")
        if code in (2, 65, 66, 69, 70, 71, 134):
            self.assertTrue(err.startswith("weir: error: ") or err.startswith("usage: weir"), err)
        return out, err

    # --- usage

    def test_help_teaches(self):
        out, err = self.weir("--help", code=0)
        self.assertIn("weir run hello.wasm", out)
        self.assertEqual(err, "")
        for command in ("run", "inspect", "wast"):
            self.assertIn(f"\n  {command} ", out)
            text, _ = self.weir("help", command, code=0)
            self.assertIn(f"usage: weir {command}", text)
            self.assertIn("examples:", text)
            self.assertEqual(self.weir(command, "--help", code=0)[0], text)

    def test_version(self):
        self.assertRegex(self.weir("--version", code=0)[0], r"^weir \d+\.\d+\.\d+ \(wasmtime \d+\.\d+\.\d+\)\n$")

    def test_no_arguments_is_a_usage_error(self):
        out, err = self.weir(code=2)
        self.assertEqual(out, "")
        self.assertIn("usage: weir", err)

    def test_misspelt_words_get_a_suggestion(self):
        self.assertIn("did you mean `weir inspect`", self.weir("inspct", code=2)[1])
        self.assertIn("did you mean `--invoke`", self.weir("run", "--invok", "f()", "x", code=2)[1])
        self.assertIn("did you mean `threading`", self.weir("run", "--features", "threadin", "x", code=2)[1])
        self.assertIn("weir run app.wasm", self.weir("app.wasm", code=2)[1])
        self.assertIn("there is no command", self.weir("help", "frobnicate", code=2)[1])

    def test_options_that_lack_something(self):
        self.assertIn("needs a value", self.weir("run", "--invoke", code=2)[1])
        self.assertIn("takes no value", self.weir("wast", "--json=1", "x", code=2)[1])
        self.assertIn("no file to run", self.weir("run", code=2)[1])
        self.assertIn("no file to inspect", self.weir("inspect", "--json", code=2)[1])
        self.assertIn("no script to run", self.weir("wast", code=2)[1])
        self.assertIn("has no name", self.weir("run", "--env", "=1", "x", code=2)[1])
        self.assertIn("unknown option `-z`", self.weir("run", "-z", "x", code=2)[1])

    def test_closed_descriptors_are_not_taken_by_other_files(self):
        done = subprocess.run(f"'{WEIR}' --version >&-", shell=True, capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 70)
        self.assertIn(b"standard output cannot be written", done.stderr)
        program = self.file("ok.wat", RUN % (0, "0.3.0"))
        done = subprocess.run(f"'{WEIR}' run '{program}' <&- >&- 2>&-", shell=True, capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 0)

    # --- bad files

    def test_a_file_that_is_not_there(self):
        for command in ("run", "inspect", "wast"):
            self.assertIn("/no/such/file cannot be read: No such file", self.weir(command, "/no/such/file", code=66)[1])

    def test_files_that_are_no_component(self):
        self.assertIn("is empty", self.weir("run", self.file("e.wasm", b""), code=65)[1])
        self.assertIn("core module", self.weir("run", self.file("m.wat", "(module)"), code=65)[1])
        self.assertIn("core module", self.weir("inspect", self.file("m.wasm", b"\0asm\1\0\0\0"), code=65)[1])
        self.weir("run", self.file("t.wat", "(component (import"), code=65)
        self.weir("run", self.file("x.wasm", b"\0asm\x0d\0\1\0\7\xff\xff\xff\xff\xff"), code=65)
        self.weir("run", self.file("b.wasm", b"\xff\xfe\xfd\0\0"), code=65)

    def test_an_invalid_component_is_told_with_its_offset(self):
        err = self.weir("run", self.file("i.wat", '(component (export "a" (func 3)))'), code=65)[1]
        self.assertIn("invalid component", err)
        self.assertIn("at byte", err.replace("offset", "at byte"))

    # --- run

    def test_a_program_ends_with_its_result(self):
        self.weir("run", self.file("ok.wat", RUN % (0, "0.3.0")), code=0)
        self.weir("run", self.file("err.wat", RUN % (1, "0.3.0")), code=1)

    def test_a_program_of_another_version_is_refused(self):
        err = self.weir("run", self.file("old.wat", RUN % (0, "0.1.0")), code=69)[1]
        self.assertIn("wasi:cli/run@0.1.0", err)
        self.assertIn("0.3", err)
        self.weir("run", self.file("later.wat", RUN % (0, "0.3.7")), code=0)
        self.weir("run", self.file("second.wat", RUN.replace("async ", "") % (0, "0.2.3")), code=0)
        err = self.weir("run", self.file("rc.wat", RUN % (0, "0.3.0-rc-2026-01-01")), code=69)[1]
        self.assertIn("0.3.0-rc-2026-01-01, but weir runs wasi:cli/run of a released version 0.3 or 0.2", err)

    def test_missing_imports_have_a_line_an_interface(self):
        text = RUN % (0, "0.3.0")
        imports = """(component
  (import "host:one/a@1.0.0" (instance $a (export "f" (func)) (export "g" (func (param "x" u32)))
    (export "r" (type (sub resource)))))
  (import "host:two/b" (instance $b (export "only" (func (param "x" u32)))))
  (core func (canon lower (func $a "f"))) (core func (canon lower (func $a "g")))
  (core func (canon lower (func $b "only")))"""
        err = self.weir("run", self.file("missing.wat", text.replace("(component", imports, 1)), code=69)[1]
        self.assertIn("\n  host:one/a@1.0.0: 2 functions, 1 resource\n", err)
        self.assertIn("\n  host:two/b#only: func(x: u32)", err)
        self.assertNotIn("#g", err)

    def test_a_program_of_preview_1_as_text_is_told_as_one(self):
        text = '(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i32))))'
        err = self.weir("run", self.file("p1.wat", text), code=65)[1]
        self.assertIn("WASI preview 1", err)
        self.assertIn("wasm-tools parse", err)

    def test_a_server_is_no_program(self):
        text = '(component (instance $i) (export "wasi:http/handler@0.3.0" (instance $i)))'
        err = self.weir("run", self.file("server.wat", text), code=2)[1]
        self.assertIn("exports no wasi:cli/run but wasi:http/handler@0.3.0", err)
        self.assertIn("weir serve", err)

    def test_the_component_may_come_from_standard_input(self):
        self.weir("run", "-", code=0, stdin=(RUN % (0, "0.3.0")).encode())

    def test_what_is_no_program_lists_its_functions(self):
        err = self.weir("run", self.file("c.wat", CALC), code=2)[1]
        self.assertIn("add: func(a: u32, b: u32) -> u32", err)
        self.assertIn("docs:calc/ops@0.1.0#echo: func(text: string) -> string", err)

    def test_missing_imports_are_listed(self):
        text = '(component (import "host" (func (param "a" u32))))'
        err = self.weir("run", "--invoke", "x()", self.file("h.wat", text), code=2)[1]
        self.assertIn("no function `x`", err)
        text = ('(component (import "host" (func $h (param "a" u32))) (core func $l (canon lower (func $h)))'
                '(core module $m (import "" "h" (func (param i32))) (func (export "f")))'
                '(core instance $i (instantiate $m (with "" (instance (export "h" (func $l))))))'
                '(func (export "f") (canon lift (core func $i "f"))))')
        err = self.weir("run", "--invoke", "f()", self.file("h.wat", text), code=69)[1]
        self.assertIn("host", err)

    # --- run --invoke

    def test_invoke_prints_the_result_in_wave(self):
        calc = self.file("c.wat", CALC)
        self.assertEqual(self.weir("run", "--invoke", "add(1, 2)", calc, code=0)[0], "3\n")
        self.assertEqual(self.weir("run", "--invoke=add(4294967295,2)", calc, code=0)[0], "1\n")
        call = 'docs:calc/ops@0.1.0#echo("\\u{e9}\\n")'
        self.assertEqual(self.weir("run", "--invoke", call, calc, code=0)[0], '"\u00e9\\n"\n')

    def test_wrong_arguments_show_place_and_signature(self):
        calc = self.file("c.wat", CALC)
        for call, words, column in (
            ('add(1, "x")', 'expected u32, found `"x"`', 7),
            ("add(1)", "argument 2 is missing", 5),
            ("add(1, 2, 3)", "too many arguments", 10),
            ("add(1, 4294967296)", "out of range for u32", 7),
            ("add(-1, 2)", "negative", 4),
            ("add(1, 2", "end of the text", 8),
            ("add(1, 2) x", "expected the end", 10),
        ):
            err = self.weir("run", "--invoke", call, calc, code=2)[1].splitlines()
            self.assertIn(words, err[0])
            self.assertEqual(err[1], "  " + call)
            self.assertEqual(err[2].index("^") - 2, column, call)
            self.assertIn("add: func(a: u32, b: u32) -> u32", err[3])

    def test_a_trap_shows_the_wasm_stack(self):
        err = self.weir("run", "--invoke", "trap()", self.file("c.wat", CALC), code=134)[1]
        self.assertIn("unreachable", err)
        self.assertIn("wasm backtrace:", err)

    def test_a_deadlock_is_told_from_a_trap(self):
        err = self.weir("run", "--invoke", "run()", self.file("d.wat", DEADLOCK), code=71)[1]
        self.assertIn("deadlock", err)

    # --- limits

    def test_a_spinning_guest_ends_when_the_time_is_over(self):
        spin = self.file("spin.wat", SPIN)
        _, err = self.weir("run", "--timeout", "0.2", "--invoke", "spin()", spin, code=124)
        self.assertIn("the time is over", err)
        self.weir("run", "--timeout", "30", "--invoke", "grow(1)", spin, code=0)

    def test_a_waiting_guest_ends_when_the_time_is_over(self):
        guest = pathlib.Path(__file__).resolve().parents[2] / "examples" / "guests" / "timers.wasm"
        self.weir("run", "--timeout", "0.001", guest, code=124)

    def test_fuel_ends_a_guest(self):
        _, err = self.weir("run", "--fuel", "10000", "--invoke", "spin()", self.file("spin.wat", SPIN), code=70)
        self.assertIn("a limit was reached", err)
        self.assertIn("fuel", err)

    def test_memory_is_limited(self):
        spin = self.file("spin.wat", SPIN)
        self.assertEqual(self.weir("run", "--max-memory", "128K", "--invoke", "grow(1)", spin, code=0)[0], "1\n")
        self.assertEqual(self.weir("run", "--max-memory", "128K", "--invoke", "grow(2)", spin, code=0)[0], "-1\n")
        _, err = self.weir("run", "--max-memory", "65535", "--invoke", "grow(0)", spin, code=70)
        self.assertIn("memory", err)

    def test_numbers_that_are_none(self):
        for option, value in (("--timeout", "1e99"), ("--timeout", "-1"), ("--timeout", "nan"), ("--timeout", "1s"),
                              ("--fuel", "x"), ("--fuel", "99999999999999999999"), ("--max-memory", "1T"),
                              ("--max-memory", "18446744073709551615K"), ("--schedule-seed", "-1")):
            _, err = self.weir("run", option, value, "x.wasm", code=2)
            self.assertIn(f"{option}: `{value}`", err)
            self.assertIn("hint:", err)

    def test_a_seed_changes_nothing_for_a_guest_without_choices(self):
        calc = self.file("calc.wat", CALC)
        out, _ = self.weir("run", "--schedule-seed", "7", "--invoke", "add(1, 2)", calc, code=0)
        self.assertEqual(out, "3\n")

    def test_choices_of_the_schedule_are_names(self):
        script = self.file("a.wast", "(component)")
        self.weir("wast", "--schedule-seed", "3", "--schedule-keep", "threads,waits", script, code=0)
        _, err = self.weir("wast", "--schedule-keep", "thread", script, code=2)
        self.assertIn("did you mean `threads`", err)

    # --- inspect

    def test_inspect_shows_wit(self):
        out = self.weir("inspect", self.file("c.wat", CALC), code=0)[0]
        self.assertIn("add: func(a: u32, b: u32) -> u32", out)
        self.assertIn("docs:calc/ops@0.1.0", out)
        self.assertIn("core module 0", out)

    def test_inspect_prints_json(self):
        first, second = self.file("c.wat", CALC), self.file('quo"te\n.wat', RUN % (0, "0.3.0"))
        lines = self.weir("inspect", "--json", first, second, code=0)[0].splitlines()
        calc, program = map(json.loads, lines)
        exports = {item["name"]: item for item in calc["exports"]}
        self.assertEqual(exports["add"]["type"], "func(a: u32, b: u32) -> u32")
        self.assertEqual(exports["docs:calc/ops@0.1.0"]["items"][0]["name"], "echo")
        self.assertEqual(calc["imports"], [])
        self.assertEqual(len(calc["core_modules"]), 1)
        self.assertEqual(program["file"], second)

    # --- fused modules

    def test_a_fused_module_runs_like_its_component(self):
        guests = pathlib.Path(__file__).resolve().parents[2] / "examples" / "guests"
        for name in ("hello.wasm", "compose.wasm"):
            fused = str(pathlib.Path(self.folder.name) / name)
            self.weir("fuse", "--core", "--validate", "-o", fused, guests / name, code=0)
            self.assertEqual(self.weir("run", fused, code=0), self.weir("run", guests / name, code=0))

    def test_a_fused_module_can_be_looked_at_and_compiled(self):
        calc, fused = self.file("calc.wat", CALC), str(pathlib.Path(self.folder.name) / "fused.wasm")
        self.weir("fuse", "--core", "-o", fused, calc, code=0)
        self.assertIn("add: func(a: u32, b: u32) -> u32", self.weir("inspect", fused, code=0)[0])
        code = str(pathlib.Path(self.folder.name) / "fused.cwasm")
        self.weir("compile", "-o", code, fused, code=0)
        self.assertEqual(self.weir("run", "--invoke", "add(40, 2)", code, code=0)[0], "42\n")
        self.assertEqual(self.weir("run", "--fuel", "100000", "--invoke", "add(40, 2)", fused, code=0)[0], "42\n")

    def test_fuse_counts_what_it_made(self):
        _, err = self.weir("fuse", "--core", "--stats", "-o", "-", self.file("calc.wat", CALC), code=0)
        self.assertIn("core instances                    1", err)

    def test_a_fused_module_tells_what_it_was_made_of_and_can_be_verified(self):
        calc, out = self.file("calc.wat", CALC), str(pathlib.Path(self.folder.name) / "out.wasm")
        other = self.file("other.wat", CALC.replace("i32.add (local.get 0)", "i32.sub (local.get 0)"))
        for option in ([], ["--no-adapters"]):
            self.weir("fuse", "--core", *option, "-o", out, calc, code=0)
            self.weir("fuse", "--verify", out, calc, code=0)
            self.assertIn("another component", self.weir("fuse", "--verify", out, other, code=65)[1])
        told = json.loads(self.weir("inspect", "--json", out, code=0)[0])["fused"]
        self.assertFalse(told["adapters"])
        self.assertIn(f"SHA-256 {told['component_sha256']}", self.weir("inspect", out, code=0)[0])
        content = bytearray(pathlib.Path(out).read_bytes())
        place = content.index(b"\x6a")  # i32.add becomes i32.sub
        content[place] = 0x6b
        pathlib.Path(out).write_bytes(content)
        self.assertIn("it was changed", self.weir("fuse", "--verify", out, calc, code=65)[1])
        self.assertIn("no fused module", self.weir("fuse", "--verify", calc, calc, code=70)[1])

    def test_fuse_links_several_files(self):
        guests = pathlib.Path(__file__).resolve().parent / "guests"
        files = [guests / f"link-{name}.wat" for name in ("app", "ops", "log")]
        out = str(pathlib.Path(self.folder.name) / "out.wasm")
        _, err = self.weir("fuse", "--core", "--validate", "--stats", "-o", out, *files, code=0)
        self.assertIn("  of them inside                  4", err)
        shown = self.weir("inspect", out, code=0)[0]
        self.assertIn("import test:host/things@1.0.0", shown)
        self.assertNotIn("import test:calc", shown)
        self.weir("fuse", "--verify", out, *files, code=0)
        self.weir("fuse", "--verify", out, files[0], files[2], files[1], code=0)
        self.weir("fuse", "--core", "-o", out, *files[:2], code=0)  # what only the second imports stays an import
        self.assertIn("import test:calc/log@0.2.0", self.weir("inspect", out, code=0)[0])
        link = "link-app.test:calc/ops@0.1.0=link-ops.test:calc/ops@0.1.2"
        self.weir("fuse", "--core", "--link", link, "-o", out, *files, code=0)
        self.weir("fuse", "--verify", out, *files, code=0)
        self.assertIn("imports no", self.weir("fuse", "--core", "--link", link.replace("ops@0.1.0", "ops@9.0.0"), "-o", out,
                                              *files, code=2)[1])

    def test_async_functions_are_called_between_fused_components(self):
        guests = pathlib.Path(__file__).resolve().parents[2] / "examples" / "guests" / "wat"
        ops, out = "example:numbers/ops@1.0.0#", str(pathlib.Path(self.folder.name) / "out.wasm")
        self.weir("fuse", "--core", "-o", out, guests / "numbers.wat", code=0)
        for call, result in (("is-prime(7)", "true"), ("is-prime(91)", "false"), ("fibonacci(10)", "55"),
                             ("factorial(5)", "120"), ("collatz(27)", "111")):
            for path in (guests / "numbers.wat", out):
                self.assertEqual(self.weir("run", "--invoke", ops + call, path, code=0)[0], result + "\n")
        self.weir("fuse", "--core", "-o", out, guests / "facts.wat", guests / "numbers.wat", code=0)
        for n, result in ((7, "(true, 13, 5040, 16)"), (20, "(false, 6765, 2432902008176640000, 7)")):
            self.assertEqual(self.weir("run", "--invoke", f"facts({n})", out, code=0)[0], result + "\n")

    def test_fuse_explains_each_call_and_maps_each_import(self):
        guest = pathlib.Path(__file__).resolve().parent / "guests" / "fused.wat"
        mapped, out = self.file("map.json", ""), str(pathlib.Path(self.folder.name) / "out.wasm")
        _, err = self.weir("fuse", "--core", "--explain", "--emit-import-map", mapped, "-o", out, guest, code=0)
        self.assertIn("outer calls `echo` of inner, lowered sync, lifted sync: inside, with a task", err)
        self.assertIn("outer calls `calls` of inner, lowered sync, lifted sync: inside, with a task", err)
        found = json.loads(pathlib.Path(mapped).read_text())
        self.assertEqual(found["version"], 2)
        self.assertEqual([i["name"] for i in found["imports"]],
                         ["lower#0", "trap", "transcode", "leave", "lower#1", "lower#2"])
        tell = {"index": 0, "kind": "function", "module": "instance/1", "name": "lower#0", "builtin": "lower",
                "definition": 0, "instance": 1, "component": "inner", "function": "tell", "lower": "sync",
                "core_type": "(i32) -> ()", "wit_type": "func(n: u32)"}
        self.assertEqual(found["imports"][0], tell)

    def test_fuse_refuses_what_it_cannot_do(self):
        calc, out = self.file("calc.wat", CALC), str(pathlib.Path(self.folder.name) / "out.wasm")
        self.assertIn("no component", self.weir("fuse", code=2)[1])
        self.assertIn("where should", self.weir("fuse", "--core", calc, code=2)[1])
        self.assertIn("nobody needs", self.weir("fuse", "--core", "-o", out, calc, calc, code=69)[1])
        self.weir("fuse", "--core", "-o", out, calc, code=0)
        self.assertIn("fused module already", self.weir("fuse", "--core", "-o", calc + "2", out, code=70)[1])
        self.assertFalse(pathlib.Path(calc + "2").exists())

    # --- compiled code

    def compiled(self, name="calc.cwasm", *options):
        path = str(pathlib.Path(self.folder.name) / name)
        self.weir("compile", *options, "-o", path, self.file("calc.wat", CALC), code=0)
        return path

    def test_compiled_code_runs_like_its_component(self):
        path = self.compiled()
        self.assertEqual(self.weir("run", "--invoke", "add(40, 2)", path, code=0)[0], "42\n")
        self.assertIn("add: func", self.weir("run", "--invoke", "sub(1)", path, code=2)[1])
        self.assertIn("wasi:cli/run", self.weir("run", path, code=2)[1])

    def test_compile_names_its_output_after_the_component(self):
        source = self.file("app.v1.wat", RUN % (0, "0.3.0"))
        done = subprocess.run([WEIR, "compile", source], cwd=self.folder.name, capture_output=True, timeout=60)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))
        self.weir("run", str(pathlib.Path(self.folder.name) / "app.v1.cwasm"), code=0)

    def test_compile_reads_and_writes_the_standard_streams(self):
        done = subprocess.run([WEIR, "compile", "-o", "-", "-"], input=CALC.encode(), capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 0)
        path = self.file("piped.cwasm", done.stdout)
        self.assertEqual(self.weir("run", "--invoke", "add(1, 2)", path, code=0)[0], "3\n")

    def test_compile_refuses_what_it_cannot_do(self):
        calc = self.file("calc.wat", CALC)
        self.assertIn("no file", self.weir("compile", code=2)[1])
        self.assertIn("needs a name", self.weir("compile", "-", code=2)[1])
        self.assertIn("one file", self.weir("compile", calc, calc, code=2)[1])
        self.assertIn("cannot be written", self.weir("compile", "-o", "/nonexistent/x.cwasm", calc, code=70)[1])
        self.assertIn("core module", self.weir("compile", "-o", "-", self.file("m.wat", "(module)"), code=65)[1])

    def test_compiled_code_is_run_only_under_a_name_that_says_so(self):
        content = pathlib.Path(self.compiled()).read_bytes()
        disguised = self.file("innocent.wasm", content)
        err = self.weir("run", "--invoke", "add(1, 2)", disguised, code=65)[1]
        self.assertIn("ends in .cwasm", err)
        self.weir("run", "--invoke", "add(1, 2)", "-", code=65, stdin=content)
        for command in ("inspect", "compile"):
            self.assertIn("compiled code", self.weir(command, disguised, code=65)[1])

    def test_compiled_code_of_other_settings_is_refused(self):
        path = self.compiled()
        self.assertIn("other settings", self.weir("run", "--features", "all", path, code=65)[1])
        self.assertIn("other settings", self.weir("run", "--timeout", "5", path, code=65)[1])
        timed = self.compiled("timed.cwasm", "--timeout", "--features", "all")
        args = ("--timeout", "5", "--features", "all", "--invoke", "add(1, 2)")
        self.assertEqual(self.weir("run", *args, timed, code=0)[0], "3\n")

    def test_damaged_compiled_code_is_refused(self):
        content = pathlib.Path(self.compiled()).read_bytes()
        for at in (9, 20, 40, 60, len(content) // 2, len(content) - 1):
            bad = bytearray(content)
            bad[at] ^= 1
            self.weir("run", "--invoke", "add(1, 2)", self.file("bad.cwasm", bytes(bad)), code=65)
        cut = self.file("cut.cwasm", content[:-1])
        self.assertIn("cut off", self.weir("run", "--invoke", "add(1, 2)", cut, code=65)[1])

    # --- the cache

    def cached(self, *options, env=None):
        command = [WEIR, "run", *options, "--invoke", "add(1, 2)", self.file("calc.wat", CALC)]
        environment = {"PATH": "/bin", **(env or {})}
        done = subprocess.run(command, capture_output=True, timeout=60, env=environment)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def test_the_cache_keeps_compiled_code(self):
        folder = pathlib.Path(self.folder.name) / "a" / "cache"
        for _ in range(2):
            self.assertEqual(self.cached("--cache-dir", str(folder)), (0, "3\n", ""))
        entries = list(folder.glob("*/*"))
        self.assertEqual(len(entries), 1)
        self.assertRegex(entries[0].name, r"^[0-9a-f]{64}\.cwasm$")
        entries[0].write_bytes(b"damaged")
        self.assertEqual(self.cached("--cache-dir", str(folder)), (0, "3\n", ""))
        self.assertGreater(entries[0].stat().st_size, 1000)

    def test_the_cache_lies_where_the_environment_says(self):
        top = pathlib.Path(self.folder.name)
        self.assertEqual(self.cached("--cache", env={"XDG_CACHE_HOME": str(top / "x"), "HOME": str(top / "h")})[0], 0)
        self.assertEqual(len(list((top / "x" / "weir").glob("*/*.cwasm"))), 1)
        self.assertEqual(self.cached("--cache", env={"XDG_CACHE_HOME": "relative", "HOME": str(top / "h")})[0], 0)
        self.assertEqual(len(list((top / "h" / ".cache" / "weir").glob("*/*.cwasm"))), 1)
        self.assertEqual(self.cached(), (0, "3\n", ""))  # nobody says where, and nobody asked
        code, _, err = self.cached("--cache")
        self.assertEqual(code, 2)
        self.assertIn("--cache-dir", err)

    def test_compiled_code_is_kept_unless_told_otherwise(self):
        home = pathlib.Path(self.folder.name) / "home"
        kept = home / ".cache" / "weir"
        self.assertEqual(self.cached("--no-cache", env={"HOME": str(home)}), (0, "3\n", ""))
        self.assertFalse(kept.exists())
        for _ in range(2):
            self.assertEqual(self.cached(env={"HOME": str(home)}), (0, "3\n", ""))
        self.assertEqual(len(list(kept.glob("*/*.cwasm"))), 1)
        kept.chmod(0o777)  # others may write there: not used, and not worth a word
        self.assertEqual(self.cached(env={"HOME": str(home)}), (0, "3\n", ""))
        code, _, err = self.cached("--cache", "--no-cache", env={"HOME": str(home)})
        self.assertEqual(code, 2)
        self.assertIn("--no-cache", err)

    def test_a_cache_that_cannot_be_used_is_done_without(self):
        folder = pathlib.Path(self.folder.name) / "open"
        folder.mkdir()
        folder.chmod(0o777)
        for path in (str(folder), "/dev/null/cache"):
            code, out, err = self.cached("--cache-dir", path)
            self.assertEqual((code, out), (0, "3\n"))
            self.assertIn("weir: warning: the cache directory", err)
        self.assertEqual(list(folder.iterdir()), [])

    # --- wast

    def test_wast_reports_each_failure_with_its_line(self):
        script = CALC + """
(assert_return (invoke "add" (u32.const 1) (u32.const 2)) (u32.const 3))
(assert_return (invoke "add" (u32.const 1) (u32.const 2))
  (u32.const 4))
(assert_trap (invoke "trap") "no such message")
(frobnicate)
(assert_invalid (component (export "a" (func 0))) "")
"""
        path = self.file("s.wast", script)
        line = script[:script.index("(assert_return")].count("\n") + 1
        out = self.weir("wast", path, code=1)[0].splitlines()
        self.assertEqual(out[0], f"{path}:{line + 1}: assert_return: expected 4, got 3")
        self.assertIn(f"{path}:{line + 3}: assert_trap: expected the message", out[1])
        self.assertIn(f"{path}:{line + 4}: frobnicate: ", out[2])
        self.assertEqual(out[3], f"FAIL {path}: 3 passed, 3 failed")
        report = json.loads(self.weir("wast", "--json", path, code=1)[0])
        self.assertEqual([f["line"] for f in report["files"][0]["failures"]], [line + 1, line + 3, line + 4])
        self.assertEqual((report["passed"], report["failed"]), (3, 3))

    def test_wast_passes_quietly(self):
        path = self.file("s.wast", '(component definition $c) (component instance $i $c)')
        self.assertEqual(self.weir("wast", path, code=0)[0], f"PASS {path}: 2 passed\n")
        self.assertEqual(self.weir("wast", "--quiet", path, code=0)[0], "")

    def test_wast_tells_where_a_script_is_broken(self):
        path = self.file("s.wast", '(component)\n  (assert_return "x')
        self.assertIn(f"{path}:2:18: this string is not closed", self.weir("wast", path, code=1)[0])

    def test_wast_compares_messages_of_the_validator_only_when_strict(self):
        path = self.file("s.wast", '(assert_invalid (component (export "a" (func 0))) "never said")')
        self.weir("wast", path, code=0)
        self.assertIn("never said", self.weir("wast", "--strict", path, code=1)[0])


if __name__ == "__main__":
    unittest.main()
