# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What can go wrong, as exceptions: one class for each kind of failure, all of them below Error."""
from __future__ import annotations

from typing import Any, Generic, TypeVar

from ._native import ffi, lib

T = TypeVar("T")
E = TypeVar("E")


class Error(Exception):
    """A failure that libweir reports. `status` is its name ("WEIR_ERR_TRAP"), `backtrace` the guest's stack at a trap
    (innermost frame first, "" if there is none), `offset` the place in the bytes of a component that are refused."""

    status: str = ""
    backtrace: str = ""
    offset: int | None = None


class InvalidComponent(Error):
    """Bytes or text are no component, or break a rule."""


class LinkError(Error):
    """An import has no definition, or one of another type: the message lists all of them."""


class TypeMismatch(Error, TypeError):
    """A value is not of the wanted type."""


class Trap(Error):
    """A guest trapped. Its store is over: no code of the store runs any more."""


class LimitExceeded(Error):
    """A guest went beyond a limit of its store."""


class HostError(Error):
    """A host function failed, and so did its guest. `__cause__` is the exception of the host function, with its
    traceback."""


class Deadlock(Error):
    """All that runs waits for something that cannot come."""


class Cancelled(Error):
    """A call was cancelled: by somebody else than the task that awaits it, or because its store was closed."""


class Exit(Error):
    """The guest asked to end the program."""

    code: int = 1


class Timeout(Error, TimeoutError):
    """A deadline is over."""


class Diverged(Error):
    """A replay did something else than its record says."""


class Misuse(Error):
    """A rule of the interface was broken: an object that is closed, given away or in use."""


class Err(Exception, Generic[E]):
    """The error of a guest's `result`. An export whose result is an error raises it; a host function raises it to
    return one. In the midst of other values it stands as a value, as Ok does."""

    def __init__(self, value: E = None) -> None:  # type: ignore[assignment]
        super().__init__(value)
        self.value = value

    __match_args__ = ("value",)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Err) and self.value == other.value

    def __hash__(self) -> int:
        return hash((Err, self.value))

    def __repr__(self) -> str:
        return f"Err({self.value!r})"


class Ok(Generic[T]):
    """The success of a guest's `result`, where it is a value in the midst of others."""

    __slots__ = ("value",)
    __match_args__ = ("value",)

    def __init__(self, value: T = None) -> None:  # type: ignore[assignment]
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ok) and self.value == other.value

    def __hash__(self) -> int:
        return hash((Ok, self.value))

    def __repr__(self) -> str:
        return f"Ok({self.value!r})"


class Some(Generic[T]):
    """The value of an option inside of another option, where None alone could be either."""

    __slots__ = ("value",)
    __match_args__ = ("value",)

    def __init__(self, value: T) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Some) and self.value == other.value

    def __hash__(self) -> int:
        return hash((Some, self.value))

    def __repr__(self) -> str:
        return f"Some({self.value!r})"


_CLASSES = {
    lib.WEIR_ERR_MISUSE: Misuse,
    lib.WEIR_ERR_GONE: Misuse,
    lib.WEIR_ERR_LIMIT: LimitExceeded,
    lib.WEIR_ERR_MALFORMED: InvalidComponent,
    lib.WEIR_ERR_INVALID: InvalidComponent,
    lib.WEIR_ERR_COMPILE: InvalidComponent,
    lib.WEIR_ERR_LINK: LinkError,
    lib.WEIR_ERR_TYPE: TypeMismatch,
    lib.WEIR_ERR_TRAP: Trap,
    lib.WEIR_ERR_HOST: HostError,
    lib.WEIR_ERR_DEADLOCK: Deadlock,
    lib.WEIR_ERR_WOULD_DEADLOCK: Deadlock,
    lib.WEIR_ERR_CANCELLED: Cancelled,
    lib.WEIR_ERR_EXIT: Exit,
    lib.WEIR_ERR_TIMEOUT: Timeout,
    lib.WEIR_ERR_DIVERGED: Diverged,
}


def text(pointer: Any) -> str:
    """A text that weir ends with a zero."""
    return ffi.string(pointer).decode("utf-8", "replace") if pointer else ""


def taken_text(pointer: Any) -> str:
    """A text that weir gave away: it is freed here."""
    try:
        return text(pointer)
    finally:
        lib.weir_text_free(pointer)


def describe(status: int, error: Any) -> Exception:
    """The exception for a status and a weir_error, which may be NULL and stays its owner's."""
    if status == lib.WEIR_ERR_NOMEM:
        return MemoryError("weir: out of memory")
    name = text(lib.weir_status_name(status))
    made = _CLASSES.get(status, Error)(text(lib.weir_error_message(error)) if error else name)
    made.status = name
    if error:
        made.backtrace = text(lib.weir_error_backtrace(error))
        offset = ffi.new("size_t *")
        if lib.weir_error_offset(error, offset):
            made.offset = offset[0]
        if isinstance(made, Exit):
            made.code = lib.weir_error_exit_code(error)
        if made.backtrace and hasattr(made, "add_note"):
            made.add_note("wasm backtrace:\n" + made.backtrace)
    return made


def failure(status: int, slot: Any) -> Exception:
    """The exception for a status and the error in a `weir_error **`, which is freed."""
    try:
        return describe(status, slot[0])
    finally:
        lib.weir_error_free(slot[0])
        slot[0] = ffi.NULL


def must(status: int, slot: Any) -> None:
    if status:
        raise failure(status, slot)
