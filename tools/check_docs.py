#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks the documentation that a machine can check.

1. Every declaration that include/weir exports (WEIR_API) stands below a contract: a /** comment, directly or with
   other declarations in between (a group that one comment describes), but no empty line.
   The contract says what can go wrong (a function that returns weir_status names a WEIR_ERR_ or another function that
   it fails like), who owns what comes out, and the header or the contract which thread may call.
2. C code in docs/embedding.md stands word by word in a program of examples/, which the tests run.
3. Every file of src/ and include/ begins with the licence line and says what it owns.
4. Relative links in Markdown files lead to something, and so do their anchors' files.
"""
import argparse
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
    for contract in CONTRACT.finditer(text):
        words = contract["words"]
        for declaration in DECLARATION.finditer(contract["declarations"]):
            if declaration["type"].strip() == "weir_status" and not ERRORS.search(words):
                yield "which errors", declaration["name"]
            if gives_objects(declaration) and not OWNERS.search(words):
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
    page = root / "docs" / "embedding.md"
    programs = [path.read_text() for path in (root / "examples").glob("*.c")]
    for code in re.findall(r"```c\n(.*?)```", page.read_text(), re.DOTALL) if page.exists() else []:
        if not any(code in program for program in programs):
            yield f"docs/embedding.md: no example has this code: {code.splitlines()[0]} ..."


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


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    root = parser.parse_args().root.resolve()
    problems = [*check_contracts(root), *check_lessons(root), *check_heads(root), *check_links(root)]
    sources.finish("check_docs", problems, "contracts, lessons, file heads and links")


if __name__ == "__main__":
    sys.exit(main())
