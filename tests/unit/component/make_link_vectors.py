#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Turns link_vectors.wat into link_vectors.inc and the corpus of fuzz_link, with large ones of its own making.

Usage: make_link_vectors.py <command>, where `<command> <text file> <binary file>` turns the text format into binary
without validating it (such as `wasm-tools parse -o`, with its arguments turned round).
"""

import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
CORPUS = HERE.parent.parent / "fuzz" / "corpus" / "link"
CORPUS_LIMIT = 2048


def doubling(levels):
    """Each component instantiates the one before it twice."""
    body = ["(component $c0)"]
    for i in range(1, levels + 1):
        body.append(f"(component $c{i} (instance (instantiate $c{i - 1})) (instance (instantiate $c{i - 1})))")
    return "(component " + "\n".join(body) + f"(instance (instantiate $c{levels})))"


def chain(levels):
    """The same, once: deep, not wide."""
    body = ["(component $c0)"]
    for i in range(1, levels + 1):
        body.append(f"(component $c{i} (instance (instantiate $c{i - 1})))")
    return "(component " + "\n".join(body) + f"(instance (instantiate $c{levels})))"


def doubling_types(levels):
    """An imported instance type that holds the one before it twice."""
    body = ["(type $t0 (instance))"]
    for i in range(1, levels + 1):
        body.append(
            f'(type $t{i} (instance (alias outer 1 $t{i - 1} (type $u)) (export "a" (instance (type $u)))'
            f' (export "b" (instance (type $u)))))'
        )
    return "(component " + "\n".join(body) + f'(import "i" (instance (type $t{levels}))))'


def doubling_exports(levels):
    """An exported bag that holds the one before it twice."""
    body = ["(instance $i0)"]
    for i in range(1, levels + 1):
        body.append(f'(instance $i{i} (export "a" (instance $i{i - 1})) (export "b" (instance $i{i - 1})))')
    return "(component " + "\n".join(body) + f'(export "i" (instance $i{levels})))'


def deep_type(levels):
    """A list of lists."""
    body = ["(type $t0 (list u8))"] + [f"(type $t{i} (list $t{i - 1}))" for i in range(1, levels)]
    return "(component " + "\n".join(body) + ")"


def vectors():
    parts = re.split(r"^;;= (\S+)\n", (HERE / "link_vectors.wat").read_text(), flags=re.M)[1:]
    yield from zip(parts[::2], parts[1::2])
    yield "doubling", doubling(40)
    yield "chain-short", chain(60)
    yield "chain-long", chain(150)
    yield "doubling-types", doubling_types(40)
    yield "doubling-exports", doubling_exports(40)
    yield "deep-type-short", deep_type(99)
    yield "deep-type-long", deep_type(101)


def main():
    command = sys.argv[1:]
    CORPUS.mkdir(parents=True, exist_ok=True)
    out = [
        "/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */",
        "/* Made by make_link_vectors.py from link_vectors.wat; do not edit. */",
        "/* clang-format off */",
    ]
    table = []
    with tempfile.TemporaryDirectory() as folder:
        text, binary = pathlib.Path(folder, "in.wat"), pathlib.Path(folder, "out.wasm")
        for name, source in vectors():
            text.write_text(source)
            subprocess.run([*command, str(text), str(binary)], check=True)
            data = binary.read_bytes()
            if len(data) < CORPUS_LIMIT:
                (CORPUS / f"{name}.wasm").write_bytes(data)
            ident = "vector_" + name.replace("-", "_")
            out.append(f"static const uint8_t {ident}[] = {{")
            for i in range(0, len(data), 24):
                out.append("    " + " ".join(f"{b}," for b in data[i : i + 24]))
            out.append("};")
            table.append(f'    {{"{name}", {ident}, sizeof({ident})}},')
    out += ["static const struct link_vector link_vectors[] = {", *table, "};", "/* clang-format on */"]
    (HERE / "link_vectors.inc").write_text("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
