# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests are plain or `async def`; these run in a loop of their own."""
import asyncio
import inspect
import pathlib

import pytest

import weir

GUESTS = pathlib.Path(__file__).parent / "guests"
EXAMPLES = pathlib.Path(__file__).resolve().parents[3] / "examples" / "guests"


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    asyncio.run(asyncio.wait_for(pyfuncitem.obj(**arguments), 600))
    return True


@pytest.fixture(scope="session")
def component():
    """Components by the name of their guest, each compiled once."""
    made = {}

    def load(name):
        if name not in made:
            places = [GUESTS / f"{name}.wat", EXAMPLES / "wat" / f"{name}.wat", EXAMPLES / f"{name}.wasm"]
            made[name] = weir.Component(next(place for place in places if place.exists()))
        return made[name]

    return load


@pytest.fixture
def echo(component):
    """An instance of echo.wat, for run()."""
    with weir.Store() as store:
        yield store.instantiate(component("echo"), {"make": lambda n: n + 1})
