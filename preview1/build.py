#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes preview1.wasm: the component around programs of WASI preview 1, with an empty module in the program's place.

It is committed, so only who changes the adapter needs this, clang 14 with the wasm32 target and wasm-ld, and libweir as
a shared library, which knows text. What the adapter imports and exports decides what the component does: the imports are
written from src/wasi/wit.
"""
import argparse
import ctypes
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT / "tools"))
import wit  # noqa: E402

WIT = ["io", "clocks", "random", "cli", "filesystem"]  # those that others use first
VALUES = {0x7F: "i32", 0x7E: "i64"}
EMPTY = b"\0asm\1\0\0\0"
CORE_MODULE = 1  # a section of a component
DROP = "[resource-drop]"
COPIES = 8  # of the program's imports: it may import a function so often, each time from another module name


# --- binaries


class Cursor:
    def __init__(self, data, at=8):
        self.data, self.at = data, at

    def u32(self):
        value, shift = 0, 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7

    def bytes(self, size):
        self.at += size
        return self.data[self.at - size:self.at]

    def name(self):
        return self.bytes(self.u32()).decode()

    def sections(self):
        while self.at < len(self.data):
            kind = self.bytes(1)[0]
            yield kind, self.bytes(self.u32())


def leb(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def core_types(body):
    cursor = Cursor(body, 0)
    types = []
    for _ in range(cursor.u32()):
        assert cursor.bytes(1) == b"\x60"
        types.append(tuple([VALUES[v] for v in cursor.bytes(cursor.u32())] for _ in range(2)))
    return types


def read_adapter(data):
    """Imported functions as (module, name), and exported ones as name -> type."""
    types, imports, own, exports = [], [], [], {}
    for kind, body in Cursor(data).sections():
        cursor = Cursor(body, 0)
        if kind == 1:
            types = core_types(body)
        elif kind == 2:
            for _ in range(cursor.u32()):
                module, name, what = cursor.name(), cursor.name(), cursor.bytes(1)[0]
                if what == 0:
                    cursor.u32()
                    imports.append((module, name))
                else:  # the memory
                    flags = cursor.u32()
                    cursor.u32()
                    if flags & 1:
                        cursor.u32()
        elif kind == 3:
            own = [cursor.u32() for _ in range(cursor.u32())]
        elif kind == 7:
            for _ in range(cursor.u32()):
                name, what, index = cursor.name(), cursor.bytes(1)[0], cursor.u32()
                if what == 0:
                    exports[name] = types[own[index - len(imports)]]
    return imports, exports


# --- the component's imports


class Imports:
    """Instance types of the interfaces that are used, with the functions that are."""

    def __init__(self, interfaces, used):
        self.interfaces = {i.full_name: i for i in interfaces}
        self.wanted = {}
        self.text, self.lowered = [], []
        for module, name in used:
            self.want(self.interfaces[module]).append(name)
        for i in interfaces:
            if i.full_name in self.wanted:
                self.interface(i)

    def want(self, interface):
        return self.wanted.setdefault(interface.full_name, [])

    @staticmethod
    def id(interface):
        return f"{interface.package}-{interface.name}"

    def type(self, t):
        """A use of a type, as text; named types are defined where they are first used."""
        if t.kind in wit.PRIMITIVES:
            return t.kind
        if t.kind in ("own", "borrow"):
            return f"({t.kind} {self.named(t.named)})"
        if t.kind == "result":
            ok, error = t.of
            return f"(result{' ' + self.type(ok) if ok else ''}{f' (error {self.type(error)})' if error else ''})"
        if t.named:
            return self.named(t.named)
        return f"({t.kind} {' '.join(self.type(x) for x in t.of)})"

    def named(self, named):
        if named.name in self.known:
            return f"${named.name}"
        self.known.add(named.name)
        if named.interface is not self.at:
            self.want(named.interface)
            source = f"${self.id(named.interface)}-{named.name}"
            self.lines.append(f"(alias outer $root {source} (type $of-{named.name}))")
            self.outside.append(named)
        elif named.kind == "resource":
            self.lines.append(f'(export "{named.name}" (type ${named.name} (sub resource)))')
            return f"${named.name}"
        else:
            self.lines.append(f"(type $of-{named.name} {self.definition(named)})")
        self.lines.append(f'(export "{named.name}" (type ${named.name} (eq $of-{named.name})))')
        return f"${named.name}"

    def definition(self, named):
        if named.kind in ("enum", "flags"):
            return f"({named.kind} {' '.join(chr(34) + label + chr(34) for label, _ in named.fields)})"
        word = "field" if named.kind == "record" else "case"
        fields = " ".join(f'({word} "{label}"{" " + self.type(t) if t else ""})' for label, t in named.fields)
        return f"({named.kind} {fields})"

    def interface(self, i):
        self.at, self.known, self.lines, self.outside = i, set(), [], []
        names = self.wanted[i.full_name]
        for named in i.types.values():
            if named.interface is i and named.kind != "type":
                self.named(named)
        for f in i.funcs:
            if f.name in names:
                params = "".join(f' (param "{label}" {self.type(t)})' for label, t in f.params)
                result = f" (result {self.type(f.result)})" if f.result else ""
                self.lines.append(f'(export "{f.name}" (func{params}{result}))')
        body = "\n    ".join(self.lines)
        self.text.append(f'(import "{i.full_name}" (instance ${self.id(i)}\n    {body}))')
        for named in i.types.values():
            if named.interface is i and named.kind != "type":
                self.text.append(f'(alias export ${self.id(i)} "{named.name}" (type ${self.id(i)}-{named.name}))')
        for name in names:
            core = f"$low-{self.id(i)}-{len(self.lowered)}"
            if name.startswith(DROP):
                how = f"(canon resource.drop ${self.id(i)}-{name.removeprefix(DROP)})"
            else:
                how = f'(canon lower (func ${self.id(i)} "{name}") (memory $memory) (realloc $realloc))'
            self.lowered.append((i.full_name, name, core, how))


# --- all of it


def fill_template(adapter):
    imports, exports = read_adapter(adapter)
    interfaces = wit.read([ROOT / "src" / "wasi" / "wit" / "p2" / f"{name}.wit" for name in WIT])
    uses = Imports(interfaces, [(m, n) for m, n in imports if m not in ("env", "own", "app")])
    arguments = {}
    for module, name, core, _ in uses.lowered:
        arguments.setdefault(module, []).append(f'(export "{name}" (func {core}))')
    types = sorted({(tuple(p), tuple(r)) for p, r in exports.values()})
    names = sorted(exports)

    def signature(params, results):
        return (f" (param {' '.join(params)})" if params else "") + (f" (result {' '.join(results)})" if results else "")

    slots, fill_imports = [], []
    for slot, name in enumerate(names):
        params, results = exports[name]
        gets = " ".join(f"(local.get {k})" for k in range(len(params)))
        number = types.index((tuple(params), tuple(results)))
        slots.append(f'(func (export "{name}"){signature(params, results)}\n'
                     f"      (call_indirect $t (type $s{number}) {gets} (i32.const {slot})))")
        fill_imports.append(f'(import "adapter" "{name}" (func ${name}{signature(params, results)}))')
    values = {
        "SLOT-TYPES": "\n    ".join(f"(type $s{k} (func{signature(*t)}))" for k, t in enumerate(types)),
        "SLOT-ARGUMENTS": " ".join(f'(with "wasi_snapshot_preview1{" %d" % (k + 1) if k else ""}" (instance $slots))'
                                   for k in range(COPIES)),
        "SLOT-COUNT": str(len(names)),
        "SLOTS": "\n    ".join(slots),
        "ADAPTER-IMPORTS": "\n    ".join(f'(with "{m}" (instance {" ".join(a)}))' for m, a in arguments.items()),
        "FILL-IMPORTS": "\n    ".join(fill_imports),
        "FILL": " ".join(f"${name}" for name in names),
        "LOWERED": "\n  ".join(f"(core func {core} {how})" for _, _, core, how in uses.lowered),
        "IMPORTS": "\n  ".join(uses.text),
    }
    lines = (HERE / "template.wat").read_text().split("\n(component\n")
    text = "(component $root\n" + lines[1]
    for word in sorted(values, key=len, reverse=True):
        text = text.replace(word, values[word])
    return text


def to_binary(library, text):
    lib = ctypes.CDLL(str(library))
    pointer = ctypes.c_void_p
    engine, out, error, size = pointer(), pointer(), pointer(), ctypes.c_size_t()
    lib.weir_error_message.restype = ctypes.c_char_p
    lib.weir_error_message.argtypes = [pointer]
    lib.weir_bytes_from_text.argtypes = [pointer, ctypes.c_char_p, ctypes.c_size_t, pointer, pointer, pointer]
    if lib.weir_engine_new(None, ctypes.byref(engine), ctypes.byref(error)) != 0:
        sys.exit("build.py: no engine")
    if lib.weir_bytes_from_text(engine, text, len(text), ctypes.byref(out), ctypes.byref(size), ctypes.byref(error)):
        sys.exit(lib.weir_error_message(error).decode())
    return ctypes.string_at(out, size.value)


def put_adapter(component, adapter):
    """In the place of the second empty module; the first is the program's."""
    out, empty = component[:8], 0
    for kind, body in Cursor(component).sections():
        if kind == CORE_MODULE and all(section == 0 for section, _ in Cursor(body).sections()):
            empty += 1
            body = adapter if empty == 2 else EMPTY
        out += bytes([kind]) + leb(len(body)) + body
    assert empty == 2
    return out


def compile_adapter():
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "adapter.wasm"
        subprocess.run(["clang", "--target=wasm32-unknown-unknown", "-std=c17", "-Oz", "-Wall", "-Wextra", "-Werror",
                        "-ffreestanding", "-nostdlib", "-mbulk-memory", *sorted(map(str, HERE.glob("*.c"))),
                        "-Wl,--no-entry", "-Wl,--import-memory", "-Wl,--initial-memory=1114112", "-Wl,--strip-debug",
                        "-Wl,--stack-first", "-Wl,-z,stack-size=65536", "-o", out], check=True)
        return out.read_bytes()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--libweir", type=pathlib.Path, required=True, help="build/release/libweir.so or another")
    parser.add_argument("--text", type=pathlib.Path, help="also write the text of the component")
    options = parser.parse_args()
    adapter = compile_adapter()
    text = fill_template(adapter)
    if options.text:
        options.text.write_text(text)
    component = put_adapter(to_binary(options.libweir, text.encode()), adapter)
    (HERE / "preview1.wasm").write_bytes(component)
    print(f"preview1.wasm: {len(component)} bytes, the adapter {len(adapter)}")


if __name__ == "__main__":
    main()
