# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""For callers without a loop: run() for one call, and a Bridge, a thread with a loop of its own, for many from any
thread."""
from __future__ import annotations

import asyncio
import concurrent.futures
import os
import threading
from collections.abc import Coroutine, Iterator, Mapping
from typing import Any, TypeVar

from ._engine import Component, Engine
from ._instance import Exports, Instance
from ._linker import Linker
from ._store import Store

T = TypeVar("T")


def run(
    component: Component | bytes | str | os.PathLike[str],
    function: str,
    /,
    *args: Any,
    imports: Linker | Mapping[str, Any] | None = None,
    engine: Engine | None = None,
    **settings: Any,
) -> Any:
    """Calls one export of a component in a store and a loop of its own, and waits: weir.run("app.wasm", "add", 1, 2).
    A function of an interface is "docs:calc/ops#add". `settings` are those of Store."""

    async def main() -> Any:
        owner = component.engine if isinstance(component, Component) else engine
        async with Store(owner, **settings) as store:
            return await _find(store.instantiate(component, imports), function)(*args)

    return asyncio.run(main())


def _find(instance: Instance, function: str) -> Any:
    interface, separator, name = function.rpartition("#")
    exports = instance.exports[interface] if separator else instance.exports
    try:
        return exports[name]
    except KeyError:
        return getattr(exports, name)


class Bridge:
    """A thread that runs a loop with a store in it. Any thread may call, and blocks; others go on meanwhile.

    with weir.Bridge() as bridge:
        app = bridge.instantiate("app.wasm", {"sleep": sleep})
        print(app.exports.double(21))
    """

    def __init__(self, engine: Engine | None = None, **settings: Any) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="weir-bridge", daemon=True)
        self._thread.start()
        self._store = Store(engine, **settings)
        try:
            self.run(self._store.__aenter__())
        except BaseException:
            self._stop()
            raise

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        """Runs a coroutine on the bridge's thread; the future can be waited for, and cancelled, on any thread."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def run(self, coroutine: Coroutine[Any, Any, T], timeout: float | None = None) -> T:
        """The same, and waits. TimeoutError after `timeout` seconds: the coroutine is cancelled."""
        if threading.current_thread() is self._thread:
            coroutine.close()
            raise RuntimeError("the bridge's own thread would wait for itself")
        future = self.submit(coroutine)
        try:
            return future.result(timeout)
        except concurrent.futures.TimeoutError:
            future.cancel()
            raise TimeoutError("the call has not ended in the time that it was given") from None
        except BaseException:
            future.cancel()
            raise

    def instantiate(self, component: Any, imports: Linker | Mapping[str, Any] | None = None) -> Bridged:
        async def make() -> Instance:
            return self._store.instantiate(component, imports)

        return Bridged(self, self.run(make()))

    def iterate(self, stream: Any) -> Iterator[Any]:
        """A stream that a call gave, for callers without a loop."""

        async def following() -> Any:
            return await anext(pieces, _END)

        pieces = stream.__aiter__()
        while (piece := self.run(following())) is not _END:
            yield piece

    def close(self) -> None:
        """Ends the store, and the thread. A second time has no effect."""
        if self._thread.is_alive():
            try:
                self.run(self._store.__aexit__())
            finally:
                self._stop()

    def _stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def __enter__(self) -> Bridge:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


_END = object()


class Bridged:
    """An instance on a bridge. Its exports block, and take `timeout` in seconds; `exports.name.submit(...)` does not."""

    def __init__(self, bridge: Bridge, instance: Instance) -> None:
        self.instance = instance
        self.exports = BridgedExports(bridge, instance.exports)


class BridgedExports:
    def __init__(self, bridge: Bridge, exports: Any) -> None:
        self._bridge, self._exports = bridge, exports

    def __getattr__(self, name: str) -> Any:
        return self._wrap(getattr(self._exports, name))

    def __getitem__(self, name: str) -> Any:
        return self._wrap(self._exports[name])

    def _wrap(self, found: Any) -> Any:
        if isinstance(found, Exports):
            return BridgedExports(self._bridge, found)
        return BridgedExport(self._bridge, found) if callable(found) and not isinstance(found, type) else found


class BridgedExport:
    def __init__(self, bridge: Bridge, export: Any) -> None:
        self._bridge, self._export = bridge, export

    def __call__(self, *args: Any, timeout: float | None = None, **names: Any) -> Any:
        return self._bridge.run(self._export(*args, **names), timeout)

    def submit(self, *args: Any, **names: Any) -> concurrent.futures.Future[Any]:
        return self._bridge.submit(self._export(*args, **names))
