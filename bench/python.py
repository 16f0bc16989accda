#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What calls from Python cost: bench/python.py, with the package `weir` installed. Where the package `wasmtime` is
installed too, the same component is called with it in the same run. Each figure is the best of five rounds."""
import asyncio
import pathlib
import re
import time
from array import array

import weir

GUESTS = pathlib.Path(__file__).resolve().parents[1] / "bindings" / "python" / "tests" / "guests"
TEXT, NUMBERS = "x" * 1024, list(range(10_000))
PACKED = array("I", NUMBERS)
PIECES = 16_384  # of 64 KiB: a gigabyte


def microseconds(function, rounds):
    best = float("inf")
    for _ in range(5):
        began = time.perf_counter()
        for _ in range(rounds):
            function()
        best = min(best, (time.perf_counter() - began) / rounds)
    return best * 1e6


def echo_text():
    """echo.wat without what other packages do not take."""
    text = (GUESTS / "echo.wat").read_text(encoding="utf-8")
    return re.sub(r'  \(func \(export "table"\).*?\(post-return [^\n]*\n', "", text, flags=re.DOTALL)


def measure_weir():
    with weir.Store() as store:
        exports = store.instantiate(weir.Component(echo_text().encode()), {"make": lambda n: n}).exports
        return {
            "two numbers": microseconds(lambda: exports.add.run(1, 2), 20_000),
            "a string of 1 KiB": microseconds(lambda: exports.text.run(TEXT), 20_000),
            "a list of 10,000 numbers": microseconds(lambda: exports.words.run(NUMBERS), 200),
            "the same in an array": microseconds(lambda: exports.words.run(PACKED), 200),
            "a call that calls Python": microseconds(lambda: exports.twice_made.run(1), 20_000),
        }


def measure_other():
    try:
        import wasmtime
        from wasmtime import component
    except ImportError:
        return {}
    engine = wasmtime.Engine()
    store, linker = wasmtime.Store(engine), component.Linker(engine)
    with linker.root() as root:
        root.add_func("make", lambda _store, n: n)
    instance = linker.instantiate(store, component.Component(engine, wasmtime.wat2wasm(echo_text())))
    functions = {name: instance.get_func(store, name) for name in ("add", "text", "words", "twice-made")}

    def call(name, *args):
        functions[name](store, *args)
        functions[name].post_return(store)

    return {
        "two numbers": microseconds(lambda: call("add", 1, 2), 5000),
        "a string of 1 KiB": microseconds(lambda: call("text", TEXT), 5000),
        "a list of 10,000 numbers": microseconds(lambda: call("words", NUMBERS), 5),
        "a call that calls Python": microseconds(lambda: call("twice-made", 1), 5000),
    }


async def measure_async():
    async with weir.Store() as store:
        app = store.instantiate(weir.Component(GUESTS / "streams.wat"))
        began = time.perf_counter()
        for _ in range(10_000):
            await app.exports.alive()
        print(f"{'an awaited call':28}{(time.perf_counter() - began) / 10_000 * 1e6:10.2f} us")
        stream, buffer, total, began = await app.exports.pour(PIECES), bytearray(65536), 0, time.perf_counter()
        while count := await stream.readinto(buffer):
            total += count
        print(f"{'a stream, readinto()':28}{total / (time.perf_counter() - began) / 1e9:10.2f} GB/s")
        stream, total, began = await app.exports.pour(PIECES), 0, time.perf_counter()
        async for piece in stream:
            total += len(piece)
        print(f"{'a stream, async for':28}{total / (time.perf_counter() - began) / 1e9:10.2f} GB/s")
        piece, began = bytes(65536), time.perf_counter()
        total = await app.exports.count(piece for _ in range(PIECES))
        print(f"{'a stream to the guest':28}{total / (time.perf_counter() - began) / 1e9:10.2f} GB/s")


def main():
    ours, others = measure_weir(), measure_other()
    for name, cost in ours.items():
        beside = f"{others[name]:10.2f} us with wasmtime" if name in others else ""
        print(f"{name:28}{cost:10.2f} us{beside}")
    asyncio.run(measure_async())


if __name__ == "__main__":
    main()
