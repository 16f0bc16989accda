# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Converters of types without parts: numbers, characters, texts, and lists of them.

A converter is made once for each type of a component. lower(v, x, scope) writes the Python value x into the weir_value
at v; what v then points to stands in scope.keep until weir has copied it. lift(v, instance) reads a value. A wrong
value is a TypeError that says what was expected; converters of compound types put the path in front.
"""
from __future__ import annotations

import operator
from array import array
from typing import Any

from ._native import ffi, lib


class Converter:
    """What all converters have. For stub files, in Python's words: `hint` is the type of what lift() gives, `takes` of
    what lower() takes."""

    hint = "Any"
    wit = "?"

    @property
    def takes(self) -> str:
        return self.hint

    def lower(self, v: Any, x: Any, scope: Any) -> None:
        raise NotImplementedError

    def lift(self, v: Any, instance: Any) -> Any:
        raise NotImplementedError

    def wrong(self, x: Any) -> TypeError:
        return TypeError(f"expected {self.wit}, found {_describe(x)}")


def _describe(x: Any) -> str:
    if isinstance(x, (int, float, str)) and len(repr(x)) < 40:
        return f"{type(x).__name__} {x!r}"
    return type(x).__name__


class Bool(Converter):
    hint = wit = "bool"

    def lower(self, v: Any, x: Any, scope: Any) -> None:
        if x is not True and x is not False:
            raise self.wrong(x)
        lib.py_set_bool(v, x)

    def lift(self, v: Any, instance: Any) -> bool:
        return bool(v.of.boolean)


class Int(Converter):
    hint = "int"

    def __init__(self, wit: str, kind: int, bits: int, signed: bool) -> None:
        self.wit, self.kind = wit, kind
        self.low = -(1 << (bits - 1)) if signed else 0
        self.high = (1 << (bits - signed)) - 1

    def lower(self, v: Any, x: Any, scope: Any) -> None:
        if type(x) is not int:
            x = self.index(x)
        if not self.low <= x <= self.high:
            raise self.wrong(x)
        lib.py_set_int(v, self.kind, x)

    def lift(self, v: Any, instance: Any) -> int:
        return int(lib.py_get_int(v))

    def index(self, x: Any) -> int:
        try:
            if isinstance(x, bool):
                raise self.wrong(x)
            return int(operator.index(x))
        except TypeError:
            raise self.wrong(x) from None

    def word(self, x: Any) -> int:
        """The 64 bits of a flat call."""
        if type(x) is not int:
            x = self.index(x)
        if not self.low <= x <= self.high:
            raise self.wrong(x)
        return int(x) & 0xFFFFFFFFFFFFFFFF


class U64(Int):
    def lower(self, v: Any, x: Any, scope: Any) -> None:
        if type(x) is not int:
            x = self.index(x)
        if not 0 <= x <= self.high:
            raise self.wrong(x)
        lib.py_set_u64(v, x)

    def lift(self, v: Any, instance: Any) -> int:
        return int(v.of.u64)


class Float(Converter):
    hint = "float"

    def __init__(self, wit: str, single: bool) -> None:
        self.wit, self.single = wit, single
        self.set = lib.py_set_f32 if single else lib.py_set_f64

    def lower(self, v: Any, x: Any, scope: Any) -> None:
        if isinstance(x, (bool, str, bytes)):
            raise self.wrong(x)
        try:
            self.set(v, float(x))
        except TypeError:
            raise self.wrong(x) from None

    def lift(self, v: Any, instance: Any) -> float:
        return float(v.of.f32 if self.single else v.of.f64)


class Char(Converter):
    hint, wit = "str", "char"

    def lower(self, v: Any, x: Any, scope: Any) -> None:
        if not isinstance(x, str) or len(x) != 1 or 0xD800 <= ord(x) < 0xE000:
            raise self.wrong(x)
        lib.py_set_int(v, lib.WEIR_VALUE_CHAR, ord(x))

    def lift(self, v: Any, instance: Any) -> str:
        return chr(v.of.character)


class String(Converter):
    hint, wit = "str", "string"

    def lower(self, v: Any, x: Any, scope: Any) -> None:
        if not isinstance(x, str):
            raise self.wrong(x)
        try:
            data = x.encode()
        except UnicodeEncodeError:
            raise TypeError("expected string, found text with a lone surrogate") from None
        pointer = ffi.from_buffer(data)
        scope.keep.append(pointer)
        lib.py_set_text(v, lib.WEIR_VALUE_STRING, pointer, len(data))

    def lift(self, v: Any, instance: Any) -> str:
        text = v.of.string
        size = text.size
        return ffi.unpack(text.data, size).decode() if size else ""


def lendable(x: Any, view: memoryview) -> Any:
    """What cffi may lend of an object with a buffer. Never a memoryview: cffi releases what it lent when the collector
    clears a cycle, and a memoryview may have been cleared before."""
    return view.tobytes() if isinstance(x, memoryview) or not view.c_contiguous else x


class Bytes(Converter):
    """A list<u8>."""

    hint, wit, takes = "bytes", "list<u8>", "bytes | bytearray | memoryview"

    def lower(self, v: Any, x: Any, scope: Any) -> None:
        if type(x) is not bytes:
            x = self.bytes_of(x)
        pointer = ffi.from_buffer(x)
        scope.keep.append(pointer)
        lib.py_set_text(v, lib.WEIR_VALUE_BYTES, pointer, len(pointer))

    def bytes_of(self, x: Any) -> Any:
        if isinstance(x, str):
            raise self.wrong(x)
        try:
            view = memoryview(x)
        except TypeError:
            try:
                return bytes(list(x))
            except (TypeError, ValueError):
                raise self.wrong(x) from None
        if view.itemsize != 1:
            raise self.wrong(x)
        return lendable(x, view)

    def lift(self, v: Any, instance: Any) -> bytes:
        text = v.of.string
        size = text.size
        return ffi.unpack(text.data, size) if size else b""


class Numbers(Converter):
    """A list of integers or floats: an array.array, as C has it. Whatever lends its memory in that layout is taken as it
    lies: array, memoryview, numpy's arrays. Everything else is iterated."""

    def __init__(self, element: str, kind: int, code: str, fixed: int | None = None) -> None:
        self.kind, self.code, self.size = kind, code, array(code).itemsize
        self.fixed = fixed
        self.formats = "fd" if code in "fd" else ("bhilqn" if code.islower() else "BHILQN")
        self.wit = f"list<{element}>" if fixed is None else f"list<{element}, {fixed}>"
        self.number = "float" if code in "fd" else "int"
        self.hint = f"array[{self.number}]"

    @property
    def takes(self) -> str:
        return f"{self.hint} | Iterable[{self.number}]"

    @staticmethod
    def of(element: Any) -> Numbers:
        """The list of an element that is an integer or a float."""
        for word, kind, code in CODES.values():
            if word == element.wit:
                return Numbers(word, kind, code)
        raise TypeError(f"{element.wit} is no number")

    def lower(self, v: Any, x: Any, scope: Any) -> None:
        if type(x) is not array or x.typecode != self.code:
            x = self.packed(x)
        pointer = ffi.from_buffer(x)
        count = len(pointer) // self.size
        if self.fixed is not None and count != self.fixed:
            raise TypeError(f"expected {self.wit}, found {count} elements")
        scope.keep.append(pointer)
        lib.py_set_packed(v, self.kind, pointer, count)

    def packed(self, x: Any) -> Any:
        """A buffer of this type's elements."""
        if isinstance(x, (str, bytes, bytearray)):
            raise self.wrong(x)
        if not isinstance(x, (list, tuple)):
            try:
                view = memoryview(x)
            except TypeError:
                pass
            else:
                if view.itemsize == self.size and view.format.lstrip("@=<") in self.formats:
                    return lendable(x, view)
        try:
            return array(self.code, x)
        except (TypeError, OverflowError) as error:
            raise TypeError(f"expected {self.wit}, found an element that is none: {error}") from None

    def lift(self, v: Any, instance: Any) -> Any:
        made = array(self.code)
        if v.kind == lib.WEIR_VALUE_PACKED:
            packed = v.of.packed
            if packed.count:
                made.frombytes(ffi.buffer(packed.data, packed.count * self.size))
            return made
        items = v.of.list.items
        for i in range(v.of.list.count):
            made.append(self.one(items + i))
        return made

    def one(self, v: Any) -> Any:
        if self.kind == lib.WEIR_VALUE_F32:
            return v.of.f32
        if self.kind == lib.WEIR_VALUE_F64:
            return v.of.f64
        return v.of.u64 if self.kind == lib.WEIR_VALUE_U64 else lib.py_get_int(v)


# What each kind of type is: the word, the kind of its values, and the letter that array.array has for it.
CODES = {
    lib.WEIR_TYPE_S8: ("s8", lib.WEIR_VALUE_S8, "b"),
    lib.WEIR_TYPE_U8: ("u8", lib.WEIR_VALUE_U8, "B"),
    lib.WEIR_TYPE_S16: ("s16", lib.WEIR_VALUE_S16, "h"),
    lib.WEIR_TYPE_U16: ("u16", lib.WEIR_VALUE_U16, "H"),
    lib.WEIR_TYPE_S32: ("s32", lib.WEIR_VALUE_S32, "i"),
    lib.WEIR_TYPE_U32: ("u32", lib.WEIR_VALUE_U32, "I"),
    lib.WEIR_TYPE_S64: ("s64", lib.WEIR_VALUE_S64, "q"),
    lib.WEIR_TYPE_U64: ("u64", lib.WEIR_VALUE_U64, "Q"),
    lib.WEIR_TYPE_F32: ("f32", lib.WEIR_VALUE_F32, "f"),
    lib.WEIR_TYPE_F64: ("f64", lib.WEIR_VALUE_F64, "d"),
}


def scalar(kind: int) -> Converter | None:
    """The converter of a type without parts; None: the type has parts, or a resource, or is of a later version."""
    if kind in CODES:
        word, value_kind, code = CODES[kind]
        if code in "fd":
            return Float(word, code == "f")
        made = U64 if code == "Q" else Int
        return made(word, value_kind, array(code).itemsize * 8, code.islower())
    return {
        lib.WEIR_TYPE_BOOL: Bool,
        lib.WEIR_TYPE_CHAR: Char,
        lib.WEIR_TYPE_STRING: String,
    }.get(kind, lambda: None)()
