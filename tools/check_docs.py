#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks the documentation that a machine can check.

1. Every declaration that include/weir exports (WEIR_API) stands below a contract: a /** comment, directly or with
   other declarations in between (a group that one comment describes), but no empty line.
2. Every file of src/ and include/ begins with the licence line and says what it owns.
3. Relative links in Markdown files lead to something, and so do their anchors' files.
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


def check_contracts(root):
    for header in sorted((root / "include" / "weir").glob("*.h")):
        for line, declaration in undocumented(header.read_text()):
            yield f"{header.relative_to(root)}:{line}: no contract above: {declaration.strip()}"


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
    problems = [*check_contracts(root), *check_heads(root), *check_links(root)]
    sources.finish("check_docs", problems, "contracts, file heads and links")


if __name__ == "__main__":
    sys.exit(main())
