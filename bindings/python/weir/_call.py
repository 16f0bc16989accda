# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Exports: to await one is to start a call, and to be there when it ends."""
from __future__ import annotations

import asyncio
import inspect
from typing import Any

from ._compound import Result
from ._errors import Cancelled, Err, Ok
from ._handles import Scope
from ._names import snake
from ._native import ffi, lib
from ._scalars import Float, Int


class Call:
    """A call under way."""

    __slots__ = ("store", "done", "future", "handle")

    def __init__(self, store: Any) -> None:
        self.store = store
        self.done = False
        self.future: asyncio.Future[None] | None = None
        self.handle = ffi.new_handle(self)


@ffi.def_extern(name="py_call_ended")
def _ended(data: Any, _call: Any) -> None:
    call = ffi.from_handle(data)
    call.done = True
    call.handle = None  # a handle and its object are a cycle
    call.store._kept.discard(call)
    future = call.future
    if future is not None and not future.done():
        future.set_result(None)


class Export:
    """A function that an instance exports. `await function(1, 2)` calls it; to cancel the awaiting task cancels the
    call. function.run(1, 2) calls it outside of a loop, where the guest needs nothing of the loop."""

    def __init__(self, instance: Any, function: Any) -> None:
        self._instance, self._function = instance, function
        self._store, self._ptr = instance.store, function.ptr
        self._params, self._result = function.params, function.result
        self._is_result = isinstance(self._result, Result)
        self._flat = function.is_flat and not isinstance(self._result, Float)
        self._flat = self._flat and all(isinstance(part, Int) for part in self._params)
        if self._flat:
            self._words, self._word = ffi.new("uint64_t[16]"), ffi.new("uint64_t *")
        self.__name__, self.__doc__ = function.name, _wit(function)

    async def __call__(self, *args: Any, **names: Any) -> Any:
        store = self._store
        call = Call(store)
        handle = self._start(call, args, names)
        store._step()
        if not call.done:
            await self._wait(call, handle)
        return self._outcome(handle)

    async def _wait(self, call: Call, handle: Any) -> None:
        call.future = self._store._loop_for("await an export").create_future()
        try:
            await call.future
        except BaseException:  # cancelled: the guest is told, and nobody waits for its answer
            if not call.done:
                lib.weir_call_cancel(handle)
            lib.weir_call_free(handle)
            self._store._kept.discard(call)
            raise

    def _start(self, call: Call, args: tuple[Any, ...], names: dict[str, Any]) -> Any:
        store = self._store
        values, scope = self._lower(args, names)
        out = ffi.new("weir_call **")
        store._kept.add(call)
        status = lib.weir_call_start(
            self._instance._ptr, self._ptr, values, len(self._params), lib.py_call_ended, call.handle, out, store._error
        )
        if status:
            store._kept.discard(call)
            scope.failed()
            store._raise(status)
        scope.taken()
        return out[0]

    def _lower(self, args: tuple[Any, ...], names: dict[str, Any]) -> tuple[Any, Scope]:
        if names or len(args) != len(self._params):
            args = self._arranged(args, names)
        scope = Scope(self._instance)
        values = ffi.new("weir_value[]", len(args))
        i = 0
        try:
            for i, param in enumerate(self._params):
                param.lower(values + i, args[i], scope)
        except TypeError as error:
            scope.failed()
            raise TypeError(f"argument `{self._function.param_names[i]}` of {self.__name__}: {error}") from None
        except BaseException:
            scope.failed()
            raise
        return values, scope

    def _arranged(self, args: tuple[Any, ...], names: dict[str, Any]) -> tuple[Any, ...]:
        """Arguments in order, from those by position and those by name."""
        wanted = [snake(name) for name in self._function.param_names]
        values = list(args)
        for name in wanted[len(args) :]:
            if name not in names:
                raise TypeError(f"{self.__name__}({', '.join(wanted)}): {name} is missing")
            values.append(names.pop(name))
        if names or len(values) > len(wanted):
            raise TypeError(f"{self.__name__}({', '.join(wanted)}): too many arguments")
        return tuple(values)

    def _outcome(self, handle: Any) -> Any:
        store, value = self._store, ffi.new("weir_value *")
        if store._ptr is None:
            raise Cancelled("the store was closed before the call had ended")
        status = lib.weir_call_result(handle, value, store._error)
        lib.weir_call_free(handle)
        if status:
            store._raise(status)
        return self._lifted(value)

    def _lifted(self, value: Any) -> Any:
        if self._result is None:
            return None
        try:
            result = self._result.lift(value, self._instance)
        finally:
            lib.weir_value_clear(value)
        if self._is_result and self._instance._raises:
            if isinstance(result, Err):
                raise result
            assert isinstance(result, Ok)
            return result.value
        return result

    def run(self, *args: Any, **names: Any) -> Any:
        """Calls the function and steps the store until it has returned. For guests that wait for nothing of the loop:
        Deadlock where they do."""
        if self._store._wasi is not None:
            return self._drive(args, names)
        if self._flat and not names and len(args) == len(self._params):
            return self._run_flat(args)
        store, value = self._store, ffi.new("weir_value *")
        values, scope = self._lower(args, names)
        store._enter()
        try:
            status = lib.weir_call_run(self._instance._ptr, self._ptr, values, len(self._params), value, store._error)
        finally:
            store._leave()
        if status:
            scope.failed()
            store._raise(status)
        scope.taken()
        return self._lifted(value)

    def _drive(self, args: tuple[Any, ...], names: dict[str, Any]) -> Any:
        """run() where there is a WASI host: its loop is run until the call has ended."""
        store, call = self._store, Call(self._store)
        handle = self._start(call, args, names)
        store._enter()
        try:
            status = lib.weir_wasi_drive(store._wasi._ptr, store._ptr, handle, store._error)
        finally:
            store._leave()
        if status and not call.done:
            lib.weir_call_free(handle)
            store._raise(status)
        lib.weir_error_free(store._error[0])
        store._error[0] = ffi.NULL
        return self._outcome(handle)

    def _run_flat(self, args: tuple[Any, ...]) -> Any:
        words, store = self._words, self._store
        for i, param in enumerate(self._params):
            words[i] = param.word(args[i])
        store._enter()
        try:
            status = lib.weir_call_flat(self._instance._ptr, self._ptr, words, len(args), self._word, store._error)
        finally:
            store._leave()
        if status:
            store._raise(status)
        return _unflattened(self._result, self._word[0])

    def __getattr__(self, name: str) -> Any:
        """The signature, for inspect and for what helps in a terminal: rarely wanted, and so made late."""
        if name != "__signature__":
            raise AttributeError(f"an export has no {name!r}")
        parameters = [
            inspect.Parameter(snake(name), inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=part.takes)
            for name, part in zip(self._function.param_names, self._params)
        ]
        result = self._result.parts[0] if isinstance(self._result, Result) else self._result
        return inspect.Signature(parameters, return_annotation=result.hint if result else None)

    def __repr__(self) -> str:
        return f"<weir.Export {self.__doc__}>"


def _wit(function: Any) -> str:
    """A function as WIT writes it: "nap(ms: u32, n: u32) -> u32"."""
    params = ", ".join(f"{name}: {part.wit}" for name, part in zip(function.param_names, function.params))
    return f"{function.name}({params})" + (f" -> {function.result.wit}" if function.result else "")


def _unflattened(result: Any, word: int) -> Any:
    """A word of a flat call as a value."""
    if result is None:
        return None
    if isinstance(result, Int):
        return word if result.low == 0 else ((word & result.high) - (word & (result.high + 1)))
    return bool(word) if result.wit == "bool" else chr(word)


