# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a component is made of, asked once: its functions with converters for their types, and its classes."""
from __future__ import annotations

import functools
from types import SimpleNamespace
from typing import Any, Callable, Iterator

from . import _names
from ._compound import Enum, Flags, List, Map, Option, Record, Result, Tuple, Variant
from ._errors import text
from ._handles import Borrow, FutureEnd, Own, StreamEnd
from ._native import ffi, lib
from ._scalars import CODES, Bytes, Converter, Numbers, scalar


def key(pointer: Any) -> int:
    """A pointer as a number: equal types of a component are the same pointer."""
    return int(ffi.cast("uintptr_t", pointer))


class Types:
    """Converters by type. `owner` is what the types live in, and is kept."""

    def __init__(self, owner: Any) -> None:
        self.owner = owner
        self.made: dict[int, Converter] = {}

    def of(self, pointer: Any) -> Converter:
        found = self.made.get(key(pointer))
        if found is None:
            found = self.made[key(pointer)] = self._make(pointer)
        return found

    def maybe(self, pointer: Any) -> Converter | None:
        """None for no type."""
        return self.of(pointer) if pointer else None

    def _make(self, pointer: Any) -> Converter:
        kind = lib.weir_type_kind_of(pointer)
        made = scalar(kind) or _MAKERS.get(kind, _unknown)(self, pointer)
        return made

    def parts(self, pointer: Any) -> list[Converter | None]:
        return [self.maybe(lib.weir_type_part_type(pointer, i)) for i in range(lib.weir_type_part_count(pointer))]


def _part_names(pointer: Any) -> list[str]:
    return [text(lib.weir_type_part_name(pointer, i)) for i in range(lib.weir_type_part_count(pointer))]


def _type_name(pointer: Any) -> str:
    return text(lib.weir_type_name(pointer)) or text(lib.weir_type_kind_name(lib.weir_type_kind_of(pointer)))


def _list(types: Types, pointer: Any, fixed: int | None = None) -> Converter:
    element = lib.weir_type_element(pointer)
    kind = lib.weir_type_kind_of(element)
    if kind == lib.WEIR_TYPE_U8 and fixed is None:
        return Bytes()
    if kind in CODES:
        word, value_kind, code = CODES[kind]
        return Numbers(word, value_kind, code, fixed)
    return List(types.of(element), fixed)


def _fixed_list(types: Types, pointer: Any) -> Converter:
    return _list(types, pointer, lib.weir_type_length(pointer))


def _map(types: Types, pointer: Any) -> Converter:
    entry = lib.weir_type_element(pointer)
    return Map(types.of(lib.weir_type_part_type(entry, 0)), types.of(lib.weir_type_part_type(entry, 1)))


def _record(types: Types, pointer: Any) -> Converter:
    parts = [part for part in types.parts(pointer) if part]
    return Record(_type_name(pointer), _part_names(pointer), parts)


def _handle(maker: Callable[[Any, str], Converter], _types: Types, pointer: Any) -> Converter:
    resource = lib.weir_type_resource(pointer)
    return maker(resource, text(lib.weir_resource_type_name(resource)) or "resource")


def _end(maker: Callable[[Any, Converter | None, int], Converter], types: Types, pointer: Any) -> Converter:
    element = lib.weir_type_element(pointer)
    return maker(pointer, types.maybe(element), lib.weir_type_packed_size(element))


def _unknown(_types: Types, pointer: Any) -> Converter:
    raise TypeError(f"this version has no {text(lib.weir_type_kind_name(lib.weir_type_kind_of(pointer)))} in Python")


_MAKERS: dict[int, Callable[[Types, Any], Converter]] = {
    lib.WEIR_TYPE_LIST: _list,
    lib.WEIR_TYPE_FIXED_LIST: _fixed_list,
    lib.WEIR_TYPE_MAP: _map,
    lib.WEIR_TYPE_RECORD: _record,
    lib.WEIR_TYPE_TUPLE: lambda types, pointer: Tuple([part for part in types.parts(pointer) if part]),
    lib.WEIR_TYPE_VARIANT: lambda types, pointer: Variant(
        _type_name(pointer), _part_names(pointer), types.parts(pointer)
    ),
    lib.WEIR_TYPE_ENUM: lambda types, pointer: Enum(_type_name(pointer), _part_names(pointer)),
    lib.WEIR_TYPE_FLAGS: lambda types, pointer: Flags(_type_name(pointer), _part_names(pointer)),
    lib.WEIR_TYPE_OPTION: lambda types, pointer: Option(types.of(lib.weir_type_part_type(pointer, 1))),
    lib.WEIR_TYPE_RESULT: lambda types, pointer: Result(*types.parts(pointer)),
    lib.WEIR_TYPE_OWN: functools.partial(_handle, Own),
    lib.WEIR_TYPE_BORROW: functools.partial(_handle, Borrow),
    lib.WEIR_TYPE_STREAM: functools.partial(_end, StreamEnd),
    lib.WEIR_TYPE_FUTURE: functools.partial(_end, FutureEnd),
}


class Function:
    """An imported or exported function. Its types are looked at when somebody first wants them."""

    def __init__(self, types: Types, pointer: Any) -> None:
        self.types, self.ptr = types, pointer
        self.name = text(lib.weir_func_name(pointer))
        self.interface = text(lib.weir_func_interface(pointer)) or None
        self.member = text(lib.weir_func_member(pointer))
        self.role = lib.weir_func_role_of(pointer)
        self.resource = lib.weir_func_resource(pointer)
        self.is_async = lib.weir_func_is_async(pointer)
        self.is_flat = lib.weir_func_is_flat(pointer)

    @functools.cached_property
    def params(self) -> list[Converter]:
        pointer = self.ptr
        count = lib.weir_func_param_count(pointer)
        return [self.types.of(lib.weir_func_param_type(pointer, i)) for i in range(count)]

    @functools.cached_property
    def param_names(self) -> list[str]:
        pointer = self.ptr
        return [text(lib.weir_func_param_name(pointer, i)) for i in range(lib.weir_func_param_count(pointer))]

    @functools.cached_property
    def result(self) -> Converter | None:
        return self.types.maybe(lib.weir_func_result_type(self.ptr))


class Extern:
    """An import or export: a function, a type, a resource, or an instance with externs inside."""

    def __init__(self, types: Types, pointer: Any) -> None:
        self.kind = lib.weir_extern_kind_of(pointer)
        self.name = text(lib.weir_extern_name(pointer))
        self.interface = text(lib.weir_extern_interface(pointer)) or None
        self.type = lib.weir_extern_type(pointer)
        self.resource = lib.weir_extern_resource(pointer)
        function = lib.weir_extern_func(pointer)
        self.function = Function(types, function) if function else None
        count = lib.weir_extern_count(pointer)
        self.items = [Extern(types, lib.weir_extern_at(pointer, i)) for i in range(count)]


class World:
    """Imports and exports of a component, in their order."""

    def __init__(self, component: Any) -> None:
        pointer = component._ptr
        table = Types(pointer)
        self.table = table
        self.imports = [
            Extern(table, lib.weir_component_import(pointer, i)) for i in range(lib.weir_component_import_count(pointer))
        ]
        self.exports = [
            Extern(table, lib.weir_component_export(pointer, i)) for i in range(lib.weir_component_export_count(pointer))
        ]

    def externs(self) -> Iterator[Extern]:
        """All of them, those inside of instances too."""
        todo = [*self.imports, *self.exports]
        while todo:
            item = todo.pop(0)
            yield item
            todo = item.items + todo

    @functools.cached_property
    def types(self) -> TypeNames:
        names = TypeNames()
        for item in self.externs():
            if item.kind == lib.WEIR_EXTERN_TYPE and item.type:
                made = getattr(self.table.of(item.type), "made", None)
                if made is not None:
                    names._add(item.interface, _names.camel(item.name), made)
        return names


class TypeNames(SimpleNamespace):
    """The classes of a component by name; those of one interface by index."""

    def __init__(self) -> None:
        super().__init__()
        self._interfaces: dict[str, SimpleNamespace] = {}

    def _add(self, interface: str | None, name: str, made: Any) -> None:
        if not hasattr(self, name):
            setattr(self, name, made)
        if interface:
            setattr(self._interfaces.setdefault(interface, SimpleNamespace()), name, made)

    def __getitem__(self, interface: str) -> SimpleNamespace:
        return self._interfaces[interface]
