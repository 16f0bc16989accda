# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""weir: asynchronous WebAssembly components in asyncio.

    async with weir.Store() as store:
        app = store.instantiate("app.wasm", {"sleep": sleep})
        print(await app.exports.double(21))
"""
from ._engine import Component, Engine, default_engine
from ._errors import (
    Cancelled,
    Deadlock,
    Diverged,
    Err,
    Error,
    Exit,
    HostError,
    InvalidComponent,
    LimitExceeded,
    LinkError,
    Misuse,
    Ok,
    Some,
    Timeout,
    Trap,
    TypeMismatch,
    text,
)
from ._instance import Exports, Instance
from ._intercept import Answer, Crossing, Opaque
from ._linker import Linker
from ._native import lib
from ._record import Replay, read_log, replay
from ._resource import Resource
from ._store import Store
from ._stream import Future, Stream, StreamWriter
from ._sync import Bridge, run
from ._wasi import Wasi

__version__ = text(lib.weir_version())
__all__ = [
    "Answer",
    "Bridge",
    "Cancelled",
    "Component",
    "Crossing",
    "Deadlock",
    "Diverged",
    "Engine",
    "Err",
    "Error",
    "Exit",
    "Exports",
    "Future",
    "HostError",
    "Instance",
    "InvalidComponent",
    "LimitExceeded",
    "LinkError",
    "Linker",
    "Misuse",
    "Ok",
    "Opaque",
    "Replay",
    "Resource",
    "Some",
    "Store",
    "Stream",
    "StreamWriter",
    "Timeout",
    "Trap",
    "TypeMismatch",
    "Wasi",
    "default_engine",
    "read_log",
    "replay",
    "run",
]
