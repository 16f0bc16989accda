# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Record and replay in pytest: a run with its real host is recorded once, and replayed in every later test without any
host: the test says what the component does now that it did not do then."""
import asyncio
import pathlib

import pytest

import weir

SLEEPER = pathlib.Path(__file__).resolve().parents[3] / "examples" / "guests" / "wat" / "sleeper.wat"


async def sleep(milliseconds):
    await asyncio.sleep(milliseconds / 1000)


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    """A record of three naps. A project keeps it beside its tests."""
    path = tmp_path_factory.mktemp("records") / "naps.weirlog"

    async def run():
        async with weir.Store(record=path) as store:
            app = store.instantiate(SLEEPER, {"sleep": sleep})
            await asyncio.gather(*[app.exports.nap(i, i) for i in range(3)])

    asyncio.run(run())
    return path


def test_the_component_does_what_it_did(record):
    assert weir.replay(record, weir.Component(SLEEPER)).events > 0


def test_another_component_does_not(record):
    changed = SLEEPER.read_bytes().replace(b"a stream is read", b"a stream was read", 1)
    with pytest.raises(weir.Error):
        weir.replay(record, weir.Component(changed))
