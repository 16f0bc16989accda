# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""WASI 0.3 and 0.2 for guests. The host has a loop of its own, which asyncio's waits for as one more descriptor."""
from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import IO, Any, Union

from ._errors import must
from ._native import ffi, lib

Output = Union[None, str, int, "IO[Any]"]

CAPTURED = 1 << 26  # bytes of output that are kept at most
NEVER = 2**64 - 1


class Wasi:
    """What guests see of the world: nothing but what stands here. Store(wasi=Wasi(...)).

    args, env    the arguments (the program's name first), and the environment
    stdin        None, "inherit", bytes, or a file or descriptor
    stdout, stderr    None, "inherit", "capture" (then stdout_bytes has it), or a file or descriptor
    dirs         directories for guests, {"/data": "here"}; ("here", "ro") forbids changes
    net          rules as in `weir run --net`: "tcp-out:127.0.0.1:80"
    random_seed  two numbers: random numbers that are the same in every run
    on_refused   called with a word and what was refused, so that a user can be told what to grant
    """

    def __init__(
        self,
        args: Iterable[str] = ("guest",),
        env: Mapping[str, str] | None = None,
        *,
        cwd: str | None = None,
        stdin: Output | bytes = None,
        stdout: Output = None,
        stderr: Output = None,
        dirs: Mapping[str, str | os.PathLike[str] | tuple[str | os.PathLike[str], str]] | None = None,
        net: Iterable[str] = (),
        random_seed: tuple[int, int] | None = None,
        on_refused: Callable[[str, str], None] | None = None,
        max_descriptors: int = 0,
        max_file_bytes: int = 0,
        max_sockets: int = 0,
    ) -> None:
        self._keep: list[Any] = []
        self._ptr: Any = None
        self._captured = [b"", b""]
        self._on_refused = on_refused
        self._config = config = ffi.new("weir_wasi_config *")
        config.size = ffi.sizeof("weir_wasi_config")
        config.args, config.arg_count = self._texts(args)
        config.env, config.env_count = self._texts(f"{name}={value}" for name, value in (env or {}).items())
        config.net, config.net_count = self._texts(net)
        config.initial_cwd = self._text(cwd) if cwd is not None else ffi.NULL
        config.max_descriptors, config.max_file_bytes = max_descriptors, max_file_bytes
        config.max_sockets = max_sockets
        if random_seed is not None:
            config.random_seed = self._kept(ffi.new("uint64_t[2]", list(random_seed)))
        self._set_input(stdin)
        self._set_outputs(stdout, stderr)
        self._set_dirs(dirs or {})
        if on_refused is not None:
            config.on_refused = lib.py_refused
            config.refused_data = self._kept(ffi.new_handle(on_refused))

    def _kept(self, x: Any) -> Any:
        self._keep.append(x)
        return x

    def _text(self, text: str) -> Any:
        return self._kept(ffi.new("char[]", text.encode()))

    def _texts(self, texts: Iterable[str]) -> tuple[Any, int]:
        made = [self._text(text) for text in texts]
        return self._kept(ffi.new("const char *[]", made)), len(made)

    def _set_input(self, stdin: Any) -> None:
        self._config.stdin_fd = -1
        if isinstance(stdin, (bytes, bytearray)):
            source = self._kept(ffi.new("weir_wasi_source *"))
            source.memory, source.memory_size = self._kept(ffi.from_buffer(bytes(stdin))), len(stdin)
            self._config.stdin_source = source
        elif stdin is not None:
            self._config.stdin_fd = self._descriptor(stdin, 0)

    def _set_outputs(self, stdout: Any, stderr: Any) -> None:
        for name, target, inherited in (("stdout", stdout, 1), ("stderr", stderr, 2)):
            setattr(self._config, f"{name}_fd", -1)
            if target == "capture":
                sink = self._kept(ffi.new("weir_wasi_sink *"))
                sink.limit = CAPTURED
                setattr(self._config, f"{name}_sink", sink)
            elif target is not None:
                setattr(self._config, f"{name}_fd", self._descriptor(target, inherited))

    def _descriptor(self, target: Any, inherited: int) -> int:
        if target == "inherit":
            return inherited
        if isinstance(target, str):
            raise ValueError(f'{target!r} is neither "inherit" nor "capture" nor a file')
        self._kept(target)
        number: int = target if isinstance(target, int) else target.fileno()
        return number

    def _set_dirs(self, dirs: Mapping[str, Any]) -> None:
        made = self._kept(ffi.new("weir_wasi_preopen[]", len(dirs)))
        for i, (guest, host) in enumerate(dirs.items()):
            path, mode = host if isinstance(host, tuple) else (host, "rw")
            if mode not in ("ro", "rw"):
                raise ValueError(f'{mode!r} is neither "ro" nor "rw"')
            made[i].guest_path, made[i].host_path = self._text(guest), self._text(os.fspath(path))
            made[i].read_only = mode == "ro"
        self._config.preopens, self._config.preopen_count = made, len(dirs)

    # ---- what a store does with it

    def _open(self) -> None:
        if self._ptr is not None:
            raise RuntimeError("a Wasi is for one store at a time")
        made, error = ffi.new("weir_wasi **"), ffi.new("weir_error **")
        must(lib.weir_wasi_new(self._config, made, error), error)
        self._ptr = made[0]

    def _turn(self) -> int:
        """One turn of the host's loop: so many milliseconds until the next one is due; NEVER: none is."""
        wait, error = ffi.new("uint64_t *"), ffi.new("weir_error **")
        must(lib.weir_wasi_turn(self._ptr, wait, error), error)
        return int(wait[0])

    def _close(self) -> None:
        pointer, self._ptr = self._ptr, None
        error = ffi.new("weir_error **")
        lib.weir_wasi_flush(pointer, error)
        lib.weir_error_free(error[0])
        self._captured = [self._written(pointer, descriptor) for descriptor in (1, 2)]
        lib.weir_wasi_free(pointer)

    @staticmethod
    def _written(pointer: Any, descriptor: int) -> bytes:
        size = ffi.new("size_t *")
        data = lib.weir_wasi_written(pointer, descriptor, size)
        return bytes(ffi.buffer(data, size[0])) if data else b""

    @property
    def stdout_bytes(self) -> bytes:
        """What guests have written, with stdout="capture"; while they run, what has come so far."""
        return self._captured[0] if self._ptr is None else self._written(self._ptr, 1)

    @property
    def stderr_bytes(self) -> bytes:
        return self._captured[1] if self._ptr is None else self._written(self._ptr, 2)


_GRANTS = {lib.WEIR_WASI_GRANT_DIR: "dir", lib.WEIR_WASI_GRANT_CHANGES: "changes", lib.WEIR_WASI_GRANT_NET: "net"}


@ffi.def_extern(name="py_refused")
def _refused(data: Any, grant: int, path: Any) -> None:
    ffi.from_handle(data)(_GRANTS.get(grant, "other"), ffi.string(path).decode("utf-8", "replace"))
