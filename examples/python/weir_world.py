#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Asks a component what it is made of, as examples/world.c does, in Python with nothing but ctypes. A call of C is
expensive here, so the whole comes as JSON, in one.

    weir_world.py LIBWEIR.SO examples/guests/wat/shop.wat
"""
import ctypes
import json
import sys
from ctypes import byref, c_char_p, c_size_t, c_void_p


def world_of(path, source):
    """What weir_component_json() says of the component."""
    lib = ctypes.CDLL(path)
    lib.weir_error_message.restype = c_char_p
    engine, component, text, error = c_void_p(), c_void_p(), c_char_p(), c_void_p()

    def must(status):
        if status != 0:
            sys.exit(lib.weir_error_message(error).decode())

    must(lib.weir_engine_new(None, byref(engine), byref(error)))
    must(lib.weir_component_inspect(engine, source, c_size_t(len(source)), byref(component), byref(error)))
    must(lib.weir_component_json(component, byref(text), None, byref(error)))
    world = json.loads(text.value)
    lib.weir_text_free(text)
    lib.weir_component_free(component)
    lib.weir_engine_free(engine)
    return world


class World:
    def __init__(self, world):
        self.world, self.types, self.resources = world, world["types"], world["resource_types"]

    def type(self, ref):
        """A type where it is used: by name if it has one."""
        if not isinstance(ref, int):
            return ref or "_"
        entry = self.types[ref]
        if "name" in entry:
            return entry["name"]
        kind, parts = entry["kind"], [self.type(part["type"]) for part in entry.get("parts", [])]
        if kind == "option":
            parts = parts[1:]  # behind none
        if "resource" in entry:
            parts = [self.resources[entry["resource"]]["name"]]
        if entry.get("element") is not None:
            parts = [self.type(entry["element"])]
        return f"{kind}<{', '.join(parts)}>" if parts else kind

    def function(self, item):
        role = item["role"].replace("free", "func")
        name = item.get("member", "")
        if "resource" in item:
            name = ".".join(filter(None, (self.resources[item["resource"]]["name"], name)))
        params = ", ".join(f"{p['name']}: {self.type(p['type'])}" for p in item["params"])
        flat = "   (flat)" if item["flat"] else ""
        return (f"{'async ' if item['async'] else ''}{role} {name}({params})"
                f" -> {self.type(item['result'])}{flat}")

    def show(self, item, before):
        if item["kind"] == "func":
            print(before + self.function(item))
        elif item["kind"] == "type":
            entry = self.types[item["type_ref"]]
            print(f"{before}type {item['name']} = {entry['kind']}")
            for i, part in enumerate(entry.get("parts", [])):
                print(f"      {i} {part['name']}: {self.type(part['type'])}")
        else:
            print(f"{before}{item['kind']} {item['name']}")
        for part in item.get("items", []):
            self.show(part, "    ")


def main():
    with open(sys.argv[2], "rb") as file:
        world = World(world_of(sys.argv[1], file.read()))
    for item in world.world["imports"]:
        world.show(item, "import ")
    for item in world.world["exports"]:
        world.show(item, "export ")


if __name__ == "__main__":
    main()
