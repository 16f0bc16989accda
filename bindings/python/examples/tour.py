# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A tour of the package; docs/python.md explains each piece.   tour.py FOLDER-OF-GUESTS"""
import asyncio
import pathlib
import sys

import weir

GUESTS = pathlib.Path(sys.argv[1])


async def first_call():
    async with weir.Store() as store:
        app = store.instantiate(GUESTS / "double.wat")
        print(await app.exports.double(21))


async def sleep(milliseconds: int) -> None:
    await asyncio.sleep(milliseconds / 1000)


async def at_the_same_time():
    component = weir.Component(GUESTS / "sleeper.wat")
    async with weir.Store() as store:
        app = store.instantiate(component, {"sleep": sleep})
        print(await asyncio.gather(app.exports.nap(20, 1), app.exports.nap(10, 2)))


async def cancellation():
    async with weir.Store() as store:
        app = store.instantiate(GUESTS / "sleeper.wat", {"sleep": sleep})
        try:
            async with asyncio.timeout(0.01):
                await app.exports.nap(60_000, 1)
        except TimeoutError:
            print("too late")


async def a_stream():
    async with weir.Store() as store:
        app = store.instantiate(GUESTS / "sleeper.wat", {"sleep": sleep})
        async for piece in await app.exports.words():
            print(piece.decode(), end="")


async def failures():
    async def broken(milliseconds):
        raise LookupError("no bed")

    async with weir.Store() as store:
        app = store.instantiate(GUESTS / "sleeper.wat", {"sleep": broken})
        try:
            await app.exports.nap(10, 1)
        except weir.HostError as error:
            print(error, "/", type(error.__cause__).__name__)


class Ticket:
    def __init__(self, number: int) -> None:
        self.number = number

    def close(self) -> None:
        print("the guest has dropped ticket", self.number)


async def resources():
    imports = {"sleep": sleep, "ticket": Ticket, "number": lambda ticket: ticket.number}
    async with weir.Store() as store:
        app = store.instantiate(GUESTS / "binder.wat", imports)
        ticket = Ticket(7)
        print(await app.exports.look(ticket))  # lent
        print(await app.exports.spend(ticket))  # given away


async def interceptors():
    class Hooks:
        def before_export(self, call):
            print("called:", call.name, call.args)

        async def before_import(self, call):
            await asyncio.sleep(0)  # the call waits meanwhile, and nothing else does
            return weir.Answer() if call.args[0] > 1000 else None

    async with weir.Store() as store:
        store.intercept(Hooks())
        app = store.instantiate(GUESTS / "sleeper.wat", {"sleep": sleep})
        print(await app.exports.nap(60_000, 5))


async def programs():
    wasi = weir.Wasi(["hello", "Ada"], stdout="capture")
    async with weir.Store(wasi=wasi) as store:
        code = await store.instantiate(GUESTS.parent / "hello.wasm").main()
    print(code, wasi.stdout_bytes.decode(), end="")


def without_a_loop():
    print(weir.run(GUESTS / "double.wat", "double", 4))
    with weir.Bridge() as bridge:
        app = bridge.instantiate(GUESTS / "sleeper.wat", {"sleep": sleep})
        print(app.exports.nap(10, 8, timeout=60))


async def main():
    await first_call()
    await at_the_same_time()
    if sys.version_info >= (3, 11):
        await cancellation()
    await a_stream()
    await failures()
    await resources()
    await interceptors()
    await programs()


if __name__ == "__main__":
    asyncio.run(main())
    without_a_loop()
