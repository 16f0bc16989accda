# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Callers without a loop."""
import asyncio
import threading

import pytest

import weir


async def sleep(milliseconds):
    await asyncio.sleep(milliseconds / 1000)


def test_one_call_in_one_line(component):
    assert weir.run(component("double"), "double", 21) == 42
    assert weir.run(component("sleeper"), "nap", 0, 4, imports={"sleep": sleep}) == 8


def test_threads_call_at_the_same_time(component):
    together = threading.Barrier(4)

    with weir.Bridge() as bridge:
        app = bridge.instantiate(component("sleeper"), {"sleep": sleep})

        def call(i):
            together.wait()
            results.append(app.exports.nap(1, i))

        results = []
        threads = [threading.Thread(target=call, args=(i,)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(results) == [0, 2, 4, 6]
        assert b"".join(bridge.iterate(app.exports.words())).startswith(b"a stream")


def test_a_call_has_a_time_and_can_be_cancelled(component):
    async def forever(_milliseconds):
        await asyncio.Event().wait()

    with weir.Bridge() as bridge:
        imports = {"sleep": forever, "ticket": object, "number": lambda ticket: 0}
        app = bridge.instantiate(component("binder"), imports)  # a guest that agrees to be cancelled
        with pytest.raises(TimeoutError):
            app.exports.nap(1, 1, timeout=0.01)
        future = app.exports.nap.submit(1, 1)
        assert future.cancel()


def test_exceptions_come_through(component):
    async def fails(_milliseconds):
        raise LookupError("nothing")

    with weir.Bridge() as bridge:
        app = bridge.instantiate(component("sleeper"), {"sleep": fails})
        with pytest.raises(weir.HostError) as raised:
            app.exports.nap(1, 1)
        assert isinstance(raised.value.__cause__, LookupError)
    bridge.close()


def test_uvloop_drives_a_store_too(component):
    uvloop = pytest.importorskip("uvloop")

    async def main():
        async with weir.Store(wasi=weir.Wasi(stdout="capture")) as store:
            app = store.instantiate(component("sleeper"), {"sleep": sleep})
            naps = await asyncio.gather(*[app.exports.nap(i, i) for i in range(4)])
            assert await store.instantiate(component("timers")).main() == 0
            return naps

    assert uvloop.run(main()) == [0, 2, 4, 6]
