#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks that each public header stands alone: included first, twice, in C11 and in C++17, with all warnings."""
import argparse
import pathlib
import shutil
import subprocess
import sys

import sources

C_FLAGS = ["-x", "c", "-std=c11", "-Wstrict-prototypes", "-Wmissing-prototypes"]
CXX_FLAGS = ["-x", "c++", "-std=c++17"]
FLAGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wshadow", "-fsyntax-only"]


def compile_alone(compiler, flags, root, header):
    """The compiler's messages; "" where it accepts the header."""
    text = f"#include <{header}>\n#include <{header}>\n"
    command = [compiler, *flags, *FLAGS, f"-I{root / 'include'}", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr.strip() or f"status {done.returncode}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--cc", default="cc")
    parser.add_argument("--cxx", default="c++")
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
            message = compile_alone(compiler, flags, options.root, name)
            if message:
                problems.append(f"<{name}> with {flags[2]}:\n{message}")
    sources.finish("check_headers", problems, f"{len(headers)} headers, each alone in C11 and in C++17")


if __name__ == "__main__":
    main()
