#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The checks of tools/, against small trees that are wrong in one way each: every one must be found."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOLS = pathlib.Path(__file__).resolve().parent.parent.parent / "tools"
sys.path.insert(0, str(TOOLS))
import check_format  # noqa: E402
HEAD = "/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */\n/* What it owns. */\n"


class Tree(unittest.TestCase):
    check = None

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name)
        self.write("src/base/mem.h", HEAD)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def run_check(self, *arguments):
        command = [sys.executable, str(TOOLS / self.check), "--root", str(self.root), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def assert_good(self):
        done = self.run_check()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def assert_bad(self, *words):
        done = self.run_check()
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        for word in words:
            self.assertIn(word, done.stdout + done.stderr)


class Layers(Tree):
    check = "check_layers.py"

    def test_downward_includes_are_good(self):
        self.write("src/abi/lift.c", '#include "abi/lift.h"\n#include "base/mem.h"\n#include <stdio.h>\n')
        self.write("src/abi/lift.h", '#include "weir/value.h"\n')
        self.assert_good()

    def test_an_upward_include_is_found(self):
        self.write("src/base/mem.c", '#include "base/mem.h"\n\n#include "runtime/task.h"\n')
        self.write("src/runtime/task.h", "")
        self.assert_bad("src/base/mem.c:3", "runtime, which is above")

    def test_an_include_in_a_comment_is_none(self):
        self.write("src/base/mem.c", '/*\n#include "runtime/task.h"\n*/\n')
        self.write("src/runtime/task.h", "")
        self.assert_good()

    def test_folders_of_one_layer_do_not_see_each_other(self):
        self.write("src/engine/eng.h", "")
        self.write("src/component/ast.c", '#include "engine/eng.h"\n')
        self.assert_bad("same layer")
        self.write("src/component/ast.c", "")
        self.write("src/cache/key.c", '#include "fuse/log.h"\n')
        self.write("src/fuse/log.h", "")
        self.assert_bad("same layer")

    def test_the_command_is_written_on_the_public_headers(self):
        self.write("src/load/code.h", "")
        self.write("src/base/json.h", "")
        self.write("src/cli/wast/run.c", '#include "load/code.h"\n')
        self.write("src/cli/cmd_run.c", '#include "base/json.h"\n#include "weir/weir.h"\n')
        self.assert_good()
        self.write("src/cli/cmd_run.c", '#include "load/code.h"\n')
        self.assert_bad("src/cli/cmd_run.c:1", "load/code.h is none")
        self.write("tools/layers_allow.txt", "cli/cmd_run load/code  # for now\n")
        self.assert_good()

    def test_an_unknown_folder_is_found(self):
        self.write("src/misc/a.c", "")
        self.assert_bad("src/misc has no layer")

    def test_the_engines_headers_stay_in_the_engine(self):
        self.write("src/engine/eng.c", "#include <wasmtime.h>\n#include <wasmtime/async.h>\n")
        self.assert_good()
        for name in ("wasmtime.h", "wasmtime/async.h", "wasm.h"):
            self.write("src/abi/lift.c", f"#  include <{name}>\n")
            self.assert_bad(name)
        self.write("src/abi/lift.c", '#include "wasmtime.h"\n')
        self.assert_bad("wasmtime.h")

    def test_libuv_stays_where_io_is(self):
        for folder in ("bridge", "wasi", "serve"):
            self.write(f"src/{folder}/a.c", "#include <uv.h>\n")
        self.assert_good()
        self.write("src/runtime/a.c", "#include <uv.h>\n")
        self.assert_bad("src/runtime/a.c:1")

    def test_a_cycle_of_headers_is_found(self):
        self.write("src/base/a.h", '#include "base/b.h"\n')
        self.write("src/base/b.h", '#include "base/a.h"\n')
        self.assert_bad("module cycle: base/a base/b")

    def test_a_cycle_through_c_files_is_found(self):
        self.write("src/base/a.h", "")
        self.write("src/base/b.h", "")
        self.write("src/base/c.h", "")
        self.write("src/base/a.c", '#include "base/a.h"\n#include "base/b.h"\n')
        self.write("src/base/b.c", '#include "base/b.h"\n#include "base/c.h"\n')
        self.assert_good()
        self.write("src/base/c.c", '#include "base/a.h"\n')
        self.assert_bad("module cycle: base/a base/b base/c")

    def test_an_allowed_cycle_needs_a_reason(self):
        self.write("src/base/a.h", '#include "base/b.h"\n')
        self.write("src/base/b.h", '#include "base/a.h"\n')
        self.write("tools/layers_allow.txt", "base/a base/b  # two halves of one thing\n")
        self.assert_good()
        self.write("tools/layers_allow.txt", "base/a base/b\n")
        self.assert_bad("needs a reason")

    def test_includes_are_written_from_src(self):
        self.write("src/base/a.c", '#include "mem.h"\n')
        self.assert_bad("not written as its path")


class Calls(Tree):
    check = "check_calls.py"

    def module(self, name, text):
        source, object_file = self.root / "src" / f"{name}.c", self.root / f"CMakeFiles/weir-base.dir/src/{name}.c.o"
        self.write(f"src/{name}.c", text)
        object_file.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cc", "-c", str(source), "-o", str(object_file)], check=True)

    def run_check(self):
        return super().run_check("--build", str(self.root))

    def test_calls_in_one_direction_are_good(self):
        self.module("base/a", "void b(void);\nvoid a(void) { b(); }\n")
        self.module("base/b", "void puts(const char *);\nvoid b(void) { puts(\"\"); }\n")
        self.assert_good()

    def test_a_circle_of_calls_is_found_and_may_be_meant(self):
        self.module("base/a", "void b(void);\nvoid a(void) { b(); }\n")
        self.module("base/b", "void a(void);\nvoid b(void) { a(); }\n")
        self.assert_bad("in a circle: base/a base/b")
        self.write("tools/calls_allow.txt", "base/a base/b  # two halves of one thing\n")
        self.assert_good()

    def test_an_exception_that_is_no_longer_needed_is_found(self):
        self.module("base/a", "void a(void) {}\n")
        self.write("tools/calls_allow.txt", "base/a base/b  # once\n")
        self.assert_bad("there is no such circle: base/a base/b")

    def test_nothing_built_is_no_success(self):
        self.assert_bad("has no objects")


def function(name, lines):
    return f"static int {name}(int a,\n    int b) {{\n" + "  a++;\n" * (lines - 3) + "}\n\n"


class Size(Tree):
    check = "check_size.py"

    def test_small_files_and_functions_are_good(self):
        self.write("src/base/a.c", function("small", 60) + "static const int table[] = {\n" + "  1,\n" * 200 + "};\n")
        self.assertIn("0 of src/", self.assert_good())

    def test_a_long_function_is_found(self):
        self.write("src/base/a.c", function("fine", 10) + function("too_long", 61))
        self.assert_bad("src/base/a.c:too_long: 61 lines")

    def test_a_file_above_the_rule_is_counted_and_one_above_the_most_fails(self):
        self.write("src/base/a.h", "\n" * 301)
        self.assertIn("1 of src/", self.assert_good())
        self.write("src/base/a.h", "\n" * 601)
        self.assert_bad("src/base/a.h: 601 lines")

    def test_an_exception_needs_a_reason(self):
        self.write("src/base/a.c", function("too_long", 101))
        self.write("tools/size_allow.txt", "src/base/a.c:too_long  # one line a case\n")
        self.assert_good()
        self.write("tools/size_allow.txt", "src/base/a.c:too_long  #\n")
        self.assert_bad("needs a reason")

    def test_a_function_in_a_comment_or_string_is_none(self):
        self.write("src/base/a.c", "/*\n" + function("gone", 150) + "*/\n")
        self.assert_good()


class Headers(Tree):
    check = "check_headers.py"

    def test_a_header_that_stands_alone_is_good(self):
        self.write("include/weir/a.h", self.header("Stable", "A", "#include <stddef.h>\nsize_t a(void);\n"))
        self.assert_good()

    @staticmethod
    def header(ring, guard, text):
        return f"/**\n * Says.\n *\n * {ring} ring.\n */\n#ifndef {guard}\n#define {guard}\n{text}#endif\n"

    def rings(self, of_a):
        self.write("include/weir/a.h", self.header("Stable", "A", of_a))
        self.write("include/weir/b.h", self.header("Unstable", "B", '#include "weir/a.h"\n'))
        self.write("include/weir/weir.h", '#ifndef W\n#define W\n#include "weir/a.h"\n#endif\n')
        self.write("include/weir/unstable.h", '#ifndef U\n#define U\n#include "weir/b.h"\n#endif\n')

    def test_two_rings_are_good(self):
        self.rings("int a(void);\n")
        self.assert_good()

    def test_a_stable_header_that_includes_an_unstable_one_is_found(self):
        self.rings('#include "weir/b.h"\n')
        self.assert_bad("weir/a.h is stable and includes the unstable b")

    def test_a_header_without_a_ring_is_found(self):
        self.write("include/weir/a.h", "#ifndef A\n#define A\nint a(void);\n#endif\n")
        self.assert_bad("`Stable ring.`")

    def test_a_header_that_its_ring_forgets_is_found(self):
        self.rings("int a(void);\n")
        self.write("include/weir/unstable.h", "#ifndef U\n#define U\n#endif\n")
        self.assert_bad("weir/unstable.h must include the unstable ring")

    def test_a_struct_with_a_size_wants_a_macro_and_a_case(self):
        struct = "#include <stddef.h>\ntypedef struct weir_a {\n  size_t size; /* of it */\n  int more;\n} weir_a;\n"
        self.write("include/weir/a.h", self.header("Stable", "A", struct))
        self.assert_bad("weir_a has no macro WEIR_A_INIT", "weir_a has no case in tests/behaviour/test_sizes.c")
        self.write("tests/behaviour/test_sizes.c", "sizeof(weir_a)")
        self.write("include/weir/a.h", self.header("Stable", "A", struct + "#define WEIR_A_INIT WEIR_INIT(weir_a)\n"))
        self.assert_good()

    def test_a_header_that_needs_another_is_found(self):
        self.write("include/weir/a.h", "#ifndef A\n#define A\nsize_t a(void);\n#endif\n")
        self.assert_bad("<weir/a.h> with -std=c11")

    def test_a_header_that_is_no_cxx_is_found(self):
        self.write("include/weir/a.h", "#ifndef A\n#define A\nint a(int class);\n#endif\n")
        self.assert_bad("<weir/a.h> with -std=c++17")

    def test_a_name_that_windows_takes_is_found(self):
        self.write("include/weir/a.h", self.header("Stable", "A", "int a(const char *interface);\n"))
        self.assert_bad("all headers with", "-Dinterface=struct")

    def test_a_word_that_c99_lacks_is_found(self):
        self.write("include/weir/a.h", self.header("Stable", "A", "_Static_assert(1, \"\");\n"))
        self.assert_bad("all headers with cc -x c -std=c99")

    def test_an_enumeration_that_may_be_short_is_found(self):
        self.write("include/weir/a.h", self.header("Stable", "A", "typedef enum a { A0 = 0 } a;\n"))
        self.assert_bad("a_has_32_bits")

    def test_an_enumerator_without_a_number_is_found(self):
        self.write("include/weir/a.h", self.header("Stable", "A", "typedef enum a { A0, A1 = 0x7fffffff } a;\n"))
        self.assert_bad("weir/a.h: A0 of a has no number")

    def test_a_header_without_a_guard_is_found(self):
        self.write("include/weir/a.h", "struct a { int x; };\n")
        self.assert_bad("<weir/a.h>")

    def test_no_headers_is_no_success(self):
        self.assert_bad("no headers")


class Docs(Tree):
    check = "check_docs.py"

    def test_contracts_and_groups_are_good(self):
        self.write("include/weir/a.h", HEAD + "\n/** Says. */\nWEIR_API int a(void);\nWEIR_API int b(int x,\n  int y);\n"
                   "/**\n * Says\n * more.\n */\nWEIR_API int c(void);\n")
        self.assert_good()

    def test_an_export_without_a_contract_is_found(self):
        self.write("include/weir/a.h", HEAD + "\nWEIR_API int a(void);\n")
        self.assert_bad("include/weir/a.h:4")
        self.write("include/weir/a.h", HEAD + "\n/* private words */\nWEIR_API int a(void);\n")
        self.assert_bad("include/weir/a.h:5")

    def contract(self, words, declaration):
        self.write("include/weir/a.h", HEAD + f"/**\n * A header.\n */\n\n/** {words} */\nWEIR_API {declaration};\n")

    def test_a_contract_says_what_can_go_wrong(self):
        self.contract("Any thread. WEIR_ERR_NOMEM.", "weir_status weir_a(void)")
        self.assert_good()
        self.contract("Any thread. Does it.", "weir_status weir_a(void)")
        self.assert_bad("weir_a() does not say which errors")

    def test_a_contract_says_who_owns_what_comes_out(self):
        for declaration in ("weir_a *weir_a_new(void)", "void weir_a_make(int x,\n  weir_a **ret)"):
            self.contract("Any thread. The caller owns it.", declaration)
            self.assert_good()
            self.contract("Any thread. Makes it.", declaration)
            self.assert_bad("does not say who owns what comes out")

    def test_a_contract_or_its_header_says_which_thread(self):
        self.contract("Does it.", "void weir_a(void)")
        self.assert_bad("weir_a() does not say which thread may call it")

    def test_a_lesson_that_no_example_has_is_found(self):
        self.write("examples/a.c", "int x;\nint y;\n")
        self.write("docs/embedding.md", "```c\nint x;\n```\n")
        self.assert_good()
        self.write("docs/embedding.md", "```c\nint z;\n```\n")
        self.assert_bad("no example has this code: int z;")

    def test_a_missing_licence_is_found(self):
        self.write("src/base/a.c", "int x;\n")
        self.assert_bad("src/base/a.c:1")

    def limits(self, line, member, row):
        self.write("src/base/limits.def", line + "\n")
        self.write("include/weir/limits.h", HEAD + f"/** Thread. */\n  {member}\n")
        self.write("docs/record.md", row + "\n")

    def test_a_limit_stands_in_every_table(self):
        line, row = 'ENGINE_LIMIT(cups, uint32_t, 1000, "cups")', "| `cups` | `max_cups` | 1,000 |"
        member = "uint32_t max_cups; /**< Cups; 0: 1,000. */"
        self.limits(line, member, row)
        self.assert_good()
        self.limits(line, member, "")
        self.assert_bad("docs/record.md: its table of limits has no row")
        self.limits(line, member.replace("1,000", "2,000"), row)
        self.assert_bad("max_cups does not say `0: 1,000`")
        self.limits("", member, row)
        self.assert_bad("max_cups of weir_store_config is missing")

    def test_a_dead_link_is_found(self):
        self.write("docs/a.md", "[good](b.md#part) [far](https://example.org/x) [here](#there)\n")
        self.write("docs/b.md", "x")
        self.assert_good()
        self.write("docs/b.md", "[bad](../gone.md)")
        self.assert_bad("../gone.md")


class Comments(Tree):
    check = "check_comments.py"

    def test_a_long_file_wants_a_map(self):
        code = "int x;\n" * 151
        self.write("src/base/a.c", HEAD + "int x;\n")
        self.assert_good()
        for head in ("/* See mem.h. */\n", "/*\n * See mem.h.\n * More.\n */\n", ""):
            self.write("src/base/a.c", HEAD.splitlines()[0] + "\n" + head + code)
            self.assert_bad("src/base/a.c: more than 150 lines, and no map")
        self.write("tools/maps_allow.txt", "src/base/a.c  # to come\n")
        self.assert_good()
        self.write("src/base/a.c", HEAD.splitlines()[0] + "\n/*\n * What it owns.\n * Its parts.\n */\n" + code)
        self.assert_bad("src/base/a.c has a map now")

    def test_a_wide_comment_is_found(self):
        self.write("src/base/a.c", HEAD + "int x; /* " + "x" * 107 + " */\n" + "int y = " + "1" * 120 + ";\n")
        self.assert_good()
        self.write("src/base/a.c", HEAD + "int x; /* " + "x" * 108 + " */\n")
        self.assert_bad("src/base/a.c:3: a comment goes beyond column 120")

    def test_a_signpost_to_a_file_that_is_not_there_is_found(self):
        self.write("src/base/a.c", HEAD + "/* As in mem.h and base/mem.h. */\n")
        self.assert_good()
        self.write("src/base/a.c", HEAD + "/* As in gone.h. */\n")
        self.assert_bad("a comment names gone.h, which is not there")
        self.write("src/base/a.c", HEAD)
        self.write("docs/a.md", "src/base/gone.c")
        self.assert_bad("docs/a.md names src/base/gone.c")

    def test_a_signpost_to_a_function_that_is_not_there_is_found(self):
        self.write("src/base/a.c", HEAD + "/* As mem_do() and _do() do. */\nvoid mem_do(void);\n")
        self.assert_good()
        self.write("src/base/a.c", HEAD + "/* As mem_undo() does. */\nvoid mem_do(void);\n")
        self.assert_bad("names mem_undo(), which is not there")
        self.write("tools/foreign_names.txt", "mem_undo  # another library's\n")
        self.assert_good()

    def test_a_signpost_to_a_member_that_is_not_there_is_found(self):
        code = "struct box {\n  int width;\n  struct {\n    int far_left;\n  } edges;\n};\n"
        self.write("src/base/a.c", HEAD + code + "/* See box.width, box->edges, `far_left`; not box.h. */\n")
        self.write("src/base/box.h", HEAD)
        self.assert_good()
        for wrong in ("box.height", "->height", "`far_right`"):
            self.write("src/base/a.c", HEAD + code + f"/* See {wrong}. */\n")
            self.assert_bad(f"src/base/a.c: a comment names {wrong}, which is not there")


class Names(Tree):
    check = "check_docs.py"

    def run_check(self):
        return super().run_check("--specification", str(self.root))

    def setUp(self):
        super().setUp()
        self.write("CanonicalABI.md", "```python\nclass Task:\n  class State(Enum):\n    DONE = 1\n```\nand\n"
                   "```python\n  def exit(self):\n```\n")
        self.write("src/runtime/task.c", HEAD + "void task_exit(void) {}\n")

    def names(self, rows):
        self.write("docs/names.md", "| the text | weir | |\n| --- | --- | --- |\n" + rows)

    def test_a_name_for_each_is_good(self):
        self.names("| `Task`, `Task.State`, `Task.DONE` | none | |\n| `Task.exit` | `task_exit` in runtime/task.c | |\n")
        self.assert_good()

    def test_a_name_that_is_missing_is_found(self):
        self.names("| `Task`, `Task.State`, `Task.exit` | none | |\n")
        self.assert_bad("docs/names.md lacks Task.DONE of CanonicalABI.md")

    def test_a_name_that_the_text_has_not_is_found(self):
        self.names("| `Task`, `Task.State`, `Task.DONE`, `Task.exit`, `Task.enter` | none | |\n")
        self.assert_bad("CanonicalABI.md has no Task.enter")

    def test_a_symbol_that_is_not_there_is_found(self):
        self.names("| `Task` | `task_leave` in runtime/task.c; `x` in runtime/gone.c | |\n")
        self.assert_bad("src/runtime/task.c has no task_leave", "there is no src/runtime/gone.c")


class Format(Tree):
    check = "check_format.py"

    def test_without_clang_format_it_fails_and_says_so(self):
        self.write("tools/requirements.txt", "clang-format==14.0.6\n")
        self.assert_bad("clang-format 14.0.6 is not in build/venv", "tools/setup.sh --check")

    def test_a_second_way_to_write_a_test_of_a_pointer_or_a_size_is_found(self):
        text = "/* p == NULL, sizeof x */\nint a = p != NULL;\nint b = NULL == q;\nint c = sizeof x;\nint d = sizeof(x);\n"
        self.write("src/a.c", text)
        found = list(check_format.foreign_dialect(self.root, [self.root / "src/a.c"]))
        self.assertEqual([line.split(":")[1] for line in found], ["2", "3", "4"])


if __name__ == "__main__":
    unittest.main()
