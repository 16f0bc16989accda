# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a component is made of, and stub files."""
import inspect
import subprocess
import sys

import pytest

import weir
from conftest import EXAMPLES, GUESTS


def stub_of(path):
    return subprocess.run([sys.executable, "-m", "weir.types", path], capture_output=True, text=True, check=True).stdout


def test_a_stub_file_has_all_functions_and_types():
    made = stub_of(GUESTS / "echo.wat")
    compile(made, "echo.pyi", "exec")
    for line in (
        "async def add(self, a: int, b: int) -> int: ...",
        "async def check(self, n: int) -> int: ...",
        "async def octets(self, x: bytes | bytearray | memoryview) -> bytes: ...",
        "def make(self, n: int) -> int: ...",
        "    y_axis: float",
        "    DARK_GREEN = 'dark-green'",
        "    class PolyLine(Shape):",
    ):
        assert line in made


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.wasm")) + sorted(GUESTS.glob("*.wat")), ids=lambda path: path.name)
def test_every_stub_file_is_python(path):
    compile(stub_of(path), path.name, "exec")


def test_what_is_no_component_is_named_without_a_traceback(tmp_path):
    for path in (tmp_path / "missing.wasm", GUESTS.parent / "conftest.py"):
        done = subprocess.run([sys.executable, "-m", "weir.types", path], capture_output=True, text=True, check=False)
        assert done.returncode == 1 and str(path) in done.stderr and "Traceback" not in done.stderr


def test_an_export_says_what_it_takes(echo):
    assert repr(echo.exports.add) == "<weir.Export add(a: u32, b: u32) -> u32>"
    assert str(inspect.signature(echo.exports.add)) == "(a: 'int', b: 'int') -> 'int'"
    assert str(inspect.signature(echo.exports.check)) == "(n: 'int') -> 'int'"  # its error is raised


def test_exports_are_found_by_name_in_wit_and_in_python(component):
    with weir.Store() as store:
        app = store.instantiate(component("echo"), {"make": lambda n: n})
        assert app.exports.twice_made.run(2) == app.exports["twice-made"].run(2) == 4
        assert "twice_made" in dir(app.exports) and "twice-made" in list(app.exports)
        with pytest.raises(AttributeError, match="it has .*twice_made"):
            app.exports.thrice
        with pytest.raises(KeyError):
            app.exports["thrice"]


def test_a_component_is_described(component):
    shop = component("shop")
    assert "docs:shop/till@1.0.0" in shop.wit
    assert [item["name"] for item in shop.description["exports"]] == ["docs:shop/till@1.0.0"]
    assert shop.types.Item("x", price=1).price == 1


def test_compiled_code_is_kept_and_read_back(component, tmp_path):
    code = component("double").code()
    with weir.Store() as store:
        assert store.instantiate(weir.Component.from_code(code)).exports.double.run(2) == 4
    engine = weir.Engine(cache=tmp_path / "cache")
    for _ in range(2):
        weir.Component(EXAMPLES / "wat" / "double.wat", engine)
    stats = engine.cache_stats()
    assert stats["compiled"] == 1 and stats["memory_hits"] == 1


def test_limits_stop_a_guest(component):
    engine = weir.Engine(fuel=True)
    counted = weir.Component(EXAMPLES / "wat" / "double.wat", engine)
    with weir.Store(engine, fuel=1000) as store:
        before = store.fuel
        store.instantiate(counted).exports.double.run(2)
        assert store.fuel < before
        store.set_fuel(1)
        with pytest.raises(weir.LimitExceeded):
            for _ in range(10):
                store.instantiate(counted).exports.double.run(2)
    with pytest.raises(ValueError, match="no feature"):
        weir.Engine(features="everything")
    with weir.Store() as store, pytest.raises(weir.Misuse):
        store.set_fuel(1)
