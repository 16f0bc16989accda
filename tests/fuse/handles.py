# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Functions of random compositions that pass handles: resources, streams and futures.

Each kind has two sides: lift() is the text of the callee's core functions, use() the caller's random script. Both put all
that they can tell into their component's hash: handle numbers, results of operations, events, bytes.
"""

RESULT_BLOCKED = "(i32.const -1)"
WAIT_CODE = "(i32.or (i32.const 2) (i32.shl (global.get $set) (i32.const 4)))"


def stream(c, operation, mode=""):
    """A built-in for streams of bytes; mode: async, or nothing."""
    memory = ' (memory $memory "mem")' if operation in ("read", "write") else ""
    types = {"new": ([], ["i64"]), "read": (["i32"] * 3, ["i32"]), "write": (["i32"] * 3, ["i32"]),
             "cancel-read": (["i32"], ["i32"]), "cancel-write": (["i32"], ["i32"]),
             "drop-readable": (["i32"], []), "drop-writable": (["i32"], [])}[operation]
    return c.core(f"stream-{operation}{mode}", types, f"stream.{operation} $bytes{mode and ' ' + mode}{memory}")


def future(c, operation, mode=""):
    memory = ' (memory $memory "mem")' if operation in ("read", "write") else ""
    types = {"new": ([], ["i64"]), "read": (["i32"] * 2, ["i32"]), "write": (["i32"] * 2, ["i32"]),
             "drop-readable": (["i32"], []), "drop-writable": (["i32"], [])}[operation]
    return c.core(f"future-{operation}{mode}", types, f"future.{operation} $number{mode and ' ' + mode}{memory}")


def join(c):
    return c.core("join", (["i32", "i32"], []), "waitable.join")


def new_set(c):
    return c.core("set-new", ([], ["i32"]), "waitable-set.new")


def ready_set(c):
    """The component's one set of its callbacks."""
    return f"(if (i32.eqz (global.get $set)) (then (global.set $set (call {new_set(c)}))))"


def await_event(c):
    """The caller waits for the waitable in $handle, on its stack, and tells the event; its payload is at `event` + 4."""
    wait = c.core("set-wait", (["i32", "i32"], ["i32"]), 'waitable-set.wait (memory $memory "mem")')
    event = c.data.place(8, 4)
    return (f"{c.own_set()}(call {join(c)} (local.get $handle) (local.get $set))"
            f"(call $mix32 (call {wait} (local.get $set) (i32.const {event})))"
            f"(call $range (i32.const {event}) (i32.const {event + 8}))"
            f"(local.set $status (i32.load (i32.const {event + 4})))"
            f"(call {join(c)} (local.get $handle) (i32.const 0))")


class Lifted:
    """What compositions.py asks of a function beside lift() and use()."""
    kind = "handles"

    def exported(self, c, callback, post=""):
        call = f' async (callback (func $i "{self.name}-cb"))' if callback else ""
        types = self.type_text().replace("$r)", "$own)")
        c.exports.append(f'    (func (export "{self.name}") {types}\n      (canon lift (core func $i '
                         f'"{self.name}") (memory $memory "mem") (realloc (func $memory "realloc")){call}{post}))\n')

    def lowered(self, c, types, is_async=False):
        name = self.name + ("-async" if is_async else "-sync")
        return c.core(name, types, f'lower (func ${self.name}) (memory $memory "mem")' + (" async" if is_async else ""))


class Source(Lifted):
    """The callee writes to a stream that it returns, some more when the reader has come, and drops its end."""
    name = "source"

    def __init__(self, r):
        self.rounds, self.count = r.randint(0, 2), r.choice([0, 1, 4, 9])

    def type_text(self):
        return "async (result (stream u8))"

    def lift(self, c):
        self.exported(c, True)
        give = c.core("source-return", (["i32"], []), "task.return (result (stream u8))")
        at = c.data.place(16, 1)
        c.data.put(at, bytes(range(65, 81)))
        write = f"(call {stream(c, 'write', 'async')} (local.get $w) (i32.const {at}) (i32.const {self.count}))"
        done = f"(call {stream(c, 'drop-writable')} (local.get $w)) (i32.const 0)"
        return (f'      (global $rounds (mut i32) (i32.const {self.rounds}))\n'
                f'      (func (export "source") (result i32) (local $e i64) (local $w i32)\n'
                f"        {ready_set(c)} (local.set $e (call {stream(c, 'new')})) (call $mix (local.get $e))\n"
                f"        (local.set $w (i32.wrap_i64 (i64.shr_u (local.get $e) (i64.const 32))))\n"
                f"        (call $mix32 {write}) (call {give} (i32.wrap_i64 (local.get $e)))\n"
                f"        (call {join(c)} (local.get $w) (global.get $set)) {WAIT_CODE})\n"
                f'      (func (export "source-cb") (param $code i32) (param $w i32) (param $got i32) (result i32)\n'
                f"        (call $mix32 (local.get $code)) (call $mix32 (local.get $w)) (call $mix32 (local.get $got))\n"
                f"        (global.set $rounds (i32.sub (global.get $rounds) (i32.const 1)))\n"
                f"        (if (i32.and (i32.ge_s (global.get $rounds) (i32.const 0))\n"
                f"                     (i32.eqz (i32.and (local.get $got) (i32.const 15)))) (then\n"
                f"          (local.set $got {write}) (call $mix32 (local.get $got))\n"
                f"          (if (i32.eq (local.get $got) {RESULT_BLOCKED}) (then (return {WAIT_CODE})))))\n"
                f"        {done})\n")

    def use(self, c):
        take = self.lowered(c, ([], ["i32"]))
        body = f"(local.set $handle (call {take})) (call $mix32 (local.get $handle)) (local.set $status (i32.const 0))"
        for _ in range(c.r.randint(0, 3)):
            body += f"(if (i32.eqz (i32.and (local.get $status) (i32.const 15))) (then {self.read(c)}))"
        return body + f"(call {stream(c, 'drop-readable')} (local.get $handle))"

    def read(self, c):
        count = c.r.choice([0, 1, 5, 9])
        place = c.data.place(count + 1, 1)
        mode = c.r.choice(["", "async", "async", "cancel"])
        args = f"(local.get $handle) (i32.const {place}) (i32.const {count})"
        tell = f"(call $mix32 (local.get $status)) (call $range (i32.const {place}) (i32.const {place + count}))"
        if mode == "":
            return f"(local.set $status (call {stream(c, 'read')} {args})) {tell}"
        end = f"(local.set $status (call {stream(c, 'cancel-read')} (local.get $handle)))"
        later = end if mode == "cancel" else await_event(c)
        return (f"(local.set $status (call {stream(c, 'read', 'async')} {args})) (call $mix32 (local.get $status))"
                f"(if (i32.eq (local.get $status) {RESULT_BLOCKED}) (then {later})) {tell}"
                f"(if (i32.eq (i32.and (local.get $status) (i32.const 15)) (i32.const 2)) (then"
                f" (local.set $status (i32.const 0))))")


class Sink(Lifted):
    """The callee reads a stream of the caller to its end, and returns how much it has read."""
    name = "sink"

    def __init__(self, r):
        self.count, self.reads = r.choice([1, 3, 8]), r.choice([1, 2, 9])

    def type_text(self):
        return 'async (param "s" (stream u8)) (result u32)'

    def lift(self, c):
        self.exported(c, True)
        give = c.core("sink-return", (["i32"], []), "task.return (result u32)")
        place = c.data.place(8, 1)
        read = f"(call {stream(c, 'read', 'async')} (local.get $r) (i32.const {place}) (i32.const {self.count}))"
        return (f'      (global $reads (mut i32) (i32.const {self.reads})) (global $total (mut i32) (i32.const 0))\n'
                f"      (func $step (param $r i32) (param $got i32) (result i32)\n"
                f"        (loop $more\n"
                f"          (call $mix32 (local.get $got))\n"
                f"          (if (i32.eq (local.get $got) {RESULT_BLOCKED}) (then\n"
                f"            (call {join(c)} (local.get $r) (global.get $set)) (return {WAIT_CODE})))\n"
                f"          (global.set $total (i32.add (global.get $total) (i32.shr_u (local.get $got) (i32.const 4))))\n"
                f"          (call $range (i32.const {place}) (i32.const {place + self.count}))\n"
                f"          (global.set $reads (i32.sub (global.get $reads) (i32.const 1)))\n"
                f"          (if (i32.and (i32.gt_s (global.get $reads) (i32.const 0))\n"
                f"                       (i32.eqz (i32.and (local.get $got) (i32.const 15)))) (then\n"
                f"            (call {join(c)} (local.get $r) (i32.const 0)) (local.set $got {read}) (br $more))))\n"
                f"        (call {stream(c, 'drop-readable')} (local.get $r))\n"
                f"        (call {give} (global.get $total)) (i32.const 0))\n"
                f'      (func (export "sink") (param $r i32) (result i32)\n'
                f"        {ready_set(c)} (call $mix32 (local.get $r)) (call $step (local.get $r) {read}))\n"
                f'      (func (export "sink-cb") (param $code i32) (param $r i32) (param $got i32) (result i32)\n'
                f"        (call $mix32 (local.get $code)) (call $mix32 (local.get $r))\n"
                f"        (if (i32.eq (local.get $code) (i32.const 6)) (then\n"
                f"          (call {give} (i32.const 99)) (return (i32.const 0))))\n"
                f"        (call $step (local.get $r) (local.get $got)))\n")

    def use(self, c):
        take = self.lowered(c, (["i32", "i32"], ["i32"]), True)
        place, text = c.data.place(4, 4), c.data.place(8, 1)
        c.data.put(text, b"weirfuse")
        body = (f"(local.set $ends (call {stream(c, 'new')})) (call $mix (local.get $ends))"
                f"(local.set $task (call {take} (i32.wrap_i64 (local.get $ends)) (i32.const {place})))"
                f"(call $mix32 (local.get $task))"
                f"(local.set $handle (i32.wrap_i64 (i64.shr_u (local.get $ends) (i64.const 32))))"
                f"(local.set $status (i32.const 0))")
        for _ in range(c.r.randint(0, 3)):
            body += f"(if (i32.eqz (i32.and (local.get $status) (i32.const 15))) (then {self.write(c, text)}))"
        body += f"(call {stream(c, 'drop-writable')} (local.get $handle))"
        return body + c.finish_task(f"(call $range (i32.const {place}) (i32.const {place + 4}))")

    def write(self, c, text):
        args = f"(local.get $handle) (i32.const {text}) (i32.const {c.r.choice([0, 1, 5, 8])})"
        mode = c.r.choice(["", "async"])
        body = f"(local.set $status (call {stream(c, 'write', mode)} {args})) (call $mix32 (local.get $status))"
        if mode:
            body += f"(if (i32.eq (local.get $status) {RESULT_BLOCKED}) (then {await_event(c)}))"
        return body


class Later(Lifted):
    """The callee returns a future, and writes to it after a turn of others.

    It does not trap in that turn, on purpose: where the root is lifted synchronously, a fused component is known to
    differ then (docs/fused.md).
    """
    name = "later"

    def __init__(self, r):
        self.value = r.getrandbits(16)

    def type_text(self):
        return "async (result (future u32))"

    def lift(self, c):
        self.exported(c, True)
        give = c.core("later-return", (["i32"], []), "task.return (result (future u32))")
        at = c.data.place(4, 4)
        c.data.put(at, self.value.to_bytes(4, "little"))
        keep = c.core("context-set", (["i32"], []), "context.set i32 0")
        kept = c.core("context-get", ([], ["i32"]), "context.get i32 0")
        return (f'      (func (export "later") (result i32) (local $e i64)\n'
                f"        {ready_set(c)} (local.set $e (call {future(c, 'new')})) (call $mix (local.get $e))\n"
                f"        (call {keep} (i32.wrap_i64 (i64.shr_u (local.get $e) (i64.const 32))))\n"
                f"        (call {give} (i32.wrap_i64 (local.get $e))) (i32.const 1))\n"
                f'      (func (export "later-cb") (param $code i32) (param $w i32) (param $got i32) (result i32)\n'
                f"        (call $mix32 (local.get $code)) (call $mix32 (local.get $got))\n"
                f"        (if (i32.eqz (local.get $code)) (then\n"
                f"          (local.set $w (call {kept}))\n"
                f"          (local.set $got (call {future(c, 'write', 'async')} (local.get $w) (i32.const {at})))\n"
                f"          (call $mix32 (local.get $got))\n"
                f"          (if (i32.eq (local.get $got) {RESULT_BLOCKED}) (then\n"
                f"            (call {join(c)} (local.get $w) (global.get $set)) (return {WAIT_CODE})))))\n"
                f"        (call {future(c, 'drop-writable')} (local.get $w)) (i32.const 0))\n")

    def use(self, c):
        take, place = self.lowered(c, ([], ["i32"])), c.data.place(4, 4)
        body = f"(local.set $handle (call {take})) (call $mix32 (local.get $handle))"
        args = f"(local.get $handle) (i32.const {place})"
        mode = c.r.choice(["", "async", "none"])
        if mode != "none":
            body += f"(local.set $status (call {future(c, 'read', mode)} {args})) (call $mix32 (local.get $status))"
            if mode:
                body += f"(if (i32.eq (local.get $status) {RESULT_BLOCKED}) (then {await_event(c)}))"
            body += f"(call $range (i32.const {place}) (i32.const {place + 4}))"
        return body + f"(call {future(c, 'drop-readable')} (local.get $handle))"


class Make(Lifted):
    """The callee makes a resource; the caller lends it, gives it away, or drops it."""
    name = "make"

    def __init__(self, r):
        del r

    def type_text(self):
        return "(result (own $r))"

    def lift(self, c):
        self.exported(c, False)
        new = c.core("r-new", (["i32"], ["i32"]), "resource.new $r'")
        return (f"      (global $rep (mut i32) (i32.const 100)) (global $made (mut i32) (i32.const 0))\n"
                f'      (func (export "make") (result i32)\n'
                f"        (global.set $rep (i32.add (global.get $rep) (i32.const 1)))\n"
                f"        (global.set $made (call {new} (global.get $rep)))\n"
                f"        (call $mix32 (global.get $made)) (global.get $made))\n")

    def use(self, c):
        body = (f"(local.set $handle (call {self.lowered(c, ([], ['i32']))})) (call $mix32 (local.get $handle))")
        for _ in range(c.r.randint(0, 2)):
            body += c.r.choice([Peek.lend, PeekLater.lend])(c)
        if c.r.random() < 0.5:
            body += f"(call {EAT.lowered(c, (['i32'], []))} (local.get $handle))"
        else:
            body += f"(call {c.core('r-drop', (['i32'], []), 'resource.drop $r')} (local.get $handle))"
        if c.r.random() < 0.05:
            body += Peek.lend(c)
        return body


class Peek(Lifted):
    name = "peek"

    def type_text(self):
        return '(param "h" (borrow $r)) (result u32)'

    def lift(self, c):
        self.exported(c, False)
        return '      (func (export "peek") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 7)))\n'

    @staticmethod
    def lend(c):
        return f"(call $mix32 (call {PEEK.lowered(c, (['i32'], ['i32']))} (local.get $handle)))"


class PeekLater(Lifted):
    name = "peek-later"

    def type_text(self):
        return 'async (param "h" (borrow $r)) (result u32)'

    def lift(self, c):
        self.exported(c, True)
        give = c.core("peek-return", (["i32"], []), "task.return (result u32)")
        return ('      (global $lent (mut i32) (i32.const 0))\n'
                '      (func (export "peek-later") (param i32) (result i32) (global.set $lent (local.get 0)) (i32.const 1))\n'
                '      (func (export "peek-later-cb") (param i32 i32 i32) (result i32)\n'
                f"        (call $mix32 (local.get 0)) (call {give} (global.get $lent)) (i32.const 0))\n")

    @staticmethod
    def lend(c):
        place = c.data.place(4, 4)
        return (f"(local.set $task (call {LATER.lowered(c, (['i32', 'i32'], ['i32']), True)}"
                f" (local.get $handle) (i32.const {place})))"
                f"(call $mix32 (local.get $task))"
                + c.finish_task(f"(call $range (i32.const {place}) (i32.const {place + 4}))"))


class Eat(Lifted):
    name = "eat"

    def type_text(self):
        return '(param "h" (own $r))'

    def lift(self, c):
        self.exported(c, False)
        rep = c.core("r-rep", (["i32"], ["i32"]), "resource.rep $r'")
        drop = c.core("r-drop'", (["i32"], []), "resource.drop $r'")
        return ('      (func (export "eat") (param i32)\n'
                f"        (call $mix32 (local.get 0)) (call $mix32 (call {rep} (local.get 0)))\n"
                f"        (call {drop} (local.get 0)))\n")


PEEK, LATER, EAT = Peek(), PeekLater(), Eat()


def random_handles(r):
    """Functions of one component that pass handles; the first of each kind is used, the others are called by it."""
    kinds = [k for k in ("source", "sink", "later", "make") if r.random() < 0.35]
    made = {"source": Source, "sink": Sink, "later": Later, "make": Make}
    functions = [made[k](r) for k in kinds]
    return functions + ([PEEK, LATER, EAT] if "make" in kinds else [])
