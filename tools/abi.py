#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The binary interface of the shared library, as the public headers have it.

    abi.py check      compares it with tools/abi.txt, which is committed: nobody changes it without a line in a review
    abi.py renew      writes tools/abi.txt anew (`make abi`)
    abi.py map FILE   writes the linker's version script

tools/abi.txt has a line for each exported function with its version node, each type of callback, each struct with the
sizes and places of its members, and each enumerator. A function of the stable ring keeps the node of the version that
had it first (WEIR_0.1), so a program that needs a later one says so to the dynamic linker. Functions of the unstable
ring are in WEIR_UNSTABLE.

The headers are read after the C preprocessor; what a header declares in a form that is not known here is an error.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

MARK = "weir_exported"
HEAD = """\
# The binary interface of the shared library: tools/abi.py, which writes this file (`make abi`) and compares it with the
# headers. Sizes and places are in bytes, on x86-64. From 1.0 on, lines of the stable ring are only added.
"""
LINE_MARKER = re.compile(r'^# \d+ "(?P<file>[^"]*)"')
ENUM = re.compile(r"^(?:typedef )?enum (?:(?P<name>\w+) )?\{(?P<body>.*)\}(?: \w+)?$")
STRUCT = re.compile(r"^(?:typedef )?struct (?P<name>\w+) \{(?P<body>.*)\}(?: \w+)?$")
INNER = re.compile(r"^(?:struct|union)(?: \w+)? \{(?P<body>.*)\} (?P<name>\w+)$")
OPAQUE = re.compile(r"^(?:typedef )?(?:struct|union) \w+(?: \w+)?$")
FUNCTION = re.compile(rf"^{MARK} (?P<result>.*?)\b(?P<name>weir_\w+)\((?P<params>.*)\)$")
CALLBACK = re.compile(r"^typedef (?P<result>.*?)\(\*(?P<name>\w+)\)\((?P<params>.*)\)$")
MEMBER_OF_FUNCTION = re.compile(r"^(?P<result>[^(]*)\(\*(?P<name>\w+)\)\(")


class Interface:
    """What the headers declare; `functions` has (name, ring, declaration)."""

    def __init__(self):
        self.functions, self.callbacks, self.structs, self.enums = [], [], {}, {}

    def add(self, declaration, ring):
        enum, struct = ENUM.match(declaration), STRUCT.match(declaration)
        function, callback = FUNCTION.match(declaration), CALLBACK.match(declaration)
        if enum:
            self.enums.setdefault(enum["name"] or "", []).extend(part.split("=")[0].strip() for part in split(enum["body"], ","))
        elif struct:
            self.structs[struct["name"]] = list(members(struct["body"]))
        elif function:
            self.functions.append((function["name"], ring, f"{function['result'].strip()} ({function['params']})"))
        elif callback:
            self.callbacks.append((callback["name"], f"{callback['result'].strip()} (*)({callback['params']})"))
        elif not OPAQUE.match(declaration):
            sys.exit(f"abi: cannot read this declaration: {declaration}")


def split(text, separator):
    """The parts of a text between separators that are in no brackets."""
    parts, depth, begin = [], 0, 0
    for i, c in enumerate(text):
        depth += (c in "({[") - (c in ")}]")
        if c == separator and depth == 0:
            parts.append(text[begin:i].strip())
            begin = i + 1
    return [part for part in [*parts, text[begin:].strip()] if part]


def members(body, prefix=""):
    """A struct's members, those of inner structs too: (name as offsetof() takes it, declaration)."""
    for declaration in split(body, ";"):
        inner, of_function = INNER.match(declaration), MEMBER_OF_FUNCTION.match(declaration)
        if inner:
            yield prefix + inner["name"], declaration.split()[0]
            yield from members(inner["body"], f"{prefix}{inner['name']}.")
        elif of_function:
            yield prefix + of_function["name"], declaration
        else:
            for part in split(declaration, ","):
                yield prefix + re.search(r"(\w+)(?:\[[^]]*\])*$", part)[1], declaration


def declarations(options):
    """Each declaration of the public headers on one line, with the header's name."""
    headers = sorted((options.root / "include" / "weir").glob("*.h"))
    source = "".join(f'#include "weir/{header.name}"\n' for header in headers)
    command = [options.cc, "-E", "-x", "c", "-std=c11", f"-DWEIR_API={MARK}", f"-I{options.root / 'include'}", "-"]
    done = subprocess.run(command, input=source, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"abi: {done.stderr}")
    texts, current = {}, None
    for line in done.stdout.splitlines():
        marker = LINE_MARKER.match(line)
        if marker:
            path = pathlib.Path(marker["file"])
            current = path.name if path.parent.name == "weir" and path.suffix == ".h" else None
        elif current:
            texts.setdefault(current, []).append(line)
    for name, lines in texts.items():
        text = " ".join(" ".join(lines).split()).replace("_Bool", "bool")
        for declaration in split(text, ";"):
            yield name, declaration


def read_headers(options):
    interface = Interface()
    for header, declaration in declarations(options):
        text = (options.root / "include" / "weir" / header).read_text()
        interface.add(declaration, "unstable" if " * Unstable ring." in text else "stable")
    return interface


def version_node(options):
    text = (options.root / "include" / "weir" / "version.h").read_text()
    major, minor = (re.search(rf"WEIR_VERSION_{part} (\d+)", text)[1] for part in ("MAJOR", "MINOR"))
    return f"WEIR_{major}.{minor}"


def committed(options):
    path = options.root / "tools" / "abi.txt"
    lines = path.read_text().splitlines() if path.is_file() else []
    return [line for line in lines if line and not line.startswith("#")]


def nodes(options, interface):
    """The version node of each function: the one that it has already, or that of this version."""
    known = dict(re.match(r"function (\w+) in (\S+):", line).groups() for line in committed(options)
                 if line.startswith("function "))
    new, found = version_node(options), {}
    for name, ring, _ in interface.functions:
        node = known.get(name, new)
        found[name] = "WEIR_UNSTABLE" if ring == "unstable" else new if node == "WEIR_UNSTABLE" else node
    return found


def layout_program(options, interface):
    yield "#include <stddef.h>\n#include <stdio.h>\n"
    yield from (f"#include <weir/{header.name}>\n" for header in (options.root / "include" / "weir").glob("*.h"))
    yield "int main(void) {\n"
    for name, names in sorted(interface.structs.items()):
        yield f'  printf("struct {name}: %zu bytes\\n", sizeof({name}));\n'
        for member, declaration in names:
            yield (f'  printf("member {name}.{member}: at %zu, %zu bytes: {declaration}\\n", '
                   f"offsetof({name}, {member}), sizeof((({name} *)0)->{member}));\n")
    for name, names in sorted(interface.enums.items()):
        if name:
            yield f'  printf("enum {name}: %zu bytes\\n", sizeof({name}));\n'
        yield from (f'  printf("enumerator {name}{"." if name else ""}{one}: %lld\\n", (long long){one});\n' for one in names)
    yield "}\n"


def layouts(options, interface):
    with tempfile.TemporaryDirectory() as folder:
        source, program = pathlib.Path(folder) / "layout.c", pathlib.Path(folder) / "layout"
        source.write_text("".join(layout_program(options, interface)))
        command = [options.cc, "-std=c11", f"-I{options.root / 'include'}", source, "-o", program]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"abi: {done.stderr}")
        return subprocess.run([program], capture_output=True, text=True, check=True).stdout.splitlines()


def describe(options):
    """The lines of tools/abi.txt, as the headers are now."""
    interface = read_headers(options)
    node = nodes(options, interface)
    yield from sorted(f"function {name} in {node[name]}: {text}" for name, _, text in interface.functions)
    yield from sorted(f"callback {name}: {text}" for name, text in interface.callbacks)
    yield from layouts(options, interface)


def check(options):
    new, old = list(describe(options)), committed(options)
    problems = [f"- {line}" for line in old if line not in set(new)] + [f"+ {line}" for line in new if line not in set(old)]
    if not problems and new != old:
        problems.append("tools/abi.txt has its lines in another order")
    print("\n".join(problems))
    if problems:
        sys.exit(f"abi: {len(problems)} lines differ between tools/abi.txt (-) and the headers (+); where that is meant, "
                 "`make abi` writes it anew, and CHANGELOG.md says so")
    print(f"abi: {len(new)} lines, as in tools/abi.txt")


def version_script(options):
    interface = read_headers(options)
    node = nodes(options, interface)
    yield "# What the shared library exports: written by tools/abi.py from the headers.\n"
    local = "  local: *;\n"
    for one in sorted(set(node.values())):
        names = sorted(name for name in node if node[name] == one)
        yield f"{one} {{\n  global:\n" + "".join(f"    {name};\n" for name in names) + local + "};\n"
        local = ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--cc", default="cc")
    parser.add_argument("what", choices=("check", "renew", "map"))
    parser.add_argument("out", type=pathlib.Path, nargs="?")
    options = parser.parse_args()
    if options.what == "check":
        check(options)
    elif options.what == "renew":
        (options.root / "tools" / "abi.txt").write_text(HEAD + "".join(f"{line}\n" for line in describe(options)))
    elif options.out:
        options.out.write_text("".join(version_script(options)))
    else:
        parser.error("map needs a file")


if __name__ == "__main__":
    main()
