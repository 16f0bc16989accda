# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Converters of types with parts: lists, records, variants and their kin. The rules are those of _scalars.py."""
from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping
from typing import Any

from . import _names
from ._errors import Err, Ok, Some
from ._native import ffi, lib
from ._scalars import Bool, Char, Converter


def new_items(count: int, scope: Any) -> Any:
    """An array of values that lives until weir has copied it."""
    items = ffi.new("weir_value[]", count)
    scope.keep.append(items)
    return items


class List(Converter):
    """A list of anything but numbers; also a fixed list."""

    def __init__(self, element: Converter, fixed: int | None = None) -> None:
        self.element, self.fixed = element, fixed
        self.wit = f"list<{element.wit}>" if fixed is None else f"list<{element.wit}, {fixed}>"
        self.hint = f"list[{element.hint}]"

    @property
    def takes(self) -> str:
        return f"Iterable[{self.element.takes}]"

    def lower(self, v: Any, x: Any, scope: Any) -> None:
        if isinstance(x, (str, bytes)):
            raise self.wrong(x)
        try:
            x = x if isinstance(x, (list, tuple)) else list(x)
        except TypeError:
            raise self.wrong(x) from None
        if self.fixed is not None and len(x) != self.fixed:
            raise TypeError(f"expected {self.wit}, found {len(x)} elements")
        items, lower = new_items(len(x), scope), self.element.lower
        i = 0
        try:
            for i, part in enumerate(x):
                lower(items + i, part, scope)
        except TypeError as error:
            raise TypeError(f"element {i}: {error}") from None
        lib.py_set_items(v, lib.WEIR_VALUE_LIST, items, len(x))

    def lift(self, v: Any, instance: Any) -> list[Any]:
        if v.kind == lib.WEIR_VALUE_PACKED:
            return self.lift_packed(v.of.packed)
        items, lift = v.of.list.items, self.element.lift
        return [lift(items + i, instance) for i in range(v.of.list.count)]

    def lift_packed(self, packed: Any) -> list[Any]:
        if not packed.count:
            return []
        if isinstance(self.element, Bool):
            return [byte != 0 for byte in ffi.unpack(ffi.cast("uint8_t *", packed.data), packed.count)]
        assert isinstance(self.element, Char)
        return list(ffi.buffer(packed.data, packed.count * 4)[:].decode("utf-32-le"))


class Map(Converter):
    """A map<K, V>: a dict."""

    def __init__(self, key: Converter, value: Converter) -> None:
        self.key, self.value = key, value
        self.wit, self.hint = f"map<{key.wit}, {value.wit}>", f"dict[{key.hint}, {value.hint}]"

    def lower(self, v: Any, x: Any, scope: Any) -> None:
        if not isinstance(x, Mapping):
            raise self.wrong(x)
        items = new_items(len(x), scope)
        for i, (key, value) in enumerate(x.items()):
            pair = new_items(2, scope)
            try:
                self.key.lower(pair, key, scope)
                self.value.lower(pair + 1, value, scope)
            except TypeError as error:
                raise TypeError(f"entry {key!r}: {error}") from None
            lib.py_set_items(items + i, lib.WEIR_VALUE_RECORD, pair, 2)
        lib.py_set_items(v, lib.WEIR_VALUE_LIST, items, len(x))

    def lift(self, v: Any, instance: Any) -> dict[Any, Any]:
        made = {}
        for i in range(v.of.list.count):
            pair = (v.of.list.items + i).of.list.items
            made[self.key.lift(pair, instance)] = self.value.lift(pair + 1, instance)
        return made


class Tuple(Converter):
    def __init__(self, parts: list[Converter]) -> None:
        self.parts = parts
        self.wit = f"tuple<{', '.join(part.wit for part in parts)}>"
        self.hint = f"tuple[{', '.join(part.hint for part in parts)}]"

    def lower(self, v: Any, x: Any, scope: Any) -> None:
        if not isinstance(x, (tuple, list)) or len(x) != len(self.parts):
            raise self.wrong(x)
        items = new_items(len(x), scope)
        for i, part in enumerate(self.parts):
            try:
                part.lower(items + i, x[i], scope)
            except TypeError as error:
                raise TypeError(f"element {i}: {error}") from None
        lib.py_set_items(v, lib.WEIR_VALUE_RECORD, items, len(x))

    def lift(self, v: Any, instance: Any) -> tuple[Any, ...]:
        items = v.of.list.items
        return tuple([part.lift(items + i, instance) for i, part in enumerate(self.parts)])


class Record(Converter):
    """A record is an object of a dataclass of its own; a dict or any object with the same attributes is taken too."""

    def __init__(self, name: str, names: list[str], parts: list[Converter]) -> None:
        self.wit = self.hint = name
        self.names, self.parts = names, parts
        self.attributes = [_names.snake(field) for field in names]
        self.hint = self.class_name = _names.camel(name)
        self.made = dataclasses.make_dataclass(self.class_name, self.attributes)
        self.fields = list(zip(range(len(parts)), self.attributes, parts))

    def lower(self, v: Any, x: Any, scope: Any) -> None:
        if isinstance(x, Mapping):
            x = self.of_mapping(x)
        items = new_items(len(self.parts), scope)
        for i, attribute, part in self.fields:
            try:
                part.lower(items + i, getattr(x, attribute), scope)
            except AttributeError:
                raise TypeError(f"expected {self.wit}, found {type(x).__name__} without {attribute!r}") from None
            except TypeError as error:
                raise TypeError(f"field `{self.names[i]}`: {error}") from None
        lib.py_set_items(v, lib.WEIR_VALUE_RECORD, items, len(self.parts))

    def of_mapping(self, x: Mapping[str, Any]) -> Any:
        values = []
        for attribute, name in zip(self.attributes, self.names):
            if attribute not in x and name not in x:
                raise TypeError(f"expected {self.wit}, found a mapping without {attribute!r}")
            values.append(x[attribute] if attribute in x else x[name])
        if len(x) > len(values):
            extra = [key for key in x if key not in self.attributes and key not in self.names]
            raise TypeError(f"expected {self.wit}, found a mapping with {extra[0]!r}")
        return self.made(*values)

    def lift(self, v: Any, instance: Any) -> Any:
        items = v.of.list.items
        return self.made(*[part.lift(items + i, instance) for i, _, part in self.fields])


class Case:
    """A case of a variant, with its payload as `value`. The class of a variant has one of these for each case:
    Shape.Circle(2.0) is a Shape; `case Shape.Circle(radius):` matches it."""

    __slots__ = ("value",)
    __match_args__ = ("value",)
    number = 0
    label = ""

    def __init__(self, value: Any = None) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Case) and type(self) is type(other) and bool(self.value == other.value)

    def __hash__(self) -> int:
        return hash((type(self), self.value))

    def __repr__(self) -> str:
        inside = "" if self.value is None else repr(self.value)
        return f"{type(self).__qualname__}({inside})"


class Variant(Converter):
    """A variant is an object of a class of its own; a label, or a label and a payload in a tuple, is taken too."""

    def __init__(self, name: str, labels: list[str], parts: list[Converter | None]) -> None:
        self.wit, self.labels, self.parts = name, labels, parts
        self.hint = self.class_name = _names.camel(name)
        self.made: Any = type(self.class_name, (Case,), {"__slots__": ()})
        self.cases = []
        for i, label in enumerate(labels):
            case_name = _names.camel(label)
            members = {"__slots__": (), "number": i, "label": label, "__qualname__": f"{self.class_name}.{case_name}"}
            case = type(case_name, (self.made,), members)
            setattr(self.made, case_name, case)
            self.cases.append(case)
        self.numbers = {label: i for i, label in enumerate(labels)}

    def lower(self, v: Any, x: Any, scope: Any) -> None:
        if isinstance(x, type) and issubclass(x, self.made):
            x = x()
        if isinstance(x, self.made) and type(x) is not self.made:
            number, payload = x.number, x.value
        elif isinstance(x, str) and x in self.numbers:
            number, payload = self.numbers[x], None
        elif isinstance(x, tuple) and len(x) == 2 and x[0] in self.numbers:
            number, payload = self.numbers[x[0]], x[1]
        else:
            raise self.wrong(x)
        part = self.parts[number]
        if part is None:
            if payload is not None:
                raise TypeError(f"case `{self.labels[number]}`: expected no payload, found {type(payload).__name__}")
            lib.py_set_variant(v, number, ffi.NULL)
            return
        inside = new_items(1, scope)
        try:
            part.lower(inside, payload, scope)
        except TypeError as error:
            raise TypeError(f"case `{self.labels[number]}`: {error}") from None
        lib.py_set_variant(v, number, inside)

    def lift(self, v: Any, instance: Any) -> Any:
        number = v.tag
        part = self.parts[number]
        return self.cases[number](part.lift(v.of.payload, instance) if part else None)


def _enumeration(kind: Any, name: str, members: list[tuple[str, Any]]) -> Any:
    return kind(name, members)


class Enum(Converter):
    """An enum is an enum.Enum whose values are the labels; a label is taken too."""

    def __init__(self, name: str, labels: list[str]) -> None:
        self.wit = name
        self.hint = self.class_name = _names.camel(name)
        self.labels = labels
        self.made = _enumeration(enum.Enum, self.class_name, [(_names.upper(label), label) for label in labels])
        self.members = list(self.made)
        self.numbers: dict[Any, int] = {}
        for i, (label, member) in enumerate(zip(labels, self.members)):
            self.numbers[label] = self.numbers[member] = i

    def lower(self, v: Any, x: Any, scope: Any) -> None:
        try:
            number = self.numbers[x]
        except (KeyError, TypeError):
            raise self.wrong(x) from None
        lib.py_set_variant(v, number, ffi.NULL)

    def lift(self, v: Any, instance: Any) -> Any:
        return self.members[v.tag]


class Flags(Converter):
    """Flags are an enum.Flag; a collection of labels or members is taken too."""

    def __init__(self, name: str, labels: list[str]) -> None:
        self.wit = name
        self.hint = self.class_name = _names.camel(name)
        self.labels = labels
        self.made = _enumeration(enum.Flag, self.class_name, [(_names.upper(label), 1 << i) for i, label in enumerate(labels)])
        self.bits: dict[Any, int] = {label: 1 << i for i, label in enumerate(labels)}

    def lower(self, v: Any, x: Any, scope: Any) -> None:
        lib.py_set_flags(v, x.value if isinstance(x, self.made) else self.collected(x))

    def collected(self, x: Any) -> int:
        if isinstance(x, (str, bytes, Mapping)):
            raise self.wrong(x)
        bits = 0
        try:
            for part in x:
                bits |= part.value if isinstance(part, self.made) else self.bits[part]
        except (KeyError, TypeError):
            raise self.wrong(x) from None
        return bits

    def lift(self, v: Any, instance: Any) -> Any:
        return self.made(v.of.flags)


class Option(Converter):
    """None or the value; Some(value) where the value itself may be None."""

    def __init__(self, inside: Converter) -> None:
        self.inside, self.nested = inside, isinstance(inside, Option)
        self.wit = f"option<{inside.wit}>"
        self.hint = f"Some[{inside.hint}] | None" if self.nested else f"{inside.hint} | None"

    @property
    def takes(self) -> str:
        return self.hint if self.nested else f"{self.inside.takes} | None"

    def lower(self, v: Any, x: Any, scope: Any) -> None:
        if x is None:
            lib.py_set_variant(v, 0, ffi.NULL)
            return
        if isinstance(x, Some):
            x = x.value
        elif self.nested:
            raise self.wrong(x)
        inside = new_items(1, scope)
        self.inside.lower(inside, x, scope)
        lib.py_set_variant(v, 1, inside)

    def lift(self, v: Any, instance: Any) -> Any:
        if v.tag == 0:
            return None
        value = self.inside.lift(v.of.payload, instance)
        return Some(value) if self.nested else value


class Result(Converter):
    """Ok(value) or Err(value)."""

    def __init__(self, ok: Converter | None, error: Converter | None) -> None:
        self.parts = (ok, error)
        self.wit = f"result<{ok.wit if ok else '_'}, {error.wit if error else '_'}>"
        self.hint = f"Ok[{ok.hint if ok else 'None'}] | Err[{error.hint if error else 'None'}]"

    def lower(self, v: Any, x: Any, scope: Any) -> None:
        if not isinstance(x, (Ok, Err)):
            raise self.wrong(x)
        number = 0 if isinstance(x, Ok) else 1
        part = self.parts[number]
        if part is None:
            if x.value is not None:
                raise TypeError(f"expected {self.wit}, found a payload that is {type(x.value).__name__}")
            lib.py_set_variant(v, number, ffi.NULL)
            return
        inside = new_items(1, scope)
        try:
            part.lower(inside, x.value, scope)
        except TypeError as error:
            raise TypeError(f"case `{'ok' if number == 0 else 'error'}`: {error}") from None
        lib.py_set_variant(v, number, inside)

    def lift(self, v: Any, instance: Any) -> Any:
        part = self.parts[v.tag]
        value = part.lift(v.of.payload, instance) if part else None
        return Ok(value) if v.tag == 0 else Err(value)
