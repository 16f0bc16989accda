# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The examples do what they say, and each piece of Python on the pages stands in one of them."""
import asyncio
import importlib
import pathlib
import re
import subprocess
import sys

import pytest

from conftest import EXAMPLES

PACKAGE = pathlib.Path(__file__).resolve().parents[1]
PROGRAMS = PACKAGE / "examples"
ROOT = PACKAGE.parents[1]
PAGES = (PACKAGE / "README.md", ROOT / "docs" / "python.md", ROOT / "README.md")


def test_the_first_program():
    done = subprocess.run([sys.executable, PROGRAMS / "first.py"], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "42\n"


def test_the_tour():
    done = subprocess.run([sys.executable, PROGRAMS / "tour.py", EXAMPLES / "wat"], capture_output=True, text=True, check=True)
    late = "too late\n" if sys.version_info >= (3, 11) else ""
    assert done.stdout == (
        f"42\n[2, 4]\n{late}a stream is read at the pace of its reader\nLookupError: no bed / LookupError\n"
        "7\nthe guest has dropped ticket 7\n7\ncalled: nap [60000, 5]\n10\n0 hello, Ada\n8\n16\n")


async def test_an_actor_for_each_connection():
    server = await asyncio.create_subprocess_exec(
        sys.executable, PROGRAMS / "actors.py", EXAMPLES / "wat" / "actor.wat", stdout=subprocess.PIPE)
    port = int((await server.stdout.readline()).split()[-1])

    async def talk(lines):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        answers = []
        for line in lines:
            writer.write(line.encode() + b"\n")
            answers.append((await reader.readline()).decode())
        writer.close()
        return answers

    assert await asyncio.gather(*[talk(["a", "b"]) for _ in range(10)]) == [["1 a\n", "2 b\n"]] * 10
    answers = await talk(["x" * 60_000])
    assert answers[0].startswith("error: ") and await talk(["still there"]) == ["1 still there\n"]
    server.terminate()
    await server.wait()


def test_a_server_of_fastapi(monkeypatch):
    testclient = pytest.importorskip("fastapi.testclient")
    monkeypatch.setenv("GUEST", str(EXAMPLES / "wat" / "actor.wat"))
    monkeypatch.syspath_prepend(PROGRAMS)
    app = importlib.import_module("fastapi_app").app
    with testclient.TestClient(app) as client:
        assert client.get("/handle", params={"line": "a"}).json() == "1 a"
        assert client.get("/handle", params={"line": "b"}).json() == "1 b"  # a memory of its own
        assert client.get("/handle", params={"line": "x" * 60_000}).status_code == 502


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_code_on_the_pages_stands_in_the_examples(page):
    programs = "\n".join(path.read_text() for path in sorted(PROGRAMS.glob("*.py")))
    pieces = re.findall(r"^```python\n(.*?)^```$", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    assert pieces
    for piece in pieces:
        assert piece in programs, f"{page.name}: this stands in no example:\n{piece}"
