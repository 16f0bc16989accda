# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes guests that call functions of WASI one after the other and compare what comes back. See programs_*.py.

A guest is a component in text: a command that imports what it calls, with the types that WIT says, and straight-line
core code by the canonical ABI. What differs from what was expected traps, in a function that is named after the step.

Values, as arguments and in expectations: numbers, True and False, "text" and b"bytes"; a record is a dictionary, of
which an expectation may leave fields out; a tuple or list is a list; flags are a set; Some(x) and None; Ok(x) and
Err(x); a case is "name" or ("name", payload). A `Place` of an earlier result stands for the handle there. An
expectation may also be ANY, or More(n): a number, or a length, above n.
"""
import contextlib
import dataclasses

from wit import Type

ANY = object()


@dataclasses.dataclass(frozen=True)
class Ok:
    value: object = None


@dataclasses.dataclass(frozen=True)
class Err:
    value: object = None


@dataclasses.dataclass(frozen=True)
class Some:
    value: object


@dataclasses.dataclass(frozen=True)
class More:
    than: int


# --- the canonical ABI: CanonicalABI.md#alignment, #element-size, #flattening

PLAIN = {"bool": (1, "i32"), "u8": (1, "i32"), "s8": (1, "i32"), "u16": (2, "i32"), "s16": (2, "i32"), "u32": (4, "i32"),
         "s32": (4, "i32"), "char": (4, "i32"), "u64": (8, "i64"), "s64": (8, "i64"), "f32": (4, "f32"),
         "f64": (8, "f64")}
HANDLES = ("own", "borrow", "stream", "future")
MAX_FLAT_PARAMS = 16


def up(offset, alignment):
    return (offset + alignment - 1) // alignment * alignment


def fields_of(t):
    """Of a record or tuple: (label, Type)."""
    return t.named.fields if t.named else [(str(i), of) for i, of in enumerate(t.of)]


def cases_of(t):
    """Of a variant of any kind: (label, Type or None)."""
    if t.kind == "option":
        return [("none", None), ("some", t.of[0])]
    if t.kind == "result":
        return [("ok", t.of[0]), ("err", t.of[1])]
    return t.named.fields


def is_variant(t):
    return t.kind in ("variant", "enum", "option", "result")


def flags_size(t):
    count = len(t.named.fields)
    return 1 if count <= 8 else 2 if count <= 16 else 4


def alignment(t):
    if t.kind in PLAIN:
        return PLAIN[t.kind][0]
    if t.kind in ("record", "tuple"):
        return max((alignment(of) for _, of in fields_of(t)), default=1)
    if is_variant(t):
        return max([1] + [alignment(of) for _, of in cases_of(t) if of])
    return flags_size(t) if t.kind == "flags" else 4


def size(t):
    if t.kind in PLAIN:
        return PLAIN[t.kind][0]
    if t.kind in ("string", "list"):
        return 8
    if t.kind in ("record", "tuple"):
        end = 0
        for _, of in fields_of(t):
            end = up(end, alignment(of)) + size(of)
        return up(end, alignment(t))
    if is_variant(t):
        payload = max([0] + [size(of) for _, of in cases_of(t) if of])
        return up(payload_at(t) + payload, alignment(t))
    return flags_size(t) if t.kind == "flags" else 4


def payload_at(t):
    """All have fewer than 257 cases: a byte says which."""
    return up(1, max([1] + [alignment(of) for _, of in cases_of(t) if of]))


def field_at(t, index):
    end = 0
    for i, (_, of) in enumerate(fields_of(t)):
        at = up(end, alignment(of))
        if i == index:
            return at
        end = at + size(of)
    raise IndexError(index)


def join(a, b):
    return a if a == b else "i32" if {a, b} == {"i32", "f32"} else "i64"


def flatten(t):
    if t.kind in PLAIN:
        return [PLAIN[t.kind][1]]
    if t.kind in ("string", "list"):
        return ["i32", "i32"]
    if t.kind in ("record", "tuple"):
        return [word for _, of in fields_of(t) for word in flatten(of)]
    if not is_variant(t):
        return ["i32"]
    flat = []
    for _, of in cases_of(t):
        for i, word in enumerate(flatten(of) if of else []):
            if i < len(flat):
                flat[i] = join(flat[i], word)
            else:
                flat.append(word)
    return ["i32"] + flat


def case_of(t, value):
    """Which case a value is, and its payload."""
    if t.kind == "option":
        return (0, None) if value is None else (1, value.value)
    if t.kind == "result":
        return (0 if isinstance(value, Ok) else 1), value.value
    name, payload = value if isinstance(value, tuple) else (value, None)
    return [label for label, _ in cases_of(t)].index(name), payload


def bits_of(t, value):
    return sum(1 << i for i, (label, _) in enumerate(t.named.fields) if label in value)


def words(value):
    return value if isinstance(value, bytes) else value.encode()


@dataclasses.dataclass
class Place:
    """Something in the guest's memory."""
    guest: "Guest"
    type: Type
    base: str  # an expression
    offset: int = 0

    def load(self, how="i32.load"):
        return f"({how} offset={self.offset} {self.base})"

    def part(self, t, more):
        return Place(self.guest, t, self.base, self.offset + more)

    def field(self, label):
        labels = [l for l, _ in fields_of(self.type)]
        index = labels.index(str(label))
        return self.part(fields_of(self.type)[index][1], field_at(self.type, index))

    def item(self, index):
        of = self.type.of[0]
        return Place(self.guest, of, self.load(), index * size(of))

    def case(self, name):
        """The payload of a case, which it has to be."""
        labels = [l for l, _ in cases_of(self.type)]
        index = labels.index(name)
        self.guest.must(name, f"(i32.eq {self.load('i32.load8_u')} (i32.const {index}))")
        return self.part(cases_of(self.type)[index][1], payload_at(self.type))

    def ok(self):
        return self.case("ok")

    def some(self):
        return self.case("some")

    def is_(self, value):
        """Compares it; itself."""
        self.guest.expect(self, value)
        return self


class Guest:
    HEAP_PAGES = 32

    def __init__(self, interfaces, version):
        self.version = version
        self.interfaces = {(i.package, i.name): i for i in interfaces if i.version == version}
        self.plain = {(i.package, i.version, i.name): i for i in interfaces}
        self.called = {}  # (package, name) -> {function: core name}
        self.dropped = {}  # Named -> core name
        self.copies = {}  # (kind, element text) -> Type
        self.steps, self.data, self.end = [], [], 1024
        self.rounds = {}  # first step -> (behind the last one, how often)

    # --- memory

    def reserve(self, count, align=8):
        at = up(self.end, align)
        self.end = at + count
        return at

    def bytes_at(self, content):
        at = self.reserve(len(content), 1)
        self.data.append((at, content))
        return at

    # --- arguments

    def lower(self, t, value):
        """Instructions that come before, and the flat values."""
        if isinstance(value, Place):
            return [], [value.load()]
        if t.kind in PLAIN:
            word = PLAIN[t.kind][1]
            return [], [f"({word}.const {int(value)})"]
        if t.kind in ("string", "list"):
            return self.lower_list(t, value)
        if t.kind in ("record", "tuple"):
            before, flat = [], []
            for i, (label, of) in enumerate(fields_of(t)):
                some, more = self.lower(of, value[i] if isinstance(value, (list, tuple)) else value[label])
                before += some
                flat += more
            return before, flat
        if t.kind == "flags":
            return [], [f"(i32.const {bits_of(t, value)})"]
        index, payload = case_of(t, value)
        of = cases_of(t)[index][1]
        before, flat = self.lower(of, payload) if of else ([], [])
        wanted = flatten(t)[1:]
        for i, word in enumerate(flatten(of) if of else []):
            if word != wanted[i]:
                flat[i] = f"(i64.extend_i32_u {flat[i]})"
        flat += [f"({word}.const 0)" for word in wanted[len(flat):]]
        return before, [f"(i32.const {index})"] + flat

    def lower_list(self, t, value):
        if t.kind == "string" or isinstance(value, bytes):
            return [], [f"(i32.const {self.bytes_at(words(value))})", f"(i32.const {len(words(value))})"]
        of = t.of[0]
        at, before = self.reserve(size(of) * len(value)), []
        for i, one in enumerate(value):
            before += self.store(of, at + i * size(of), one)
        return before, [f"(i32.const {at})", f"(i32.const {len(value)})"]

    def store(self, t, at, value):
        """Instructions that write a value to memory."""
        if t.kind in ("record", "tuple") and not isinstance(value, Place):
            found = []
            for i, (label, of) in enumerate(fields_of(t)):
                one = value[i] if isinstance(value, (list, tuple)) else value[label]
                found += self.store(of, at + field_at(t, i), one)
            return found
        if is_variant(t) and not isinstance(value, Place):
            index, payload = case_of(t, value)
            of = cases_of(t)[index][1]
            return [f"(i32.store8 (i32.const {at}) (i32.const {index}))"] + \
                (self.store(of, at + payload_at(t), payload) if of else [])
        before, flat = self.lower(t, value)
        if t.kind in ("string", "list"):
            return before + [f"(i32.store (i32.const {at}) {flat[0]})", f"(i32.store (i32.const {at + 4}) {flat[1]})"]
        how = {(1, "i32"): "i32.store8", (2, "i32"): "i32.store16", (8, "i64"): "i64.store"}
        word = PLAIN.get(t.kind, (size(t), "i32"))
        return before + [f"({how.get(word, word[1] + '.store')} (i32.const {at}) {flat[0]})"]

    # --- steps

    def step(self, name, code):
        label = "".join(c if c.isalnum() else "-" for c in name)
        self.steps.append((f"step-{len(self.steps) + 1}-{label}", code))

    @contextlib.contextmanager
    def repeat(self, count):
        """The steps in between are done so often; what they were given is forgotten after each round."""
        first = len(self.steps)
        yield
        self.rounds[first] = (len(self.steps), count)

    def must(self, name, condition):
        self.step("is-" + name, [f"(call $must {condition})"])

    def func_of(self, interface, name):
        found = [f for f in self.interfaces[interface].funcs if f.name == name]
        assert found, f"{interface} has no {name}"
        return found[0]

    def call(self, interface, name, *args):
        """Calls `package/interface`'s function; where its result is, or None."""
        interface = tuple(interface.split("/"))
        func = self.func_of(interface, name)
        assert len(args) == len(func.params), name
        core = self.called.setdefault(interface, {}).setdefault(name, f"$f{sum(map(len, self.called.values()))}")
        before, flat = [], []
        for (_, t), value in zip(func.params, args):
            some, more = self.lower(t, value)
            before += some
            flat += more
        if len(flat) > MAX_FLAT_PARAMS:
            whole = Type("tuple", tuple(t for _, t in func.params))
            at = self.reserve(size(whole), alignment(whole))
            before, flat = self.store(whole, at, list(args)), [f"(i32.const {at})"]
        if not func.result:
            self.step(name, before + [f"(call {core} {' '.join(flat)})"])
            return None
        at = self.reserve(size(func.result), alignment(func.result))
        if len(flatten(func.result)) > 1:
            code = [f"(call {core} {' '.join(flat)} (i32.const {at}))"]
        else:
            word = flatten(func.result)[0]
            how = {1: "i32.store8", 2: "i32.store16"}.get(size(func.result), f"{word}.store")
            code = [f"({how} (i32.const {at}) (call {core} {' '.join(flat)}))"]
        self.step(name, before + code)
        return Place(self, func.result, f"(i32.const {at})")

    def drop(self, place):
        named = place.type.named
        core = self.dropped.setdefault(named, f"$d{len(self.dropped)}")
        self.step(f"drop-{named.name}", [f"(call {core} {place.load()})"])

    # --- expectations

    def expect(self, place, value):
        self.step("expect", self.compare(place, value))

    def compare(self, place, value):
        t = place.type
        if value is ANY or isinstance(value, Place):
            return []
        if isinstance(value, More):
            if t.kind in ("list", "string"):
                return [f"(call $must (i32.gt_u {place.part(t, 4).load()} (i32.const {value.than})))"]
            return [f"(call $must (i64.gt_u {self.widened(place)} (i64.const {value.than})))"]
        if t.kind == "string" or isinstance(value, bytes):
            content = words(value)
            return [f"(call $same {place.load()} {place.part(t, 4).load()} "
                    f"(i32.const {self.bytes_at(content)}) (i32.const {len(content)}))"]
        if t.kind == "list":
            code = [f"(call $must (i32.eq {place.part(t, 4).load()} (i32.const {len(value)})))"]
            return code + [line for i, one in enumerate(value) for line in self.compare(place.item(i), one)]
        if t.kind in ("record", "tuple"):
            given = {str(i): one for i, one in enumerate(value)} if isinstance(value, (list, tuple)) else value
            return [line for label, one in given.items() for line in self.compare(place.field(label), one)]
        if is_variant(t):
            index, payload = case_of(t, value)
            of = cases_of(t)[index][1]
            code = [f"(call $must (i32.eq {place.load('i32.load8_u')} (i32.const {index})))"]
            return code + (self.compare(place.part(of, payload_at(t)), payload) if of else [])
        number = bits_of(t, value) if t.kind == "flags" else int(value)
        return [f"(call $must (i64.eq {self.widened(place)} (i64.const {number})))"]

    def widened(self, place):
        count = size(place.type)
        if count == 8:
            return place.load("i64.load")
        signed = "s" if place.type.kind.startswith("s") else "u"
        return place.load({1: f"i64.load8_{signed}", 2: f"i64.load16_{signed}", 4: f"i64.load32_{signed}"}[count])

    # --- streams and futures of 0.3

    def copy(self, t, verb):
        """The core name of a built-in of a stream or future type."""
        self.copies.setdefault(self.text(t, {}), t)
        return f"${t.kind}-{list(self.copies).index(self.text(t, {}))}-{verb}"

    def new(self, t):
        """A stream: its readable and its writable end."""
        at = self.reserve(8)
        self.step("stream.new", [f"(i64.store (i32.const {at}) (call {self.copy(t, 'new')}))"])
        return Place(self, t, f"(i32.const {at})"), Place(self, t, f"(i32.const {at + 4})")

    def read(self, stream, count):
        """Reads until there are `count` elements, or the other end is gone; they are a list."""
        of = stream.type.of[0]
        at, buffer = self.reserve(8), self.reserve(size(of) * count, alignment(of))
        code = self.loop(self.copy(stream.type, "read"), stream, buffer, size(of), count)
        self.step("stream.read", [f"(i32.store (i32.const {at}) (i32.const {buffer}))"] + code +
                  [f"(i32.store (i32.const {at + 4}) (global.get $moved))"])
        return Place(self, Type("list", (of,)), f"(i32.const {at})")

    def write(self, stream, content):
        at = self.bytes_at(words(content))
        self.step("stream.write", self.loop(self.copy(stream.type, "write"), stream, at, 1, len(words(content))) +
                  [f"(call $must (i32.eq (global.get $moved) (i32.const {len(words(content))})))"])

    @staticmethod
    def loop(copy, stream, at, width, count):
        """The low 4 bits of an outcome are 1 where the other end is gone, the others a count."""
        return ["(global.set $moved (i32.const 0))", "(block $gone (loop $again",
                f"  (br_if $gone (i32.ge_u (global.get $moved) (i32.const {count})))",
                f"  (global.set $code (call {copy} {stream.load()}",
                f"    (i32.add (i32.const {at}) (i32.mul (global.get $moved) (i32.const {width})))",
                f"    (i32.sub (i32.const {count}) (global.get $moved))))",
                "  (global.set $moved (i32.add (global.get $moved) (i32.shr_u (global.get $code) (i32.const 4))))",
                "  (br_if $gone (i32.and (global.get $code) (i32.const 15)))", "  (br $again)))"]

    def result_of(self, future):
        """What a future has."""
        of = future.type.of[0]
        at = self.reserve(size(of), alignment(of))
        self.step("future.read", [f"(call $must (i32.eqz (call {self.copy(future.type, 'read')} {future.load()} "
                                  f"(i32.const {at}))))"])
        return Place(self, of, f"(i32.const {at})")

    def close(self, end, verb):
        """verb: drop-readable or drop-writable."""
        self.step(verb, [f"(call {self.copy(end.type, verb)} {end.load()})"])

    # --- the component

    def home(self, named, user):
        """The interface that exports a named type. Plain data of another version is defined anew, where 0.2 has it."""
        if named.interface.version == self.version:
            return named.interface
        return self.interfaces[(user.package, "network")]

    def needed(self):
        """Which named types each interface has to export, in an order in which they can be defined."""
        types = {key: [] for key in self.interfaces}

        def add(t, user):
            for of in t.of:
                if of:
                    add(of, user)
            if not t.named:
                return
            home = self.home(t.named, user)
            for _, of in t.named.fields:
                if of:
                    add(of, home if t.named.interface.version == self.version else user)
            for interface in (home, user):
                listed = types[(interface.package, interface.name)]
                if t.named not in listed:
                    listed.append(t.named)

        for key, names in self.called.items():
            for name in names:
                func = self.func_of(key, name)
                for _, t in func.params:
                    add(t, self.interfaces[key])
                if func.result:
                    add(func.result, self.interfaces[key])
        return types

    def text(self, t, names):
        """A type, with the names that named types have there."""
        if t is None:
            return ""
        if t in names:
            return names[t]
        if t.kind in ("own", "borrow"):
            return f"({t.kind} {names.get(t.named, '$' + t.named.name)})"
        if t.named:
            return names.get(t.named, "$" + t.named.name)
        if t.kind == "result":
            ok = " " + self.text(t.of[0], names) if t.of[0] else ""
            error = f" (error {self.text(t.of[1], names)})" if t.of[1] else ""
            return f"(result{ok}{error})"
        if t.of:
            return f"({t.kind} {' '.join(self.text(of, names) for of in t.of)})"
        return t.kind

    @staticmethod
    def copied(func):
        """The types of streams and futures of a function, what is inside before what is around it."""
        found = []

        def look(t):
            for of in t.of:
                if of:
                    look(of)
            if t.kind in ("stream", "future"):
                found.append(t)

        for t in [t for _, t in func.params] + ([func.result] if func.result else []):
            look(t)
        return found

    def definition(self, named, names):
        if named.kind == "record":
            return "(record " + " ".join(f'(field "{l}" {self.text(t, names)})' for l, t in named.fields) + ")"
        if named.kind == "variant":
            return "(variant " + " ".join(f'(case "{l}" {self.text(t, names)})' for l, t in named.fields) + ")"
        return f"({named.kind} " + " ".join(f'"{label}"' for label, _ in named.fields) + ")"

    def import_text(self, interface, types, outer):
        """An imported instance, and the types of it that others use."""
        ident = f"$i-{interface.package}-{interface.name}"
        lines, names = [f'(import "{interface.full_name}" (instance {ident}'], {}
        for named in types:
            names[named] = "$" + named.name
            if self.home(named, interface) is not interface:
                lines.append(f'  (alias outer $guest {outer[named]} (type $u-{named.name}))')
                lines.append(f'  (export "{named.name}" (type ${named.name} (eq $u-{named.name})))')
            elif named.kind == "resource":
                lines.append(f'  (export "{named.name}" (type ${named.name} (sub resource)))')
            else:
                lines.append(f'  (type $t-{named.name} {self.definition(named, names)})')
                lines.append(f'  (export "{named.name}" (type ${named.name} (eq $t-{named.name})))')
        for name in self.called.get((interface.package, interface.name), {}):
            func = self.func_of((interface.package, interface.name), name)
            for t in self.copied(func):  # the text format has no place for them elsewhere
                if t not in names:
                    label = f"$c-{len(names)}"
                    lines.append(f"  (type {label} {self.text(t, names)})")
                    names[t] = label
            params = " ".join(f'(param "{l}" {self.text(t, names)})' for l, t in func.params)
            result = f" (result {self.text(func.result, names)})" if func.result else ""
            lines.append(f'  (export "{name}" (func {"async " if func.is_async else ""}{params}{result}))')
        lines.append("))")
        for named in types:
            if self.home(named, interface) is interface:
                outer[named] = f"$o-{interface.package}-{interface.name}-{named.name}"
                lines.append(f'(alias export {ident} "{named.name}" (type {outer[named]}))')
        return lines

    def component(self):
        is_async = self.version.startswith("0.3")
        types, outer, lines = self.needed(), {}, ["(component $guest"]
        for key, interface in self.interfaces.items():
            if types[key] or key in self.called:
                lines += self.import_text(interface, types[key], outer)
        lines += ["(core module $Memory", f'  (memory (export "memory") {self.end // 65536 + 1 + self.HEAP_PAGES})',
                  f"  (global $next (mut i32) (i32.const {up(self.end, 16)}))",
                  '  (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)',
                  "    (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))",
                  "    (global.set $next (i32.add (local.get $at) (local.get 3)))", "    (local.get $at))",
                  "  (global $marked (mut i32) (i32.const 0))",
                  '  (func (export "mark") (global.set $marked (global.get $next)))',
                  '  (func (export "forget") (global.set $next (global.get $marked))))',
                  "(core instance $memory (instantiate $Memory))",
                  '(alias core export $memory "memory" (core memory $mem))',
                  '(alias core export $memory "realloc" (core func $realloc))']
        imports = self.lower_lines(lines, outer, is_async)
        self.module_lines(lines, imports, is_async)
        lift = "async " if is_async else ""
        lines += [f'(func $run {lift}(result (result)) (canon lift (core func $main "run"){" async" if is_async else ""}))',
                  '(instance $cli-run (export "run" (func $run)))',
                  f'(export "wasi:cli/run@{self.version}" (instance $cli-run)))']
        return "\n".join(lines) + "\n"

    def order(self):
        """The calls of the steps."""
        lines, at = [], 0
        while at < len(self.steps):
            end, count = self.rounds.get(at, (at + 1, 0))
            calls = [f"    (call ${label})" for label, _ in self.steps[at:end]]
            if count:
                calls = ["    (call $mark)", f"    (global.set $rounds (i32.const {count}))", "    (loop $round"] + calls + [
                    "    (call $forget)", "    (global.set $rounds (i32.sub (global.get $rounds) (i32.const 1)))",
                    "    (br_if $round (global.get $rounds)))"]
            lines += calls
            at = end
        return lines

    def lower_lines(self, lines, outer, is_async):
        """Core functions, and what the module imports: (core name, its type)."""
        imports = []

        def define(core, params, results, canon):
            lines.append(f"(core func {core} {canon})")
            signature = "".join(f" (param {p})" for p in params) + "".join(f" (result {r})" for r in results)
            imports.append((core, signature))

        for key, names in self.called.items():
            interface = self.interfaces[key]
            ident = f"$i-{interface.package}-{interface.name}"
            for name, core in names.items():
                func = self.func_of(key, name)
                params = [word for _, t in func.params for word in flatten(t)]
                params = ["i32"] if len(params) > MAX_FLAT_PARAMS else params
                results = flatten(func.result) if func.result else []
                if len(results) > 1:
                    params, results = params + ["i32"], []
                define(core, params, results, f'(canon lower (func {ident} "{name}") (memory $mem) (realloc $realloc))')
        for named, core in self.dropped.items():
            define(core, ["i32"], [], f"(canon resource.drop {outer[named]})")
        for i, t in enumerate(self.copies.values()):
            lines.append(f"(type ${t.kind}-{i} {self.text(t, outer)})")
            memory = "(memory $mem) (realloc $realloc)"
            words_in = ["i32", "i32", "i32"] if t.kind == "stream" else ["i32", "i32"]
            define(f"${t.kind}-{i}-new", [], ["i64"], f"(canon {t.kind}.new ${t.kind}-{i})")
            define(f"${t.kind}-{i}-read", words_in, ["i32"], f"(canon {t.kind}.read ${t.kind}-{i} {memory})")
            define(f"${t.kind}-{i}-write", words_in, ["i32"], f"(canon {t.kind}.write ${t.kind}-{i} (memory $mem))")
            for verb in ("drop-readable", "drop-writable"):
                define(f"${t.kind}-{i}-{verb}", ["i32"], [], f"(canon {t.kind}.{verb} ${t.kind}-{i})")
        if is_async:
            define("$task-return", ["i32"], [], "(canon task.return (result (result)))")
        return imports

    def module_lines(self, lines, imports, is_async):
        lines.append("(core module $Main")
        lines.append('  (import "m" "memory" (memory 1))')
        lines += [f'  (import "m" "{name}" (func ${name}))' for name in ("mark", "forget")]
        lines += [f'  (import "f" "{core[1:]}" (func {core}{signature}))' for core, signature in imports]
        lines += ["  (global $rounds (mut i32) (i32.const 0))", "  (global $moved (mut i32) (i32.const 0))", "  (global $code (mut i32) (i32.const 0))",
                  "  (func $must (param i32) (if (i32.eqz (local.get 0)) (then unreachable)))",
                  "  (func $same (param $a i32) (param $n i32) (param $b i32) (param $m i32)",
                  "    (call $must (i32.eq (local.get $n) (local.get $m)))", "    (block $end (loop $next",
                  "      (br_if $end (i32.eqz (local.get $n)))", "      (local.set $n (i32.sub (local.get $n) (i32.const 1)))",
                  "      (call $must (i32.eq (i32.load8_u (i32.add (local.get $a) (local.get $n)))",
                  "                          (i32.load8_u (i32.add (local.get $b) (local.get $n)))))",
                  "      (br $next))))"]
        for at, content in self.data:
            lines.append(f'  (data (i32.const {at}) "{"".join(f"{chr(92)}{byte:02x}" for byte in content)}")')
        for label, code in self.steps:
            lines += [f"  (func ${label}"] + ["    " + line for line in code] + ["  )"]
        lines.append(f'  (func (export "run"){"" if is_async else " (result i32)"}')
        lines += self.order()
        lines.append("    (call $task-return (i32.const 0))))" if is_async else "    (i32.const 0)))")
        given = " ".join(f'(export "{core[1:]}" (func {core}))' for core, _ in imports)
        lines += [f"(core instance $f {given})",
                  '(core instance $main (instantiate $Main (with "m" (instance $memory)) (with "f" (instance $f))))']
