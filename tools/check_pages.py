#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks (or with --fix restores) what is printed from the tables of the commands: man/weir.1, and the tables of options
and exit codes in docs/cli.md, which stand between <!-- weir help ... --> and <!-- end -->.
"""
import argparse
import pathlib
import re
import subprocess

import sources

MARKED = re.compile(r"(<!-- weir (help --markdown[^\n]*?) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def printed(weir, *arguments):
    return subprocess.run([weir, *arguments], capture_output=True, text=True, check=True).stdout


def docs_page(weir, text):
    return MARKED.sub(lambda m: m.group(1) + printed(weir, *m.group(2).split()) + m.group(4), text)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--weir", required=True, help="the command")
    parser.add_argument("--fix", action="store_true")
    options = parser.parse_args()
    docs = options.root / "docs" / "cli.md"
    wanted = {options.root / "man" / "weir.1": printed(options.weir, "help", "--man"),
              docs: docs_page(options.weir, docs.read_text())}
    problems = []
    if len(MARKED.findall(docs.read_text())) < 2:
        problems.append(f"{docs}: the marks `<!-- weir help --markdown COMMAND -->` are missing")
    for path, text in wanted.items():
        if path.read_text() == text:
            continue
        if options.fix:
            path.write_text(text)
        else:
            problems.append(f"{path}: not what the tables in src/cli say; `make pages` writes it anew")
    sources.finish("check_pages", problems, f"{len(wanted)} pages as the tables say")


if __name__ == "__main__":
    main()
