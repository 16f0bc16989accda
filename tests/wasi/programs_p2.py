# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Guests of WASI 0.2: as those of 0.3."""
from guest import ANY, Err, More, Ok, Some

LOOPBACK = ("ipv4", {"port": 0, "address": [127, 0, 0, 1]})


def wait(g, pollable):
    g.call("io/poll", "[method]pollable.block", pollable)
    g.drop(pollable)


def on_stream(g, stream, method, *args):
    return g.call("io/streams", f"[method]{stream.type.named.name}.{method}", stream, *args)


def cli(g):
    g.call("cli/environment", "get-environment").is_([["NAME", "value"]])
    g.call("cli/environment", "get-arguments").is_([ANY, "one", "two three"])
    g.call("cli/environment", "initial-cwd").is_(ANY)
    for name in ("stdin", "stdout", "stderr"):
        g.call(f"cli/terminal-{name}", f"get-terminal-{name}").is_(None)
    typed = g.call("cli/stdin", "get-stdin")
    on_stream(g, typed, "blocking-read", 100).is_(Ok(b"typed"))
    on_stream(g, typed, "blocking-read", 100).is_(Err("closed"))
    for name in ("stdout", "stderr"):
        out = g.call(f"cli/{name}", f"get-{name}")
        on_stream(g, out, "blocking-write-and-flush", f"to {name}\n".encode()).is_(Ok())
        g.drop(out)
    g.drop(typed)


def exit_code(g):
    g.call("cli/exit", "exit-with-code", 7)


def exit_failure(g):
    g.call("cli/exit", "exit", Err())


def clocks(g):
    g.call("clocks/monotonic-clock", "resolution").is_(More(0))
    g.call("clocks/monotonic-clock", "now").is_(More(0))
    early = g.call("clocks/monotonic-clock", "subscribe-instant", 1)
    late = g.call("clocks/monotonic-clock", "subscribe-duration", 3_600_000_000_000)
    g.call("io/poll", "[method]pollable.ready", early).is_(True)
    g.call("io/poll", "[method]pollable.ready", late).is_(False)
    g.call("io/poll", "poll", [late, early]).is_([1])
    wait(g, early)
    g.drop(late)
    g.call("clocks/wall-clock", "now").is_({"seconds": More(1_600_000_000)})
    g.call("clocks/wall-clock", "resolution").is_(ANY)
    g.call("clocks/timezone", "display", {"seconds": 0, "nanoseconds": 0}).is_(
        {"utc-offset": 0, "name": "UTC", "in-daylight-saving-time": False})
    g.call("clocks/timezone", "utc-offset", {"seconds": 0, "nanoseconds": 0}).is_(0)


def random(g):
    g.call("random/random", "get-random-bytes", 100).is_(More(99))
    g.call("random/random", "get-random-u64").is_(More(0))
    g.call("random/insecure", "get-insecure-random-bytes", 3).is_(More(2))
    g.call("random/insecure", "get-insecure-random-u64").is_(More(0))
    g.call("random/insecure-seed", "insecure-seed").is_([More(0), More(0)])


def filesystem(g):
    def on(descriptor, method, *args):
        return g.call("filesystem/types", f"[method]descriptor.{method}", descriptor, *args)

    def opened(path, open_flags, flags):
        return on(top, "open-at", {"symlink-follow"}, path, open_flags, flags).ok()

    top = g.call("filesystem/preopens", "get-directories").is_([[ANY, "."]]).item(0).field(0)
    file = opened("file", {"create", "exclusive"}, {"read", "write"})
    on(top, "open-at", set(), "file", {"create", "exclusive"}, {"read"}).is_(Err("exist"))
    on(file, "get-type").is_(Ok("regular-file"))
    on(file, "get-flags").is_(Ok({"read", "write"}))
    on(file, "write", b"hello", 0).is_(Ok(5))
    on(file, "read", 100, 1).is_(Ok([b"ello", ANY]))
    on(file, "set-size", 4).is_(Ok())
    on(file, "sync").is_(Ok())
    on(file, "sync-data").is_(Ok())
    on(file, "advise", 0, 4, "sequential").is_(Ok())
    on(file, "set-times", ("timestamp", {"seconds": 10, "nanoseconds": 20}), "no-change").is_(Ok())
    on(file, "stat").is_(Ok({"type": "regular-file", "link-count": 1, "size": 4,
                             "data-access-timestamp": Some({"seconds": 10, "nanoseconds": 20})}))
    on(top, "set-times-at", set(), "file", "now", ("timestamp", {"seconds": 30, "nanoseconds": 0})).is_(Ok())
    on(top, "stat-at", {"symlink-follow"}, "file").is_(
        Ok({"size": 4, "data-modification-timestamp": Some({"seconds": 30, "nanoseconds": 0})}))
    on(top, "stat-at", set(), "../file").is_(Err("not-permitted"))
    on(top, "create-directory-at", "folder").is_(Ok())
    on(top, "symlink-at", "file", "soft").is_(Ok())
    on(top, "readlink-at", "soft").is_(Ok("file"))
    on(top, "link-at", set(), "file", top, "hard").is_(Ok())
    on(top, "rename-at", "hard", top, "folder/moved").is_(Ok())
    moved = opened("folder/moved", set(), {"read"})
    on(file, "is-same-object", moved).is_(True)
    on(file, "metadata-hash").is_(Ok({"lower": More(0), "upper": More(0)}))
    on(top, "metadata-hash-at", set(), "folder/moved").is_(Ok({"lower": More(0)}))
    on(top, "remove-directory-at", "folder").is_(Err("not-empty"))
    folder = opened("folder", {"directory"}, {"read"})
    entries = on(folder, "read-directory").ok()
    next_entry = "[method]directory-entry-stream.read-directory-entry"
    g.call("filesystem/types", next_entry, entries).is_(Ok(Some({"type": "regular-file", "name": "moved"})))
    g.call("filesystem/types", next_entry, entries).is_(Ok(None))
    on(top, "unlink-file-at", "folder/moved").is_(Ok())
    on(top, "remove-directory-at", "folder").is_(Ok())
    for descriptor in (entries, folder, moved, file):
        g.drop(descriptor)


def streams(g):
    def on(descriptor, method, *args):
        return g.call("filesystem/types", f"[method]descriptor.{method}", descriptor, *args)

    top = g.call("filesystem/preopens", "get-directories").item(0).field(0)
    file = on(top, "open-at", set(), "streams", {"create"}, {"read", "write"}).ok()
    out = on(file, "write-via-stream", 0).ok()
    on_stream(g, out, "check-write").is_(Ok(More(4095)))
    on_stream(g, out, "write", b"some ").is_(Ok())
    on_stream(g, out, "flush").is_(Ok())
    on_stream(g, out, "blocking-flush").is_(Ok())
    wait(g, on_stream(g, out, "subscribe"))
    on_stream(g, out, "write-zeroes", 2).is_(Ok())
    on_stream(g, out, "blocking-flush").is_(Ok())
    on_stream(g, out, "blocking-write-zeroes-and-flush", 1).is_(Ok())
    on_stream(g, out, "blocking-write-and-flush", b"text").is_(Ok())
    more = on(file, "append-via-stream").ok()
    on_stream(g, more, "blocking-write-and-flush", b"!").is_(Ok())

    given = on(file, "read-via-stream", 0).ok()
    on_stream(g, given, "read", 4).is_(Ok(b"some"))
    on_stream(g, given, "skip", 1).is_(Ok(1))
    on_stream(g, given, "blocking-skip", 3).is_(Ok(3))
    wait(g, on_stream(g, given, "subscribe"))
    on_stream(g, given, "blocking-read", 100).is_(Ok(b"text!"))
    on_stream(g, given, "blocking-read", 1).is_(Err("closed"))
    source = on(file, "read-via-stream", 8).ok()
    target = on(top, "open-at", set(), "spliced", {"create"}, {"read", "write"}).ok()
    into = on(target, "write-via-stream", 0).ok()
    on_stream(g, into, "splice", source, 2).is_(Ok(2))
    on_stream(g, into, "blocking-flush").is_(Ok())
    on_stream(g, into, "blocking-splice", source, 100).is_(Ok(3))
    on_stream(g, into, "blocking-flush").is_(Ok())
    on(target, "read", 100, 0).is_(Ok([b"text!", ANY]))

    folder = on(top, "open-at", set(), ".", {"directory"}, {"read"}).ok()
    on(folder, "read-via-stream", 0).is_(Err("is-directory"))
    for name in (given, source, out, more, into, file, target, folder):
        g.drop(name)


def errors(g):
    """A stream that fails: a file that may not be as large as this."""
    top = g.call("filesystem/preopens", "get-directories").item(0).field(0)
    file = g.call("filesystem/types", "[method]descriptor.open-at", top, set(), "large", {"create"}, {"write"}).ok()
    out = g.call("filesystem/types", "[method]descriptor.write-via-stream", file, 0x7FFFFFFFFFFFFFFF).ok()
    error = on_stream(g, out, "blocking-write-and-flush", b"x").case("err").case("last-operation-failed")
    g.call("io/error", "[method]error.to-debug-string", error).is_(More(3))
    g.call("filesystem/types", "filesystem-error-code", error).is_(Some("file-too-large"))
    g.call("sockets/network", "network-error-code", error).is_(ANY)
    for name in (error, out, file):
        g.drop(name)


def addressed(g, interface, socket, method, network, there):
    """As a call with the port of an address that another function has told."""
    before, flat = g.lower(there.type, LOOPBACK)
    port = there.part(there.type, 4)
    flat[1] = f"(i32.load16_u offset={port.offset} {port.base})"
    key = tuple(interface.split("/"))
    core = g.called.setdefault(key, {}).setdefault(method, f"$f{sum(map(len, g.called.values()))}")
    at = g.reserve(32)
    first = [network.load()] if network else ["(i32.const 1)"]
    g.step(method, before + [f"(call {core} {socket.load()} {' '.join(first + flat)} (i32.const {at}))",
                             f"(call $must (i32.eqz (i32.load8_u (i32.const {at}))))"])
    return at


def sockets(g):
    def on(method, socket, *args):
        return g.call("sockets/tcp", f"[method]tcp-socket.{method}", socket, *args)

    network = g.call("sockets/instance-network", "instance-network")
    server, client = (g.call("sockets/tcp-create-socket", "create-tcp-socket", "ipv4").ok() for _ in range(2))
    on("start-bind", server, network, LOOPBACK).is_(Ok())
    on("finish-bind", server).is_(Ok())
    on("set-listen-backlog-size", server, 5).is_(Ok())
    on("start-listen", server).is_(Ok())
    on("finish-listen", server).is_(Ok())
    on("is-listening", server).is_(True)
    on("address-family", server).is_("ipv4")
    on("accept", server).is_(Err("would-block"))
    for name, value in (("keep-alive-enabled", True), ("keep-alive-idle-time", 5_000_000_000),
                        ("keep-alive-interval", 3_000_000_000), ("keep-alive-count", 4), ("hop-limit", 33)):
        on(f"set-{name}", client, value).is_(Ok())
        on(name, client).is_(Ok(value))
    for name in ("receive-buffer-size", "send-buffer-size"):
        on(f"set-{name}", client, 65536).is_(Ok())
        on(name, client).is_(Ok(ANY))
    on("remote-address", client).is_(Err("invalid-state"))
    addressed(g, "sockets/tcp", client, "[method]tcp-socket.start-connect", network, on("local-address", server).ok())
    wait(g, on("subscribe", client))
    here = on("finish-connect", client).ok()
    wait(g, on("subscribe", server))
    there = on("accept", server).ok()
    on("remote-address", client).is_(Ok(ANY))
    on_stream(g, here.field(1), "blocking-write-and-flush", b"over the wire").is_(Ok())
    on_stream(g, there.field(1), "blocking-read", 100).is_(Ok(b"over the wire"))
    on("shutdown", client, "send").is_(Ok())
    on_stream(g, there.field(1), "blocking-read", 1).is_(Err("closed"))
    for name in (here.field(0), here.field(1), there.field(1), there.field(2), there.field(0), client, server, network):
        g.drop(name)


def datagrams(g):
    def on(method, socket, *args):
        return g.call("sockets/udp", f"[method]{socket.type.named.name}.{method}", socket, *args)

    network = g.call("sockets/instance-network", "instance-network")
    one, two = (g.call("sockets/udp-create-socket", "create-udp-socket", "ipv4").ok() for _ in range(2))
    for socket in (one, two):
        on("start-bind", socket, network, LOOPBACK).is_(Ok())
        on("finish-bind", socket).is_(Ok())
    on("address-family", one).is_("ipv4")
    on("set-unicast-hop-limit", two, 9).is_(Ok())
    on("unicast-hop-limit", two).is_(Ok(9))
    for name in ("receive-buffer-size", "send-buffer-size"):
        on(f"set-{name}", two, 65536).is_(Ok())
        on(name, two).is_(Ok(ANY))
    on("remote-address", two).is_(Err("invalid-state"))
    wait(g, on("subscribe", one))
    incoming = on("stream", one, None).ok()
    at = addressed(g, "sockets/udp", two, "[method]udp-socket.stream", None, on("local-address", one).ok())
    type_of = [f for f in g.interfaces[("sockets", "udp")].funcs if f.name == "[method]udp-socket.stream"][0].result.of[0]
    outgoing = type(incoming)(g, type_of, f"(i32.const {at})", 4)
    wait(g, on("subscribe", outgoing.field(1)))
    on("check-send", outgoing.field(1)).is_(Ok(More(0)))
    on("send", outgoing.field(1), [{"data": b"a datagram", "remote-address": None}]).is_(Ok(1))
    wait(g, on("subscribe", incoming.field(0)))
    on("receive", incoming.field(0), 10).is_(Ok([{"data": b"a datagram"}]))
    for name in (incoming.field(0), incoming.field(1), outgoing.field(0), outgoing.field(1), one, two, network):
        g.drop(name)


def names(g):
    network = g.call("sockets/instance-network", "instance-network")
    found = g.call("sockets/ip-name-lookup", "resolve-addresses", network, "127.0.0.1").ok()
    wait(g, g.call("sockets/ip-name-lookup", "[method]resolve-address-stream.subscribe", found))
    step = "[method]resolve-address-stream.resolve-next-address"
    g.call("sockets/ip-name-lookup", step, found).is_(Ok(Some(("ipv4", [127, 0, 0, 1]))))
    g.call("sockets/ip-name-lookup", step, found).is_(Ok(None))
    for name in (found, network):
        g.drop(name)


def across(g):
    """Directories that the host has given one by one, of which one may not be changed."""
    def on(descriptor, method, *args):
        return g.call("filesystem/types", f"[method]descriptor.{method}", descriptor, *args)

    given = g.call("filesystem/preopens", "get-directories").is_([[ANY, "a"], [ANY, "b"], [ANY, "kept"]])
    a, b, kept = (given.item(i).field(0) for i in range(3))
    g.drop(on(a, "open-at", set(), "file", {"create"}, {"write"}).ok())
    on(a, "rename-at", "file", b, "moved").is_(Ok())
    on(b, "link-at", set(), "moved", a, "hard").is_(Ok())
    for other in ("rename-at", "link-at"):
        flags = [set()] if other == "link-at" else []
        on(a, other, *flags, "hard", kept, "new").is_(Err("read-only"))
        on(kept, other, *flags, "old", a, "new").is_(Err("read-only"))
        on(a, other, *flags, "hard", b, "../kept/new").is_(Err("not-permitted"))
        on(a, other, *flags, "../kept/old", b, "new").is_(Err("not-permitted"))
    for open_flags, flags in ((set(), {"write"}), ({"truncate"}, {"read"}), ({"create"}, {"read"})):
        on(kept, "open-at", set(), "old", open_flags, flags).is_(Err("read-only"))
    for name in ("create-directory-at", "unlink-file-at", "remove-directory-at"):
        on(kept, name, "old").is_(Err("read-only"))
    on(kept, "symlink-at", "old", "new").is_(Err("read-only"))
    on(kept, "set-times-at", set(), "old", "now", "now").is_(Err("read-only"))
    old = on(kept, "open-at", set(), "old", set(), {"read"}).ok()
    on(old, "set-times", "now", "now").is_(Err("read-only"))
    on(old, "set-size", 0).is_(Err("bad-descriptor"))
    on(old, "stat").is_(Ok({"size": 4}))
    g.drop(old)


PROGRAMS = {
    across: {"dirs": ["a::a", "b::b", "kept::kept:ro"]},
    cli: {"stdin": "typed", "stdout": "to stdout\n", "stderr": "to stderr\n", "env": ["NAME=value"],
          "args": ["one", "two three"]},
    exit_code: {"code": 7}, exit_failure: {"code": 1}, clocks: {}, random: {}, filesystem: {}, streams: {}, errors: {},
    sockets: {}, datagrams: {}, names: {},
}
