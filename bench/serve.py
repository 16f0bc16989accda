# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What `weir serve` costs, and `wasmtime serve` beside it: a server on one processor, `wrk` or `h2load` on another.

For each guest: the server's processor time for a request, wall time for each of 32 connections' requests, the 99th
percentile of their latency, resident memory after the load, the time from start to the first answer. All are costs, so
that less is better. The guests of Rust are found as those of tests/wasi/real.py are; the one in C is an example.
"""
import http.client
import os
import pathlib
import re
import resource
import shutil
import socket
import subprocess
import time

from row import Row

ROOT = pathlib.Path(__file__).resolve().parent.parent
REAL = pathlib.Path(os.environ.get("WEIR_GUESTS", ROOT.parent / "shared" / "guests" / "real"))
GUESTS = {  # the guest, and a path that it answers at once
    "c": (ROOT / "examples" / "guests" / "web.wasm", "/"),
    "rust": (REAL / "rust" / "http03" / "http03.wasm", "/hello"),
    "rust 0.2": (REAL / "rust" / "http02" / "http02.wasm", "/hello"),
}
SECONDS, CONNECTIONS, IDLE = 3, 32, 10_000
TICKS = os.sysconf("SC_CLK_TCK")
UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3}  # what wrk prints, in milliseconds


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def on_processor(number: int) -> list[str]:
    """Keeps a command on one processor, where there are two and a tool for it."""
    return ["taskset", "-c", str(number)] if shutil.which("taskset") and (os.cpu_count() or 1) > 1 else []


def serving(name: str, command: str, guest: pathlib.Path, port: int) -> list[str]:
    address = ["--addr", f"127.0.0.1:{port}"]
    if name == "peer":
        return [command, "serve", "-Sp3", "-Scli", "-W", "component-model-async=y", "--no-logging-prefix", *address, str(guest)]
    return [command, "serve", *address, str(guest)]


class Server:
    """A server that has answered once: `started` is how many seconds that took."""

    def __init__(self, name: str, command: str, guest: pathlib.Path, path: str):
        self.port, self.path = free_port(), path
        begin = time.perf_counter()
        self.child = subprocess.Popen([*on_processor(0), *serving(name, command, guest, self.port)],
                                      stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.await_answer(begin + 60)
        self.started = time.perf_counter() - begin

    def await_answer(self, until: float) -> None:
        while True:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
                connection.request("GET", self.path)
                status = connection.getresponse().status
                connection.close()
                if status != 200:
                    raise RuntimeError(f"{self.path} is answered with {status}")
                return
            except OSError:
                if self.child.poll() is not None or time.perf_counter() > until:
                    raise RuntimeError("the server does not answer") from None
                time.sleep(0.001)

    def processor_seconds(self) -> float:
        fields = pathlib.Path(f"/proc/{self.child.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident_mib(self) -> float:
        status = pathlib.Path(f"/proc/{self.child.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.kill()
        self.child.wait()


def ask_by_wrk(url: str) -> tuple[int, float | None]:
    """Requests that were answered, and the 99th percentile of their latency in milliseconds."""
    said = subprocess.run([*on_processor(1), "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency", url],
                          capture_output=True, text=True, check=True).stdout
    if re.search(r"Non-2xx|Socket errors", said):
        raise RuntimeError(" ".join(re.findall(r"(?:Non-2xx|Socket errors).*", said)))
    late = re.search(r"99%\s+([\d.]+)(us|ms|s)", said)
    return int(re.search(r"(\d+) requests in", said)[1]), float(late[1]) * UNITS[late[2]]


def ask_by_h2load(url: str) -> tuple[int, float | None]:
    said = subprocess.run([*on_processor(1), "h2load", "-t1", "-c4", f"-m{CONNECTIONS // 4}", f"-D{SECONDS}", url],
                          capture_output=True, text=True, check=True).stdout
    done = re.search(r"requests: \d+ total, \d+ started, (\d+) done, (\d+) succeeded", said)
    if done[1] != done[2]:
        raise RuntimeError(f"{done[1]} requests were answered, {done[2]} of them well")
    return int(done[2]), None


LOADS = {"wrk": ("", ask_by_wrk), "h2load": (" h2", ask_by_h2load)}


def measure_load(label: str, ask, runtime, guest: pathlib.Path, path: str, costs: dict[str, Row]) -> None:
    """One load on one server, added to the rows that are named after it."""
    with Server(runtime.name, runtime.run[0], guest, path) as server:
        before = server.processor_seconds()
        count, late = ask(f"http://127.0.0.1:{server.port}{path}")
        found = {"": ("us/req", 1, (server.processor_seconds() - before) / count * 1e6),
                 " wall": ("us/req", 1, SECONDS / count * 1e6), " memory": ("MiB", 1, server.resident_mib()),
                 " start": ("ms", 1, server.started * 1e3)}
        if late is not None:
            found[" p99"] = ("ms", 2, late)
        for what, (unit, digits, value) in found.items():
            costs.setdefault(what, Row(label + what, unit, digits)).add(runtime.name, value)


def measure_guest(label: str, tool: str, guest: pathlib.Path, path: str, runtimes, repeat: int) -> list[Row]:
    suffix, ask = LOADS[tool]
    name, costs = f"serve {label}{suffix}", {}
    for _ in range(repeat):
        for runtime in runtimes:
            try:
                measure_load(name, ask, runtime, guest, path, costs)
            except (RuntimeError, OSError, subprocess.SubprocessError, TypeError) as error:
                costs.setdefault("", Row(name, "us/req", 1)).errors[runtime.name] = str(error)
    return list(costs.values())


def allowed_connections() -> int:
    """How many this process and a server can have open: IDLE, unless the system allows fewer."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = IDLE + 200
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))
    return min(IDLE, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 200)


def measure_idle(runtimes) -> Row:
    """Resident memory with many connections that ask nothing."""
    guest, path = GUESTS["c"]
    count = allowed_connections() - 1
    cost = Row(f"serve {count} idle", "MiB", 1)
    for runtime in runtimes:
        opened = []
        try:
            with Server(runtime.name, runtime.run[0], guest, path) as server:
                for _ in range(count):
                    opened.append(socket.create_connection(("127.0.0.1", server.port), timeout=5))
                server.await_answer(time.perf_counter() + 60)
                cost.add(runtime.name, server.resident_mib())
        except (RuntimeError, OSError) as error:
            cost.errors[runtime.name] = f"with {len(opened)} connections: {error}"
        finally:
            for one in opened:
                one.close()
    return cost


def measure(runtimes, pattern: str, repeat: int):
    """Yields the rows whose load matches; none where the tools are missing."""
    for label, (guest, path) in GUESTS.items():
        for tool, (suffix, _) in LOADS.items():
            if guest.exists() and shutil.which(tool) and re.search(pattern, f"serve {label}{suffix}"):
                # The peer speaks HTTP/1.1 only.
                asked = [r for r in runtimes if not suffix or r.name == "weir"]
                yield from measure_guest(label, tool, guest, path, asked, repeat)
    if re.search(pattern, "serve idle"):
        yield measure_idle(runtimes)
