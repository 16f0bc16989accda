#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks the public headers.

1. Each stands alone: included first, twice, in C11 and in C++17, with all warnings.
2. All of them together compile in every dialect from C99 and C++11 on, with the macros of Windows' headers, and with
   enumerations as short as they may be: all enumerations have 32 bits all the same. Where there is clang, so they do
   for Windows and for a 32-bit machine.
3. Each says which ring it belongs to (weir/weir.h): weir.h includes the stable ones, unstable.h the others, and no stable
   one includes an unstable one.
4. Enumerations number each enumerator.
5. A structure that begins with its size has its macro WEIR_..._INIT, and its case in tests/behaviour/test_sizes.c.
"""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys

import sources

C_FLAGS = ["-x", "c", "-std=c11", "-Wstrict-prototypes", "-Wmissing-prototypes"]
CXX_FLAGS = ["-x", "c++", "-std=c++17"]
FLAGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wshadow", "-fsyntax-only"]

C_DIALECTS = ["c99", "c11", "c17", "c2x"]
CXX_DIALECTS = ["c++11", "c++14", "c++17", "c++20", "c++2b"]
WINDOWS_MACROS = ["-Dinterface=struct", "-Dsmall=char"]
CLANG_TARGETS = ["x86_64-pc-windows-msvc", "i386-linux-gnu"]

SIZED = re.compile(r"typedef struct (\w+) \{\s*size_t size;")
ENUM = re.compile(r"typedef enum (?P<name>\w+) \{(?P<body>.*?)\} (?P=name);", re.DOTALL)


def dialects(options):
    """The compilers with their flags, each for all headers together."""
    for compiler, language, names in ((options.cc, "c", C_DIALECTS), (options.cxx, "c++", CXX_DIALECTS)):
        for name in names:
            yield compiler, ["-x", language, f"-std={name}", *WINDOWS_MACROS, "-fshort-enums"]
    if shutil.which(options.clang) is None:
        print(f"check_headers: not checked for Windows and 32 bits, as there is no {options.clang}")
        return
    for target in CLANG_TARGETS:
        for language, name in (("c", "c11"), ("c++", "c++17")):
            yield options.clang, ["-x", language, f"-std={name}", f"--target={target}", "-ffreestanding", *WINDOWS_MACROS]


def check_dialects(options, headers):
    """All headers in one text, which fails to compile where an enumeration has not 32 bits."""
    enums = sorted({match["name"] for header in headers for match in ENUM.finditer(header.read_text())})
    text = "".join(f"#include <weir/{header.name}>\n" for header in headers)
    text += "".join(f"typedef char {name}_has_32_bits[sizeof({name}) == 4 ? 1 : -1];\n" for name in enums)
    for compiler, flags in dialects(options):
        message = compile_text(compiler, flags, options.root, text)
        if message:
            yield f"all headers with {' '.join([compiler, *flags])}:\n{message}"


def check_numbers(headers):
    for header in headers:
        for enum in ENUM.finditer(sources.strip_comments(header.read_text())):
            for enumerator in enum["body"].split(","):
                if enumerator.strip() and "=" not in enumerator:
                    yield f"weir/{header.name}: {enumerator.strip()} of {enum['name']} has no number"


def check_sizes(root, headers):
    tests = root / "tests" / "behaviour" / "test_sizes.c"
    tested = tests.read_text() if tests.is_file() else ""
    for header in headers:
        text = header.read_text()
        for name in SIZED.findall(sources.strip_comments(text)):
            if f"#define {name.upper()}_INIT WEIR_INIT({name})" not in text:
                yield f"weir/{header.name}: {name} has no macro {name.upper()}_INIT"
            if f"sizeof({name})" not in tested:
                yield f"weir/{header.name}: {name} has no case in tests/behaviour/test_sizes.c"


def compile_text(compiler, flags, root, text):
    """The compiler's messages; "" where it accepts the text."""
    command = [compiler, *flags, *FLAGS, f"-I{root / 'include'}", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr.strip() or f"status {done.returncode}"


def includes_of(header):
    return set(re.findall(r'^#include "weir/(\w+)\.h"', header.read_text(), flags=re.MULTILINE))


def check_rings(headers):
    rings = {"Stable": set(), "Unstable": set()}
    problems, collectors = [], {"weir": "Stable", "unstable": "Unstable"}
    nouns = [header for header in headers if header.stem not in collectors]
    for header in nouns:
        found = re.findall(r"^ \* (Stable|Unstable) ring\.$", header.read_text(), flags=re.MULTILINE)
        if len(found) != 1:
            problems.append(f"weir/{header.name} must say once, in its first comment, `Stable ring.` or `Unstable ring.`")
        else:
            rings[found[0]].add(header.stem)
    for header in headers:
        wrong = includes_of(header) & rings["Unstable"]
        if header.stem in rings["Stable"] and wrong:
            problems.append(f"weir/{header.name} is stable and includes the unstable {', '.join(sorted(wrong))}")
        ring = collectors.get(header.stem)
        if ring and includes_of(header) != rings[ring]:
            odd = ", ".join(sorted(includes_of(header) ^ rings[ring]))
            problems.append(f"weir/{header.name} must include the {ring.lower()} ring, no more and no less: {odd}")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--cc", default="cc")
    parser.add_argument("--cxx", default="c++")
    parser.add_argument("--clang", default="clang")
    options = parser.parse_args()
    for compiler in (options.cc, options.cxx):
        if shutil.which(compiler) is None:
            sys.exit(f"check_headers: there is no compiler {compiler}; tools/setup.sh installs gcc and g++")
    problems, headers = [], sorted((options.root / "include" / "weir").glob("*.h"))
    if not headers:
        problems.append("include/weir has no headers")
    for header in headers:
        name = f"weir/{header.name}"
        for compiler, flags in ((options.cc, C_FLAGS), (options.cxx, CXX_FLAGS)):
            message = compile_text(compiler, flags, options.root, f"#include <{name}>\n#include <{name}>\nint x;\n")
            if message:
                problems.append(f"<{name}> with {flags[2]}:\n{message}")
    problems += [*check_dialects(options, headers), *check_numbers(headers), *check_sizes(options.root, headers), *check_rings(headers)]
    sources.finish("check_headers", problems, f"{len(headers)} headers, each alone, and together in every dialect")


if __name__ == "__main__":
    main()
