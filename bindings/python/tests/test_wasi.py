# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Programs of WASI beside other things in a loop."""
import asyncio
import os

import pytest

import weir


async def test_a_command_writes_what_is_captured(component):
    wasi = weir.Wasi(["hello", "Ada"], {"GREETING": "bonjour"}, stdout="capture")
    async with weir.Store(wasi=wasi) as store:
        assert await store.instantiate(component("hello")).main() == 0
    assert wasi.stdout_bytes == b"bonjour, Ada\n"


async def test_timers_of_a_guest_and_tasks_of_python_take_turns(component):
    ticks = 0

    async def tick():
        nonlocal ticks
        while True:
            await asyncio.sleep(0.001)
            ticks += 1

    ticker = asyncio.create_task(tick())
    wasi = weir.Wasi(stdout="capture")
    async with weir.Store(wasi=wasi) as store:
        assert await store.instantiate(component("timers")).main() == 0
    ticker.cancel()
    lines = sorted(wasi.stdout_bytes.splitlines())  # on a busy machine all three end in one turn
    assert lines[:3] == [b"10 ms timer ended", b"20 ms timer ended", b"30 ms timer ended"]
    assert ticks > 0


async def test_input_is_bytes_or_a_pipe(component):
    wasi = weir.Wasi(stdin=b"some text\n", stdout="capture")
    async with weir.Store(wasi=wasi) as store:
        assert await store.instantiate(component("pipe")).main() == 0
    assert wasi.stdout_bytes == b"some text\n"

    reader, writer = os.pipe()
    wasi = weir.Wasi(stdin=reader, stdout="capture")
    async with weir.Store(wasi=wasi) as store:
        task = asyncio.create_task(store.instantiate(component("pipe")).main())
        for text in (b"one ", b"two"):
            await asyncio.sleep(0)
            os.write(writer, text)
        os.close(writer)
        assert await task == 0
    os.close(reader)
    assert wasi.stdout_bytes == b"one two"


async def test_an_exit_code_is_returned(component):
    async with weir.Store(wasi=weir.Wasi()) as store:
        assert await store.instantiate(component("exit-code")).main() != 0


def test_a_command_runs_without_a_loop(component):
    wasi = weir.Wasi(["hello", "Bob"], stdout="capture")
    with weir.Store(wasi=wasi) as store:
        assert store.instantiate(component("hello")).run_main() == 0
    assert wasi.stdout_bytes == b"hello, Bob\n"


async def test_a_store_ends_in_the_midst_of_a_program(component):
    reader, writer = os.pipe()
    async with weir.Store(wasi=weir.Wasi(stdin=reader)) as store:
        task = asyncio.create_task(store.instantiate(component("pipe")).main())
        await asyncio.sleep(0)
    with pytest.raises(weir.Cancelled):
        await task
    os.close(reader)
    os.close(writer)


def test_settings_that_are_none(tmp_path):
    with pytest.raises(ValueError):
        weir.Wasi(stdout="somewhere")
    with pytest.raises(ValueError):
        weir.Wasi(dirs={"/": (tmp_path, "wr")})
    with pytest.raises(weir.Error), weir.Store(wasi=weir.Wasi(net=["carrier pigeon"])):
        pass
