#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`weir serve` behind proxies: headers of the PROXY protocol, and fields that name the client. Whom the server believes,
what guests and the access log see, and what it costs those who are not believed."""
import socket
import struct
import tempfile
import unittest

from serving import GUEST, PATIENCE, Server

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
REQUEST = b"GET / HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n"
LINE = b"PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n"


def binary(command, family, body):
    return SIGNATURE + struct.pack("!BBH", command, family, len(body)) + body


def ask(server, *pieces):
    """All that comes back for these bytes; empty where the connection is closed without a word."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        got = b""
        try:
            for piece in pieces:
                s.sendall(piece)
            while more := s.recv(65536):
                got += more
        except ConnectionError:
            pass
        return got


class Proxied(unittest.TestCase):
    def test_the_client_is_whom_the_header_names(self):
        v4 = socket.inet_aton("192.0.2.2") + socket.inet_aton("192.0.2.3") + struct.pack("!HH", 7, 8)
        v6 = socket.inet_pton(socket.AF_INET6, "2001:db8::1") + bytes(16) + struct.pack("!HH", 9, 8)
        with Server("--proxy-protocol") as s:
            for i, (header, client) in enumerate([(LINE, "192.0.2.1:56324"),
                                                  (binary(0x21, 0x11, v4 + bytes(900)), "192.0.2.2:7"),
                                                  (binary(0x21, 0x21, v6), "[2001:db8::1]:9")]):
                self.assertIn(b"hello\n", ask(s, header + REQUEST))
                self.assertEqual(s.lines(i + 1)[i]["remote"], client)
            for header in (b"PROXY UNKNOWN\r\n", binary(0x20, 0, b"")):
                self.assertIn(b"hello\n", ask(s, header, REQUEST))
            self.assertTrue(all(line["remote"].startswith("127.0.0.1:") for line in s.lines(5)[3:]))
            self.assertEqual(s.end(), 0)

    def test_a_header_may_come_byte_by_byte(self):
        with Server("--proxy-protocol") as s:
            self.assertIn(b"hello\n", ask(s, *[bytes([byte]) for byte in LINE + REQUEST]))
            self.assertEqual(s.lines(1)[0]["remote"], "192.0.2.1:56324")

    def test_http2_stands_behind_a_header_too(self):
        preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
        with Server("--proxy-protocol") as s, socket.create_connection(("127.0.0.1", s.port), timeout=PATIENCE) as c:
            c.sendall(LINE + preface)
            self.assertEqual(c.recv(9)[3], 4)  # its settings

    def test_without_a_header_there_is_no_answer(self):
        with Server("--proxy-protocol") as s:
            for wrong in (REQUEST, b"PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n" + REQUEST, b"PROXY " + b"x" * 200,
                          binary(0x21, 0x12, bytes(12)) + REQUEST, SIGNATURE + b"\x21\x11\xff\xff"):
                self.assertEqual(ask(s, wrong), b"")
            self.assertIn(b"hello\n", ask(s, LINE + REQUEST))
            self.assertEqual(len(s.lines(1)), 1)

    def test_those_who_are_not_trusted_are_closed(self):
        with Server("--proxy-protocol", "--trust", "10.0.0.0/8") as s:
            self.assertEqual(ask(s, LINE + REQUEST), b"")
        with Server("--proxy-protocol", "--trust", "10.0.0.0/8", "--trust", "127.0.0.1") as s:
            self.assertIn(b"hello\n", ask(s, LINE + REQUEST))

    def test_headers_that_do_not_come_hold_up_nobody(self):
        with Server("--proxy-protocol", "--drain", "5") as s:
            silent = [socket.create_connection(("127.0.0.1", s.port), timeout=PATIENCE) for _ in range(20)]
            silent[0].sendall(LINE[:20])
            silent[1].close()
            self.assertIn(b"hello\n", ask(s, LINE + REQUEST))
            self.assertEqual(s.end(), 0)
            for connection in silent[2:]:
                connection.close()
            silent[0].close()


def guest_that_says(folder, field, size):
    """guests/http.wat, whose /given says this field."""
    text = GUEST.read_text(encoding="utf-8").replace('"traceparent"', f'"{field}"')
    text = text.replace("(i32.const 1040) (i32.const 11)", f"(i32.const 1040) (i32.const {len(field)})")
    path = f"{folder}/given.wat"
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace("(i32.const 55)", f"(i32.const {size})"))
    return path


class Forwarded(unittest.TestCase):
    def test_fields_of_the_proxy_name_the_client(self):
        for kind, headers in (("forwarded", {"forwarded": "for=6.6.6.6, for=192.0.2.1;proto=https;host=shop.example"}),
                              ("x-forwarded", {"x-forwarded-for": "6.6.6.6, 192.0.2.1", "x-forwarded-proto": "https",
                                               "x-forwarded-host": "shop.example"})):
            with Server("--forwarded", kind) as s:
                self.assertEqual(s.get("/", headers=headers)[0], 200)
                line = s.lines(1)[0]
                self.assertEqual((line["remote"], line["host"]), ("192.0.2.1:0", "shop.example"))

    def test_only_the_kind_that_was_asked_for_is_believed(self):
        with Server("--forwarded", "x-forwarded") as s:
            s.get("/", headers={"forwarded": "for=192.0.2.1"})
            self.assertTrue(s.lines(1)[0]["remote"].startswith("127.0.0.1:"))
        with Server() as s:
            s.get("/", headers={"forwarded": "for=192.0.2.1", "x-forwarded-for": "192.0.2.1"})
            self.assertTrue(s.lines(1)[0]["remote"].startswith("127.0.0.1:"))

    def test_a_host_that_the_proxy_names_chooses_the_route(self):
        with Server("--forwarded", "x-forwarded", "--route", f"shop.example={GUEST}", "--route", f"/x={GUEST}") as s:
            self.assertEqual(s.get("/", headers={"x-forwarded-host": "shop.example"})[0], 200)

    def test_fields_of_others_do_not_reach_the_guest(self):
        given = {"x-forwarded-for": "192.0.2.1"}
        with tempfile.TemporaryDirectory() as folder:
            guest = guest_that_says(folder, "x-forwarded-for", 9)
            with Server("--forwarded", "x-forwarded", guest=guest) as s:
                self.assertEqual(s.get("/given", headers=given), (200, b"192.0.2.1"))
            with Server("--forwarded", "x-forwarded", "--trust", "10.0.0.0/8", guest=guest) as s:
                self.assertNotIn(b"192.0.2.1", s.get("/given", headers=given)[1])
                self.assertTrue(s.lines(1)[0]["remote"].startswith("127.0.0.1:"))

    def test_a_guest_sees_whom_the_proxy_protocol_names(self):
        want = b'for="192.0.2.1:56324";proto=http'
        request = b"GET /given HTTP/1.1\r\nhost: h\r\nforwarded: for=6.6.6.6\r\nconnection: close\r\n\r\n"
        with tempfile.TemporaryDirectory() as folder:
            with Server("--proxy-protocol", guest=guest_that_says(folder, "forwarded", len(want))) as s:
                self.assertIn(want, ask(s, LINE + request))

    def test_both_ways_at_once(self):
        """A balancer of the PROXY protocol in front of a proxy that writes fields."""
        request = b"GET / HTTP/1.1\r\nhost: h\r\nx-forwarded-for: 203.0.113.9\r\nconnection: close\r\n\r\n"
        options = ("--proxy-protocol", "--forwarded", "x-forwarded", "--trust", "127.0.0.1")
        with Server(*options, "--trust", "192.0.2.0/24") as s:
            self.assertIn(b"hello\n", ask(s, LINE + request))
            self.assertEqual(s.lines(1)[0]["remote"], "203.0.113.9:0")
        with Server(*options) as s:
            self.assertIn(b"hello\n", ask(s, LINE + request))
            self.assertEqual(s.lines(1)[0]["remote"], "192.0.2.1:56324")


if __name__ == "__main__":
    unittest.main()
