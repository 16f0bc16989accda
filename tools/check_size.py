#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks the sizes of C files and functions in src/, include/ and tests/.

A file has 60 to 300 lines as a rule and at most 600; a function has 5 to 25 and at most 60. What is above the most fails,
and how many files of src/ break the rule is told. Exceptions stand in tools/size_allow.txt as `path` or `path:function`,
with a reason (generated tables, dispatchers of one-line cases).
A function is found by its shape after formatting: a `{` at the end of a line that is not indented, and the next `}` in
the first column.
"""
import argparse
import pathlib
import re

import sources

FILE_RULE, FILE_MOST, FUNCTION_MOST = 300, 600, 60
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


def check_file(root, path, allowed):
    text = path.read_text()
    shown = path.relative_to(root).as_posix()
    lines = text.count("\n")
    if lines > FILE_MOST and shown not in allowed:
        yield f"{shown}: {lines} lines; a file has at most {FILE_MOST}"
    for name, _, size in functions(text) if path.suffix == ".c" else ():
        if size > FUNCTION_MOST and f"{shown}:{name}" not in allowed:
            yield f"{shown}:{name}: {size} lines; a function has at most {FUNCTION_MOST}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    root = parser.parse_args().root
    allowed = sources.exceptions(root / "tools" / "size_allow.txt")
    files = sources.c_files(root, "src", "include", "tests")
    problems = [problem for path in files for problem in check_file(root, path, allowed)]
    large = sum(path.read_text().count("\n") > FILE_RULE for path in sources.c_files(root, "src"))
    sources.finish("check_size", problems, f"{len(files)} files within bounds; {large} of src/ have more than {FILE_RULE} lines")


if __name__ == "__main__":
    main()
