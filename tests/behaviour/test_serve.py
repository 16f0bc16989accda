#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`weir serve` with guests/http.wat: answers, traps, time-outs, work after the response, overload, draining, reloading,
the admin address and the access log. Nothing here waits for a time to pass: each test waits for what it wants to see."""
import http.client
import os
import pathlib
import random
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import unittest

from command import WEIR
from serving import GUEST, GUESTS, PATIENCE, Server, wait_for

FRONT = GUESTS / "http-front.wat"


class Serve(unittest.TestCase):
    def test_a_guest_answers(self):
        with Server() as s:
            self.assertEqual(s.get("/"), (200, b"hello\n"))
            self.assertEqual(s.get("/late"), (200, b"hello\n"))
            self.assertEqual(s.get("/other"), (404, b"hello\n"))
            s.until("weir_instances_made_total", 1)
            self.assertEqual(s.end(), 0)

    def test_a_connection_takes_many_requests(self):
        with Server() as s:
            connection = http.client.HTTPConnection("127.0.0.1", s.port, timeout=PATIENCE)
            for _ in range(50):
                connection.request("GET", "/")
                self.assertEqual(connection.getresponse().read(), b"hello\n")

    def test_a_trap_is_500_and_the_instance_is_replaced(self):
        with Server() as s:
            self.assertEqual(s.get("/trap")[0], 500)
            self.assertEqual(s.get("/"), (200, b"hello\n"))
            s.until("weir_instances_trapped_total", 1)
            trap, after = s.lines(2)
            self.assertEqual((trap["why"], trap["status"], trap["instance"]), ("trap", 500, 1))
            self.assertIn("unreachable", trap["detail"])
            self.assertEqual(after["instance"], 2)

    def test_a_trap_behind_the_head_breaks_the_response_off(self):
        with Server() as s:
            connection = s.begin("/broken")
            with self.assertRaises((http.client.IncompleteRead, ConnectionError)):
                connection.getresponse().read()
            self.assertEqual(s.get("/"), (200, b"hello\n"))

    def test_a_trap_ends_the_other_requests_of_its_instance(self):
        with Server() as s:
            other = s.begin("/never")
            wait_for(lambda: s.metric("weir_requests_running") == 1, "no request runs")
            self.assertEqual(s.get("/trap")[0], 500)
            self.assertEqual(other.getresponse().status, 500)

    def test_a_request_over_its_time_is_ended(self):
        with Server("--request-timeout", "0.2") as s:
            self.assertEqual(s.get("/never")[0], 504)
            self.assertEqual(s.get("/"), (200, b"hello\n"))
            s.until("weir_requests_timed_out_total", 1)
            self.assertEqual(s.lines(2)[0]["why"], "time-out")

    def test_a_guest_that_spins_holds_up_nobody(self):
        with Server("--instance-concurrency", "1") as s:
            spinning = s.begin("/spin")
            wait_for(lambda: s.metric("weir_requests_running") == 1, "no request runs")
            for _ in range(5):
                self.assertEqual(s.get("/"), (200, b"hello\n"))
            wait_for(lambda: s.metric("weir_requests_running") == 1, "the one that spins has ended")
            spinning.close()

    def test_work_after_the_response_goes_on_though_the_client_is_gone(self):
        with Server() as s:
            self.assertEqual(s.get("/after"), (200, b"hello\n"))
            wait_for(lambda: s.get("/count") == (200, b"1"), "the work has not ended", s.words)
            s.until("weir_instances_made_total", 1)

    def test_work_after_the_response_has_its_limit(self):
        with Server("--after", "0.1") as s:
            self.assertEqual(s.get("/x"), (200, b"hello\n"))
            wait_for(lambda: s.metric("weir_instances_overdue_total") == 1, "the work was not ended", s.words)
            wait_for(lambda: s.metric("weir_live_tasks") == 0, "a task is left", s.words)
            self.assertEqual(s.get("/"), (200, b"hello\n"))

    def test_what_is_too_much_is_told_so(self):
        with Server("--max-instances", "1", "--instance-concurrency", "1", "--max-waiting", "1") as s:
            first = s.begin("/never")
            wait_for(lambda: s.metric("weir_requests_running") == 1, "no request runs")
            second = s.begin("/")
            wait_for(lambda: s.metric("weir_requests_waiting") == 1, "no request waits")
            third = s.begin("/").getresponse()
            self.assertEqual((third.status, third.headers["retry-after"]), (503, "1"))
            s.until("weir_requests_refused_total", 1)
            second.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            second.close()  # and so it is reset
            wait_for(lambda: s.metric("weir_requests_waiting") == 0, "the one that has left still waits")
            first.close()

    def test_an_instance_answers_so_many_requests(self):
        with Server("--instance-requests", "2") as s:
            for _ in range(5):
                self.assertEqual(s.get("/"), (200, b"hello\n"))
            self.assertEqual([line["instance"] for line in s.lines(5)], [1, 1, 2, 2, 3])

    def test_instances_are_made_ahead(self):
        with Server("--ahead", "3") as s:
            wait_for(lambda: s.metric("weir_instances") == 3, "there are no instances")
            self.assertEqual(s.get("/"), (200, b"hello\n"))

    def test_many_workers(self):
        with Server("--workers", "3", "--ahead", "1") as s:
            wait_for(lambda: s.metric("weir_instances") == 3, "there are no instances")
            for _ in range(20):
                self.assertEqual(s.get("/"), (200, b"hello\n"))
            self.assertEqual(s.end(), 0)

    def test_sigterm_lets_requests_end(self):
        with Server() as s:
            late = s.begin("/late")
            wait_for(lambda: s.metric("weir_requests_running") == 1 or s.metric("weir_instances") == 1, "nothing runs")
            s.process.send_signal(signal.SIGTERM)
            self.assertEqual(late.getresponse().read(), b"hello\n")
            self.assertEqual(s.process.wait(timeout=PATIENCE), 0)

    def test_sigterm_does_not_wait_for_ever(self):
        with Server("--drain", "0.2") as s:
            never = s.begin("/never")
            wait_for(lambda: s.metric("weir_requests_running") == 1, "no request runs")
            self.assertEqual(s.end(), 0)
            with self.assertRaises((http.client.HTTPException, ConnectionError)):
                never.getresponse().read()
                raise http.client.HTTPException("a response that is whole")

    def test_while_it_drains_it_is_not_ready(self):
        with Server() as s:
            never = s.begin("/never")
            wait_for(lambda: s.metric("weir_requests_running") == 1, "no request runs")
            self.assertEqual(s.get("/readyz", port=s.admin)[0], 200)
            s.process.send_signal(signal.SIGTERM)
            wait_for(lambda: s.get("/readyz", port=s.admin)[0] == 503, "it is still ready")
            self.assertEqual(s.get("/healthz", port=s.admin)[0], 200)
            s.process.send_signal(signal.SIGTERM)  # the second one
            self.assertEqual(s.process.wait(timeout=PATIENCE), -signal.SIGTERM)
            never.close()

    def test_sighup_loads_anew_and_loses_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            guest = pathlib.Path(folder) / "app.wat"
            shutil.copy(GUEST, guest)
            with Server(guest=guest) as s:
                never = s.begin("/never")
                wait_for(lambda: s.metric("weir_requests_running") == 1, "no request runs")
                statuses, stop = [], threading.Event()
                asking = threading.Thread(target=lambda: ask_until(s, statuses, stop))
                asking.start()
                guest.write_text(GUEST.read_text(encoding="utf-8").replace('"hello\\n"', '"HELLO\\n"'), encoding="utf-8")
                s.process.send_signal(signal.SIGHUP)
                wait_for(lambda: s.get("/") == (200, b"HELLO\n"), "the old one still answers", s.words)
                stop.set()
                asking.join()
                self.assertEqual(set(statuses), {200})
                s.until("weir_requests_running", 1)  # of the old one
                guest.write_text("(component", encoding="utf-8")
                s.process.send_signal(signal.SIGHUP)
                s.said(r"(error): .*app\.wat")
                self.assertEqual(s.get("/"), (200, b"HELLO\n"))
                never.close()

    def test_the_access_log_has_the_trace_of_the_caller(self):
        trace = "0af7651916cd43dd8448eb211c80319c"
        with Server() as s:
            s.get("/", headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})
            line = s.lines(1)[0]
            self.assertEqual((line["trace"], line["parent"]), (trace, "b7ad6b7169203331"))
            self.assertEqual((line["method"], line["path"], line["status"], line["sent"]), ("GET", "/", 200, 6))
            self.assertRegex(line["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")

    def test_the_guest_goes_on_with_the_trace(self):
        with Server() as s:
            status, body = s.get("/given", headers={"traceparent": f"00-{'1' * 32}-{'2' * 16}-01"})
            self.assertEqual((status, body.decode()), (200, f"00-{'1' * 32}-{s.lines(1)[0]['span']}-01"))
            begun = s.get("/given")[1].decode()
            self.assertEqual(begun, f"00-{s.lines(2)[1]['trace']}-{s.lines(2)[1]['span']}-00")

    def test_the_flight_of_a_trap_is_recorded_and_replayed(self):
        with tempfile.TemporaryDirectory() as flights:
            with Server("--record", flights) as s:
                never = s.begin("/never")  # others at once
                for path in ("/", "/late", "/trap", "/"):
                    s.get(path)
                name = s.lines(5)[3]["record"]
                wait_for(lambda: s.metric("weir_records_total") == 1, "no record was written", s.words)
                never.close()
                self.assertEqual(os.listdir(flights), [name])
            self.replays(os.path.join(flights, name))

    def replays(self, log):
        got = subprocess.run([WEIR, "replay", log, str(GUEST)], capture_output=True, text=True, timeout=PATIENCE,
                             check=False)
        self.assertEqual(got.returncode, 0, got.stdout + got.stderr)

    def test_every_flight_can_be_recorded(self):
        with tempfile.TemporaryDirectory() as flights:
            with Server("--record", flights, "--record-when", "all", "--instance-requests", "2") as s:
                for _ in range(6):
                    s.get("/")
                wait_for(lambda: s.metric("weir_records_total") == 3, "the records were not written", s.words)
            for name in os.listdir(flights):
                self.replays(os.path.join(flights, name))

    def test_records_are_bounded_in_number(self):
        with tempfile.TemporaryDirectory() as flights:
            with Server("--record", flights, "--record-files", "2") as s:
                for _ in range(4):
                    s.get("/trap")
                wait_for(lambda: s.metric("weir_instances_ended_total") == 4, "instances live", s.words)
                self.assertEqual(s.end(), 0)
            self.assertEqual(len(os.listdir(flights)), 2)

    def test_the_admin_address(self):
        with Server() as s:
            self.assertEqual(s.get("/healthz", port=s.admin), (200, b"ok\n"))
            self.assertEqual(s.get("/readyz", port=s.admin), (200, b"ready\n"))
            self.assertEqual(s.get("/elsewhere", port=s.admin)[0], 404)
            self.assertEqual(s.get("/metrics", port=s.admin, method="POST")[0], 405)
            s.get("/")
            wait_for(lambda: s.metric('weir_requests_total{code="2xx"}') == 1, "the request was not counted", s.words)
            body = s.get("/metrics", port=s.admin)[1].decode()
            self.assertIn("# TYPE weir_request_duration_seconds histogram\n", body)

    def test_middleware_stands_in_front(self):
        with Server("--with", str(FRONT), "--instance-concurrency", "1") as s:
            self.assertEqual(s.get("/"), (203, b"hello\n"))
            self.assertEqual(s.get("/late"), (203, b"hello\n"))
            self.assertEqual(s.get("/trap")[0], 500)
        with Server("--with", str(FRONT), "--with", str(FRONT), "--instance-concurrency", "1") as s:
            self.assertEqual(s.get("/late"), (203, b"hello\n"))

    def test_several_components_by_host_and_path(self):
        with tempfile.TemporaryDirectory() as folder:
            shop = pathlib.Path(folder) / "shop.wat"
            shop.write_text(GUEST.read_text(encoding="utf-8").replace('"hello\\n"', '"SHOP!\\n"'), encoding="utf-8")
            with Server("--route", f"/late={shop}", "--route", f"shop.example/after={shop}") as s:
                self.assertEqual(s.get("/late"), (200, b"SHOP!\n"))
                self.assertEqual(s.get("/late?x=1"), (200, b"SHOP!\n"))
                self.assertEqual(s.get("/later"), (200, b"hello\n"))
                self.assertEqual(s.get("/after"), (200, b"hello\n"))
                self.assertEqual(s.get("/after", headers={"host": "SHOP.example:80"}), (200, b"SHOP!\n"))

    def test_a_file_that_has_changed_is_loaded_anew(self):
        with tempfile.TemporaryDirectory() as folder:
            guest = pathlib.Path(folder) / "app.wat"
            shutil.copy(GUEST, guest)
            with Server("--watch", guest=guest) as s:
                self.assertEqual(s.get("/"), (200, b"hello\n"))
                new = pathlib.Path(folder) / "new"
                new.write_text(GUEST.read_text(encoding="utf-8").replace('"hello\\n"', '"HELLO\\n"'), encoding="utf-8")
                new.replace(guest)
                wait_for(lambda: s.get("/") == (200, b"HELLO\n"), "the old one still answers", s.words)

    def test_after_a_crowd_of_bad_clients_nothing_is_left(self):
        choose = random.Random(1)
        with Server("--max-waiting", "5", "--max-instances", "4", "--instance-concurrency", "4", "--after", "1",
                    "--request-timeout", "2") as s:
            kept = []
            for _ in range(150):
                path = choose.choice(["/", "/late", "/after", "/broken", "/never", "/x", "/trap"])
                connection = s.begin(path)
                act = choose.randrange(4)
                if act == 0:  # reset at once
                    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    connection.close()
                elif act == 1:  # says no more, and reads nothing
                    connection.sock.shutdown(socket.SHUT_WR)
                    kept.append(connection)
                elif act == 2:
                    connection.close()
                else:
                    kept.append(connection)
            for connection in kept:
                if connection.sock:
                    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()
            left = lambda: [s.metric(f"weir_{name}") for name in ("requests_running", "requests_waiting", "live_tasks")]
            wait_for(lambda: left() == [0, 0, 0], "something is left", lambda: f"{left()}\n{s.words()}")
            self.assertEqual(s.get("/"), (200, b"hello\n"))
            self.assertEqual(s.end(), 0)

    def test_every_request_is_answered_where_its_instance_has_just_trapped(self):
        with Server("--max-instances", "1", "--instance-concurrency", "4") as s:
            connections = [s.begin("/trap") for _ in range(40)]
            self.assertEqual({connection.getresponse().status for connection in connections}, {500})
            for connection in connections:
                connection.close()
            self.assertEqual(s.get("/"), (200, b"hello\n"))
            self.assertEqual(s.end(), 0)

    def test_sockets_may_come_from_outside(self):
        listening = socket.create_server(("127.0.0.1", 0))
        code = ("import os, sys; os.dup2(int(sys.argv[1]), 3); os.set_inheritable(3, True); "
                "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1'); os.execv(sys.argv[2], sys.argv[2:])")
        with subprocess.Popen([sys.executable, "-c", code, str(listening.fileno()), WEIR, "serve", "--no-cache",
                               str(GUEST)], pass_fds=[listening.fileno()], stderr=subprocess.DEVNULL) as process:
            connection = http.client.HTTPConnection(*listening.getsockname(), timeout=PATIENCE)
            listening.close()
            connection.request("GET", "/")
            self.assertEqual(connection.getresponse().read(), b"hello\n")
            connection.close()
            process.terminate()
            self.assertEqual(process.wait(timeout=PATIENCE), 0)

    def test_what_cannot_be_served_is_said(self):
        hello = GUESTS.parent.parent.parent / "examples" / "guests" / "hello.wasm"
        self.refused(2, "exports neither", str(hello))
        self.refused(2, "there is no component to serve")
        self.refused(66, "cannot be read", "/nowhere/app.wasm")
        self.refused(2, "is no range", "--proxy-protocol", "--trust", "10.0.0.0/33", str(GUEST))
        self.refused(2, "--trust: nothing is believed", "--trust", "10.0.0.0/8", str(GUEST))
        self.refused(2, "is none of forwarded, x-forwarded", "--forwarded", "both", str(GUEST))
        self.refused(2, "weir serve: localhost is no address", "--addr", "localhost", str(GUEST))
        self.refused(2, "--tls-cert and --tls-key go together", "--tls-cert", "cert.pem", str(GUEST))
        self.refused(70, "records cannot be written to the directory /nowhere", "--record", "/nowhere", str(GUEST))
        self.refused(2, "route shop.example/x: the component exports neither", "--route", f"shop.example/x={hello}", str(GUEST))
        self.refused(69, "nobody needs", "--with", str(hello), str(GUEST))
        with Server() as s:
            self.refused(70, "cannot be bound", "--addr", f"192.0.2.1:{s.port}", str(GUEST))

    def refused(self, code, words, *arguments):
        got = subprocess.run([WEIR, "serve", "--no-cache", *arguments], capture_output=True, text=True, timeout=PATIENCE,
                             check=False)
        self.assertIn(words, got.stderr)
        self.assertEqual(got.returncode, code, got.stderr)


def ask_until(server, statuses, stop):
    while not stop.is_set():
        statuses.append(server.get("/")[0])


if __name__ == "__main__":
    unittest.main()
