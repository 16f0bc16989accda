# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random compositions of two to four components, as text.

The first component runs a random script of calls of the second one, which may call the third one, and so on. Each
keeps a hash of all that it can tell: arguments and results as core values, everything that was written into its memory,
statuses, events, and numbers of handles. `run` returns the first one's. So two runs of one composition are equal where
the numbers are. Functions that pass handles are those of handles.py.
"""
import handles

SCALARS = {"bool": (1, "i32"), "u8": (1, "i32"), "s16": (2, "i32"), "u32": (4, "i32"), "s64": (8, "i64"),
           "f32": (4, "f32"), "f64": (8, "f64"), "char": (4, "i32")}
STORES = {("i32", 1): "i32.store8", ("i32", 2): "i32.store16", ("i32", 4): "i32.store", ("i64", 8): "i64.store",
          ("f32", 4): "f32.store", ("f64", 8): "f64.store"}
JOINED = {("i32", "f32"): "i32", ("f32", "i32"): "i32"}
TEXTS = ["", "a", "hello", "\u00e9\u00e8", "\u20ac uro", "\U0001f600!", "x" * 40]


def align_to(n, align):
    return (n + align - 1) // align * align


class Type:
    """kind: a scalar, string, list, tuple, option, result, enum; parts: its types; labels: of an enum."""

    def __init__(self, kind, parts=(), labels=0):
        self.kind, self.parts, self.labels = kind, list(parts), labels

    def text(self):
        if self.kind in SCALARS or self.kind == "string":
            return self.kind
        if self.kind == "enum":
            return "(enum " + " ".join(f'"c{i}"' for i in range(self.labels)) + ")"
        if self.kind == "result":
            return f"(result {self.parts[0].text()} (error {self.parts[1].text()}))"
        return f"({self.kind} {' '.join(p.text() for p in self.parts)})"

    def cases(self):
        if self.kind == "option":
            return [None, self.parts[0]]
        return self.parts if self.kind == "result" else [None] * self.labels

    def is_variant(self):
        return self.kind in ("option", "result", "enum")

    def align(self):
        if self.kind in SCALARS:
            return SCALARS[self.kind][0]
        if self.kind in ("string", "list"):
            return 4
        if self.is_variant():
            return max([1] + [c.align() for c in self.cases() if c])
        return max([1] + [p.align() for p in self.parts])

    def payload(self):
        return align_to(1, max([1] + [c.align() for c in self.cases() if c]))

    def size(self):
        if self.kind in SCALARS:
            return SCALARS[self.kind][0]
        if self.kind in ("string", "list"):
            return 8
        if self.is_variant():
            return align_to(self.payload() + max([0] + [c.size() for c in self.cases() if c]), self.align())
        at = 0
        for part in self.parts:
            at = align_to(at, part.align()) + part.size()
        return align_to(at, self.align())

    def flat(self):
        if self.kind in SCALARS:
            return [SCALARS[self.kind][1]]
        if self.kind in ("string", "list"):
            return ["i32", "i32"]
        if not self.is_variant():
            return [f for part in self.parts for f in part.flat()]
        joined = []
        for case in self.cases():
            for i, slot in enumerate(case.flat() if case else []):
                if i == len(joined):
                    joined.append(slot)
                elif joined[i] != slot:
                    joined[i] = JOINED.get((joined[i], slot), "i64")
        return ["i32"] + joined


class Data:
    """Bytes of a memory, laid out from `base` on."""

    def __init__(self, base, encoding):
        self.at, self.bytes, self.encoding = base, {}, encoding

    def place(self, size, align):
        self.at = align_to(self.at, align)
        at, self.at = self.at, self.at + size
        return at

    def put(self, at, data):
        for i, byte in enumerate(data):
            self.bytes[at + i] = byte

    def segments(self):
        return "".join(f'(data (i32.const {at}) "\\{byte:02x}")' for at, byte in sorted(self.bytes.items()) if byte)


def random_type(r, depth=2):
    kinds = list(SCALARS) + ["string", "string"]
    if depth > 0:
        kinds += ["list", "tuple", "tuple", "option", "result"]
    kind = r.choice(kinds)
    if kind == "tuple":
        return Type(kind, [random_type(r, depth - 1) for _ in range(r.randint(1, 4))])
    if kind in ("list", "option"):
        return Type(kind, [random_type(r, depth - 1)])
    if kind == "result":
        return Type(kind, [random_type(r, depth - 1), random_type(r, depth - 1)])
    return Type(kind)


def scalar_bits(r, kind, broken):
    if kind == "char":
        return r.choice([0xd800, 0x110000]) if broken else r.choice([0x41, 0x20ac, 0x1f600])
    if kind == "bool" and not broken:
        return r.choice([0, 1, 7])
    return r.getrandbits(8 * SCALARS[kind][0] - 2)


def string_of(text, data, broken):
    """The address, and the length in code units with the tag of the encoding."""
    latin1 = data.encoding == "latin1+utf16" and all(ord(c) < 256 for c in text)
    unit = 1 if data.encoding == "utf8" or latin1 else 2
    code = text.encode("latin-1" if latin1 else "utf-8" if data.encoding == "utf8" else "utf-16-le")
    if broken and code:
        code = code[:-1] + b"\xdc" if unit == 2 else code[:-1] + b"\xff"
    at = data.place(len(code), 2)
    data.put(at, code)
    tag = 1 << 31 if data.encoding == "latin1+utf16" and not latin1 else 0
    return at, len(code) // unit | tag


def pointer_of(r, t, data, broken):
    """(address, length) of a string or list whose contents are in `data`."""
    if broken and r.random() < 0.3:
        return 0xfffffff0, 32
    if t.kind == "string":
        return string_of(r.choice(TEXTS), data, broken)
    count, elem = r.choice([0, 1, 3]), t.parts[0]
    at = data.place(count * elem.size(), elem.align())
    for i in range(count):
        store(r, elem, data, at + i * elem.size(), broken)
    return at, count


def store(r, t, data, at, broken=False):
    """A random value in memory."""
    if t.kind in SCALARS:
        data.put(at, scalar_bits(r, t.kind, broken).to_bytes(8, "little")[:SCALARS[t.kind][0]])
    elif t.kind in ("string", "list"):
        address, length = pointer_of(r, t, data, broken)
        data.put(at, address.to_bytes(4, "little") + length.to_bytes(4, "little"))
    elif t.is_variant():
        number = r.randrange(len(t.cases()))
        data.put(at, bytes([77 if broken and r.random() < 0.3 else number]))
        if t.cases()[number]:
            store(r, t.cases()[number], data, at + t.payload(), broken)
    else:
        for part in t.parts:
            at = align_to(at, part.align())
            store(r, part, data, at, broken)
            at += part.size()


def constant(slot, bits):
    if slot in ("f32", "f64"):
        whole = "i32" if slot == "f32" else "i64"
        return f"({slot}.reinterpret_{whole} ({whole}.const {bits}))"
    return f"({slot}.const {bits})"


def flat_values(r, t, data, broken=False):
    """A random value as bits of core values, one for each slot."""
    if t.kind in SCALARS:
        return [scalar_bits(r, t.kind, broken)]
    if t.kind in ("string", "list"):
        return list(pointer_of(r, t, data, broken))
    if not t.is_variant():
        return [v for part in t.parts for v in flat_values(r, part, data, broken)]
    number = r.randrange(len(t.cases()))
    case = t.cases()[number]
    values = [9 if broken and r.random() < 0.3 else number] + (flat_values(r, case, data, broken) if case else [])
    return values + [0] * (len(t.flat()) - len(values))


class Function:
    """kind: sync (a synchronous type), lifted (an async type lifted synchronously), stackful, callback."""

    def __init__(self, r, number):
        self.name = f"f{number}"
        self.params = [random_type(r) for _ in range(r.choice([0, 1, 1, 2, 3, 6]))]
        self.result = random_type(r) if r.random() < 0.8 else None
        self.kind = r.choice(["sync", "sync", "lifted", "stackful", "callback", "callback", "callback"])
        self.yields = r.choice([0, 0, 1, 3])
        self.early = r.random() < 0.3
        self.cancels = r.random() < 0.5
        self.post_return = self.kind in ("sync", "lifted") and r.random() < 0.3

    def type_text(self):
        params = " ".join(f'(param "p{i}" {t.text()})' for i, t in enumerate(self.params))
        result = f" (result {self.result.text()})" if self.result else ""
        return ("" if self.kind == "sync" else "async ") + params + result

    def flat_params(self):
        return Type("tuple", self.params).flat()

    def lift_signature(self):
        flat = self.flat_params()
        params = flat if len(flat) <= 16 else ["i32"]
        if self.kind == "callback":
            return params, ["i32"]
        if self.kind == "stackful":
            return params, []
        results = self.result.flat() if self.result else []
        return params, (results if len(results) <= 1 else ["i32"])

    def lower_signature(self, is_async):
        flat, results = self.flat_params(), self.result.flat() if self.result else []
        params = flat if len(flat) <= (4 if is_async else 16) else ["i32"]
        if is_async:
            return params + (["i32"] if self.result else []), ["i32"]
        return params + (["i32"] if len(results) > 1 else []), (results if len(results) <= 1 else [])


def signature(types):
    params, results = types
    return (f"(param {' '.join(params)})" if params else "") + (f"(result {' '.join(results)})" if results else "")


HASH = """
      (global $hash (mut i64) (i64.const 1469598103934665603))
      (global $next (mut i32) (i32.const 8192)) (global $set (mut i32) (i32.const 0))
      (func $mix (param i64)
        (global.set $hash (i64.mul (i64.xor (global.get $hash) (local.get 0)) (i64.const 1099511628211))))
      (func $mix32 (param i32) (call $mix (i64.extend_i32_u (local.get 0))))
      (func $mixf32 (param f32) (call $mix32 (i32.reinterpret_f32 (local.get 0))))
      (func $mixf64 (param f64) (call $mix (i64.reinterpret_f64 (local.get 0))))
      (func $range (param $at i32) (param $end i32)
        (block $done (loop $more
          (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
          (call $mix32 (i32.load8_u (local.get $at)))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $more))))
      (func $heap (call $range (i32.const 8192) (global.get $next)))
"""
REALLOC = """
    (core module $Memory
      (memory (export "mem") 1)
      (global $next (mut i32) (i32.const 8192))
      (func (export "next") (result i32) (global.get $next))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local i32)
        (local.set 4 (i32.and (i32.add (global.get $next) (i32.sub (local.get 2) (i32.const 1)))
                              (i32.sub (i32.const 0) (local.get 2))))
        (global.set $next (i32.add (local.get 4) (local.get 3)))
        (if (i32.gt_u (global.get $next) (i32.const 65536)) (then unreachable))
        (memory.copy (local.get 4) (local.get 0) (local.get 1))
        (local.get 4))
      (func (export "dtor") (param i32)
        (i32.store (i32.const 0) (i32.add (i32.mul (i32.load (i32.const 0)) (i32.const 31)) (local.get 0)))))
    (core instance $memory (instantiate $Memory))
"""
MIXERS = {"i32": "$mix32", "i64": "$mix", "f32": "$mixf32", "f64": "$mixf64"}


def mix_params(params):
    return "".join(f"(call {MIXERS[p]} (local.get {i}))" for i, p in enumerate(params))


class Component:
    """The text of one component. Built-ins and calls of the next one are imports of its core module."""

    def __init__(self, r, name, functions, callees, callee_name):
        self.r, self.name, self.functions, self.callees, self.callee_name = r, name, functions, callees, callee_name
        self.data = Data(64, r.choice(["utf8", "utf8", "utf16", "latin1+utf16"]))
        self.encoding = f"string-encoding={self.data.encoding} "
        self.imports, self.definitions, self.exports = [], [], []

    def core(self, name, types, definition):
        """A core function that a canonical definition makes; its name in the module."""
        if name not in [i[0] for i in self.imports]:
            self.imports.append((name, types))
            self.definitions.append(f"    (core func ${name} (canon {definition}))\n")
        return "$" + name

    def lowered(self, function, is_async):
        name = function.name + ("-async" if is_async else "-sync")
        options = self.encoding + '(memory $memory "mem") (realloc (func $memory "realloc"))'
        options += " async" if is_async else ""
        return self.core(name, function.lower_signature(is_async), f'lower (func ${function.name}) {options}')

    # ---- calls

    def arguments(self, function, is_async, broken):
        """The core arguments of a call, as text, without the place of the result."""
        whole = Type("tuple", function.params)
        if len(whole.flat()) <= (4 if is_async else 16):
            values = flat_values(self.r, whole, self.data, broken)
            return "".join(constant(slot, bits) for slot, bits in zip(whole.flat(), values))
        at = self.data.place(whole.size(), whole.align())
        store(self.r, whole, self.data, at, broken)
        return f"(i32.const {at + (1 if broken and self.r.random() < 0.2 else 0)})"

    def call_sync(self, function, broken):
        params, results = function.lower_signature(False)
        args = self.arguments(function, False, broken)
        if function.result and not results:
            place = self.data.place(function.result.size(), function.result.align())
            body = f"(call {self.lowered(function, False)} {args} (i32.const {place}))"
            return body + f"(call $range (i32.const {place}) (i32.const {place + function.result.size()}))"
        body = f"(call {self.lowered(function, False)} {args})"
        return f"(call {MIXERS[results[0]]} {body})" if results else body

    def own_set(self):
        """The caller's set, made when it is first needed."""
        return f"(if (i32.eqz (local.get $set)) (then (local.set $set (call {handles.new_set(self)}))))"

    def finish_task(self, at_end):
        """Waits until the subtask in $task, a status, has returned."""
        wait = self.core("set-wait", (["i32", "i32"], ["i32"]), 'waitable-set.wait (memory $memory "mem")')
        drop = self.core("subtask-drop", (["i32"], []), "subtask.drop")
        event, subtask = self.data.place(8, 4), "(i32.shr_u (local.get $task) (i32.const 4))"
        return (f"(if (i32.ne (i32.and (local.get $task) (i32.const 15)) (i32.const 2)) (then {self.own_set()}"
                f" (call {handles.join(self)} {subtask} (local.get $set)) (block $done (loop $more"
                f" (call $mix32 (call {wait} (local.get $set) (i32.const {event})))"
                f" (call $range (i32.const {event}) (i32.const {event + 8}))"
                f" (br_if $more (i32.lt_u (i32.load (i32.const {event + 4})) (i32.const 2)))))"
                f" (call {handles.join(self)} {subtask} (i32.const 0)) (call {drop} {subtask}))) {at_end}")

    def call_async(self, function, broken, cancel):
        """Starts the call; tells its status; cancels it, or waits for its end, unless it has returned."""
        args = self.arguments(function, True, broken)
        place = self.data.place(function.result.size() if function.result else 1, 8)
        if function.result:
            args += f"(i32.const {place})"
        new = self.core("set-new", ([], ["i32"]), "waitable-set.new")
        wait = self.core("set-wait", (["i32", "i32"], ["i32"]), 'waitable-set.wait (memory $memory "mem")')
        join = self.core("join", (["i32", "i32"], []), "waitable.join")
        drop = self.core("subtask-drop", (["i32"], []), "subtask.drop")
        event = self.data.place(8, 4)
        handle = "(i32.shr_u (local.get $status) (i32.const 4))"
        rest = ""
        if cancel:
            stop = self.core("subtask-cancel", (["i32"], ["i32"]), "subtask.cancel")
            rest = f"(call $mix32 (call {stop} {handle})) (call {drop} {handle})"
        else:
            rest = (f"(if (i32.eqz (local.get $set)) (then (local.set $set (call {new}))"
                    f" (call $mix32 (local.get $set))))"
                    f"(call {join} {handle} (local.get $set))"
                    f"(block $done (loop $more"
                    f" (call $mix32 (call {wait} (local.get $set) (i32.const {event})))"
                    f" (call $range (i32.const {event}) (i32.const {event + 8}))"
                    f" (br_if $more (i32.lt_u (i32.load (i32.const {event + 4})) (i32.const 2)))))"
                    f"(call {join} {handle} (i32.const 0)) (call {drop} {handle})")
        size = function.result.size() if function.result else 0
        return (f"(local.set $status (call {self.lowered(function, True)} {args}))"
                f"(call $mix32 (local.get $status))"
                f"(if (i32.ne (i32.and (local.get $status) (i32.const 15)) (i32.const 2)) (then {rest}))"
                f"(call $range (i32.const {place}) (i32.const {place + size}))")

    def call_many(self, functions):
        """Starts all the calls, and then waits for the ends of those that have not returned."""
        drop = self.core("subtask-drop", (["i32"], []), "subtask.drop")
        wait = self.core("set-wait", (["i32", "i32"], ["i32"]), 'waitable-set.wait (memory $memory "mem")')
        event, body, tell = self.data.place(8, 4), f"(local.set $task (i32.const 0)) {self.own_set()}", ""
        for function in functions:
            args = self.arguments(function, True, False)
            size = function.result.size() if function.result else 0
            place = self.data.place(max(size, 1), 8)
            if function.result:
                args += f"(i32.const {place})"
            body += (f"(local.set $status (call {self.lowered(function, True)} {args})) (call $mix32 (local.get $status))"
                     f"(if (i32.ne (i32.and (local.get $status) (i32.const 15)) (i32.const 2)) (then"
                     f" (call {handles.join(self)} (i32.shr_u (local.get $status) (i32.const 4)) (local.get $set))"
                     f" (local.set $task (i32.add (local.get $task) (i32.const 1)))))")
            tell += f"(call $range (i32.const {place}) (i32.const {place + size}))"
        at_end = (f"(local.set $handle (i32.load (i32.const {event})))"
                  f"(call {handles.join(self)} (local.get $handle) (i32.const 0)) (call {drop} (local.get $handle))"
                  f"(local.set $task (i32.sub (local.get $task) (i32.const 1)))")
        return (body + f"(block $all (loop $next (br_if $all (i32.eqz (local.get $task)))"
                f" (call $mix32 (call {wait} (local.get $set) (i32.const {event})))"
                f" (call $range (i32.const {event}) (i32.const {event + 8}))"
                f" (if (i32.ge_u (i32.load (i32.const {event + 4})) (i32.const 2)) (then {at_end}))"
                f" (br $next))) {tell}")

    def script(self, may_wait):
        """Random calls of the next component."""
        body = ""
        for _ in range(self.r.randint(1, 5) if self.callees else 0):
            function = self.r.choice([f for f in self.callees if f not in (handles.PEEK, handles.LATER, handles.EAT)])
            if function.kind == "handles":
                body += function.use(self) if may_wait else ""
                continue
            later = [f for f in self.callees if f.kind in ("callback", "stackful")]
            if may_wait and later and self.r.random() < 0.3:
                body += self.call_many(self.r.choices(later, k=self.r.randint(2, 4)))
                continue
            broken = self.r.random() < 0.04
            if function.kind == "sync" or (may_wait and self.r.random() < 0.4):
                body += self.call_sync(function, broken)
            elif may_wait and function.kind in ("callback", "stackful"):
                body += self.call_async(function, broken, self.r.random() < 0.3)
        return body

    # ---- functions

    def result_values(self, function, max_flat):
        t = function.result
        if not t:
            return ""
        broken = self.r.random() < 0.03
        if len(t.flat()) <= max_flat:
            values = flat_values(self.r, t, self.data, broken)
            return "".join(constant(slot, bits) for slot, bits in zip(t.flat(), values))
        at = self.data.place(t.size(), t.align())
        store(self.r, t, self.data, at, broken)
        return f"(i32.const {at})"

    def lifted_function(self, function):
        if function.kind == "handles":
            return function.lift(self)
        params, _ = function.lift_signature()
        body = mix_params(params) + "(call $note)" + self.script(False)
        options = self.encoding + '(memory $memory "mem") (realloc (func $memory "realloc"))'
        core = f'(func (export "{function.name}") {signature(function.lift_signature())} (local $status i32)'
        if function.kind == "stackful":
            body, options = body + self.returning(function), options + " async"
        elif function.kind == "callback":
            body, options = self.callback_function(function, body, options)
        else:
            body += self.result_values(function, 1)
        text = core + body + ")\n"
        if function.post_return:
            results = function.lift_signature()[1]
            text += f'      (func (export "{function.name}-post") {signature((results, []))} {mix_params(results)})\n'
            options += f' (post-return (func $i "{function.name}-post"))'
        self.exports.append(f'    (func (export "{function.name}") {function.type_text()}\n'
                            f'      (canon lift (core func $i "{function.name}") {options}))\n')
        return "      " + text

    def returning(self, function):
        """A call of task.return."""
        flat = function.result.flat() if function.result else []
        result = f" (result {function.result.text()})" if function.result else ""
        give = self.core(f"{function.name}-return", (flat if len(flat) <= 16 else ["i32"], []),
                         f'task.return{result} {self.encoding}(memory $memory "mem")')
        return f"(call {give} {self.result_values(function, 16)})"

    def callback_function(self, function, body, options):
        stop = self.core("task-cancel", ([], []), "task.cancel")
        returns = self.returning(function)
        code = "(i32.const 1)" if function.yields else "(i32.const 0)"
        if not function.yields or function.early:
            body += returns
        body += f"(global.set ${function.name}-left (i32.const {function.yields}))" + code
        at_end = "" if function.early or not function.yields else returns
        cancelled = (f"(call {stop})" if function.cancels else returns) if at_end else ""
        self.callbacks += (
            f'      (global ${function.name}-left (mut i32) (i32.const 0))\n'
            f'      (func (export "{function.name}-cb") (param i32 i32 i32) (result i32)\n'
            f"        (call $mix32 (local.get 0))\n"
            f"        (if (i32.eq (local.get 0) (i32.const 6)) (then {cancelled} (return (i32.const 0))))\n"
            f"        (global.set ${function.name}-left (i32.sub (global.get ${function.name}-left) (i32.const 1)))\n"
            f"        (if (i32.gt_s (global.get ${function.name}-left) (i32.const 0)) (then (return (i32.const 1))))\n"
            f"        {at_end} (i32.const 0))\n")
        return body, options + f' async (callback (func $i "{function.name}-cb"))'

    def run(self):
        """The root's function, which blocks on its stack."""
        body = self.script(True) + "(call $note) "
        options, core_type, end = "", "(result i64)", "(global.get $hash)"
        kind = self.r.choice(["lifted", "stackful", "callback"])
        if kind != "lifted":
            end = f"(call {self.core('run-return', (['i64'], []), 'task.return (result u64)')} (global.get $hash))"
            options, core_type = " async", ""
        if kind == "callback":
            options, core_type, end = options + ' (callback (func $i "run-cb"))', "(result i32)", end + " (i32.const 0)"
            self.callbacks += '      (func (export "run-cb") (param i32 i32 i32) (result i32) unreachable)\n'
        self.exports.append(f'    (func (export "run") async (result u64) (canon lift (core func $i "run"){options}))\n')
        return (f'      (func (export "run") {core_type} (local $status i32) (local $set i32)'
                f" (local $handle i32) (local $task i32) (local $ends i64)\n        {body}{end})\n")

    def text(self):
        self.callbacks = ""
        bodies = "".join(self.lifted_function(f) for f in self.functions)
        run = ""
        if not self.functions:
            run = self.run()
        imports = "".join(f'      (import "" "{name}" (func ${name} {signature(types)}))\n' for name, types in self.imports)
        given = "".join(f'(export "{name}" (func ${name}))' for name, _ in self.imports)
        resource = any(f is handles.PEEK for f in self.functions)
        types = "    (type $bytes (stream u8)) (type $number (future u32))\n"
        outer = '    (import "r" (type $r (sub resource)))\n' if any(f is handles.PEEK for f in self.callees) else ""
        outer += "".join(f'    (import "{f.name}" (func ${f.name} {f.type_text()}))\n' for f in self.callees)
        if resource:
            types += '    (type $r\' (resource (rep i32) (dtor (func $memory "dtor"))))\n'
            types += '    (export $own "r" (type $r\'))\n'
        note = "      (func $note (call $range (i32.const 8192) (call $next)) (call $range (i32.const 0) (i32.const 4)))\n"
        return (f"  (component ${self.name}\n{outer}{REALLOC}{types}{''.join(self.definitions)}"
                f'    (core module $M\n      (import "m" "mem" (memory 1)) (import "m" "next" (func $next (result i32)))\n'
                f"{imports}{HASH}{note}{bodies}{self.callbacks}{run}      {self.data.segments()})\n"
                f'    (core instance $i (instantiate $M (with "m" (instance $memory)) (with "" (instance {given}))))\n'
                f"{''.join(self.exports)}  )\n")


def composition(r):
    """A whole component as text."""
    length = r.choice([2, 2, 2, 3, 4])
    texts, below, name = [], [], None
    for depth in range(length - 1, -1, -1):
        functions = [Function(r, i) for i in range(r.randint(1, 4))] + handles.random_handles(r) if depth > 0 else []
        component = Component(r, f"C{depth}", functions, below, name)
        texts.append(component.text())
        arguments = f'(with "r" (type $c{depth + 1} "r"))' if any(f is handles.PEEK for f in below) else ""
        arguments += "".join(f'(with "{f.name}" (func $c{depth + 1} "{f.name}"))' for f in below)
        texts.append(f"  (instance $c{depth} (instantiate $C{depth} {arguments}))\n")
        below, name = functions, f"C{depth}"
    return "(component\n" + "".join(texts) + '  (export "run" (func $c0 "run")))\n'
