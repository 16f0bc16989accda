# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Instances of components, and their exports by name."""
from __future__ import annotations

from typing import Any, Iterator

from . import _names
from ._call import Export
from ._errors import Err, Exit, text
from ._native import ffi, lib
from ._resource import Resource, ResourceType


class Instance:
    """A component in a store. `instance.exports.name(...)` is awaited."""

    def __init__(self, store: Any, component: Any, bound: Any) -> None:
        """store.instantiate() makes instances."""
        self.store, self.component, self._bound = store, component, bound
        self._hosted, self._raises = bound.hosted, store._raises
        self._classes: dict[int, ResourceType] = {}
        self._ptr: Any = ffi.NULL
        out = ffi.new("weir_instance **")
        store._enter()
        try:
            store._starting = self
            status = lib.weir_instance_new(store._ptr, bound.ptr, component._ptr, out, store._error)
        finally:
            store._starting = None
            store._leave()
        if status:
            store._raise(status)
        self._ptr = out[0]
        store._instances[int(ffi.cast("uintptr_t", self._ptr))] = self
        self.exports = Exports(self, component._world.exports)

    def _main(self) -> Any:
        for name in self.exports:
            if _names.base(name) == "wasi:cli/run":
                return self.exports[name].run
        raise AttributeError("the component is no command: it does not export wasi:cli/run")

    async def main(self) -> int:
        """Runs a command of WASI (wasi:cli/run) to its end, also what it does after its return: its exit code."""
        try:
            await self._main()()
            await self.store.idle()
        except Err:
            return 1
        except Exit as ended:
            return ended.code
        return 0

    def run_main(self) -> int:
        """The same outside of a loop."""
        try:
            self._main().run()
        except Err:
            return 1
        except Exit as ended:
            return ended.code
        return 0

    def _resource_class(self, resource: Any) -> ResourceType:
        """The class of a resource type, with the functions that belong to it."""
        key = int(ffi.cast("uintptr_t", resource))
        found = self._classes.get(key)
        if found is None:
            name = _names.camel(text(lib.weir_resource_type_name(resource)) or "resource")
            found = self._classes[key] = type.__new__(ResourceType, name, (Resource,), {"__slots__": ()})
            for item in self.component._world.externs():
                function = item.function
                if function and function.resource == resource and not lib.weir_func_is_imported(function.ptr):
                    self._add_member(found, function)
        return found

    def _add_member(self, made: ResourceType, function: Any) -> None:
        export = Export(self, function)
        if function.role == lib.WEIR_FUNC_CONSTRUCTOR:
            setattr(made, "_constructor", staticmethod(export))
        elif function.role == lib.WEIR_FUNC_METHOD:
            setattr(made, _names.snake(function.member), _method(export))
        else:
            setattr(made, _names.snake(function.member), staticmethod(export))


def _method(export: Export) -> Any:
    def method(self: Resource, *args: Any, **names: Any) -> Any:
        return export(self, *args, **names)

    method.__name__ = export.__name__
    return method


class Exports:
    """Exports by name: functions as get_time for get-time, classes of resources, and interfaces, as an object of the same
    kind, under the last word of their name or by index: exports["docs:shop/basket@1.0.0"]."""

    def __init__(self, instance: Instance, items: list[Any]) -> None:
        self._instance = instance
        self._items = {item.name: item for item in items}
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = self._make(self._item(name))
        return self._made[name]

    def _item(self, name: str) -> Any:
        if name in self._items:
            return self._items[name]
        for offered, item in self._items.items():
            if _names.compatible(offered, name):
                return item
        raise KeyError(f"the component does not export {name!r}: it has {', '.join(self._items) or 'nothing'}")

    def _make(self, item: Any) -> Any:
        if item.function is not None:
            return Export(self._instance, item.function)
        if item.kind == lib.WEIR_EXTERN_INSTANCE:
            return Exports(self._instance, item.items)
        if item.kind == lib.WEIR_EXTERN_RESOURCE:
            return self._instance._resource_class(item.resource)
        if item.kind == lib.WEIR_EXTERN_TYPE and item.type:
            return getattr(self._instance.component._world.table.of(item.type), "made", None)
        return None

    def _spellings(self) -> Iterator[tuple[str, str]]:
        for name, item in self._items.items():
            if item.kind == lib.WEIR_EXTERN_INSTANCE:
                yield _names.short(name), name
            elif item.kind in (lib.WEIR_EXTERN_RESOURCE, lib.WEIR_EXTERN_TYPE):
                yield _names.camel(name), name
            elif item.function is None or item.function.role == lib.WEIR_FUNC_FREE:
                yield _names.snake(name), name

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        for spelling, name in self._spellings():
            if spelling == attribute:
                made = self[name]
                self.__dict__[attribute] = made
                return made
        names = ", ".join(spelling for spelling, _ in self._spellings())
        raise AttributeError(f"the component does not export {attribute!r}: it has {names or 'nothing'}")

    def __dir__(self) -> list[str]:
        return [spelling for spelling, _ in self._spellings()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)
