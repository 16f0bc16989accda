# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the checks have in common: which files there are, and how an exception is written down.

An exception file has lines `<what>  # <reason>`; a line without a reason is an error.
"""
import pathlib
import re
import sys

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


def layers():
    """The folders of src/ by tools/layers.txt: a list a layer, lowest first."""
    lines = (pathlib.Path(__file__).resolve().parent / "layers.txt").read_text().splitlines()
    return [line.split() for line in lines if line and not line.startswith("#")]


def c_files(root, *folders):
    """All .c and .h files below the given folders of root, sorted."""
    found = []
    for folder in folders:
        for pattern in ("*.c", "*.h"):
            found += (root / folder).rglob(pattern)
    return sorted(found)


def strip_comments(text):
    """The text without comments, and with empty string literals; line numbers stay."""
    pattern = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)

    def replace(match):
        token = match.group()
        if token.startswith("/"):
            return "\n" * token.count("\n") or " "
        return '""' if token.startswith('"') else "' '"

    return pattern.sub(replace, text)


def includes(text):
    """The names included, as (name, is_angled, line)."""
    bare = re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group().count("\n"), text, flags=re.DOTALL)
    return [(m.group(2), m.group(1) == "<", bare.count("\n", 0, m.start(2)) + 1) for m in INCLUDE.finditer(bare)]


def exceptions(path):
    """The entries of an exception file; a missing file has none."""
    entries = set()
    if not path.is_file():
        return entries
    for number, line in enumerate(path.read_text().splitlines(), 1):
        what, _, reason = line.partition("#")
        if not what.strip():
            continue
        if not reason.strip():
            sys.exit(f"{path}:{number}: an exception needs a reason: <what>  # <reason>")
        entries.add(" ".join(what.split()))
    return entries


def finish(name, problems, what):
    """Prints the problems and ends the program."""
    for problem in problems:
        print(problem)
    if problems:
        sys.exit(f"{name}: {len(problems)} problems")
    print(f"{name}: {what}")
