# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Streams, futures and resources."""
import asyncio

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
