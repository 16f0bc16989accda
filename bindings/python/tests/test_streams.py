# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Streams, futures and resources."""
import asyncio
import gc
import io
import types
from array import array

import pytest

import weir


async def test_a_stream_is_iterated(component):
    async with weir.Store() as store:
        app = store.instantiate(component("sleeper"), {"sleep": lambda ms: None})
        stream = await app.exports.words()
        assert b"".join([piece async for piece in stream]) == b"a stream is read at the pace of its reader\n"
        assert await (await app.exports.words()).read() == b"a stream is read at the pace of its reader\n"


async def test_a_stream_is_read_at_the_pace_of_its_reader(component):
    async with weir.Store() as store:
        app = store.instantiate(component("sleeper"), {"sleep": lambda ms: None})
        stream = await app.exports.words()
        buffer = bytearray(8)
        assert await stream.readinto(buffer) == 8 and buffer == b"a stream"
        assert store.live_tasks == 1  # the guest still writes
        assert await stream.read(3) == b" is"
        stream.close()
        await store.idle()


async def test_an_object_of_python_is_lent_and_given_away(component):
    closed = []

    class Ticket:
        def __init__(self, number):
            self.number = number

        def close(self):
            closed.append(self.number)

    async with weir.Store() as store:
        imports = {"sleep": lambda ms: None, "ticket": Ticket, "number": lambda ticket: ticket.number}
        app = store.instantiate(component("binder"), imports)
        ticket = Ticket(7)
        assert [await app.exports.look(ticket), await app.exports.look(ticket)] == [7, 7]
        assert not closed and not store._objects.held
        assert await app.exports.spend(ticket) == 7
        assert closed == [7] and not store._objects.held


async def test_a_cancelled_read_loses_nothing(component):
    async with weir.Store() as store:
        release = asyncio.Event()

        async def sleep(_ms):
            await release.wait()

        app = store.instantiate(component("sleeper"), {"sleep": sleep})
        stream = await app.exports.words()
        task = asyncio.create_task(stream.read(8))
        await asyncio.sleep(0)
        task.cancel()
        pieces = [] if task.cancelled() or not task.done() else [task.result()]
        try:
            pieces = [await task]
        except asyncio.CancelledError:
            pass
        release.set()
        pieces.append(await stream.read())
        assert b"".join(pieces) == b"a stream is read at the pace of its reader\n"


async def test_what_is_iterated_becomes_a_stream_at_the_pace_of_the_guest(component):
    async def pieces():
        for i in range(3):
            await asyncio.sleep(0)
            yield b"x" * i * 100_000

    async with weir.Store() as store:
        app = store.instantiate(component("streams"))
        assert await app.exports.count(pieces()) == 300_000
        assert await app.exports.count(b"abc") == 3
        assert await app.exports.count(io.BytesIO(bytes(200_000))) == 200_000
        assert await app.exports.count([b"ab", bytearray(b"c")]) == 3
        assert await app.exports.sum(range(1000)) == 499_500
        assert await app.exports.sum(array("I", range(1000))) == 499_500
        assert await app.exports.sum(i for i in (1, 2, 3)) == 6
        with pytest.raises(TypeError, match="expected stream<u8>"):
            await app.exports.count("text")
        assert not store._kept and not store._tasks


async def test_a_writer_waits_for_its_reader(component):
    async with weir.Store() as store:
        app = store.instantiate(component("streams"))
        writer, reader = store.stream("u32")
        task = asyncio.create_task(app.exports.sum(reader))
        async with writer:
            await writer.write([1, 2, 3])
            await writer.write(array("I", [4]))
        assert await task == 10
        with pytest.raises(BrokenPipeError):
            await writer.write([5])


async def test_a_writer_is_told_that_its_reader_is_gone(component):
    async with weir.Store() as store:
        writer, reader = store.stream("string")
        task = asyncio.create_task(writer.write(["a", "b"]))
        await asyncio.sleep(0)
        reader.close()
        with pytest.raises(BrokenPipeError):
            await task


async def test_a_stream_that_a_guest_gave_is_given_on(component):
    async with weir.Store() as store:
        app = store.instantiate(component("streams"))
        stream = await app.exports.through(["a", "bc"])
        stream = await app.exports.through(stream)
        assert [text async for text in stream] == ["a", "bc"]
        poured = await app.exports.pour(2)
        assert len(await poured.read()) == 131_072
        with pytest.raises(weir.Misuse):
            await app.exports.through(stream)


async def test_a_stream_moves_at_least_a_tenth_of_a_gigabyte_whole(component):
    async with weir.Store() as store:
        app = store.instantiate(component("streams"))
        stream, buffer, total = await app.exports.pour(1600), bytearray(65536), 0
        while count := await stream.readinto(buffer):
            total += count
        assert total == 1600 * 65536
        await store.idle()


async def test_futures_are_awaited_in_both_directions(component):
    async def later():
        await asyncio.sleep(0)
        return 8

    async with weir.Store() as store:
        app = store.instantiate(component("streams"))
        future = await app.exports.soon(7)
        assert [await future, await future] == [7, 7]
        assert await (await app.exports.on(later())) == 8
        assert await (await app.exports.on(9)) == 9
        given = await app.exports.on(await app.exports.soon(10))
        assert await given == 10


async def test_a_future_whose_value_cannot_be_had_fails_its_reader(component):
    async def never():
        raise LookupError("no value")

    async with weir.Store() as store:
        app = store.instantiate(component("streams"))
        with pytest.raises(weir.Trap, match="dropped without writing") as raised:
            await (await app.exports.on(never()))
        assert isinstance(raised.value.__cause__, LookupError)


async def test_a_resource_of_a_guest_is_an_object_of_a_class(component):
    async with weir.Store() as store:
        app = store.instantiate(component("streams"))
        Counter = app.exports.Counter
        counter = await Counter(5)
        assert isinstance(counter, Counter) and isinstance(counter, weir.Resource)
        assert [await counter.add(1), await counter.add(n=2)] == [6, 8]
        kept = await Counter.keep(counter)
        with pytest.raises(weir.Misuse):
            await counter.add(1)
        assert await kept.add(0) == 8
        assert await app.exports.alive() == 1
        with kept:
            pass
        assert await app.exports.alive() == 0
        for _ in range(3):
            await Counter(1)  # collected at once
        gc.collect()
        while await app.exports.alive():  # the loop steps the store, and then the guest ends them
            await asyncio.sleep(0)
        assert await app.exports.alive() == 0


class Conn:
    open = 0

    def __init__(self, n):
        self.n = n
        Conn.open += 1

    def get_value(self):
        return self.n + 1

    @staticmethod
    def count():
        return Conn.open

    def close(self):
        Conn.open -= 1


@pytest.mark.parametrize("imports", [
    {"docs:db/api@1.0.0": {"conn": Conn}},
    {"docs:db/api": types.SimpleNamespace(Conn=Conn)},
    {"docs:db/api@1.2.3": {"Conn": Conn}},
])
def test_a_class_is_a_resource_type_with_its_functions(component, imports):
    with weir.Store() as store:
        app = store.instantiate(component("database"), imports)
        assert [app.exports.use.run(4), app.exports.use.run(5)] == [501, 601]
        assert Conn.open == 0 and not store._objects.held


def test_another_version_is_no_definition(component):
    with weir.Store() as store, pytest.raises(weir.LinkError):
        store.instantiate(component("database"), {"docs:db/api@2.0.0": {"conn": Conn}})
