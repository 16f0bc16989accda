# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What Python gives guests: functions, plain or `async def`, and resource types, by the names of a component's imports.

A table is bound to a component when it is first instantiated: then each import that Python has gets the converters of
its types, and imports that nobody has are left to libweir, which names all of them in one LinkError.
"""
from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, Callable, TypeVar

from . import _names
from ._compound import Result
from ._errors import Err, Ok, must
from ._handles import Scope
from ._native import ffi, lib
from ._resource import Hosted

F = TypeVar("F", bound=Callable[..., Any])


class Linker:
    """A table of imports. `Linker({"sleep": sleep, "docs:shop/log@1.0.0": {"write": write}})`.

    An interface is a dict, a module or any object: get-time is looked up as "get-time", then as get_time. A resource
    type is a class, found as "counter" or Counter; its constructor, methods and static functions are the class's own.
    An interface without a version serves every version of it.
    """

    def __init__(self, imports: Mapping[str, Any] | None = None) -> None:
        self._imports: dict[str, Any] = dict(imports or {})
        self._bound: dict[Any, Bound] = {}

    def __setitem__(self, name: str, definition: Any) -> None:
        self._imports[name] = definition
        self._bound.clear()

    def __getitem__(self, name: str) -> Any:
        return self._imports[name]

    def func(self, interface: str, name: str | None = None) -> Callable[[F], F]:
        """A decorator: @linker.func("sleep"), or @linker.func("docs:shop/log", "write")."""

        def define(function: F) -> F:
            if name is None:
                self[interface] = function
            else:
                self[interface] = {**dict(self._imports.get(interface, {})), name: function}
            return function

        return define

    def _bind(self, component: Any, wasi: Any) -> Bound:
        if wasi is not None:  # its host must not end before the linker
            return Bound(self, component, wasi)
        found = self._bound.get(component)
        if found is None:
            found = self._bound[component] = Bound(self, component, None)
        return found

    def _find(self, name: str) -> Any:
        if name in self._imports:
            return self._imports[name]
        for offered, definition in self._imports.items():
            if _names.compatible(name, offered):
                return definition
        return None


def _member(definition: Any, name: str, spell: Callable[[str], str]) -> Any:
    """A member of an interface or class, under its name in WIT or as Python spells it."""
    if isinstance(definition, Mapping):
        for spelling in (name, spell(name)):
            if spelling in definition:
                return definition[spelling]
        return None
    return getattr(definition, spell(name), None)


class Bound:
    """A linker of libweir for one component, with what Python has for it."""

    def __init__(self, linker: Linker, component: Any, wasi: Any) -> None:
        made, self.error = ffi.new("weir_linker **"), ffi.new("weir_error **")
        must(lib.weir_linker_new(component.engine._ptr, made, self.error), self.error)
        self.ptr = ffi.gc(made[0], lib.weir_linker_free)
        self.kept: list[Any] = [component, wasi]
        self.hosted: dict[int, Hosted] = {}
        if wasi is not None:
            must(lib.weir_wasi_link(wasi._ptr, self.ptr, self.error), self.error)
        for item in component._world.imports:
            definition = linker._find(item.name)
            if definition is None and item.kind != lib.WEIR_EXTERN_FUNC:
                definition = linker._find(_names.camel(item.name))
            if item.kind == lib.WEIR_EXTERN_INSTANCE:
                for inner in item.items:
                    self.bind(inner, definition)
            else:
                self.bind(item, linker._imports)

    def release(self) -> None:
        ffi.release(self.ptr)

    def bind(self, item: Any, interface: Any) -> None:
        if interface is None:
            return
        if item.kind == lib.WEIR_EXTERN_RESOURCE:
            self.bind_resource(item, _member(interface, item.name, _names.camel))
        elif item.function is not None:
            function = _implementation(item.function, interface)
            if function is not None:
                self.bind_function(item.function, function)

    def bind_resource(self, item: Any, python_class: Any) -> None:
        if python_class is None:
            return
        hosted = Hosted(item.interface, item.name, python_class if isinstance(python_class, type) else None)
        self.hosted[int(ffi.cast("uintptr_t", item.resource))] = hosted
        status = lib.weir_linker_define_resource(
            self.ptr, hosted.interface, hosted.name, lib.py_resource_dropped, ffi.NULL, ffi.NULL, self.error
        )
        must(status, self.error)

    def bind_function(self, function: Any, python: Callable[..., Any]) -> None:
        host = HostFunction(function, python)
        interface = ffi.new("char[]", function.interface.encode()) if function.interface else ffi.NULL
        name = ffi.new("char[]", function.name.encode())
        self.kept.append(host)
        status = lib.weir_linker_define_func(
            self.ptr, interface, name, ffi.NULL, lib.py_host_call, host.handle, ffi.NULL, self.error
        )
        must(status, self.error)
        if not function.is_async and inspect.iscoroutinefunction(python):
            must(lib.weir_linker_let_wait(self.ptr, interface, name, self.error), self.error)


def _implementation(function: Any, interface: Any) -> Callable[..., Any] | None:
    """What Python has for an imported function."""
    whole = _member(interface, function.name, _names.snake)
    if whole is not None or function.role == lib.WEIR_FUNC_FREE:
        return whole  # type: ignore[no-any-return]
    resource = ffi.string(lib.weir_resource_type_name(function.resource)).decode()
    python_class = _member(interface, resource, _names.camel)
    if python_class is None:
        return None
    if function.role == lib.WEIR_FUNC_CONSTRUCTOR:
        return python_class  # type: ignore[no-any-return]
    return getattr(python_class, _names.snake(function.member), None)


class HostFunction:
    """A function of Python's behind an import."""

    def __init__(self, function: Any, python: Callable[..., Any]) -> None:
        self.function, self.python = function, python
        self.params, self.result = function.params, function.result
        self.result_parts = self.result.parts if isinstance(self.result, Result) else None
        self.handle = ffi.new_handle(self)

    def call(self, store: Any, call: Any, args: Any, count: int) -> None:
        instance = store._instance_at(lib.weir_host_call_instance(call))
        try:
            values = [param.lift(args + i, instance) for i, param in enumerate(self.params[:count])]
            result = self.python(*values)
            if inspect.isawaitable(result):
                HostTask(self, store, instance, call, result)
                return
            self.answer(store, instance, call, result)
        except BaseException as error:
            self.fail(store, instance, call, error)

    def answer(self, store: Any, instance: Any, call: Any, result: Any) -> None:
        """Finishes a call of libweir with a result of Python's."""
        if self.result is None:
            if result is not None:
                raise TypeError(f"{self.function.name} has no result, and gave {type(result).__name__}")
            must(lib.weir_host_call_return(call, ffi.NULL, store._error), store._error)
            return
        if self.result_parts and not isinstance(result, (Err, Ok)):
            result = Ok(result)
        scope, value = Scope(instance), ffi.new("weir_value *")
        try:
            self.result.lower(value, result, scope)
        except TypeError as error:
            scope.failed()
            raise TypeError(f"result of {self.function.name}: {error}") from None
        status = lib.weir_host_call_return(call, value, store._error)
        if status:
            scope.failed()
            must(status, store._error)
        scope.taken()

    def fail(self, store: Any, instance: Any, call: Any, error: BaseException) -> None:
        if isinstance(error, Err) and self.result_parts:
            try:
                self.answer(store, instance, call, error)
                return
            except Exception as other:
                error = other
        if isinstance(error, SystemExit):
            code = error.code if isinstance(error.code, int) else int(error.code is not None)
            lib.weir_host_call_exit(call, code)
            return
        store._host_exception = error
        if not isinstance(error, Exception):
            store._interrupt = error
        lib.weir_host_call_fail(call, f"{type(error).__name__}: {error}".encode("utf-8", "replace").replace(b"\0", b""))


class HostTask:
    """A call of an `async def`: an asyncio task finishes it, and the guest's cancellation cancels the task."""

    def __init__(self, host: HostFunction, store: Any, instance: Any, call: Any, awaitable: Any) -> None:
        self.host, self.store, self.instance, self.call = host, store, instance, call
        self.handle = ffi.new_handle(self)
        self.cancelled = False
        try:
            self.task = store._spawn(awaitable if inspect.iscoroutine(awaitable) else _awaited(awaitable))
        except BaseException:
            if inspect.iscoroutine(awaitable):
                awaitable.close()
            raise
        self.task.add_done_callback(self.ended)
        store._kept.add(self)
        lib.weir_host_call_on_cancel(call, lib.py_host_cancel, self.handle, ffi.NULL)

    def ended(self, task: Any) -> None:
        store = self.store
        store._kept.discard(self)
        if store._ptr is None:
            return
        if task.cancelled():
            if not self.cancelled or lib.weir_host_call_cancelled(self.call):
                lib.weir_host_call_fail(self.call, b"the host's task was cancelled")
            return
        error = task.exception()
        try:
            if error is not None:
                raise error
            self.host.answer(store, self.instance, self.call, task.result())
        except BaseException as reason:
            self.host.fail(store, self.instance, self.call, reason)


async def _awaited(awaitable: Any) -> Any:
    return await awaitable


@ffi.def_extern(name="py_host_call")
def _host_call(data: Any, call: Any, args: Any, count: int) -> None:
    from ._store import store_at

    host: HostFunction = ffi.from_handle(data)
    host.call(store_at(lib.weir_host_call_store(call)), call, args, count)


@ffi.def_extern(name="py_host_cancel")
def _host_cancel(data: Any, _call: Any) -> None:
    task: HostTask = ffi.from_handle(data)
    task.cancelled = True
    task.task.cancel()


@ffi.def_extern(name="py_resource_dropped")
def _resource_dropped(_data: Any, store: Any, rep: int) -> None:
    from ._store import store_at

    owner = store_at(store)
    x = owner._objects.dropped(rep) if owner else None
    close = getattr(x, "close", None)
    if close is not None:
        owner._guarded(close)
