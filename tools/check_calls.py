#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks that modules (x.c of a folder of src/) do not need each other in a circle.

Reads the built objects with nm: a module needs those that define what it leaves undefined. Headers are check_layers.py's;
here it is the calls. Circles that are meant stand in tools/calls_allow.txt as `folder/a folder/b`, with a reason, and an
entry for which there is no circle any more is an error too.
"""
import argparse
import pathlib
import re
import subprocess
import sys

import check_layers
import sources

OBJECT = re.compile(r"/weir-\w+\.dir/src/(?P<module>.+)\.c\.o$")
LINE = re.compile(r"^(?P<object>.+?):(?:[0-9a-f]+)? +(?P<kind>[A-Za-z]) (?P<symbol>\S+)$")


def read_symbols(objects):
    """The symbols that each module defines for others, and those that it wants."""
    defines, wants = {}, {}
    for start in range(0, len(objects), 200):
        command = ["nm", "-A", *objects[start:start + 200]]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"check_calls: nm failed\n{done.stderr}")
        for line in done.stdout.splitlines():
            match = LINE.match(line)
            if not match:
                continue
            module = OBJECT.search(match["object"])["module"]
            if match["kind"] == "U":
                wants.setdefault(module, set()).add(match["symbol"])
            elif match["kind"].isupper():
                defines[match["symbol"]] = module
    return defines, wants


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--build", type=pathlib.Path, required=True, help="a build folder, such as build/asan")
    options = parser.parse_args()
    found = [path for path in (options.build / "CMakeFiles").glob("weir-*.dir/src/**/*.o") if OBJECT.search(path.as_posix())]
    objects = sorted(path.as_posix() for path in found
                     if (options.root / "src" / (OBJECT.search(path.as_posix())["module"] + ".c")).is_file())
    if not objects:
        sys.exit(f"check_calls: {options.build} has no objects of src/; build first")
    defines, wants = read_symbols(objects)
    graph = {module: {defines[symbol] for symbol in symbols if symbol in defines} - {module}
             for module, symbols in wants.items()}
    allowed = sources.exceptions(options.root / "tools" / "calls_allow.txt")
    circles = {" ".join(circle) for circle in check_layers.components(graph)}
    problems = [f"modules call each other in a circle: {circle}" for circle in sorted(circles - allowed)]
    problems += [f"tools/calls_allow.txt: there is no such circle: {entry}" for entry in sorted(allowed - circles)]
    sources.finish("check_calls", problems, f"{len(objects)} modules, {len(circles)} circles that are meant")


if __name__ == "__main__":
    main()
