#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks the sizes of C files and functions in src/, include/ and tests/.

Files above 600 lines and functions above 60 are named; files above 1000 and functions above 100 fail. Exceptions stand
in tools/size_allow.txt as `path` or `path:function`, with a reason (generated tables, dispatchers of one-line cases).
A function is found by its shape after formatting: a `{` at the end of a line that is not indented, and the next `}` in
the first column.
"""
import argparse
import pathlib
import re

import sources

FILE_WARN, FILE_FAIL = 600, 1000
FUNCTION_WARN, FUNCTION_FAIL = 60, 100
NAME = re.compile(r"([A-Za-z_]\w*)\s*\(")


def functions(text):
    """(name, first line, number of lines) of each function; a signature of several lines counts with it."""
    lines = sources.strip_comments(text).splitlines()
    start = None  # first line of the declaration that is being read
    begin = name = None
    for number, line in enumerate(lines, 1):
        if begin is not None:
            if line.startswith("}"):
                if name:
                    yield name, begin, number - begin + 1
                begin = start = None
            continue
        if line.startswith("#") or not line.strip():
            start = None
            continue
        start = start or number
        if line.rstrip().endswith("{"):
            head = " ".join(lines[start - 1:number])
            match = NAME.search(head)
            plain = head.lstrip().startswith(("struct", "union", "enum", "typedef")) and "(" not in head
            name = None if plain or "=" in head.split("(")[0] or not match else match.group(1)
            if 'extern "' in head:
                start = None
                continue
            begin = start
        elif line.rstrip().endswith((";", "}")):
            start = None


def judge(name, size, warn, fail, allowed, kind):
    if size > fail and name not in allowed:
        return f"{name}: {size} lines; a {kind} has at most {fail}", None
    if size > warn and name not in allowed:
        return None, f"{name}: {size} lines; a {kind} should have at most {warn}"
    return None, None


def check_file(root, path, allowed):
    text = path.read_text()
    shown = path.relative_to(root).as_posix()
    yield judge(shown, text.count("\n"), FILE_WARN, FILE_FAIL, allowed, "file")
    if path.suffix == ".c":
        for name, _, size in functions(text):
            yield judge(f"{shown}:{name}", size, FUNCTION_WARN, FUNCTION_FAIL, allowed, "function")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    root = parser.parse_args().root
    allowed = sources.exceptions(root / "tools" / "size_allow.txt")
    problems, files = [], sources.c_files(root, "src", "include", "tests")
    for path in files:
        for problem, warning in check_file(root, path, allowed):
            if warning:
                print(f"warning: {warning}")
            if problem:
                problems.append(problem)
    sources.finish("check_size", problems, f"{len(files)} files within bounds")


if __name__ == "__main__":
    main()
