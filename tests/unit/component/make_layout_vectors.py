#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes layout_vectors.inc: random types with what the specification's own definitions say of their layout.

Usage: make_layout_vectors.py <CanonicalABI.md>

A type is written in prefix notation: b bool, 1 2 4 8 unsigned integers of so many bytes, f d floats, c char, s string,
h an error-context, L(t) list, A<n>(t) fixed list, M(kv) map, R(tt...) record, T(tt...) tuple, V(t_...) variant with _
for no payload, O(t) option, Q(t_) result, E<n>; enum, G<n>; flags, S(t) stream.
"""

import math
import pathlib
import random
import re
import sys
from dataclasses import dataclass, make_dataclass

HERE = pathlib.Path(__file__).parent


def definitions(path):
    """The layout and flattening functions, with classes for the types that they match on."""
    code = "\n".join(re.findall(r"```python\n(.*?)```", pathlib.Path(path).read_text(), flags=re.S))
    names = "despecialize alignment alignment_list alignment_record alignment_variant discriminant_type"
    names += " max_case_alignment alignment_flags elem_size elem_size_list elem_size_record align_to elem_size_variant"
    names += " elem_size_flags ptr_size flatten_functype flatten_types flatten_type flatten_list flatten_record"
    names += " flatten_variant join"
    space = {"math": math, "MAX_FLAT_PARAMS": 16, "MAX_FLAT_ASYNC_PARAMS": 4, "MAX_FLAT_RESULTS": 1}
    for kind in "Bool S8 U8 S16 U16 S32 U32 S64 U64 F32 F64 Char String ErrorContext".split():
        space[kind + "Type"] = make_dataclass(kind + "Type", [])
    shapes = {"Own": "rt", "Borrow": "rt", "Stream": "t", "Future": "t", "List": "t l", "Record": "fields"}
    shapes |= {"Tuple": "ts", "Variant": "cases", "Enum": "labels", "Option": "t", "Result": "ok error"}
    shapes |= {"Flags": "labels", "Map": "k v", "Field": "label t", "Case": "label t", "CoreFunc": "params results"}
    for kind, fields in shapes.items():
        space[kind + "Type"] = make_dataclass(kind + "Type", fields.split())
    space["ListType"] = make_dataclass("ListType", [("t", object), ("l", object, None)])
    for name in names.split():
        found = re.search(rf"^def {name}\(.*?(?=^\S|\Z)", code, flags=re.S | re.M)
        exec(found.group(0), space)
    return space


@dataclass
class Memory:
    ptr: str

    def ptr_type(self):
        return self.ptr


@dataclass
class Options:
    memory: Memory
    async_: bool = False
    callback: object = None


PRIMITIVES = {"b": "Bool", "1": "U8", "2": "U16", "4": "U32", "8": "U64", "f": "F32", "d": "F64", "c": "Char"}
PRIMITIVES |= {"s": "String", "h": "ErrorContext"}


class Maker:
    def __init__(self, space):
        self.space = space

    def __getattr__(self, kind):
        return self.space[kind + "Type"]

    def many(self, depth, low, high):
        made = [self.make(depth - 1) for _ in range(random.randint(low, high))]
        return "".join(n for n, _ in made), [t for _, t in made]

    def make(self, depth):
        if depth == 0 or random.random() < 0.3:
            letter = random.choice(list(PRIMITIVES))
            return letter, getattr(self, PRIMITIVES[letter])()
        return getattr(self, "make_" + random.choice("list array map record tuple variant option result enum flags stream".split()))(depth)

    def make_list(self, depth):
        n, t = self.make(depth - 1)
        return f"L({n})", self.List(t)

    def make_array(self, depth):
        n, t = self.make(depth - 1)
        count = random.randint(1, 5)
        return f"A{count}({n})", self.List(t, count)

    def make_map(self, depth):
        (n, k), (m, v) = self.make(0), self.make(depth - 1)
        return f"M({n}{m})", self.Map(k, v)

    def make_record(self, depth):
        n, ts = self.many(depth, 1, 5)
        return f"R({n})", self.Record([self.Field(str(i), t) for i, t in enumerate(ts)])

    def make_tuple(self, depth):
        n, ts = self.many(depth, 1, 5)
        return f"T({n})", self.Tuple(ts)

    def payload(self, depth):
        return ("_", None) if random.random() < 0.3 else self.make(depth - 1)

    def make_variant(self, depth):
        made = [self.payload(depth) for _ in range(random.randint(1, 4))]
        return "V(" + "".join(n for n, _ in made) + ")", self.Variant([self.Case(str(i), t) for i, (_, t) in enumerate(made)])

    def make_option(self, depth):
        n, t = self.make(depth - 1)
        return f"O({n})", self.Option(t)

    def make_result(self, depth):
        (n, ok), (m, error) = self.payload(depth), self.payload(depth)
        return f"Q({n}{m})", self.Result(ok, error)

    def make_enum(self, depth):
        count = random.choice([1, 2, 255, 256, 257, 300])
        return f"E{count};", self.Enum([str(i) for i in range(count)])

    def make_flags(self, depth):
        count = random.choice([1, 7, 8, 9, 16, 17, 32])
        return f"G{count};", self.Flags([str(i) for i in range(count)])

    def make_stream(self, depth):
        n, t = self.make(depth - 1)
        return f"S({n})", self.Stream(t)


def letters(types):
    return "".join({"i32": "i", "i64": "l", "f32": "f", "f64": "d"}[t] for t in types)


def main():
    random.seed(1)
    space = definitions(sys.argv[1])
    maker = Maker(space)
    rows = []
    seen = set()
    while len(rows) < 400:
        name, t = maker.make(4)
        if name in seen or len(name) > 90:
            continue
        seen.add(name)
        row = [f'"{name}"']
        for ptr in ("i32", "i64"):
            flat = space["flatten_type"](t, Options(Memory(ptr)))
            row.append(f'{{{space["elem_size"](t, ptr)}, {space["alignment"](t, ptr)}, "{letters(flat) if len(flat) <= 16 else "*"}"}}')
        rows.append("    {" + row[0] + ", {" + ", ".join(row[1:]) + "}},")
    out = ["/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */"]
    out += ["/* Made by make_layout_vectors.py; do not edit. */", "/* clang-format off */"]
    out += ["static const struct layout_vector layout_vectors[] = {", *rows, "};", "/* clang-format on */"]
    (HERE / "layout_vectors.inc").write_text("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
