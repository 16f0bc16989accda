# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Records of all that crosses between guests and their host, and replays of records without any host."""
from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ._engine import Component, Engine
from ._errors import failure, must, taken_text, text
from ._native import ffi, lib


class Recorder:
    """The record of a store, from before its first instance (of `component`) to its end."""

    def __init__(
        self,
        store: Any,
        path: str | os.PathLike[str] | None,
        tell: Callable[[str], None] | None,
        component: Component,
    ) -> None:
        self.store, self.tell = store, tell
        config, made = ffi.new("weir_record_config *"), ffi.new("weir_recorder **")
        name = ffi.new("char[]", os.fsencode(path)) if path is not None else ffi.NULL
        config.size, config.path, config.component = ffi.sizeof("weir_record_config"), name, component._ptr
        if tell is not None:
            self.handle = ffi.new_handle(self)
            config.tell, config.tell_data = lib.py_recorded, self.handle
        must(lib.weir_record_start(store._ptr, config, made, store._error), store._error)
        self.ptr = made[0]
        self.last = (0, bytes(32))

    def head(self) -> tuple[int, bytes]:
        """How many events there are, and the hash of all of them."""
        if self.ptr is not None:
            head = ffi.new("uint8_t[32]")
            self.last = (int(lib.weir_recorder_head(self.ptr, head)), bytes(head))
        return self.last

    def close(self) -> None:
        self.head()
        pointer, self.ptr = self.ptr, None
        must(lib.weir_recorder_close(pointer, self.store._error), self.store._error)


@ffi.def_extern(name="py_recorded")
def _recorded(data: Any, _event: Any, interface: Any, line: Any) -> None:
    recorder: Recorder = ffi.from_handle(data)
    tell, words = recorder.tell, text(line)
    if interface:
        recorder.store._guarded(lambda: tell(words))  # type: ignore[misc]


class Replay(NamedTuple):
    """How a replay ended: so many events were the same, and the hash of them is `head`."""

    events: int
    head: bytes


def replay(path: str | os.PathLike[str], *components: Component, unfinished: bool = False) -> Replay:
    """Runs components against a record. No host function is called: what the host did is in the record. Diverged where a
    guest does something else. `unfinished`: the record may be cut off, and is replayed as far as it goes."""
    engine = _engine_of(path)
    again = [Component(_bytes_of(component), engine) for component in components]
    name, pointers = ffi.new("char[]", os.fsencode(path)), ffi.new("weir_component *[]", [one._ptr for one in again])
    config, report = ffi.new("weir_replay_config *"), ffi.new("weir_replay_report *")
    error = ffi.new("weir_error **")
    config.size, report.size = ffi.sizeof("weir_replay_config"), ffi.sizeof("weir_replay_report")
    config.path, config.components, config.component_count = name, pointers, len(again)
    config.unfinished = unfinished
    status = lib.weir_replay_with(engine._ptr, config, report, error)
    try:
        if status:
            raise failure(status, error)
        return Replay(int(report.events), bytes(report.head))
    finally:
        lib.weir_replay_report_clear(report)


def _engine_of(path: str | os.PathLike[str]) -> Engine:
    """An engine with the settings that a replay wants."""
    config, error = ffi.new("weir_engine_config *"), ffi.new("weir_error **")
    config.size = ffi.sizeof("weir_engine_config")
    must(lib.weir_log_engine_config(os.fsencode(path), config, error), error)
    return Engine(_config=config)


def _bytes_of(component: Component) -> bytes:
    size = ffi.new("size_t *")
    data = lib.weir_component_bytes(component._ptr, size)
    return bytes(ffi.buffer(data, size[0]))


def read_log(path: str | os.PathLike[str]) -> Iterator[dict[str, Any]]:
    """The events of a record, each as `weir log dump --json` prints it."""
    made, error = ffi.new("weir_log **"), ffi.new("weir_error **")
    must(lib.weir_log_open(os.fsencode(path), made, error), error)
    log = ffi.gc(made[0], lib.weir_log_close)
    event, line = ffi.new("weir_log_event *"), ffi.new("char **")
    event.size = ffi.sizeof("weir_log_event")
    while (status := lib.weir_log_next(log, event, error)) != lib.WEIR_ERR_NOT_FOUND:
        must(status, error)
        must(lib.weir_log_event_print(log, True, line, ffi.NULL), error)
        yield json.loads(taken_text(line[0]))
