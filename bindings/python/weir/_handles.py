# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Converters of handles: resources, and the ends of streams and futures."""
from __future__ import annotations

from array import array
from typing import Any

from ._errors import must
from ._names import camel
from ._native import ffi, lib
from ._resource import Resource
from ._scalars import Bytes, Converter, Numbers
from ._stream import Future, Stream, pump_future, pump_stream


class Scope:
    """A conversion towards weir that is under way: what must live until weir has copied the values, what is to be
    cleared if the conversion fails, and what is to be done when the values have been taken."""

    __slots__ = ("instance", "keep", "made", "lent", "after")

    def __init__(self, instance: Any) -> None:
        self.instance = instance
        self.keep: list[Any] = []
        self.made: list[Any] = []
        self.lent: list[Any] = []
        self.after: list[Any] = []

    def taken(self) -> None:
        """weir has taken the values."""
        for value in self.lent:
            lib.weir_value_clear(value)
        for action in self.after:
            action()

    def failed(self) -> None:
        """The values stay here: handles that were made for them end."""
        for value in (*self.made, *self.lent):
            lib.weir_value_clear(value)


class Own(Converter):
    """A resource that is given away. A host's own one is an object of Python's."""

    def __init__(self, resource: Any, name: str) -> None:
        self.resource, self.wit = resource, f"own<{name}>"
        self.name, self.id = name, int(ffi.cast("uintptr_t", resource))
        self.hint = "Any" if lib.weir_resource_type_is_imported(resource) else camel(name)

    def lower(self, v: Any, x: Any, scope: Any) -> None:
        if isinstance(x, Resource):
            lib.py_copy_handle(v, x._live())
            scope.after.append(x._given)
            return
        hosted = scope.instance._hosted.get(self.id)
        if hosted is None or not hosted.takes(x):
            raise self.wrong(x)
        self.make(v, x, scope.instance, hosted, True)
        scope.made.append(v)

    @staticmethod
    def make(v: Any, x: Any, instance: Any, hosted: Any, owned: bool) -> None:
        """A handle for an object of Python's."""
        store = instance.store
        rep = store._objects.add(x, owned)
        status = lib.weir_resource_new(instance._ptr, hosted.interface, hosted.name, rep, v, store._error)
        if status:
            store._objects.take(rep)
            must(status, store._error)

    def lift(self, v: Any, instance: Any) -> Any:
        hosted = instance._hosted.get(self.id)
        if hosted is None:
            return instance._resource_class(self.resource)._take(instance, v, True)
        x = instance.store._objects.take(_rep(v, instance))
        lib.weir_value_clear(v)
        return x


class Borrow(Converter):
    """A resource that is lent for a call."""

    def __init__(self, resource: Any, name: str) -> None:
        self.resource, self.wit = resource, f"borrow<{name}>"
        self.name, self.id = name, int(ffi.cast("uintptr_t", resource))
        self.hint = "Any" if lib.weir_resource_type_is_imported(resource) else camel(name)

    def lower(self, v: Any, x: Any, scope: Any) -> None:
        if isinstance(x, Resource):
            lib.py_copy_handle(v, x._live())
            return
        hosted = scope.instance._hosted.get(self.id)
        if hosted is None or not hosted.takes(x):
            raise self.wrong(x)
        handle = ffi.new("weir_value *")
        Own.make(handle, x, scope.instance, hosted, False)
        lib.py_copy_handle(v, handle)
        scope.lent.append(handle)

    def lift(self, v: Any, instance: Any) -> Any:
        if self.id in instance._hosted:
            return instance.store._objects.get(_rep(v, instance))
        return instance._resource_class(self.resource)._take(instance, v, False)


def _rep(v: Any, instance: Any) -> int:
    rep = ffi.new("uint64_t *")
    must(lib.weir_resource_rep(v, rep), instance.store._error)
    return int(rep[0])


class _End(Converter):
    word = ""

    def __init__(self, pointer: Any, element: Converter | None, size: int) -> None:
        self.type, self.element, self.size = pointer, element, size
        self.wit = f"{self.word}<{element.wit}>" if element else self.word
        self.numbers = Numbers.of(element) if size else None
        self.element_code = self.numbers.code if self.numbers else ""

    def packed(self, data: Any) -> Any:
        """The elements in `data` as memory."""
        if self.element_code == "B":
            return data if isinstance(data, bytes) else Bytes().bytes_of(data)
        if isinstance(data, array) and data.typecode == self.element_code:
            return data
        assert self.numbers is not None
        return self.numbers.packed(data)

    def pair(self, v: Any, store: Any) -> Any:
        """A new stream or future: the readable end at v, the writable one returned."""
        writable = ffi.new("weir_stream **")
        must(lib.weir_stream_new_typed(store._ptr, self.type, v, writable, store._error), store._error)
        return writable[0]


class StreamEnd(_End):
    """A stream: what comes out is a Stream. What goes in is one, or bytes, or anything that is iterated, with `for` or
    with `async for`, at the pace of the reader."""

    word = "stream"

    @property
    def hint(self) -> str:  # type: ignore[override]
        return f"Stream[{self.item_hint}]"

    @property
    def takes(self) -> str:
        if self.item_hint == "bytes":
            return "Stream[bytes] | bytes | AsyncIterable[bytes] | Iterable[bytes]"
        items = self.element.takes if self.element else "None"
        return f"{self.hint} | AsyncIterable[{items}] | Iterable[{items}]"

    @property
    def item_hint(self) -> str:
        if self.element is None:
            return "None"
        return "bytes" if self.element.wit == "u8" else self.element.hint

    def lower(self, v: Any, x: Any, scope: Any) -> None:
        if isinstance(x, Stream):
            x._to_value(v)
            scope.made.append(v)
            return
        if isinstance(x, str) or not (
            hasattr(x, "__aiter__") or hasattr(x, "__iter__") or hasattr(x, "__next__") or hasattr(x, "read")
        ):
            raise self.wrong(x)
        store = scope.instance.store
        writable = self.pair(v, store)
        scope.made.append(v)
        scope.after.append(lambda: pump_stream(store, scope.instance, self, writable, x))

    def lift(self, v: Any, instance: Any) -> Any:
        return Stream(instance.store, instance, self, lib.weir_stream_from_value(v))


class FutureEnd(_End):
    """A future: what comes out is awaited. What goes in is awaitable, or the value itself."""

    word = "future"

    @property
    def hint(self) -> str:  # type: ignore[override]
        return f"Future[{self.element.hint if self.element else 'None'}]"

    @property
    def takes(self) -> str:
        value = self.element.takes if self.element else "None"
        return f"{self.hint} | Awaitable[{value}] | {value}"

    def lower(self, v: Any, x: Any, scope: Any) -> None:
        if isinstance(x, Future):
            x._to_value(v)
            scope.made.append(v)
            return
        store = scope.instance.store
        writable = self.pair(v, store)
        scope.made.append(v)
        scope.after.append(lambda: pump_future(store, scope.instance, self, writable, x))

    def lift(self, v: Any, instance: Any) -> Any:
        return Future(instance.store, instance, self, lib.weir_stream_from_value(v))
