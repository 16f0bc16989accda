# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reads WIT: as much of it as WASI's interfaces need, without worlds and documentation. See generate_wasi.py.

Attributes before an interface, a resource or a function (`@name` or `@name(text)`) are kept as a dictionary.
"""
import dataclasses
import pathlib
import re

TOKEN = re.compile(r"\s*(?:(//[^\n]*)|(@[a-z]+(?:\([^)]*\))?)|([%A-Za-z][A-Za-z0-9-]*)|(\d[\w.+-]*)|(->|[{}()<>:;,./=@_]))")
PRIMITIVES = {"bool", "u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64", "f32", "f64", "char", "string"}


@dataclasses.dataclass(frozen=True)
class Type:
    """A use of a type. kind: a primitive; list, option, tuple, result, stream, future (with `of`); own, borrow (with
    `named`, a resource); or a named record, variant, enum or flags (with `named`)."""
    kind: str
    of: tuple = ()  # of a result: (ok or None, error or None)
    named: "Named | None" = None


@dataclasses.dataclass(eq=False)
class Named:
    """A type with a name. fields: (label, Type or None); of an alias the one `Type` is its target."""
    kind: str
    name: str
    interface: "Interface"
    fields: list
    attributes: dict


@dataclasses.dataclass(eq=False)
class Func:
    name: str  # as it is imported: "[method]descriptor.stat"
    params: list  # (label, Type)
    result: "Type | None"
    is_async: bool
    attributes: dict


@dataclasses.dataclass(eq=False)
class Interface:
    package: str  # "clocks"
    version: str
    name: str
    attributes: dict
    types: dict  # name -> Named
    funcs: list

    @property
    def full_name(self):
        return f"wasi:{self.package}/{self.name}@{self.version}"


class Error(Exception):
    pass


class Reader:
    def __init__(self, path, interfaces):
        self.path, self.interfaces = path, interfaces
        text = pathlib.Path(path).read_text()
        self.tokens, at = [], 0
        while text[at:].strip():
            match = TOKEN.match(text, at)
            if not match:
                raise Error(f"{path}: cannot read {text[at:at + 20]!r}")
            at = match.end()
            if not match.group(1):
                self.tokens.append(match.group().strip())
        self.tokens.append("")
        self.at = 0

    # --- tokens

    def peek(self):
        return self.tokens[self.at]

    def next(self):
        self.at += 1
        return self.tokens[self.at - 1]

    def accept(self, token):
        if self.peek() != token:
            return False
        self.at += 1
        return True

    def expect(self, token):
        if not self.accept(token):
            raise Error(f"{self.path}: expected {token!r}, found {self.peek()!r}")

    def word(self):
        return self.next().removeprefix("%")

    def attributes(self):
        found = {}
        while self.peek().startswith("@"):
            name, _, text = self.next()[1:].partition("(")
            found[name] = text.removesuffix(")")
        return found

    def separated(self, close, element):
        found = []
        while not self.accept(close):
            found.append(element())
            if not self.accept(","):
                self.expect(close)
                break
        return found

    # --- types

    def type(self):
        word = self.word()
        if word in PRIMITIVES:
            return Type(word)
        if word == "result":
            return self.result()
        if word in ("list", "option", "tuple", "stream", "future"):
            self.expect("<")
            return Type(word, tuple(self.separated(">", self.type)))
        if word in ("own", "borrow"):
            self.expect("<")
            named = self.interface.types[self.word()]
            self.expect(">")
            return Type(word, named=named)
        return self.use_of(word)

    def result(self):
        if not self.accept("<"):
            return Type("result", (None, None))
        ok = None if self.accept("_") else self.type()
        error = self.type() if self.accept(",") else None
        self.expect(">")
        return Type("result", (ok, error))

    def use_of(self, name):
        named = self.interface.types.get(name)
        if named is None:
            raise Error(f"{self.path}: there is no type `{name}` in {self.interface.full_name}")
        if named.kind == "type":
            return named.fields[0]
        return Type("own" if named.kind == "resource" else named.kind, named=named)

    # --- definitions

    def field(self):
        label = self.word()
        self.expect(":")
        return label, self.type()

    def case(self):
        label, payload = self.word(), None
        if self.accept("("):
            payload = self.type()
            self.expect(")")
        return label, payload

    def define(self, kind, attributes):
        name = self.word()
        named = Named(kind, name, self.interface, [], attributes)
        self.interface.types[name] = named
        if kind == "type":
            self.expect("=")
            named.fields = [self.type()]
            self.expect(";")
        elif kind == "resource":
            if not self.accept(";"):
                self.expect("{")
                self.methods(named)
        else:
            self.expect("{")
            element = {"record": self.field, "variant": self.case}.get(kind, lambda: (self.word(), None))
            named.fields = self.separated("}", element)

    def methods(self, resource):
        while not self.accept("}"):
            attributes = self.attributes()
            name = self.word()
            if name == "constructor" and self.peek() == "(":
                self.signature(f"[constructor]{resource.name}", [], Type("own", named=resource), False, attributes)
                continue
            self.expect(":")
            form = "static" if self.accept("static") else "method"
            own = [] if form == "static" else [("self", Type("borrow", named=resource))]
            self.func(f"[{form}]{resource.name}.{name}", own, attributes)

    def func(self, name, params, attributes):
        is_async = self.accept("async")
        self.expect("func")
        self.signature(name, params, None, is_async, attributes)

    def signature(self, name, params, result, is_async, attributes):
        """From the parameters on; `result` is that of a constructor."""
        self.expect("(")
        params = params + self.separated(")", self.field)
        result = self.type() if self.accept("->") else result
        self.expect(";")
        self.interface.funcs.append(Func(name, params, result, is_async, attributes))

    def use(self):
        """`use types.{a};` or `use wasi:clocks/system-clock@0.3.0.{a};`"""
        package, version, name = self.interface.package, self.interface.version, self.word()
        if self.accept(":"):
            package = self.word()
            self.expect("/")
            name = self.word()
            self.expect("@")
            version = self.next().rstrip(".")
        else:
            self.expect(".")
        self.expect("{")
        source = self.interfaces[(package, version, name)]
        for word in self.separated("}", self.word):
            self.interface.types[word] = source.types[word]
        self.expect(";")

    def read_interface(self, package, version, attributes):
        self.interface = Interface(package, version, self.word(), attributes, {}, [])
        self.expect("{")
        while not self.accept("}"):
            attributes = self.attributes()
            word = self.word()
            if word == "use":
                self.use()
            elif word in ("type", "record", "variant", "enum", "flags", "resource"):
                self.define(word, attributes)
            else:
                self.expect(":")
                self.func(word, [], attributes)
        self.interfaces[(package, version, self.interface.name)] = self.interface

    def read(self):
        self.expect("package")
        self.expect("wasi")
        self.expect(":")
        package = self.word()
        match = re.fullmatch(r"@?([\d.]+)", self.next() if self.peek() != "@" else (self.next(), self.next())[1])
        version = match.group(1)
        self.expect(";")
        while self.peek():
            attributes = self.attributes()
            self.expect("interface")
            self.read_interface(package, version, attributes)


def read(paths):
    """The interfaces of some files, in order; later ones may use earlier ones."""
    interfaces = {}
    for path in paths:
        Reader(path, interfaces).read()
    return list(interfaces.values())
