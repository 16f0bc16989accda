# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Interceptors, records and replays."""
import asyncio

import pytest

import weir


async def sleep(_milliseconds):
    await asyncio.sleep(0)


async def test_hooks_see_every_call_and_its_outcome(component):
    seen = []

    class Hooks:
        def before_export(self, call):
            seen.append(("before", call.name, call.args))

        def after_export(self, call):
            seen.append(("after", call.name, call.result))

        async def before_import(self, call):
            await asyncio.sleep(0)
            seen.append(("import", call.name, call.args))

    async with weir.Store() as store:
        store.intercept(Hooks())
        app = store.instantiate(component("sleeper"), {"sleep": sleep})
        assert await app.exports.nap(5, 2) == 4
    assert seen == [("before", "nap", [5, 2]), ("import", "sleep", [5]), ("after", "nap", 4)]


async def test_a_hook_answers_or_fails_a_call_now_or_later(component):
    class Hooks:
        def before_export(self, call):
            if call.args[1] == 7:
                return weir.Answer(700)
            if call.args[1] == 8:
                return self.later()
            if call.args[1] == 9:
                raise PermissionError("not nine")
            return None

        async def later(self):
            await asyncio.sleep(0)
            return weir.Answer(800)

    async with weir.Store() as store:
        store.intercept(Hooks())
        app = store.instantiate(component("sleeper"), {"sleep": sleep})
        assert await asyncio.gather(*[app.exports.nap(0, n) for n in (6, 7, 8)]) == [12, 700, 800]
        with pytest.raises(weir.HostError, match="not nine") as raised:
            await app.exports.nap(0, 9)
        assert isinstance(raised.value.__cause__, PermissionError)
        assert await app.exports.nap(0, 1) == 2  # an export just fails; its store goes on


async def test_a_failure_is_told(component):
    seen = []

    class Hooks:
        def before_export(self, call):
            pass

        def failure(self, call):
            seen.append((call.name, str(call.error)))

    async with weir.Store() as store:
        store.intercept(Hooks())
        app = store.instantiate(component("echo"), {"make": lambda n: n})
        with pytest.raises(weir.Trap):
            await app.exports.trap()
    assert seen[0][0] == "trap" and "unreachable" in seen[0][1]


async def test_a_value_with_a_handle_is_opaque_to_hooks(component):
    seen = []

    class Hooks:
        def after_export(self, call):
            seen.append(call.result)

    async with weir.Store() as store:
        store.intercept(Hooks())
        app = store.instantiate(component("sleeper"), {"sleep": sleep})
        assert await (await app.exports.words()).read()
    assert repr(seen[0]) == "<stream<u8>>"


async def test_a_record_is_replayed_without_the_host(component, tmp_path):
    path = tmp_path / "naps.weirlog"
    async with weir.Store(record=path) as store:
        app = store.instantiate(component("sleeper"), {"sleep": sleep})
        await asyncio.gather(*[app.exports.nap(i, i) for i in range(3)])
    events, head = store.record_head
    replayed = weir.replay(path, component("sleeper"))
    assert replayed == (events, head)
    assert [event["event"] for event in weir.read_log(path)].count("import-call") == 3
    with pytest.raises(weir.Error):
        weir.replay(path, component("double"))


async def test_a_guest_that_does_something_else_diverges(component, tmp_path):
    path = tmp_path / "double.weirlog"
    async with weir.Store(record=path) as store:
        assert await store.instantiate(component("double")).exports.double(21) == 42
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(weir.Error):
        weir.replay(path, component("double"))


async def test_a_trace_tells_what_crosses(component):
    lines = []
    async with weir.Store(trace=lines.append) as store:
        app = store.instantiate(component("sleeper"), {"sleep": sleep})
        await app.exports.nap(5, 2)
    assert any("sleep" in line for line in lines)
