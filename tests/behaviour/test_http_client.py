#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Requests that a guest sends (examples/guests/web.wasm under `weir serve`): what rules grant, and what comes back."""
import http.client
import http.server
import pathlib
import re
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from command import WEIR

GUEST = pathlib.Path(__file__).resolve().parent.parent.parent / "examples" / "guests" / "web.wasm"
PATIENCE = 60  # seconds, for what must come
REFUSED = (502, b"the other server cannot be asked\n")


class Upstream(http.server.BaseHTTPRequestHandler):
    """Says what it was asked; the server counts."""
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.append((self.path, self.headers.get("host")))
        body = b"from upstream\n" * 1000
        self.send_response(203)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for i in range(0, len(body), 5000):
            piece = body[i:i + 5000]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_):
        pass


class Served:
    def __init__(self, *options):
        self.errors = tempfile.NamedTemporaryFile("r", encoding="utf-8")
        with open(self.errors.name, "w", encoding="utf-8") as errors:
            self.process = subprocess.Popen([WEIR, "serve", "--no-cache", "--addr", "127.0.0.1:0", *options, str(GUEST)],
                                            stderr=errors)
        self.port = self.wait_for_port()

    def wait_for_port(self):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            said = re.search(r"serving http://127\.0\.0\.1:(\d+)", pathlib.Path(self.errors.name).read_text("utf-8"))
            if said:
                return int(said.group(1))
            time.sleep(0.02)
        raise AssertionError("not serving: " + pathlib.Path(self.errors.name).read_text("utf-8"))

    def fetch(self, upstream):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request("GET", "/fetch", headers={"x-upstream": upstream})
        response = connection.getresponse()
        answer = response.status, response.read()
        connection.close()
        return answer

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.errors.close()


class HttpClient(unittest.TestCase):
    def setUp(self):
        self.upstream = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
        self.upstream.asked = []
        self.port = self.upstream.server_address[1]
        threading.Thread(target=self.upstream.serve_forever, daemon=True).start()

    def tearDown(self):
        self.upstream.shutdown()
        self.upstream.server_close()

    def test_a_granted_address_is_asked_and_the_body_comes_through(self):
        with Served("--net", f"tcp-out:127.0.0.1:{self.port}") as s:
            for _ in range(3):
                self.assertEqual(s.fetch(f"127.0.0.1:{self.port}"), (203, b"from upstream\n" * 1000))
        self.assertEqual(self.upstream.asked, [("/hello", f"127.0.0.1:{self.port}")] * 3)

    def test_nothing_is_asked_without_a_rule(self):
        for rules in ([], ["--net", "tcp-in"], ["--net", "tcp-out:127.0.0.2"], ["--net", "lookup"],
                      ["--net", f"tcp-out:127.0.0.1:{self.port + 1 if self.port < 65535 else 1}"]):
            with Served(*rules) as s:
                self.assertEqual(s.fetch(f"127.0.0.1:{self.port}"), REFUSED)
        self.assertEqual(self.upstream.asked, [])

    def test_a_name_needs_look_up_and_then_its_address_a_rule(self):
        with Served("--net", "tcp-out") as s:
            self.assertEqual(s.fetch(f"localhost:{self.port}"), REFUSED)
        with Served("--net", "lookup", "--net", "tcp-out:127.0.0.2") as s:
            self.assertEqual(s.fetch(f"localhost:{self.port}"), REFUSED)
        self.assertEqual(self.upstream.asked, [])
        with Served("--net", "lookup", "--net", "tcp-out") as s:
            self.assertEqual(s.fetch(f"localhost:{self.port}")[0], 203)

    def test_nobody_at_the_other_end_is_an_error_of_the_guest(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))  # and does not listen
            with Served("--net", "all") as s:
                self.assertEqual(s.fetch("127.0.0.1:%d" % taken.getsockname()[1]), REFUSED)
                self.assertEqual(s.fetch(f"127.0.0.1:{self.port}")[0], 203)


if __name__ == "__main__":
    unittest.main()
