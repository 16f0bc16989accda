#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks (or with --fix restores) the format of all C sources, with the clang-format that tools/requirements.txt pins.

clang-format leaves two choices to the writer, and the project has one answer to each: a pointer is tested as a truth
value (`if (p)`, `!p`; `!!p` where a number is wanted), never compared with NULL, and sizeof has parentheses.

Paths in tools/format_skip.txt (a file, or a folder with a final slash; each with a reason) are left alone. Without the
pinned clang-format in build/venv this fails: a check that cannot run has not passed.
"""
import argparse
import pathlib
import re
import subprocess
import sys

import sources


def pinned_version(root):
    text = (root / "tools" / "requirements.txt").read_text()
    return re.search(r"^clang-format==(\S+)$", text, re.MULTILINE).group(1)


def find_program(root):
    program, version = root / "build" / "venv" / "bin" / "clang-format", pinned_version(root)
    if not program.is_file():
        sys.exit(f"check_format: clang-format {version} is not in build/venv. Run `tools/setup.sh --check`, which "
                 "installs it with pip; it needs the network the first time.")
    found = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    if version not in found:
        sys.exit(f"check_format: build/venv has {found.strip()}, not {version}. Run `tools/setup.sh --check`.")
    return program


def selected(root):
    skip = sources.exceptions(root / "tools" / "format_skip.txt")
    for path in sources.c_files(root, "src", "include", "tests", "examples", "bench"):
        name = path.relative_to(root).as_posix()
        if not any(name == entry or (entry.endswith("/") and name.startswith(entry)) for entry in skip):
            yield path


def unformatted(program, files):
    """Those of the files that clang-format would change: it names each in a warning for every place."""
    done = subprocess.run([program, "--style=file", "--dry-run", *files], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"check_format: clang-format failed\n{done.stderr}")
    named = set(re.findall(r"^(.+?):\d+:\d+: warning: .*-Wclang-format-violations", done.stderr, re.MULTILINE))
    return sorted(named)


def foreign_dialect(root, files):
    """The places where a pointer is compared with NULL, or sizeof stands without parentheses."""
    for path in files:
        for number, line in enumerate(sources.strip_comments(path.read_text()).splitlines(), 1):
            where = f"{path.relative_to(root)}:{number}"
            if re.search(r"[!=]= *NULL\b|\bNULL [!=]=", line):
                yield f"{where}: a pointer is compared with NULL (write `p` or `!p`)"
            if re.search(r"\bsizeof [^(]", line):
                yield f"{where}: sizeof without parentheses"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--fix", action="store_true", help="format in place")
    options = parser.parse_args()
    root = options.root.resolve()
    program, files = find_program(root), list(selected(root))
    if options.fix and files:
        subprocess.run([program, "--style=file", "-i", *files], check=True)
        return
    problems = [f"{pathlib.Path(name).relative_to(root)}: not formatted (make format)"
                for name in (unformatted(program, files) if files else ())]
    problems += foreign_dialect(root, files)
    sources.finish("check_format", problems, f"{len(files)} files")


if __name__ == "__main__":
    main()
