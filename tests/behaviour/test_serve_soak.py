#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Clients of all bad kinds, round after round: they reset, close one side, read and write slowly, open streams of HTTP/2 and
reset them, and never make room. In the end there is no live task, no request and no connection, and memory has not grown.
WEIR_LONG=1: for minutes."""
import os
import pathlib
import random
import socket
import struct
import unittest

from serving import PATIENCE, Server, wait_for

LONG = os.environ.get("WEIR_LONG") == "1"
ROUNDS, CLIENTS, WARM = (200, 60, 20) if LONG else (8, 40, 3)
GROWTH = 8 << 20  # bytes that the allocator may have kept
PATHS = ["/", "/late", "/after", "/broken", "/never", "/x", "/trap", "/elsewhere"]
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, WINDOW_UPDATE = 0, 1, 3, 4, 6, 8
INITIAL_WINDOW_SIZE = 4


def frame(kind, flags, stream, body=b""):
    return struct.pack("!I", len(body))[1:] + struct.pack("!BBI", kind, flags, stream) + body


def headers(stream, path, method=0x82, end=True):
    """Of a request: indexed method and scheme, the others literally."""
    block = bytes([method, 0x86, 0x04, len(path)]) + path.encode() + b"\x01\x04here"
    return frame(HEADERS, 0x5 if end else 0x4, stream, block)


class Crowd:
    """The clients of a round, each with an end of its own choice."""

    def __init__(self, server, seed):
        self.server, self.choose, self.open = server, random.Random(seed), []

    def client(self):
        sock = socket.create_connection(("127.0.0.1", self.server.port), timeout=PATIENCE)
        self.open.append(sock)
        return sock

    def over_http1(self):
        sock, path = self.client(), self.choose.choice(PATHS)
        head = f"GET {path} HTTP/1.1\r\nhost: here\r\n\r\n".encode()
        act = self.choose.randrange(6)
        if act == 0:
            sock.sendall(head[:self.choose.randrange(1, len(head))])  # and never the rest
        elif act == 1:
            sock.sendall(head * 20)  # and reads nothing
        elif act == 2:
            sock.sendall(head)
            sock.shutdown(socket.SHUT_WR)
        elif act == 3:
            sock.sendall(f"POST {path} HTTP/1.1\r\nhost: here\r\ncontent-length: 100000\r\n\r\n".encode() + b"x" * 1000)
        elif act == 4:
            sock.sendall(f"POST {path} HTTP/1.1\r\nhost: here\r\ntransfer-encoding: chunked\r\n\r\nff\r\n".encode())
        else:
            sock.sendall(head)
            sock.recv(1)  # a slow reader
        return sock

    def over_http2(self):
        sock = self.client()
        window = struct.pack("!HI", INITIAL_WINDOW_SIZE, self.choose.choice([0, 1, 65535]))
        out = PREFACE + frame(SETTINGS, 0, 0, window)
        for stream in range(1, 2 * self.choose.randrange(2, 20), 2):
            method, end = self.choose.choice([(0x82, True), (0x83, False)])
            out += headers(stream, self.choose.choice(PATHS), method, end)
            act = self.choose.randrange(4)
            if act == 0:
                out += frame(RST_STREAM, 0, stream, struct.pack("!I", 8))
            elif act == 1 and not end:
                out += frame(DATA, self.choose.randrange(2), stream, b"y" * 500)
            elif act == 2:
                out += frame(WINDOW_UPDATE, 0, stream, struct.pack("!I", 1))
        sock.sendall(out + frame(PING, 0, 0, bytes(8)))
        return sock

    def end(self, sock):
        try:
            if self.choose.randrange(2):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset
            sock.close()
        except OSError:
            pass

    def run(self):
        for _ in range(CLIENTS):
            try:
                self.choose.choice([self.over_http1, self.over_http2])()
            except ConnectionError:
                pass  # what it did was too much
            if len(self.open) > CLIENTS // 2:
                self.end(self.open.pop(self.choose.randrange(len(self.open))))
        while self.open:
            self.end(self.open.pop())


def resident(server):
    for line in pathlib.Path(f"/proc/{server.process.pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) << 10
    raise AssertionError("no VmRSS")


def sockets(server):
    fds = pathlib.Path(f"/proc/{server.process.pid}/fd")
    count = 0
    for fd in fds.iterdir():
        try:
            count += os.readlink(fd).startswith("socket:")
        except OSError:
            pass  # closed meanwhile
    return count


class Soak(unittest.TestCase):
    def test_nothing_is_left_and_memory_does_not_grow(self):
        with Server("--max-instances", "6", "--instance-concurrency", "4", "--max-waiting", "20", "--after", "0.3", "--request-timeout",
                    "0.5", "--idle", "0.2") as s:
            before, warm = sockets(s), 0
            names = ("requests_running", "requests_waiting", "live_tasks", "instances")
            left = lambda: [s.metric(f"weir_{name}") for name in names]
            for i in range(ROUNDS):
                Crowd(s, i).run()
                wait_for(lambda: left() == [0, 0, 0, 0], "something is left", lambda: f"{left()}\n{s.words()}")
                self.assertEqual(s.get("/"), (200, b"hello\n"))
                if i + 1 == WARM:
                    warm = resident(s)
            wait_for(lambda: sockets(s) == before, "connections are left")
            wait_for(lambda: left() == [0, 0, 0, 0], "something is left", lambda: f"{left()}\n{s.words()}")
            if not self.is_sanitized(s):
                self.assertLess(resident(s), warm + GROWTH)
            self.assertEqual(s.end(), 0)

    def is_sanitized(self, server):
        """A sanitizer keeps freed memory for a while."""
        return "libasan" in pathlib.Path(f"/proc/{server.process.pid}/maps").read_text(encoding="utf-8")


if __name__ == "__main__":
    unittest.main()
