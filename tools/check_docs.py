#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks the documentation that a machine can check.

1. Every declaration that include/weir exports (WEIR_API) stands below a contract: a /** comment, directly or with
   other declarations in between (a group that one comment describes), but no empty line.
   The contract says what can go wrong (a function that returns weir_status names a WEIR_ERR_ or another function that
   it fails like), who owns what comes out, and the header or the contract which thread may call. A header
   that says "there is nothing to free" has said the second of all constant objects that it returns.
2. C code in README.md and docs/embedding.md stands word by word in a program of examples/, which the tests run.
3. Every file of src/ and include/ begins with the licence line and says what it owns.
4. Relative links in Markdown files lead to something, and so do their anchors' files.
5. docs/names.md: the symbols that it names are in the files that it names; and where the specification is beside its
   tests, every class, method, function, state and constant of its code has a row, and so has no other name.
6. The limits of src/base/limits.def are the members of weir_store_config that begin with max_, with the same usual values,
   and stand in the table of docs/record.md.
"""
import argparse
import importlib.util
import pathlib
import re
import sys

import sources

LICENCE = "SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception"
LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)")


def undocumented(text):
    """(line, declaration) of each exported declaration without a contract above it."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if not line.startswith("WEIR_API "):
            continue
        above = number - 1
        while above >= 0 and lines[above].strip() and not lines[above].rstrip().endswith("*/"):
            above -= 1
        if above < 0 or not lines[above].rstrip().endswith("*/"):
            yield number + 1, line
            continue
        while above >= 0 and "/*" not in lines[above]:
            above -= 1
        if not lines[above].lstrip().startswith("/**"):
            yield number + 1, line


CONTRACT = re.compile(r"/\*\*(?P<words>(?:(?!\*/).)*)\*/\n(?P<declarations>(?:[^\n]+\n)*?)(?=\n|/\*|#|\Z)", re.DOTALL)
DECLARATION = re.compile(r"WEIR_API (?P<type>[^;(]*?)(?P<name>weir_\w+)\((?P<parameters>[^;]*)\);", re.DOTALL)
OWNERS = re.compile(r"\b(own|owns|owned|owner|caller|hold|released|lives?|dead|static)\b|weir_\w+\(\)", re.IGNORECASE)
ERRORS = re.compile(r"WEIR_ERR_|weir_\w+\(\)|\bthe same\b|\bthe status that\b", re.IGNORECASE)


def gives_objects(declaration):
    """Whether something comes out that somebody has to own: an object behind a pointer, other than an error."""
    returned = declaration["type"].replace("const", "").strip()
    outputs = re.findall(r"(\w+) \*\*ret", declaration["parameters"])
    return returned.endswith("*") or any(output != "weir_error" for output in outputs)


def silent_contracts(text):
    """(what is not said, name) of each function whose contract leaves something open."""
    top = re.search(r"/\*\*.*?\*/", text, re.DOTALL)
    about_threads = top is not None and "thread" in top[0].lower()
    borrows = top is not None and "nothing to free" in " ".join(top[0].split())
    for contract in CONTRACT.finditer(text):
        words = contract["words"]
        for declaration in DECLARATION.finditer(contract["declarations"]):
            if declaration["type"].strip() == "weir_status" and not ERRORS.search(words):
                yield "which errors", declaration["name"]
            borrowed = borrows and declaration["type"].startswith("const ")
            if gives_objects(declaration) and not borrowed and not OWNERS.search(words):
                yield "who owns what comes out", declaration["name"]
            if not about_threads and "thread" not in words.lower():
                yield "which thread may call it", declaration["name"]


def check_contracts(root):
    for header in sorted((root / "include" / "weir").glob("*.h")):
        text, shown = header.read_text(), header.relative_to(root)
        for line, declaration in undocumented(text):
            yield f"{shown}:{line}: no contract above: {declaration.strip()}"
        for what, name in silent_contracts(text):
            yield f"{shown}: the contract of {name}() does not say {what}"


def check_lessons(root):
    programs = [path.read_text() for path in (root / "examples").glob("*.c")]
    for name in ("README.md", "docs/embedding.md"):
        page = root / name
        for code in re.findall(r"```c\n(.*?)```", page.read_text(), re.DOTALL) if page.exists() else []:
            if not any(code in program for program in programs):
                yield f"{name}: no example has this code: {code.splitlines()[0]} ..."


def check_heads(root):
    for path in sources.c_files(root, "src", "include"):
        lines = path.read_text().splitlines()
        shown = path.relative_to(root)
        if not lines or LICENCE not in lines[0]:
            yield f"{shown}:1: the first line is not the licence line"
        elif len(lines) < 2 or not lines[1].lstrip().startswith(("/*", "//")):
            yield f"{shown}:2: nothing says what the file owns"


def check_links(root):
    for page in sorted(root.rglob("*.md")):
        shown = page.relative_to(root)
        if shown.parts[0].startswith(("build", ".")):
            continue
        text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
        for target in LINK.findall(text):
            file = target.partition("#")[0]
            if re.match(r"[a-z]+:", target) or not file:
                continue
            if not (page.parent / file).exists():
                yield f"{shown}: the link {target} leads nowhere"


LIMIT = re.compile(r'^(?:RUNTIME|ENGINE)_LIMIT\((\w+), \w+, (\d+), "([a-z-]+)"\)$', re.MULTILINE)


def in_words(usual):
    return {0: "no limit", 1 << 30: "1 GiB"}.get(usual, f"{usual:,}")


def check_limits(root):
    table, header = root / "src/base/limits.def", root / "include/weir/limits.h"
    if not table.exists():
        return
    members = dict(re.findall(r"^  uint\d+_t max_(\w+);\s*/\*\*< (.*?) \*/$", header.read_text(), re.MULTILINE))
    page = (root / "docs/record.md").read_text()
    for name, usual, field in LIMIT.findall(table.read_text()):
        words = in_words(int(usual))
        if int(usual) and f"0: {words}" not in members.get(name, ""):
            yield f"include/weir/limits.h: max_{name} does not say `0: {words}`, as src/base/limits.def has it"
        row = f"| `{field}` | `max_{name}` | {words} |"
        if row not in page:
            yield f"docs/record.md: its table of limits has no row `{row}`"
        members.pop(name, None)
    for name in members:
        yield f"src/base/limits.def: max_{name} of weir_store_config is missing"


ROW = re.compile(r"^\| (?P<names>[^|]+) \| (?P<places>[^|]+) \|", re.MULTILINE)
PLACE = re.compile(r"`(?P<symbol>\w+)` in (?P<path>[\w/]+\.\w+)")


def specified_names(text):
    """What the Python of the specification defines: `Class`, `Class.method`, `Class.STATE`, `function`, `CONSTANT`."""
    owner = None
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        for line in block.splitlines():
            outer = re.match(r"(class|def) (\w+)|([A-Z][A-Z_]+) = ", line)
            inner = re.match(r"  (?:class|def) ([A-Za-z]\w*)| {4}([A-Z][A-Z_]+) = |  ([A-Z][A-Z_]+)\s*[:=] ", line)
            if outer:
                owner = outer[2] if outer[1] == "class" else None
                yield outer[2] or outer[3]
            elif line and not line.startswith(" "):
                owner = None
            elif owner and inner:
                yield f"{owner}.{inner[1] or inner[2] or inner[3]}"


def check_places(root, text):
    for row in ROW.finditer(text):
        for place in PLACE.finditer(row[0]):
            file = root / "src" / place["path"]
            if not file.is_file():
                yield f"docs/names.md: there is no src/{place['path']}"
            elif not re.search(rf"\b{place['symbol']}\b", file.read_text()):
                yield f"docs/names.md: src/{place['path']} has no {place['symbol']}"


def check_names(root, specification):
    page = root / "docs" / "names.md"
    if not page.is_file():
        return
    text = page.read_text()
    yield from check_places(root, text)
    canonical = specification / "CanonicalABI.md"
    if not canonical.is_file():
        print(f"check_docs: docs/names.md is not compared with the specification: there is no {canonical}")
        return
    wanted = set(specified_names(canonical.read_text()))
    of_the_text = text.split("\n## Concepts", maxsplit=1)[0]
    listed = [name for row in ROW.finditer(of_the_text) for name in re.findall(r"`([\w.]+)`", row["names"])]
    yield from (f"docs/names.md lacks {name} of CanonicalABI.md" for name in sorted(wanted - set(listed)))
    yield from (f"docs/names.md: CanonicalABI.md has no {name}" for name in sorted(set(listed) - wanted))
    yield from (f"docs/names.md has {name} twice" for name in sorted({n for n in listed if listed.count(n) > 1}))


def find_specification():
    """The folder above the specification's tests, which tests/spec/run.py finds."""
    script = pathlib.Path(__file__).resolve().parent.parent / "tests" / "spec" / "run.py"
    spec = importlib.util.spec_from_file_location("spec_run", script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.find_corpus().parent


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--specification", type=pathlib.Path, default=find_specification())
    options = parser.parse_args()
    root = options.root.resolve()
    problems = [*check_contracts(root), *check_lessons(root), *check_heads(root), *check_links(root),
                *check_names(root, options.specification), *check_limits(root)]
    sources.finish("check_docs", problems, "contracts, lessons, file heads, links, names and limits")


if __name__ == "__main__":
    sys.exit(main())
