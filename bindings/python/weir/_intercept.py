# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Interceptors: told of every call between guests and their host, before and after, and may decide about it: at once, or
later, where a hook is an `async def`."""
from __future__ import annotations

import inspect
from typing import Any

from ._errors import describe, must
from ._handles import Scope
from ._native import ffi, lib


class Answer:
    """What a before hook returns, or its coroutine, to answer a call in the function's place."""

    def __init__(self, value: Any = None) -> None:
        self.value = value


class Opaque:
    """An argument or result with a resource, stream or future: it belongs to the call, and only its type is shown."""

    def __init__(self, wit: str) -> None:
        self.wit = wit

    def __repr__(self) -> str:
        return f"<{self.wit}>"


class Crossing:
    """A call that crosses. `number` is the call's own in its store."""

    def __init__(self, store: Any, crossing: Any) -> None:
        self.interface = ffi.unpack(crossing.interface_name, crossing.interface_size).decode()
        self.name: str = ffi.unpack(crossing.name, crossing.name_size).decode()
        self.number, self.is_import = int(crossing.call), bool(getattr(crossing, "import"))
        instance = store._instance_at(crossing.instance)
        types = instance.component._world.table
        self.args: list[Any] = []
        for i in range(crossing.arg_count):
            self.args.append(_shown(types, lib.weir_crossing_param_type(crossing, i), crossing.args + i, instance))
        kind = lib.weir_crossing_result_type(crossing)
        self.result = _shown(types, kind, crossing.result, instance) if crossing.result and kind else None
        self.error: Exception | None = None

    def __repr__(self) -> str:
        where = f"{self.interface}." if self.interface else ""
        return f"<weir.Crossing {self.number}: {where}{self.name}({', '.join(map(repr, self.args))})>"


def _shown(types: Any, kind: Any, value: Any, instance: Any) -> Any:
    if lib.weir_type_has_handle(kind) or value.kind == lib.WEIR_VALUE_NONE:
        return Opaque(types.of(kind).wit)
    return types.of(kind).lift(value, instance)


class Interceptor:
    """An object of Python's, in a store. Hooks that it lacks cost nothing."""

    def __init__(self, store: Any, hooks: Any, holds: bool) -> None:
        self.store, self.hooks = store, hooks
        self.handle = ffi.new_handle(self)
        struct = ffi.new("weir_interceptor *")
        struct.size, struct.holds = ffi.sizeof("weir_interceptor"), holds
        for name in ("before_import", "after_import", "before_export", "after_export", "failure"):
            if hasattr(hooks, name):
                setattr(struct, name, getattr(lib, f"py_{name}"))
        must(lib.weir_store_intercept(store._ptr, struct, self.handle, ffi.NULL), store._error)

    def decide(self, name: str, crossing: Any) -> int:
        """Asks a hook: the verdict."""
        try:
            result = getattr(self.hooks, name)(Crossing(self.store, crossing))
            if inspect.isawaitable(result):
                return self.hold(crossing, result)
            if isinstance(result, Answer):
                value = self.lowered(crossing, lib.weir_crossing_result_type(crossing), result.value)
                return int(lib.weir_crossing_answer(crossing, value))
        except Exception as error:
            self.store._host_exception = error
            return int(lib.weir_crossing_fail(crossing, _words(error)))
        return int(lib.WEIR_GO_ON)

    def lowered(self, crossing: Any, kind: Any, x: Any) -> Any:
        """A value of weir's own, since the answer may be given later."""
        instance = self.store._instance_at(crossing.instance)
        return lower_answer(instance, kind, x)

    def hold(self, crossing: Any, awaitable: Any) -> int:
        """The call waits until the awaitable is done."""
        store = self.store
        instance, kind = store._instance_at(crossing.instance), lib.weir_crossing_result_type(crossing)
        hook = lib.weir_crossing_hold(crossing)
        if not hook:
            raise MemoryError("weir: out of memory")
        task = store._spawn(_awaited(awaitable))
        task.add_done_callback(lambda done: self.held(hook, instance, kind, done))
        return int(lib.WEIR_PENDING)

    def held(self, hook: Any, instance: Any, kind: Any, task: Any) -> None:
        if task.cancelled():
            lib.weir_hook_fail(hook, b"the interceptor's task was cancelled")
            return
        try:
            result = task.result()
            if isinstance(result, Answer):
                lib.weir_hook_answer(hook, lower_answer(instance, kind, result.value))
            else:
                lib.weir_hook_go_on(hook)
        except Exception as error:
            self.store._host_exception = error
            lib.weir_hook_fail(hook, _words(error))


def lower_answer(instance: Any, kind: Any, x: Any) -> Any:
    value = ffi.new("weir_value *")
    if not kind:
        if x is not None:
            raise TypeError(f"the function has no result, and the answer is {type(x).__name__}")
        return value
    scope, lent = Scope(instance), ffi.new("weir_value *")
    instance.component._world.table.of(kind).lower(lent, x, scope)
    status = lib.weir_value_copy(lent, value)
    scope.failed()
    must(status, instance.store._error)
    return value


async def _awaited(awaitable: Any) -> Any:
    return await awaitable


def _words(error: Exception) -> bytes:
    return f"{type(error).__name__}: {error}".encode("utf-8", "replace").replace(b"\0", b"")


def _hook(name: str) -> None:
    @ffi.def_extern(name=f"py_{name}", error=lib.WEIR_FAIL)
    def call(data: Any, crossing: Any) -> int:
        interceptor: Interceptor = ffi.from_handle(data)
        return interceptor.decide(name, crossing)


for _name in ("before_import", "after_import", "before_export", "after_export"):
    _hook(_name)


@ffi.def_extern(name="py_failure")
def _failure(data: Any, crossing: Any) -> None:
    interceptor: Interceptor = ffi.from_handle(data)
    store = interceptor.store
    shown = Crossing(store, crossing)
    shown.error = describe(crossing.status, ffi.NULL)
    shown.error.args = (ffi.string(crossing.message).decode("utf-8", "replace"),)
    store._guarded(lambda: interceptor.hooks.failure(shown))
