# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A server on asyncio with an actor for each connection: a component with a memory of its own, which answers lines. A
guest that traps, or computes for a second, ends its own connection and no other.   actors.py ACTOR.WAT [PORT]"""
import asyncio
import sys

import weir


class Server:
    def __init__(self, guest: str) -> None:
        self.engine = weir.Engine(pooling=True, deadlines=True)
        self.component = weir.Component(guest, self.engine)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with weir.Store(self.engine, max_total_memory_bytes=1 << 20) as store:
                actor = store.instantiate(self.component)
                while line := await reader.readline():
                    store.set_deadline(100)  # ticks
                    answer = await actor.exports.handle(line.decode("utf-8", "replace").rstrip("\n"))
                    writer.write(answer.encode() + b"\n")
                    await writer.drain()
        except weir.Error as error:
            writer.write(f"error: {error}\n".encode())
        finally:
            writer.close()


async def main(guest: str, port: int) -> None:
    actors = Server(guest)
    server = await asyncio.start_server(actors.serve, "127.0.0.1", port)
    print("listening on", server.sockets[0].getsockname()[1], flush=True)
    with actors.engine.ticking(0.01):
        async with server:
            await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0))
