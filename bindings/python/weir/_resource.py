# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Resources: those of guests as objects of classes made for them, those of the host as the program's own objects."""
from __future__ import annotations

from typing import Any

from ._errors import Misuse
from ._native import ffi, lib


class ResourceType(type):
    """The class of a guest's resource type. To call it calls the resource's constructor, and is awaited."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        constructor = getattr(cls, "_constructor", None)
        if constructor is None:
            raise TypeError(f"{cls.__name__} has no constructor")
        return constructor(*args, **kwargs)


class Resource(metaclass=ResourceType):
    """A guest's resource. Its methods are awaited. drop(), the end of a `with` block, or the collector lets it go."""

    __slots__ = ("_instance", "_value", "_owned", "__weakref__")
    _instance: Any
    _value: Any
    _owned: bool

    @classmethod
    def _take(cls, instance: Any, v: Any, owned: bool) -> Resource:
        """The resource in a value, which is empty afterwards if it owns the resource."""
        self = object.__new__(cls)
        self._instance, self._value, self._owned = instance, ffi.new("weir_value *"), owned
        if owned:
            lib.py_move(self._value, v)
        else:
            lib.py_copy_handle(self._value, v)
        return self

    def _live(self) -> Any:
        if self._value is None:
            raise Misuse(f"the {type(self).__name__} was dropped or given away")
        return self._value

    def _given(self) -> None:
        self._value = None

    def drop(self) -> None:
        """Lets the resource go, and lets its guest end it. A second time has no effect."""
        self._release()
        self._instance.store._step()

    def _release(self) -> None:
        value = getattr(self, "_value", None)
        if value is not None and self._owned and self._instance.store._ptr is not None:
            lib.weir_value_clear(value)
        self._value = None

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: Any) -> None:
        self.drop()

    async def __aenter__(self) -> Any:
        return self

    async def __aexit__(self, *_: Any) -> None:
        self.drop()

    def __del__(self) -> None:  # on any thread
        self._release()


class Objects:
    """A store's objects of Python's that guests hold, by the number that stands for each."""

    def __init__(self) -> None:
        self.next = 1
        self.held: dict[int, tuple[Any, bool]] = {}

    def add(self, x: Any, owned: bool) -> int:
        rep = self.next
        self.next += 1
        self.held[rep] = (x, owned)
        return rep

    def get(self, rep: int) -> Any:
        return self.held[rep][0]

    def take(self, rep: int) -> Any:
        return self.held.pop(rep)[0]

    def dropped(self, rep: int) -> Any:
        """The last handle has gone: the object if the guest owned it, for its close()."""
        x, owned = self.held.pop(rep, (None, False))
        return x if owned else None


class Hosted:
    """A resource type of Python's, as a component imports it."""

    def __init__(self, interface: str | None, name: str, python_class: type | None) -> None:
        self.interface = ffi.new("char[]", interface.encode()) if interface else ffi.NULL
        self.name = ffi.new("char[]", name.encode())
        self.python_class = python_class

    def takes(self, x: Any) -> bool:
        return self.python_class is None or isinstance(x, self.python_class)
