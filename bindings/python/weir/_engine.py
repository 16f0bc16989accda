# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Engines and components: what is compiled, and what it is made of."""
from __future__ import annotations

import contextlib
import json
import os
import pathlib
import threading
from collections.abc import Iterable, Iterator
from typing import Any

from ._errors import must, taken_text
from ._native import ffi, lib
from ._world import World

_FEATURES = {
    "async": lib.WEIR_FEATURE_ASYNC,
    "async-stackful": lib.WEIR_FEATURE_ASYNC_STACKFUL,
    "more-async-builtins": lib.WEIR_FEATURE_MORE_ASYNC_BUILTINS,
    "threading": lib.WEIR_FEATURE_THREADING,
    "error-context": lib.WEIR_FEATURE_ERROR_CONTEXT,
    "fixed-length-lists": lib.WEIR_FEATURE_FIXED_LENGTH_LISTS,
    "map": lib.WEIR_FEATURE_MAP,
    "implements": lib.WEIR_FEATURE_IMPLEMENTS,
    "memory64": lib.WEIR_FEATURE_MEMORY64,
}


class Engine:
    """Compiles components, for all threads: one engine is enough for a program, and there is one by default.

    features     names of features of the Component Model beside the released ones, or "all"
    fuel         count instructions: Store(fuel=...)
    deadlines    stop guests that compute, or set them aside: Store(deadline=...), Store(slice=...) and ticking()
    cache        True, or a directory: keep compiled code there, between runs too; False: none
    The others are members of weir_engine_config: weir/engine.h.
    """

    def __init__(
        self,
        *,
        features: Iterable[str] | str = (),
        fuel: bool = False,
        deadlines: bool = False,
        pooling: bool = False,
        fast_compile: bool = False,
        canonical_nans: bool = False,
        max_wasm_stack: int = 0,
        stack_size: int = 0,
        cache: bool | str | os.PathLike[str] = False,
        _config: Any = None,
    ) -> None:
        config = _config or ffi.new("weir_engine_config *")
        config.size = ffi.sizeof("weir_engine_config")
        if not _config:
            config.features = _feature_bits(features)
            config.fuel, config.deadlines = fuel, deadlines
            config.pooling, config.fast_compile, config.canonical_nans = pooling, fast_compile, canonical_nans
            config.max_wasm_stack, config.stack_size = max_wasm_stack, stack_size
        made, error = ffi.new("weir_engine **"), ffi.new("weir_error **")
        must(lib.weir_engine_new(config, made, error), error)
        self._ptr = ffi.gc(made[0], lib.weir_engine_free)
        self._cache = None
        if cache is not False:
            self._cache = self._new_cache(_cache_directory() if cache is True else os.fspath(cache))

    def _new_cache(self, directory: str) -> Any:
        config, made, error = ffi.new("weir_cache_config *"), ffi.new("weir_cache **"), ffi.new("weir_error **")
        path = ffi.new("char[]", os.fsencode(directory))
        config.size, config.directory = ffi.sizeof("weir_cache_config"), path
        must(lib.weir_cache_new(self._ptr, config, made, error), error)
        return ffi.gc(made[0], lib.weir_cache_free)

    def cache_stats(self) -> dict[str, int]:
        """What the cache has done so far: weir_cache_stats of weir/cache.h."""
        if not self._cache:
            return {}
        stats = ffi.new("weir_cache_stats *")
        lib.weir_cache_get_stats(self._cache, stats, ffi.sizeof("weir_cache_stats"))
        return {name: int(getattr(stats, name)) for name, _ in ffi.typeof("weir_cache_stats").fields}

    def tick(self) -> None:
        """Lets time pass for the deadlines and slices of all stores. Any thread, also a timer's."""
        lib.weir_engine_tick(self._ptr)

    @contextlib.contextmanager
    def ticking(self, interval: float = 0.01) -> Iterator[None]:
        """`with engine.ticking():` has a thread that ticks every `interval` seconds: a guest that computes keeps the
        loop's thread, so that a timer of the loop would come too late."""
        over = threading.Event()

        def tick() -> None:
            while not over.wait(interval):
                self.tick()

        thread = threading.Thread(target=tick, name="weir-ticks", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


class Component:
    """A component, compiled: from a path, or from bytes in binary or text form. For all threads and any number of
    stores."""

    def __init__(
        self, source: bytes | bytearray | memoryview | str | os.PathLike[str], engine: Engine | None = None
    ) -> None:
        data = pathlib.Path(source).read_bytes() if isinstance(source, (str, os.PathLike)) else bytes(source)
        self.engine = engine or default_engine()
        made, error = ffi.new("weir_component **"), ffi.new("weir_error **")
        if self.engine._cache:
            status = lib.weir_cache_load(self.engine._cache, data, len(data), made, error)
        else:
            status = lib.weir_component_new(self.engine._ptr, data, len(data), made, error)
        must(status, error)
        self._own(made[0])

    def _own(self, pointer: Any) -> None:
        self._ptr = ffi.gc(pointer, lib.weir_component_free)
        self._world = World(self)

    @classmethod
    def from_code(cls, code: bytes, engine: Engine | None = None) -> Component:
        """A component of what code() gave: without compiling. Code is a program for this machine: take it only from
        places that you would take a program from."""
        self = cls.__new__(cls)
        self.engine = engine or default_engine()
        read, made, error = ffi.new("weir_code **"), ffi.new("weir_component **"), ffi.new("weir_error **")
        must(lib.weir_code_deserialize(self.engine._ptr, code, len(code), read, error), error)
        try:
            must(lib.weir_component_from_code(self.engine._ptr, read[0], made, error), error)
        finally:
            lib.weir_code_free(read[0])
        self._own(made[0])
        return self

    def code(self) -> bytes:
        """The compiled code, for from_code() of an engine with the same settings."""
        made, size, error = ffi.new("void **"), ffi.new("size_t *"), ffi.new("weir_error **")
        code = lib.weir_component_code(self._ptr)
        try:
            must(lib.weir_code_serialize(code, made, size, error), error)
            return bytes(ffi.buffer(made[0], size[0]))
        finally:
            lib.weir_bytes_free(made[0])
            lib.weir_code_free(code)

    @property
    def wit(self) -> str:
        """Imports and exports in WIT syntax."""
        made = ffi.new("char **")
        must(lib.weir_component_print(self._ptr, made, ffi.NULL), _no_error())
        return taken_text(made[0])

    @property
    def description(self) -> dict[str, Any]:
        """All that can be asked, as weir_component_json() of weir/component.h says."""
        made, error = ffi.new("char **"), ffi.new("weir_error **")
        must(lib.weir_component_json(self._ptr, made, ffi.NULL, error), error)
        result: dict[str, Any] = json.loads(taken_text(made[0]))
        return result

    @property
    def types(self) -> Any:
        """The classes of records, variants, enums and flags, by name: component.types.Point. Where interfaces have
        types of the same name: component.types["docs:shop/types@1.0.0"].Point."""
        return self._world.types

    def __repr__(self) -> str:
        return f"<weir.Component: {len(self._world.imports)} imports, {len(self._world.exports)} exports>"


def _no_error() -> Any:
    return ffi.new("weir_error **")


def _feature_bits(features: Iterable[str] | str) -> int:
    if features == "all":
        return sum(_FEATURES.values())
    names = [features] if isinstance(features, str) else list(features)
    unknown = [name for name in names if name not in _FEATURES]
    if unknown:
        raise ValueError(f"no feature {unknown[0]!r}: there are {', '.join(_FEATURES)}")
    bits: int = lib.WEIR_FEATURES_RELEASED if names else 0
    for name in names:
        bits |= _FEATURES[name]
    return bits


def _cache_directory() -> str:
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "weir", "python")


class _Default:
    """The engine of those that name none: made when it is first wanted."""

    def __init__(self) -> None:
        self.lock, self.engine = threading.Lock(), None  # type: tuple[threading.Lock, Engine | None]

    def get(self) -> Engine:
        with self.lock:
            if self.engine is None:
                self.engine = Engine()
            return self.engine


_default = _Default()


def default_engine() -> Engine:
    """The engine that components and stores take when they are given none."""
    return _default.get()
