#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks that each public header stands alone: included first, twice, in C11 and in C++17, with all warnings. And that
each says which ring it belongs to (weir/weir.h): weir.h includes the stable ones, unstable.h the others, and no stable
one includes an unstable one.
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


def compile_alone(compiler, flags, root, header):
    """The compiler's messages; "" where it accepts the header."""
    text = f"#include <{header}>\n#include <{header}>\n"
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
    problems += check_rings(headers)
    sources.finish("check_headers", problems, f"{len(headers)} headers, each alone in C11 and in C++17")


if __name__ == "__main__":
    main()
