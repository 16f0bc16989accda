#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks the comments of C sources.

1. No line with a comment goes beyond column 120.
2. A .c file of src/ with more than 150 lines opens with its own map: a comment of several lines that does not send the
   reader to another file first. Exceptions stand in tools/maps_allow.txt, with a reason.
3. Signposts are right: a file that a comment or a page of docs/ names is there, and so is a function(), or one that ends
   in _such_a_way(). In comments of the code also a struct.member, a ->member and a `name_of_words`. What belongs to
   others stands in tools/foreign_names.txt.
"""
import argparse
import pathlib
import re

import sources

WIDEST = 120
NEEDS_MAP = 150
COMMENT = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
FILE = re.compile(r"(?<![\w./*<-])((?:\w+/)*\w+\.(?:c|h|def|py|md|inc))(?![\w*])")
FUNCTION = re.compile(r"(?<![\w.>])([a-z_]\w+)\(\)")
MEMBER = re.compile(r"(?<![\w/.`\]])(\w+)\.([a-z_][a-z0-9_]*)\b(?!\()")
ARROW = re.compile(r"->([a-z_]\w*)")
QUOTED = re.compile(r"`([a-z][a-z0-9]*(?:_[a-z0-9]+)+)`")
STRUCT = re.compile(r"\b(?:struct|union)\s+(\w+)\s*\{")
SUFFIXES = {"c", "h", "def", "py", "md", "inc", "wat", "wit"}


def files_of(root, *folders):
    return sorted(path for folder in folders for suffix in ("c", "h", "def") for path in (root / folder).rglob(f"*.{suffix}"))


def comments(text):
    """(offset, comment) of each; strings are no comments."""
    return [(m.start(), m[0]) for m in COMMENT.finditer(text) if m[0].startswith("/")]


def members(code):
    """{struct: every word of its body}, of all structs that the code defines."""
    found = {}
    for match in STRUCT.finditer(code):
        depth, at = 1, match.end()
        while depth and at < len(code):
            depth += {"{": 1, "}": -1}.get(code[at], 0)
            at += 1
        found.setdefault(match[1], set()).update(re.findall(r"[A-Za-z_]\w*", code[match.end():at]))
    return found


def check_width(shown, text, found):
    lines = text.splitlines()
    for offset, comment in found:
        first = text.count("\n", 0, offset)
        for number in range(first, first + comment.count("\n") + 1):
            if len(lines[number]) > WIDEST:
                yield f"{shown}:{number + 1}: a comment goes beyond column {WIDEST}"


def check_map(shown, text, found, allowed):
    if text.count("\n") <= NEEDS_MAP:
        return
    head = found[1][1] if len(found) > 1 else ""
    good = head.count("\n") >= 2 and not re.match(r"/\*\s*(\*\s*)?See\b", head)
    if not good and shown not in allowed:
        yield f"{shown}: more than {NEEDS_MAP} lines, and no map at its head: what it owns, what holds, its parts in order"
    if good and shown in allowed:
        yield f"tools/maps_allow.txt: {shown} has a map now"


class Signposts:
    """What comments and pages may point to."""

    def __init__(self, root):
        self.files = {path.relative_to(root).as_posix() for path in root.rglob("*.*")
                      if not path.relative_to(root).parts[0].startswith(("build", "."))}
        texts = [path.read_text() for path in files_of(root, "src", "include", "tests", "examples", "bench", "bindings")]
        python = [path.read_text() for path in (root / "bindings").rglob("*.py")]
        code = "\n".join(map(sources.strip_comments, texts))
        self.words = set(re.findall(r"[A-Za-z_]\w*", "\n".join([code, *python])))
        self.members = members(code)
        # strings name members too: those of JSON
        self.quotable = {word for text in texts for token in COMMENT.findall(text) if token.startswith('"')
                         for word in re.findall(r"\w+", token)} | self.words
        self.foreign = sources.exceptions(root / "tools" / "foreign_names.txt")

    def wrong(self, text):
        for name in sorted(set(FILE.findall(text)) - self.foreign):
            if not any(file == name or file.endswith("/" + name) for file in self.files):
                yield f"names {name}, which is not there"
        for name in sorted(set(FUNCTION.findall(text)) - self.words - self.foreign):
            if not (name.startswith("_") and any(word.endswith(name) for word in self.words)):
                yield f"names {name}(), which is not there"

    def has_member(self, struct, member):
        """Comments say `store` for an rt_store or a weir_store too."""
        return any(member in self.members.get(name, ()) for name in (struct, f"rt_{struct}", f"weir_{struct}"))

    def wrong_members(self, comment):
        for struct, member in sorted(set(MEMBER.findall(comment))):
            if struct in self.members and member not in SUFFIXES and not self.has_member(struct, member):
                yield f"names {struct}.{member}, which is not there"
        for name in sorted(set(ARROW.findall(comment)) - self.words - self.foreign):
            yield f"names ->{name}, which is not there"
        for name in sorted(set(QUOTED.findall(comment)) - self.quotable - self.foreign):
            yield f"names `{name}`, which is not there"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    root = parser.parse_args().root.resolve()
    problems, signposts = [], Signposts(root)
    allowed = sources.exceptions(root / "tools" / "maps_allow.txt")
    files = files_of(root, "src", "include", "tests", "examples", "bench")
    for path in files:
        text, shown = path.read_text(), path.relative_to(root).as_posix()
        found = comments(text)
        problems += check_width(shown, text, found)
        if path.suffix == ".c" and shown.startswith("src/"):
            problems += check_map(shown, text, found, allowed)
        words = "\n".join(comment for _, comment in found)
        problems += (f"{shown}: a comment {wrong}" for wrong in [*signposts.wrong(words), *signposts.wrong_members(words)])
    for page in [*sorted((root / "docs").glob("*.md")), *sorted(root.glob("*.md"))]:
        shown = page.relative_to(root).as_posix()
        if shown != "CHANGELOG.md":
            problems += (f"{shown} {wrong}" for wrong in signposts.wrong(page.read_text()))
    sources.finish("check_comments", problems, f"{len(files)} files, {len(allowed)} of them still without a map")


if __name__ == "__main__":
    main()
