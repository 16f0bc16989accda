# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Stores: where instances live and run. A store is driven by the asyncio loop that it was entered in: the loop waits for
the store's descriptor, and steps the store when it is readable."""
from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from typing import Any, Callable, Coroutine

from ._engine import Component, Engine, default_engine
from ._errors import describe, failure, must
from ._instance import Instance
from ._intercept import Interceptor
from ._linker import Linker
from ._native import ffi, lib
from ._record import Recorder
from ._resource import Objects
from ._stream import Operation, Stream, StreamWriter
from ._wasi import NEVER, Wasi
from ._world import Types

_stores: dict[int, "Store"] = {}  # the open ones, by the pointer that callbacks get

ROUNDS = 16  # of a store, before the loop has its turn


def store_at(pointer: Any) -> Any:
    """The store of a pointer; None: it is gone."""
    return _stores.get(int(ffi.cast("uintptr_t", pointer)))


class Store:
    """`async with weir.Store() as store:` opens a store in the running loop, and ends it. `with weir.Store() as store:`
    opens one without a loop, for exports' run().

    wasi         a weir.Wasi: what guests see of the world
    record       a path: all that crosses between guests and host is recorded there, for weir.replay()
    trace        called with a line of text for each event that crosses
    results      "raise": an export whose result is an error raises Err; "values": it returns Ok or Err
    The others are members of weir_store_config: weir/limits.h.
    """

    def __init__(
        self,
        engine: Engine | None = None,
        *,
        wasi: Wasi | None = None,
        results: str = "raise",
        record: str | os.PathLike[str] | None = None,
        trace: Callable[[str], None] | None = None,
        fuel: int = 0,
        deadline: int = 0,
        slice: int = 0,
        schedule_seed: int = 0,
        max_handles: int = 0,
        max_tasks: int = 0,
        max_waitables: int = 0,
        max_stacks: int = 0,
        max_value_bytes: int = 0,
        max_memory_bytes: int = 0,
        max_table_elements: int = 0,
        max_memories: int = 0,
        max_tables: int = 0,
        max_instances: int = 0,
        max_total_memory_bytes: int = 0,
        max_total_table_elements: int = 0,
    ) -> None:
        if results not in ("raise", "values"):
            raise ValueError('results is "raise" or "values"')
        members = {name: value for name, value in locals().items() if isinstance(value, int) and value}
        self._config = ffi.new("weir_store_config *")
        self._config.size = ffi.sizeof("weir_store_config")
        self._config.packed_lists = True
        for name, value in members.items():
            setattr(self._config, name, value)
        self._wasi, self._raises = wasi, results == "raise"
        self._record, self._trace = record, trace
        self._recorder: Recorder | None = None
        self._interceptors: list[Interceptor] = []
        self._engine: Engine | None = engine or default_engine()
        self._ptr: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._fd = self._wasi_fd = -1
        self._timer: asyncio.TimerHandle | None = None  # when the WASI host wants its next turn
        self._error = ffi.new("weir_error **")
        self._instances: dict[int, Instance] = {}
        self._objects = Objects()
        self._types = Types(self._engine)
        self._kept: set[Any] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._host_exception: BaseException | None = None
        self._interrupt: BaseException | None = None
        self._stepping = False
        self._starting: Instance | None = None  # the instance that is being made, which has no pointer yet

    # ---- opening and closing

    def _open(self) -> None:
        if self._ptr is not None or self._engine is None:
            raise RuntimeError("a store is opened once")
        made = ffi.new("weir_store **")
        if self._wasi is not None:
            self._wasi._open()
        must(lib.weir_store_new(self._engine._ptr, self._config, made, self._error), self._error)
        self._ptr = made[0]
        _stores[int(ffi.cast("uintptr_t", self._ptr))] = self

    def __enter__(self) -> Store:
        self._open()
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    async def __aenter__(self) -> Store:
        self._loop = asyncio.get_running_loop()
        self._open()
        self._fd = lib.weir_store_fd(self._ptr)
        if self._fd < 0:
            self.close()
            raise OSError(ffi.errno, "no descriptor for the store")
        self._loop.add_reader(self._fd, self._step)
        if self._wasi is not None:
            self._wasi_fd = lib.weir_wasi_fd(self._wasi._ptr)
            self._loop.add_reader(self._wasi_fd, self._step)
            self._turn()
        return self

    async def __aexit__(self, *_: Any) -> None:
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.close()

    def close(self) -> None:
        """Ends all that runs in the store, and the store. A second time has no effect."""
        if self._ptr is None or self._stepping:
            return
        if self._fd >= 0 and self._loop is not None:
            self._loop.remove_reader(self._fd)
            self._fd = -1
            if self._wasi_fd >= 0:
                self._loop.remove_reader(self._wasi_fd)
            if self._timer is not None:
                self._timer.cancel()
        pointer = self._ptr
        try:
            if self._recorder is not None and self._recorder.ptr is not None:
                self._recorder.close()
        finally:
            self._free(pointer)

    def _free(self, pointer: Any) -> None:
        self._stepping = True
        lib.weir_store_free(pointer)
        self._stepping = False
        del _stores[int(ffi.cast("uintptr_t", pointer))]
        self._ptr = self._engine = None
        if self._wasi is not None:
            for instance in self._instances.values():
                instance._bound.release()
            self._wasi._close()
        self._instances.clear()

    def __del__(self) -> None:
        if getattr(self, "_ptr", None) is not None:
            lib.weir_store_free(self._ptr)

    # ---- running

    def _step(self) -> None:
        """Runs what is ready, and lets the loop have its turn after some rounds."""
        if self._stepping or self._ptr is None:
            return
        self._stepping = True
        rounds, step = ROUNDS, lib.weir_store_step(self._ptr)
        while step == lib.WEIR_STEP_READY and rounds:
            rounds -= 1
            step = lib.weir_store_step(self._ptr)
        self._stepping = False
        if step == lib.WEIR_STEP_FAILED:
            self._tell_of_failure()
        if self._wasi is not None and self._loop is not None:
            self._turn()
        if self._interrupt is not None:
            self._leave()

    def _turn(self) -> None:
        """Lets the WASI host have its turn, and sees to the next one."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        assert self._wasi is not None
        milliseconds = self._wasi._turn()
        if milliseconds != NEVER and self._loop is not None:
            self._timer = self._loop.call_later(milliseconds / 1000, self._step)

    def _enter(self) -> None:
        if self._stepping or self._ptr is None:
            raise RuntimeError("the store is closed" if self._ptr is None else "inside of a host function")
        self._stepping = True

    def _leave(self) -> None:
        self._stepping = False
        error, self._interrupt = self._interrupt, None
        if error is not None:
            raise error

    def _loop_for(self, what: str) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            raise RuntimeError(f"to {what} the store is opened with `async with`")
        return self._loop

    def _spawn(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """A task that ends with the store at the latest."""
        try:
            task = self._loop_for("wait for Python").create_task(coroutine)
        except BaseException:
            coroutine.close()
            raise
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _guarded(self, function: Callable[[], Any]) -> None:
        """Calls what must not fail; what it raises goes to the loop's exception handler."""
        try:
            result = function()
            if asyncio.iscoroutine(result):
                self._spawn(result)
        except Exception as error:
            if self._loop is None:
                raise
            self._loop.call_exception_handler({"message": "in a callback of weir", "exception": error})

    # ---- failures

    def _tell_of_failure(self) -> None:
        """Reads and writes end with their store only: whoever waits for one is told of its failure now."""
        for waiting in [one.future for one in self._kept if isinstance(one, Operation) and one.future]:
            if not waiting.done():
                waiting.set_exception(self._failure() or RuntimeError("the store has failed"))

    def _raise(self, status: int) -> None:
        """The exception for a status, with what a host function raised as its cause."""
        made = failure(status, self._error)
        if status == lib.WEIR_ERR_HOST:
            raise made from self._host_exception
        raise made

    def _failure(self) -> Exception | None:
        """If the store has failed: the exception for that."""
        error = lib.weir_store_failure(self._ptr) if self._ptr is not None else ffi.NULL
        if not error:
            return None
        made = describe(lib.weir_error_status(error), error)
        made.__cause__ = self._host_exception
        return made

    def _raise_failure(self) -> None:
        made = self._failure()
        if made is not None:
            raise made

    # ---- instances

    def instantiate(self, component: Component | Any, imports: Linker | Mapping[str, Any] | None = None) -> Instance:
        """An instance of a component, which may be a path or bytes. `imports`: what Python gives it."""
        if self._ptr is None or self._engine is None:
            raise RuntimeError("the store is not open")
        if not isinstance(component, Component):
            component = Component(component, self._engine)
        if self._recorder is None and (self._record is not None or self._trace is not None):
            self._recorder = Recorder(self, self._record, self._trace, component)
        linker = imports if isinstance(imports, Linker) else Linker(imports)
        bound = linker._bind(component, self._wasi)
        return Instance(self, component, bound)

    def stream(self, element: str = "u8") -> tuple[StreamWriter[Any], Stream[Any]]:
        """A new stream: its writable and its readable end. `element` is a type in WIT, without resources: "u8",
        "record { x: u32 }". A guest takes the readable end; so may anybody in Python."""
        return self._pair(f"stream<{element}>" if element else "stream")

    def _pair(self, wit: str) -> tuple[StreamWriter[Any], Stream[Any]]:
        assert self._engine is not None
        found, data = ffi.new("weir_type **"), wit.encode()
        must(lib.weir_type_parse(self._engine._ptr, data, len(data), found, self._error), self._error)
        kind: Any = self._types.of(found[0])
        value = ffi.new("weir_value *")
        writer: StreamWriter[Any] = StreamWriter(self, None, kind, kind.pair(value, self))
        return writer, kind.lift(value, _Lone(self))

    def _instance_at(self, pointer: Any) -> Instance:
        found = self._instances.get(int(ffi.cast("uintptr_t", pointer))) or self._starting
        assert found is not None
        return found

    def intercept(self, hooks: Any, *, holds: bool = False) -> None:
        """From now on `hooks` is told of each call between guests and host, before the store has instances. It has some of
        before_import, after_import, before_export, after_export and failure; each gets a Crossing. A hook that returns
        None lets the call go on, one that raises fails it, one that returns Answer(x) answers it. An `async def` keeps
        the call waiting until it is done; for imports of synchronous type with `holds` only."""
        self._interceptors.append(Interceptor(self, hooks, holds))

    @property
    def record_head(self) -> tuple[int, bytes]:
        """Of a store that is recorded: how many events there are, and the hash of all of them."""
        if self._recorder is None:
            raise RuntimeError("the store is not recorded")
        return self._recorder.head()

    # ---- what goes on

    @property
    def live_tasks(self) -> int:
        """Calls, by Python or guests, that have not both ended and exited."""
        return int(lib.weir_store_live_tasks(self._ptr)) if self._ptr is not None else 0

    async def idle(self) -> None:
        """Returns when no task is live: a guest may go on working after its call has returned."""
        waiter = _Waiter(self)
        must(lib.weir_store_on_idle(self._ptr, lib.py_idle, waiter.handle), self._error)
        self._step()
        await waiter.future

    def set_fuel(self, fuel: int) -> None:
        must(lib.weir_store_set_fuel(self._ptr, fuel), self._error)

    @property
    def fuel(self) -> int:
        left = ffi.new("uint64_t *")
        must(lib.weir_store_fuel(self._ptr, left), self._error)
        return int(left[0])

    def set_deadline(self, ticks: int) -> None:
        """Stops guest code after so many more ticks of the engine: Engine.tick()."""
        must(lib.weir_store_set_deadline(self._ptr, ticks), self._error)


class _Lone:
    """What stands for an instance where a store makes streams of its own."""

    def __init__(self, store: Store) -> None:
        self.store = store


class _Waiter:
    def __init__(self, store: Store) -> None:
        self.store = store
        self.future = store._loop_for("wait").create_future()
        self.handle = ffi.new_handle(self)
        store._kept.add(self)


@ffi.def_extern(name="py_idle")
def _idle(data: Any, status: int) -> None:
    waiter: _Waiter = ffi.from_handle(data)
    waiter.store._kept.discard(waiter)
    if waiter.future.done():
        return
    if status:
        waiter.future.set_exception(describe(status, lib.weir_store_failure(waiter.store._ptr)))
    else:
        waiter.future.set_result(None)
