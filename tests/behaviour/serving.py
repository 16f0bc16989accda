# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A `weir serve` of a test's own, and waiting for what must come."""
import http.client
import json
import pathlib
import re
import resource
import signal
import subprocess
import tempfile
import time

from command import WEIR

GUESTS = pathlib.Path(__file__).resolve().parent / "guests"
GUEST = GUESTS / "http.wat"
PATIENCE = 60  # seconds, for what must come


class Server:
    """A `weir serve` of its own, on ports of its own. `limit`: bytes that a file may have (ulimit -f)."""

    def __init__(self, *options, guest=GUEST, limit=None):
        self.folder = tempfile.TemporaryDirectory()
        self.log = pathlib.Path(self.folder.name) / "access.log"
        self.errors = open(pathlib.Path(self.folder.name) / "errors", "w+", encoding="utf-8")
        command = [WEIR, "serve", "--no-cache", "--addr", "127.0.0.1:0", "--admin", "127.0.0.1:0",
                   f"--access-log={self.log}", *options, str(guest)]
        bound = (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))) if limit else None
        self.process = subprocess.Popen(command, stderr=self.errors, preexec_fn=bound)
        self.port = int(self.said(r"serving http://127\.0\.0\.1:(\d+)"))
        self.admin = int(self.said(r"admin on port (\d+)"))

    def said(self, pattern):
        return wait_for(lambda: re.search(pattern, self.words()), f"no {pattern} in what was said", self.words).group(1)

    def words(self):
        self.errors.flush()
        return pathlib.Path(self.errors.name).read_text(encoding="utf-8")

    def begin(self, path, headers=None, method="GET", port=None):
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=PATIENCE)
        connection.request(method, path, headers=headers or {})
        return connection

    def get(self, path, **rest):
        connection = self.begin(path, **rest)
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return response.status, body

    def metric(self, name):
        status, body = self.get("/metrics", port=self.admin)
        assert status == 200
        return int(re.search(rf"^{re.escape(name)} (\d+)$", body.decode(), re.M).group(1))

    def until(self, name, value):
        """Waits for a metric: it is counted when the client has its answer already."""
        wait_for(lambda: self.metric(name) == value, f"{name} is not {value}", self.words)

    def lines(self, count):
        """The access log, once it has so many lines."""
        wait_for(lambda: len(self.whole_lines()) >= count, f"no {count} lines in the access log", self.words)
        return [json.loads(line) for line in self.whole_lines()]

    def line_of(self, path):
        """The first line of the access log for a path, once it is there."""
        return wait_for(lambda: next((line for line in self.lines(1) if line["path"] == path), None),
                        f"no line for {path} in the access log", self.words)

    def whole_lines(self):
        text = self.log.read_text(encoding="utf-8") if self.log.exists() else ""
        return text[:text.rfind("\n") + 1].splitlines()

    def end(self, kill=signal.SIGTERM):
        self.process.send_signal(kill)
        return self.process.wait(timeout=PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.errors.close()
        self.folder.cleanup()


def wait_for(happened, why, words=lambda: ""):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = happened()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(f"{why}\n{words()}")
