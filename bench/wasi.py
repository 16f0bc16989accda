# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Guests that call a function of WASI again and again, made by tests/wasi/guest.py. An operation is a round of the loop,
and what else a program does is the same for one round and for many."""
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "wasi"), str(ROOT / "tools")]

import guest
import wit
from guest import ANY, Ok

FILES = ["clocks", "cli", "filesystem", "random", "sockets", "p2/io", "p2/clocks", "p2/random", "p2/cli",
         "p2/filesystem", "p2/sockets"]
LARGE = 65536


def of_top(g):
    top = g.call("filesystem/preopens", "get-directories").item(0).field(0)

    def on(descriptor, method, *args):
        return g.call("filesystem/types", f"[method]descriptor.{method}", descriptor, *args)

    return top, on


def now(g, rounds):
    with g.repeat(rounds):
        g.call("clocks/monotonic-clock", "now")


def random64(g, rounds):
    with g.repeat(rounds):
        g.call("random/random", "get-random-bytes", 64)


def stat(g, rounds):
    top, on = of_top(g)
    with g.repeat(rounds):
        on(top, "stat-at", set(), "bytes").is_(Ok({"size": 4 * LARGE}))


def open_close(g, rounds):
    top, on = of_top(g)
    with g.repeat(rounds):
        g.drop(on(top, "open-at", set(), "bytes", set(), {"read"}).ok())


def read64k(g, rounds):
    top, on = of_top(g)
    file = on(top, "open-at", set(), "bytes", set(), {"read"}).ok()
    with g.repeat(rounds):
        given = on(file, "read-via-stream", 0)
        g.read(given.field(0), LARGE)
        g.close(given.field(0), "drop-readable")
        g.close(given.field(1), "drop-readable")


def write64(g, rounds):
    top, on = of_top(g)
    file = on(top, "open-at", set(), "out", {"create"}, {"write"}).ok()
    stream = g.func_of(("filesystem", "types"), "[method]descriptor.write-via-stream").params[1][1]
    readable, writable = g.new(stream)
    on(file, "write-via-stream", readable, 0)
    with g.repeat(rounds):
        g.write(writable, b"x" * 64)


def read64_p2(g, rounds):
    top, on = of_top(g)
    file = on(top, "open-at", set(), "bytes", set(), {"read"}).ok()
    stream = on(file, "read-via-stream", 0).ok()
    with g.repeat(rounds):
        g.call("io/streams", "[method]input-stream.blocking-read", stream, 8)


def write64_p2(g, rounds):
    top, on = of_top(g)
    file = on(top, "open-at", set(), "out", {"create"}, {"write"}).ok()
    stream = on(file, "write-via-stream", 0).ok()
    with g.repeat(rounds):
        g.call("io/streams", "[method]output-stream.blocking-write-and-flush", stream, b"x" * 64).is_(Ok())


def poll(g, rounds):
    with g.repeat(rounds):
        pollable = g.call("clocks/monotonic-clock", "subscribe-duration", 0)
        g.call("io/poll", "poll", [pollable]).is_(ANY)
        g.drop(pollable)


# name, version, rounds, guest
ROWS = [
    ("wasi now", "0.3.0", 1_000_000, now), ("wasi random64", "0.3.0", 300_000, random64),
    ("wasi stat", "0.3.0", 50_000, stat), ("wasi open", "0.3.0", 50_000, open_close),
    ("wasi read64k", "0.3.0", 10_000, read64k), ("wasi write64", "0.3.0", 100_000, write64),
    ("wasi 0.2 now", "0.2.12", 1_000_000, now), ("wasi 0.2 poll", "0.2.12", 100_000, poll),
    ("wasi 0.2 stat", "0.2.12", 50_000, stat), ("wasi 0.2 read8", "0.2.12", 30_000, read64_p2),
    ("wasi 0.2 write64", "0.2.12", 50_000, write64_p2),
]


def write(folder, name, version, rounds, program):
    """The guest that does so many rounds: its path."""
    interfaces = wit.read([ROOT / "src" / "wasi" / "wit" / f"{file}.wit" for file in FILES])
    g = guest.Guest(interfaces, version)
    program(g, rounds)
    path = folder / f"{name.replace(' ', '-')}-{rounds}.wat"
    path.write_text(g.component())
    return path


def fill(folder):
    """The files that the guests read."""
    (folder / "bytes").write_bytes(b"0123456789abcdef" * (4 * LARGE // 16))
