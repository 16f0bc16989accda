# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Guests of WASI 0.3: each calls the functions of a package, and a program of its own is what does not come back."""
from guest import ANY, Err, More, Ok, Some

LOOPBACK = ("ipv4", {"port": 0, "address": [127, 0, 0, 1]})


def cli(g):
    g.call("cli/environment", "get-environment").is_([["NAME", "value"]])
    g.call("cli/environment", "get-arguments").is_([ANY, "one", "two three"])
    g.call("cli/environment", "get-initial-cwd").is_(ANY)
    for name in ("stdin", "stdout", "stderr"):
        g.call(f"cli/terminal-{name}", f"get-terminal-{name}").is_(None)
    given = g.call("cli/stdin", "read-via-stream")
    g.read(given.field(0), 100).is_(b"typed")
    g.close(given.field(0), "drop-readable")
    g.result_of(given.field(1)).is_(Ok())
    for name in ("stdout", "stderr"):
        readable, writable = g.new(given.type.of[0])
        future = g.call(f"cli/{name}", "write-via-stream", readable)
        g.write(writable, f"to {name}\n")
        g.close(writable, "drop-writable")
        g.result_of(future).is_(Ok())


def exit_code(g):
    g.call("cli/exit", "exit-with-code", 7)


def exit_failure(g):
    g.call("cli/exit", "exit", Err())


def clocks(g):
    g.call("clocks/monotonic-clock", "get-resolution").is_(More(0))
    g.call("clocks/monotonic-clock", "now").is_(More(0))
    g.call("clocks/monotonic-clock", "wait-for", 1000)
    g.call("clocks/monotonic-clock", "wait-until", 1)
    g.call("clocks/system-clock", "now").is_({"seconds": More(1_600_000_000)})
    g.call("clocks/system-clock", "get-resolution").is_(More(0))


def random(g):
    g.call("random/random", "get-random-bytes", 100).is_(More(99))
    g.call("random/random", "get-random-bytes", 0).is_(b"")
    g.call("random/random", "get-random-u64").is_(More(0))
    g.call("random/insecure", "get-insecure-random-bytes", 3).is_(More(2))
    g.call("random/insecure", "get-insecure-random-u64").is_(More(0))
    g.call("random/insecure-seed", "get-insecure-seed").is_([More(0), More(0)])


def filesystem(g):
    def on(descriptor, method, *args):
        return g.call("filesystem/types", f"[method]descriptor.{method}", descriptor, *args)

    def opened(path, open_flags, flags):
        return on(top, "open-at", {"symlink-follow"}, path, open_flags, flags).ok()

    def put(future, stream, text):
        g.write(stream, text)
        g.close(stream, "drop-writable")
        g.result_of(future).is_(Ok())

    given = g.call("filesystem/preopens", "get-directories").is_([[ANY, "."]])
    top = given.item(0).field(0)
    file = opened("file", {"create", "exclusive"}, {"read", "write"})
    on(top, "open-at", set(), "file", {"create", "exclusive"}, {"read"}).is_(Err("exist"))
    on(file, "get-type").is_(Ok("regular-file"))
    on(top, "get-type").is_(Ok("directory"))
    on(file, "get-flags").is_(Ok({"read", "write"}))

    some = on(file, "read-via-stream", 0)
    readable, writable = g.new(some.field(0).type)
    put(on(file, "write-via-stream", readable, 2), writable, "llo")
    readable, writable = g.new(some.field(0).type)
    put(on(file, "append-via-stream", readable), writable, ", file")
    g.read(some.field(0), 100).is_(b"\0\0llo, file")
    g.result_of(some.field(1)).is_(Ok())

    on(file, "set-size", 5).is_(Ok())
    on(file, "sync").is_(Ok())
    on(file, "sync-data").is_(Ok())
    on(file, "advise", 0, 5, "sequential").is_(Ok())
    on(file, "set-times", ("timestamp", {"seconds": 10, "nanoseconds": 20}), "no-change").is_(Ok())
    on(file, "stat").is_(Ok({"type": "regular-file", "link-count": 1, "size": 5,
                             "data-access-timestamp": Some({"seconds": 10, "nanoseconds": 20})}))
    on(top, "set-times-at", set(), "file", "now", ("timestamp", {"seconds": 30, "nanoseconds": 0})).is_(Ok())
    on(top, "stat-at", {"symlink-follow"}, "file").is_(
        Ok({"size": 5, "data-modification-timestamp": Some({"seconds": 30, "nanoseconds": 0})}))
    on(top, "stat-at", set(), "../file").is_(Err("not-permitted"))

    on(top, "create-directory-at", "folder").is_(Ok())
    on(top, "symlink-at", "file", "soft").is_(Ok())
    on(top, "readlink-at", "soft").is_(Ok("file"))
    on(top, "link-at", set(), "file", top, "hard").is_(Ok())
    on(top, "rename-at", "hard", top, "folder/moved").is_(Ok())
    moved = opened("folder/moved", set(), {"read"})
    on(file, "is-same-object", moved).is_(True)
    on(file, "is-same-object", top).is_(False)
    on(file, "metadata-hash").is_(Ok({"lower": More(0), "upper": More(0)}))
    on(top, "metadata-hash-at", set(), "folder/moved").is_(Ok({"lower": More(0)}))
    on(top, "remove-directory-at", "folder").is_(Err("not-empty"))
    on(top, "unlink-file-at", "folder/moved").is_(Ok())

    folder = opened("folder", {"directory"}, {"read", "mutate-directory"})
    on(folder, "open-at", set(), "only", {"create"}, {"write"}).is_(Ok(ANY))
    entries = on(folder, "read-directory")
    g.read(entries.field(0), 10).is_([{"type": "regular-file", "name": "only"}])
    g.result_of(entries.field(1)).is_(Ok())
    on(folder, "unlink-file-at", "only").is_(Ok())
    on(top, "remove-directory-at", "folder").is_(Ok())
    for descriptor in (file, moved, folder):
        g.drop(descriptor)


def sockets(g):
    options = [("keep-alive-enabled", True), ("keep-alive-idle-time", 5_000_000_000),
               ("keep-alive-interval", 3_000_000_000), ("keep-alive-count", 4), ("hop-limit", 33)]
    sizes = ["receive-buffer-size", "send-buffer-size"]

    def on(socket, method, *args):
        return g.call("sockets/types", f"[method]{socket.type.named.name}.{method}", socket, *args)

    def tcp():
        return g.call("sockets/types", "[static]tcp-socket.create", "ipv4").ok()

    server, client = tcp(), tcp()
    on(server, "bind", LOOPBACK).is_(Ok())
    on(server, "set-listen-backlog-size", 5).is_(Ok())
    arriving = on(server, "listen").ok()
    on(server, "get-is-listening").is_(True)
    on(server, "get-address-family").is_("ipv4")
    there = on(server, "get-local-address").ok()
    for name, value in options:
        on(client, f"set-{name}", value).is_(Ok())
        on(client, f"get-{name}").is_(Ok(value))
    for name in sizes:
        on(client, f"set-{name}", 65536).is_(Ok())
        on(client, f"get-{name}").is_(Ok(ANY))
    on(client, "get-remote-address").is_(Err("invalid-state"))
    connect(g, client, there)
    arrived = g.read(arriving, 1).item(0)
    on(arrived, "get-remote-address").is_(Ok(("ipv4", {"address": [127, 0, 0, 1]})))

    received = on(arrived, "receive")
    readable, writable = g.new(received.field(0).type)
    sent = on(client, "send", readable)
    g.write(writable, "over the wire")
    g.close(writable, "drop-writable")
    g.result_of(sent).is_(Ok())
    g.read(received.field(0), 100).is_(b"over the wire")
    g.result_of(received.field(1)).is_(Ok())
    g.close(arriving, "drop-readable")
    for socket in (arrived, client, server):
        g.drop(socket)


def connect(g, socket, there):
    """To the port that another socket has told: the address is put together in the guest's memory."""
    port = there.part(there.type, 4 if there.type.named else 0)
    before, flat = g.lower(there.type, LOOPBACK)
    flat[1] = f"(i32.load16_u offset={port.offset} {port.base})"
    interface = ("sockets", "types")
    name = f"[method]{socket.type.named.name}.connect"
    core = g.called.setdefault(interface, {}).setdefault(name, f"$f{sum(map(len, g.called.values()))}")
    at = g.reserve(32)
    g.step(name, before + [f"(call {core} {socket.load()} {' '.join(flat)} (i32.const {at}))",
                           f"(call $must (i32.eqz (i32.load8_u (i32.const {at}))))"])


def datagrams(g):
    def on(socket, method, *args):
        return g.call("sockets/types", f"[method]udp-socket.{method}", socket, *args)

    one, two = (g.call("sockets/types", "[static]udp-socket.create", "ipv4").ok() for _ in range(2))
    on(one, "bind", LOOPBACK).is_(Ok())
    on(one, "get-address-family").is_("ipv4")
    on(one, "get-remote-address").is_(Err("invalid-state"))
    on(two, "set-unicast-hop-limit", 9).is_(Ok())
    on(two, "get-unicast-hop-limit").is_(Ok(9))
    for name in ("receive-buffer-size", "send-buffer-size"):
        on(two, f"set-{name}", 65536).is_(Ok())
        on(two, f"get-{name}").is_(Ok(ANY))
    on(two, "disconnect").is_(Err("invalid-state"))
    connect(g, two, on(one, "get-local-address").ok())
    on(two, "send", b"a datagram", None).is_(Ok())
    on(one, "receive").is_(Ok([b"a datagram", ("ipv4", {"address": [127, 0, 0, 1]})]))
    on(two, "disconnect").is_(Ok())
    for socket in (one, two):
        g.drop(socket)


def names(g):
    g.call("sockets/ip-name-lookup", "resolve-addresses", "127.0.0.1").is_(Ok([("ipv4", [127, 0, 0, 1])]))
    g.call("sockets/ip-name-lookup", "resolve-addresses", "").is_(Err(ANY))


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
    exit_code: {"code": 7}, exit_failure: {"code": 1}, clocks: {}, random: {}, filesystem: {}, sockets: {}, datagrams: {},
    names: {},
}
