#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Counts the functions of WASI that weir has, and those that a test, or a guest that tests run, names.

A function without implementation does not link, and one that no WIT has does not compile. An interface whose name begins
with a --strict word may have no function that is in no test; of the others only the number that is left is told.
"""
import argparse
import pathlib
import re

import sources
import wit

PLACES = ("tests/unit/wasi", "tests/behaviour", "tests/fuzz", "examples/guests/wat", "examples/guests/src")


def words(root):
    text = "\n".join(path.read_text(errors="replace") for place in PLACES for path in sorted((root / place).rglob("*"))
                     if path.suffix in (".c", ".h", ".wat", ".py"))
    return set(re.findall(r"[\w-]+", text))


def is_named(f, found):
    """As WIT has it, or as C does; a method by the part behind the dot."""
    short = f.name.split("]")[-1].split(".")[-1]
    return short in found or short.replace("-", "_") in found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--strict", action="append", default=[], help="the beginning of names of interfaces")
    parser.add_argument("files", nargs="+", help="WIT, those that others use first")
    options = parser.parse_args()
    found = words(options.root.resolve())
    names = {f"{i.full_name}#{f.name}": f for i in wit.read(options.files) for f in i.funcs}
    left = [name for name, f in names.items() if not is_named(f, found)]
    problems = [f"{name} is in no test" for name in left if name.startswith(tuple(options.strict))]
    sources.finish("check_wasi", problems, f"{len(names)} functions, {len(names) - len(left)} tested, {len(left)} left")


if __name__ == "__main__":
    main()
