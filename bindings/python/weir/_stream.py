# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Streams and futures. A guest's write waits until Python reads, and a write of Python's until the guest reads: that is
all of back-pressure, and nothing is buffered in between."""
from __future__ import annotations

import asyncio
import inspect
from array import array
from typing import Any, AsyncIterator, Generic, Iterable, TypeVar

from ._errors import Misuse, must
from ._native import ffi, lib

T = TypeVar("T")

PIECE = 65536  # bytes of a read that names no size
BATCH = 1024  # elements of a read or write that names no size
LARGEST = 1 << 24  # elements of one write


class Operation:
    """A read or write under way. It holds what weir uses until the operation is done; what is `lent` is released then."""

    __slots__ = ("store", "future", "done", "result", "count", "buffer", "lent", "handle")

    def __init__(self, store: Any, buffer: Any, lent: Any = None) -> None:
        self.store, self.buffer, self.lent = store, buffer, lent
        self.future: asyncio.Future[None] | None = None
        self.done, self.result, self.count = False, lib.WEIR_COPY_CANCELLED, 0
        self.handle = ffi.new_handle(self)
        store._kept.add(self)

    def ended(self, result: int, count: int) -> None:
        self.done, self.result, self.count = True, result, count
        self.store._kept.discard(self)
        self.handle = None  # a handle and its object are a cycle
        if self.lent is not None:
            ffi.release(self.lent)
        if self.future and not self.future.done():
            self.future.set_result(None)

    def started(self, status: int) -> None:
        if status:
            self.store._kept.discard(self)
            must(status, self.store._error)

    async def wait(self, end: Any) -> None:
        """Until the operation is done. If the waiting task is cancelled, so is the operation."""
        store = self.store
        store._step()
        if self.done:
            return
        self.future = store._loop.create_future()
        try:
            await self.future
        except asyncio.CancelledError:
            self.future = None
            if not self.done:
                lib.weir_stream_cancel(end)
                store._step()
            raise


@ffi.def_extern(name="py_copied")
def _copied(data: Any, _end: Any, result: int, count: int) -> None:
    ffi.from_handle(data).ended(result, count)


class _Reader:
    """A readable end: what streams and futures have in common."""

    def __init__(self, store: Any, instance: Any, kind: Any, end: Any) -> None:
        self._store, self._instance, self._kind, self._end = store, instance, kind, end
        self._busy: Operation | None = None

    def _to_value(self, v: Any) -> None:
        """Gives the end away."""
        if self._end is None or self._busy is not None:
            raise Misuse("the readable end is closed, given away or in use")
        lib.weir_stream_to_value(self._end, v)
        if v.kind == lib.WEIR_VALUE_NONE:
            raise Misuse("the readable end is in use")
        self._end = None

    async def _read(self, buffer: Any, count: int, values: bool, lent: Any = None) -> Operation:
        if self._busy is not None:
            raise Misuse("somebody reads already")
        operation = self._busy = Operation(self._store, buffer, lent)
        read = lib.weir_stream_read_values if values else lib.weir_stream_read
        try:
            operation.started(read(self._end, buffer, count, lib.py_copied, operation.handle, self._store._error))
            await operation.wait(self._end)
        except asyncio.CancelledError:
            if operation.count and lent is None:
                self._late(operation)
            raise
        finally:
            self._busy = None
        return operation

    def _late(self, operation: Operation) -> None:
        """Elements that came in spite of a cancellation."""

    def _lifted(self, buffer: Any, count: int) -> list[Any]:
        """The values in a buffer, which are cleared."""
        lift, instance = (self._kind.element.lift, self._instance) if self._kind.element else (None, None)
        made = []
        for i in range(count):
            made.append(lift(buffer + i, instance) if lift else None)
            lib.weir_value_clear(buffer + i)
        return made

    def close(self) -> None:
        """Drops the end: whoever writes is told. A second time has no effect."""
        if self._end is not None and self._store._engine is not None:
            lib.weir_stream_drop(self._end)
        self._end = None

    def __del__(self) -> None:
        self.close()


class Stream(_Reader, Generic[T]):
    """A stream that a guest writes, or that store.stream() made. `async for` gives pieces of a stream<u8> as bytes, and
    the elements of any other stream."""

    def __init__(self, store: Any, instance: Any, kind: Any, end: Any) -> None:
        super().__init__(store, instance, kind, end)
        self._bytes = kind.element is not None and kind.element.wit == "u8"
        self._left: list[Any] = []  # pieces that a cancelled read left behind
        self._memory: Any = None
        self._ended = False

    async def read(self, count: int = -1) -> Any:
        """What is there, at least one element and at most `count`; empty at the end of the stream. bytes for stream<u8>,
        array.array for other numbers, else a list. -1: everything up to the end."""
        if count < 0:
            return await self._read_all()
        return await self._read_some(count)

    async def readinto(self, buffer: Any) -> int:
        """Reads bytes into memory of the caller's, without a copy; 0 at the end of the stream. The memory must not be
        used until then."""
        if not self._bytes:
            raise TypeError("readinto() is for stream<u8>")
        if self._left:
            piece = self._left.pop(0)
            view = memoryview(buffer)
            count = min(len(view), len(piece))
            view[:count] = piece[:count]
            if count < len(piece):
                self._left.insert(0, piece[count:])
            return count
        if self._end is None:
            return 0
        while True:
            memory = ffi.from_buffer(buffer, require_writable=True)
            operation = await self._read(memory, len(memory), False, memory)
            self._note(operation)
            if operation.count or self._end is None:
                return operation.count

    async def _read_some(self, count: int) -> Any:
        if self._left:
            return self._left.pop(0)
        size = self._kind.size
        while self._end is not None:
            if size:
                if self._memory is None or len(self._memory) < count * size:
                    self._memory = ffi.new("char[]", count * size)
                operation = await self._read(self._memory, count, False)
                piece = self._packed(operation)
            else:
                operation = await self._read(ffi.new("weir_value[]", count), count, True)
                piece = self._lifted(operation.buffer, operation.count)
            self._note(operation)
            if piece:
                return piece
        return b"" if self._bytes else array(self._kind.element_code) if size else []

    def _packed(self, operation: Operation) -> Any:
        data = ffi.buffer(operation.buffer, operation.count * self._kind.size)
        if self._bytes:
            return data[:]
        made = array(self._kind.element_code)
        made.frombytes(data)
        return made

    def _late(self, operation: Operation) -> None:
        size = self._kind.size
        self._left.append(self._packed(operation) if size else self._lifted(operation.buffer, operation.count))
        self._note(operation)

    def _note(self, operation: Operation) -> None:
        if operation.result == lib.WEIR_COPY_DROPPED:
            self.close()
        elif operation.result == lib.WEIR_COPY_CANCELLED:
            self._store._raise_failure()
            self.close()

    async def _read_all(self) -> Any:
        pieces = []
        async for piece in self.pieces():
            pieces.append(piece)
        if self._bytes:
            return b"".join(pieces)
        whole = array(self._kind.element_code) if self._kind.size else []
        for piece in pieces:
            whole.extend(piece)
        return whole

    async def pieces(self, count: int = 0) -> AsyncIterator[Any]:
        """The stream in pieces of at most `count` elements, as read() gives them."""
        count = count or (PIECE if self._bytes else BATCH)
        while piece := await self._read_some(count):
            yield piece

    async def __aiter__(self) -> AsyncIterator[T]:
        async for piece in self.pieces():
            if self._bytes:
                yield piece
            else:
                for element in piece:
                    yield element

    async def __aenter__(self) -> Stream[T]:
        return self

    async def __aexit__(self, *_: Any) -> None:
        self.close()


class Future(_Reader, Generic[T]):
    """A future of a guest's. It is awaited, any number of times."""

    _value: Any = None
    _known = False

    def __await__(self) -> Any:
        return self._get().__await__()

    async def _get(self) -> T:
        if not self._known:
            if self._end is None:
                raise Misuse("the future is closed or given away")
            operation = await self._read(ffi.new("weir_value[1]"), 1, True)
            if not operation.count:
                self._store._raise_failure()
                raise Misuse("the future was closed before it had a value")
            self._late(operation)
        value: T = self._value
        return value

    def _late(self, operation: Operation) -> None:
        self._value, self._known = self._lifted(operation.buffer, 1)[0], True
        self.close()


class StreamWriter(Generic[T]):
    """The writable end of a stream."""

    def __init__(self, store: Any, instance: Any, kind: Any, end: Any) -> None:
        self._store, self._instance, self._kind, self._end = store, instance, kind, end
        self._busy = False

    async def write(self, data: Any) -> None:
        """Writes bytes, or a list, array or other iterable of elements: all of them, when somebody reads.
        BrokenPipeError: the reader is gone."""
        if self._busy:
            raise Misuse("somebody writes already")
        self._busy = True
        try:
            await (self._write_memory(data) if self._kind.size else self._write_values(data))
        finally:
            self._busy = False

    async def _write_memory(self, data: Any) -> None:
        size = self._kind.size
        memory = ffi.from_buffer(self._kind.packed(data))
        at, count = 0, len(memory) // size
        while at < count:
            at += await self._one(lib.weir_stream_write, memory + at * size, min(count - at, LARGEST), memory)

    async def _write_values(self, data: Any) -> None:
        from ._handles import Scope

        elements = list(data)
        for at in range(0, len(elements), BATCH):
            batch = elements[at : at + BATCH]
            scope = Scope(self._instance)
            values = ffi.new("weir_value[]", len(batch))
            try:
                for i, element in enumerate(batch):
                    if self._kind.element:
                        self._kind.element.lower(values + i, element, scope)
            except BaseException:
                scope.failed()
                raise
            done = 0
            while done < len(batch):
                moved = await self._one(lib.weir_stream_write_values, values + done, len(batch) - done, (values, scope))
                done += moved
            scope.taken()

    async def _one(self, write: Any, memory: Any, count: int, keep: Any) -> int:
        """One operation: how many elements moved."""
        if self._end is None:
            raise BrokenPipeError("the stream is closed")
        operation = Operation(self._store, keep)
        operation.started(write(self._end, memory, count, lib.py_copied, operation.handle, self._store._error))
        await operation.wait(self._end)
        if operation.count < count and operation.result == lib.WEIR_COPY_DROPPED:
            self.close()
            raise BrokenPipeError(f"the reader of the stream is gone; it took {operation.count} of {count} elements")
        if operation.result == lib.WEIR_COPY_CANCELLED and not operation.count:
            self._store._raise_failure()
            raise BrokenPipeError("the stream is closed")
        return operation.count

    def close(self) -> None:
        """Ends the stream: whoever reads is told. A second time has no effect."""
        if self._end is not None and self._store._engine is not None:
            lib.weir_stream_drop(self._end)
        self._end = None

    def __enter__(self) -> StreamWriter[T]:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    async def __aenter__(self) -> StreamWriter[T]:
        return self

    async def __aexit__(self, *_: Any) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()


def pump_stream(store: Any, instance: Any, kind: Any, end: Any, source: Any) -> None:
    """From now on a task writes to a stream what a source gives."""
    store._spawn(_pump(StreamWriter(store, instance, kind, end), source))


async def _pump(writer: StreamWriter[Any], source: Any) -> None:
    try:
        async for piece in _pieces(source, writer._kind):
            await writer.write(piece)
    except BrokenPipeError:
        pass  # nobody reads any more: the source is closed below
    finally:
        writer.close()
        close = getattr(source, "aclose", None) or getattr(source, "close", None)
        if close and not isinstance(source, (bytes, bytearray, memoryview, array)):
            closing = close()
            if inspect.isawaitable(closing):
                await closing


async def _pieces(source: Any, kind: Any) -> AsyncIterator[Any]:
    """What a source gives, in pieces for write()."""
    one_by_one = not (kind.element is not None and kind.element.wit == "u8")
    if isinstance(source, (bytes, bytearray, memoryview, array)):
        yield source
    elif hasattr(source, "__aiter__"):
        async for part in source:
            yield [part] if one_by_one and not isinstance(part, array) else part
    elif hasattr(source, "read"):
        while piece := await _maybe_awaited(source.read(PIECE)):
            yield piece
    elif one_by_one:
        for batch in _batches(source):
            yield batch
    else:
        for part in source:
            yield part


async def _maybe_awaited(x: Any) -> Any:
    return await x if inspect.isawaitable(x) else x


def _batches(source: Iterable[Any]) -> Iterable[list[Any]]:
    batch = []
    for element in source:
        batch.append(element)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def pump_future(store: Any, instance: Any, kind: Any, end: Any, source: Any) -> None:
    """From now on a task writes to a future what a source gives, when it gives it."""
    store._spawn(_resolve(store, StreamWriter(store, instance, kind, end), source))


async def _resolve(store: Any, writer: StreamWriter[Any], source: Any) -> None:
    try:
        value = await source if inspect.isawaitable(source) else source
        await writer._write_values([value])
    except BrokenPipeError:
        pass
    except Exception as error:  # a future that is closed without a value fails whoever reads it
        store._host_exception = error
    finally:
        writer.close()
