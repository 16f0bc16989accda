# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Calls in both directions, what goes wrong in them, and their cancellation."""
import asyncio
import concurrent.futures
import gc
import random
import sys
import traceback

import pytest

import weir
from conftest import EXAMPLES


async def sleep(milliseconds):
    await asyncio.sleep(milliseconds / 1000)


async def test_an_async_export_is_awaited(component):
    async with weir.Store() as store:
        app = store.instantiate(component("sleeper"), {"sleep": sleep})
        assert await asyncio.gather(app.exports.nap(20, 1), app.exports.nap(ms=0, n=2)) == [2, 4]
        assert store.live_tasks == 0


async def test_naps_overlap(component):
    began = []

    async def count(_milliseconds):
        began.append(len(began))
        while len(began) < 5:
            await asyncio.sleep(0)

    async with weir.Store() as store:
        app = store.instantiate(component("sleeper"), {"sleep": count})
        await asyncio.gather(*[app.exports.nap(0, i) for i in range(5)])
    assert began == [0, 1, 2, 3, 4]


async def test_to_cancel_the_task_cancels_the_call_and_the_host_function(component):
    told = asyncio.Event()

    async def forever(_milliseconds):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            told.set()
            raise

    async with weir.Store() as store:
        ticket = type("Ticket", (), {})
        app = store.instantiate(component("binder"), {"sleep": forever, "ticket": ticket, "number": lambda t: 0})
        task = asyncio.create_task(app.exports.nap(0, 1))
        await asyncio.sleep(0)
        assert store.live_tasks == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await told.wait()
        await store.idle()
        assert store.live_tasks == 0


async def test_ten_thousand_calls_cancelled_at_random_leave_nothing_behind():
    chance = random.Random(7)
    text = (EXAMPLES / "wat" / "binder.wat").read_bytes()
    roomy = weir.Component(text.replace(b'(memory (export "mem") 1)', b'(memory (export "mem") 16)'))

    async def wait(_milliseconds):
        for _ in range(chance.randrange(4)):
            await asyncio.sleep(0)

    async with weir.Store() as store:
        ticket = type("Ticket", (), {})
        app = store.instantiate(roomy, {"sleep": wait, "ticket": ticket, "number": lambda t: 0})
        tasks = [asyncio.create_task(app.exports.nap(0, i)) for i in range(10_000)]
        for _ in range(6):
            await asyncio.sleep(0)
            for task in chance.sample(tasks, 1000):
                task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        await store.idle()
        returned = [i for i, outcome in enumerate(outcomes) if outcome == 2 * i]
        cancelled = [outcome for outcome in outcomes if isinstance(outcome, asyncio.CancelledError)]
        assert len(returned) + len(cancelled) == 10_000 and returned and cancelled
        await asyncio.sleep(0)
        assert store.live_tasks == 0 and not store._kept and not store._tasks


async def test_an_exception_of_a_host_function_reaches_the_caller_with_its_traceback(component):
    async def fails_late(milliseconds):
        await asyncio.sleep(0)
        raise LookupError(f"no {milliseconds}")

    async with weir.Store() as store:
        app = store.instantiate(component("sleeper"), {"sleep": fails_late})
        with pytest.raises(weir.HostError, match="LookupError: no 5") as raised:
            await app.exports.nap(5, 1)
        cause = raised.value.__cause__
        assert isinstance(cause, LookupError)
        assert "fails_late" in "".join(traceback.format_tb(cause.__traceback__))
        with pytest.raises(weir.Trap, match="failed before"):  # the store is over
            await app.exports.nap(5, 1)


def test_an_exception_of_a_plain_host_function_reaches_the_caller(component):
    def fails(_n):
        raise LookupError("nothing")

    with weir.Store() as store:
        app = store.instantiate(component("echo"), {"make": fails})
        with pytest.raises(weir.HostError) as raised:
            app.exports.twice_made.run(1)
        assert isinstance(raised.value.__cause__, LookupError)


def test_a_wrong_result_of_a_host_function_is_a_type_error(component):
    with weir.Store() as store:
        app = store.instantiate(component("echo"), {"make": lambda n: "one"})
        with pytest.raises(weir.HostError, match="result of make: expected u32, found str 'one'"):
            app.exports.twice_made.run(1)


def test_an_interrupt_in_a_host_function_is_raised_where_the_store_was_run(component):
    def interrupted(_n):
        raise KeyboardInterrupt

    with weir.Store() as store:
        app = store.instantiate(component("echo"), {"make": interrupted})
        with pytest.raises(KeyboardInterrupt):
            app.exports.twice_made.run(1)


async def test_an_async_function_serves_a_synchronous_import(component):
    async def make(n):
        await asyncio.sleep(0)
        return n * 10

    async with weir.Store() as store:
        app = store.instantiate(component("echo"), {"make": make})
        assert await app.exports.twice_made(3) == 60


def test_a_trap_has_the_backtrace_of_the_guest(echo):
    with pytest.raises(weir.Trap) as raised:
        echo.exports.trap.run()
    assert raised.value.status == "WEIR_ERR_TRAP" and "Main!" in raised.value.backtrace


def test_exit_in_a_host_function_ends_the_program(component):
    def leave(_n):
        raise SystemExit(3)

    with weir.Store() as store:
        app = store.instantiate(component("echo"), {"make": leave})
        with pytest.raises(weir.Exit) as raised:
            app.exports.twice_made.run(1)
        assert raised.value.code == 3


def test_imports_that_are_missing_are_all_named(component):
    with weir.Store() as store, pytest.raises(weir.LinkError, match="sleep(.|\n)*number"):
        store.instantiate(component("binder"))


def test_bad_bytes_are_no_component():
    with pytest.raises(weir.InvalidComponent) as raised:
        weir.Component(b"\0asm\x0d\0\1\0\xff")
    assert raised.value.offset is not None


async def test_a_call_that_waits_for_the_loop_cannot_be_run(component):
    async with weir.Store() as store:
        app = store.instantiate(component("sleeper"), {"sleep": sleep})
        with pytest.raises(weir.Deadlock):
            app.exports.nap.run(1, 1)
    with weir.Store() as store:
        app = store.instantiate(component("double"))
        assert app.exports.double.run(21) == 42
        with pytest.raises(weir.HostError, match="async with"):
            store.instantiate(component("sleeper"), {"sleep": sleep}).exports.nap.run(1, 1)


async def test_calls_that_are_left_when_a_store_ends_are_cancelled(component):
    async with weir.Store() as store:
        app = store.instantiate(component("sleeper"), {"sleep": lambda ms: asyncio.Event().wait()})
        task = asyncio.create_task(app.exports.nap(1, 1))
        await asyncio.sleep(0)
    with pytest.raises((weir.Cancelled, weir.HostError)):
        await task


SPINNING = b"""(component
  (core module $m (func (export "spin") (loop (br 0))) (func (export "rest")))
  (core instance $i (instantiate $m))
  (func (export "spin") (canon lift (core func $i "spin")))
  (func (export "rest") (canon lift (core func $i "rest"))))"""


def test_a_deadline_stops_what_computes_and_no_other_store():
    engine = weir.Engine(deadlines=True)
    component = weir.Component(SPINNING, engine)
    with engine.ticking(0.001), weir.Store(engine) as other, weir.Store(engine) as store:
        calm, app = other.instantiate(component), store.instantiate(component)
        store.set_deadline(2)
        with pytest.raises(weir.Timeout):
            app.exports.spin.run()
        calm.exports.rest.run()


async def test_a_guest_that_computes_is_set_aside_and_the_loop_goes_on():
    engine = weir.Engine(deadlines=True)
    turns = 0
    with engine.ticking(0.001):
        async with weir.Store(engine, slice=1) as store:
            app = store.instantiate(weir.Component(SPINNING, engine))
            task = asyncio.create_task(app.exports.spin())
            while turns < 10:
                await asyncio.sleep(0)
                turns += not task.done()
            store.set_deadline(0)
            with pytest.raises(weir.Timeout):
                await task


def test_threads_have_loops_and_stores_of_their_own_and_share_a_component(component):
    shared = component("sleeper")

    async def naps():
        async with weir.Store() as store:
            app = store.instantiate(shared, {"sleep": sleep})
            return sum(await asyncio.gather(*[app.exports.nap(0, i) for i in range(100)]))

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: asyncio.run(naps()), range(8))) == [9900] * 8


async def test_calls_and_streams_in_a_loop_leak_nothing(component):
    counts = []
    async with weir.Store() as store:
        app = store.instantiate(component("sleeper"), {"sleep": lambda ms: None})
        for _ in range(3):  # the first third for what is made once
            for i in range(1_000 if sys.flags.dev_mode else 10_000):
                assert await app.exports.nap(0, i) == 2 * i
            for _ in range(100 if sys.flags.dev_mode else 1_000):
                assert await (await app.exports.words()).read()
            await store.idle()
            gc.collect()
            counts.append((len(gc.get_objects()), sys.getallocatedblocks()))
    assert counts[2][0] - counts[1][0] < 50 and counts[2][1] - counts[1][1] < 500


def test_a_hundred_thousand_calls_leak_nothing(echo):
    add, text = echo.exports.add, echo.exports.text
    counts = []
    for _ in range(3):  # 120,000 calls in all, the first third for what is made once
        for i in range(2_000 if sys.flags.dev_mode else 20_000):
            add.run(i, 1)
            text.run("x")
        gc.collect()
        counts.append((len(gc.get_objects()), sys.getallocatedblocks()))
    assert counts[2][0] - counts[1][0] < 50 and counts[2][1] - counts[1][1] < 500
