#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes wasi/wit.h and wasi/wit.c from the WIT of WASI (src/wasi/wit): what the linker is told, C types, and the way of
arguments and results between values and C.

A function of an interface becomes one C function, which src/wasi defines:

    sync:    weir_status wasi_clocks_system_clock_now(struct wasi_clocks *clocks, weir_store *store, RESULT *ret);
    async:   void wasi_clocks_monotonic_clock_wait_for(struct wasi_clocks *clocks, weir_host_call *call, uint64_t how_long);
             which finishes the call, now or later: with NAME_return(call, &result) where there is a result

The name of the interface is left out where it is `types` or that of the package. What is of version 0.2 begins with
`wasi_p2_`, since both versions have interfaces of the same names. A function that nobody defines does not link.
Attributes in the WIT:

    @part(MEMBER: TYPE)  the functions of the interface are given `struct TYPE *`, the member MEMBER of struct weir_wasi
    @finishes            a sync function that finishes its call itself, as async ones do, but before it returns
    @waits               the same, and it may finish its call after it has returned (weir_linker_let_wait())
    @drop                of a resource: NAME_drop(part, rep) is called when the guest drops its last handle
    @values              of a type without resources: NAME_from() reads a value of it, and wasi_KEY_value() makes one

A constructor is called RESOURCE_new.

A resource is its representation, a number: records hold it, so it must be the same in each run, and no address.
Texts and lists are borrowed: those of arguments until the function returns, those of results until it has. Bytes (list<u8>)
as arguments too; as results they are a value, which is moved. Other lists as arguments are the list's values; NAME_from() reads one that is a record. Streams
and futures are a host's end as argument, and a value, which is moved, as result, or as part of an argument. A function
of scalars alone goes by weir/flat.h.

The elements of a stream in a result, where they are not bytes, are made by wasi_KEY_value(), KEY as in their struct's
name. The type of such a stream is that of the import: so its function is `@finishes`, which has the call to ask.
"""
import argparse
import pathlib

import wit

SCALARS = {"bool": "bool", "u8": "uint8_t", "u16": "uint16_t", "u32": "uint32_t", "u64": "uint64_t", "s8": "int8_t",
           "s16": "int16_t", "s32": "int32_t", "s64": "int64_t", "char": "uint32_t"}
MEMBERS = {"bool": "boolean", "char": "character"} | {k: k for k in SCALARS if k not in ("bool", "char")}
LENDABLE = {"string", "flags", "enum", "record", "tuple", "option", "result", "variant"}  # of what is lendable
LICENCE = "/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */\n"


def c_word(name):
    return name.replace("-", "_").lower()


def constant(name):
    return c_word(name).upper()


class Generator:
    def __init__(self, interfaces):
        self.interfaces = interfaces
        self.defined, self.header, self.code = {}, [], []
        self.made = set()

    # --- C types

    @staticmethod
    def prefix(interface):
        """Both versions have interfaces of the same names."""
        return "wasi_p2_" if interface.version.startswith("0.2.") else "wasi_"

    def named(self, named):
        return f"{self.prefix(named.interface)}{c_word(named.interface.package)}_{c_word(named.name)}"

    def key(self, t):
        """A word for a type, of which names of structs and functions are made."""
        if t is None:
            return "none"
        if t.named:
            prefix = "borrow_" if t.kind == "borrow" else ""
            return prefix + self.named(t.named).removeprefix("wasi_")
        if t.kind == "string":
            return "text"
        if self.is_bytes(t):
            return "bytes"
        return "_".join([t.kind] + [self.key(x) for x in t.of]) if t.of else t.kind

    @staticmethod
    def is_bytes(t):
        return t.kind == "list" and t.of[0].kind == "u8"

    def is_moved(self, t):
        """What is a value already where it is given to the guest."""
        return t.kind in ("stream", "future") or self.is_bytes(t)

    def param_type(self, t):
        if t.kind in ("stream", "future"):
            return "weir_stream *"
        if t.kind == "list":
            return "struct wasi_bytes" if self.is_bytes(t) else "struct wasi_values"
        return self.c_type(t)

    def c_type(self, t):
        if t.kind in SCALARS:
            return SCALARS[t.kind]
        if t.kind == "flags":
            return "uint32_t"
        if t.kind in ("own", "borrow"):
            return "uint64_t"
        if self.is_moved(t):
            return "weir_value"
        self.define(t)
        if t.kind == "enum":
            return f"enum {self.named(t.named)}"
        return f"struct {self.named(t.named) if t.named else 'wasi_' + self.key(t)}"

    def member(self, t, name):
        return f"  {self.c_type(t)} {name};\n"

    def define(self, t):
        """Emits the definition of a type, after those that it needs."""
        key = self.named(t.named) if t.named else self.key(t)
        if key in self.defined or t.kind == "string":
            return
        self.defined[key] = True
        self.header.append(getattr(self, "define_" + t.kind)(t))

    def define_enum(self, t):
        name = self.named(t.named)
        labels = ", ".join(f"{constant(name)}_{constant(label)}" for label, _ in t.named.fields)
        return f"enum {name} {{ {labels} }};\n"

    def define_record(self, t):
        members = "".join(self.member(x, c_word(label)) for label, x in t.named.fields)
        return f"struct {self.named(t.named)} {{\n{members}}};\n"

    def define_variant(self, t):
        name = self.named(t.named)
        labels = ", ".join(f"{constant(name)}_{constant(label)}" for label, _ in t.named.fields)
        members = "".join("  " + self.member(x, c_word(label)) for label, x in t.named.fields if x)
        union = f"  union {{\n{members}  }} of;\n" if members else ""
        return f"enum {name}_tag {{ {labels} }};\nstruct {name} {{\n  enum {name}_tag tag;\n{union}}};\n"

    def define_tuple(self, t):
        members = "".join(self.member(x, f"f{i}") for i, x in enumerate(t.of))
        return f"struct wasi_{self.key(t)} {{\n{members}}};\n"

    def define_option(self, t):
        return f"struct wasi_{self.key(t)} {{\n  bool some;\n{self.member(t.of[0], 'value')}}};\n"

    def define_list(self, t):
        const = "" if self.holds_values(t.of[0]) else "const "
        return f"struct wasi_{self.key(t)} {{\n  {const}{self.c_type(t.of[0])} *items;\n  size_t count;\n}};\n"

    def define_result(self, t):
        members = "".join(self.member(x, n) for x, n in zip(t.of, ("ok", "error")) if x)
        return f"struct wasi_{self.key(t)} {{\n  bool failed;\n{members}}};\n"

    def define_flags(self, named):
        name = self.named(named)
        bits = ", ".join(f"{constant(name)}_{constant(label)} = {1 << i}" for i, (label, _) in enumerate(named.fields))
        self.header.append(f"enum {{ {bits} }};\n")

    # --- the linker's text

    def text(self, t):
        if t.kind in ("own", "borrow"):
            return f"{t.kind}<{t.named.name}>"
        if t.kind == "result" and t.of == (None, None):
            return "result"
        if t.kind == "result":
            return f"result<{', '.join('_' if x is None else self.text(x) for x in (t.of if t.of[1] else t.of[:1]))}>"
        if t.kind == "record":
            return "record { " + ", ".join(f"%{label}: {self.text(x)}" for label, x in t.named.fields) + " }"
        if t.kind in ("variant", "enum", "flags"):
            cases = (f"%{label}" + (f"({self.text(x)})" if x else "") for label, x in t.named.fields)
            return f"{t.kind} {{ {', '.join(cases)} }}"
        return f"{t.kind}<{', '.join(map(self.text, t.of))}>" if t.of else t.kind

    def signature(self, f):
        params = ", ".join(f"%{label}: {self.text(t)}" for label, t in f.params)
        result = f" -> {self.text(f.result)}" if f.result else ""
        return f"{'async ' if f.is_async else ''}func({params}){result}"

    # --- from C to values

    def put(self, t):
        """The name of the function that makes a value of a `t` in C; emits it where it is new."""
        name = "put_" + self.key(t)
        if name in self.made:
            return name
        self.made.add(name)
        body = self.put_body(t)
        self.code.append(f"static weir_status {name}(weir_host_call *call, {self.c_type(t)} *from, weir_value *ret) {{\n"
                         f"  (void)call;\n{body}}}\n")
        return name

    def put_body(self, t):
        if t.kind in SCALARS:
            return (f"  *ret = (weir_value){{.kind = WEIR_VALUE_{t.kind.upper()}, .of.{MEMBERS[t.kind]} = *from}};\n"
                    "  return WEIR_OK;\n")
        if t.kind == "flags":
            return "  *ret = (weir_value){.kind = WEIR_VALUE_FLAGS, .of.flags = *from};\n  return WEIR_OK;\n"
        if t.kind == "string":
            return "  return weir_value_new_string(from->data, from->size, ret);\n"
        if self.is_moved(t):
            return "  *ret = *from;\n  *from = (weir_value){0};\n  return WEIR_OK;\n"
        if t.kind == "enum":
            return "  return weir_value_new_variant((uint32_t)*from, NULL, ret);\n"
        if t.kind == "own":
            interface = t.named.interface.full_name
            return (f'  return weir_resource_new(weir_host_call_instance(call), "{interface}", "{t.named.name}", *from, ret, '
                    "NULL);\n")
        return getattr(self, "put_" + t.kind)(t)

    def put_fields(self, fields):
        lines = [f"  weir_status status = weir_value_new_record({len(fields)}, ret);\n"]
        for i, (name, x) in enumerate(fields):
            lines.append(f"  if (status == WEIR_OK)\n"
                         f"    status = {self.put(x)}(call, &from->{name}, &ret->of.list.items[{i}]);\n")
        return "".join(lines) + "  return status;\n"

    def put_record(self, t):
        return self.put_fields([(c_word(label), x) for label, x in t.named.fields])

    def put_tuple(self, t):
        return self.put_fields([(f"f{i}", x) for i, x in enumerate(t.of)])

    def put_list(self, t):
        c = self.c_type(t.of[0])
        if self.holds_values(t.of[0]):
            return ("  weir_status status = weir_value_new_list(from->count, ret);\n"
                    "  for (size_t i = 0; status == WEIR_OK && i < from->count; i++)\n"
                    f"    status = {self.put(t.of[0])}(call, &from->items[i], &ret->of.list.items[i]);\n"
                    "  return status;\n")
        return ("  weir_status status = weir_value_new_list(from->count, ret);\n"
                "  for (size_t i = 0; status == WEIR_OK && i < from->count; i++) {\n"
                f"    {c} item = from->items[i];\n"
                f"    status = {self.put(t.of[0])}(call, &item, &ret->of.list.items[i]);\n  }}\n  return status;\n")

    def put_cases(self, tag, payloads):
        """`tag` is an expression; payloads: (its number, member, type)."""
        lines = ["  weir_value payload = {0};\n  weir_status status = WEIR_OK;\n", f"  uint32_t tag = {tag};\n"]
        for number, member, x in payloads:
            lines.append(f"  if (tag == {number})\n    status = {self.put(x)}(call, &from->{member}, &payload);\n")
        lines.append("  if (status == WEIR_OK)\n"
                     "    status = weir_value_new_variant(tag, payload.kind == WEIR_VALUE_NONE ? NULL : &payload, ret);\n"
                     "  weir_value_clear(&payload);\n  return status;\n")
        return "".join(lines)

    def put_option(self, t):
        return self.put_cases("from->some", [(1, "value", t.of[0])])

    def put_result(self, t):
        return self.put_cases("from->failed", [(i, n, x) for i, (n, x) in enumerate(zip(("ok", "error"), t.of)) if x])

    def put_variant(self, t):
        return self.put_cases("from->tag", [(i, f"of.{c_word(label)}", x)
                                            for i, (label, x) in enumerate(t.named.fields) if x])

    # --- from C to values that lend: nothing is allocated

    def parts(self, t):
        """(its number, member, type) of what is below a `t`: fields, or payloads of cases."""
        if t.kind in ("record", "tuple"):
            return [(i, name, x) for i, (name, x) in enumerate(self.members(t))]
        if t.kind == "option":
            return [(1, "value", t.of[0])]
        if t.kind == "result":
            return [(i, n, x) for i, (n, x) in enumerate(zip(("ok", "error"), t.of)) if x]
        if t.kind == "variant":
            return [(i, f"of.{c_word(label)}", x) for i, (label, x) in enumerate(t.named.fields) if x]
        return []

    def lends(self, t):
        """Whether there are neither handles nor lists in it."""
        return (t.kind in SCALARS or t.kind in LENDABLE) and all(self.lends(x) for _, _, x in self.parts(t))

    def room(self, t):
        """The number of values below one of a `t`."""
        rooms = [self.room(x) for _, _, x in self.parts(t)]
        if t.kind in ("record", "tuple"):
            return len(rooms) + sum(rooms)
        return 1 + max(rooms) if rooms else 0

    def lend(self, t):
        """The name of the function that makes a value of a `t` in C, with what is below in `room`."""
        name = "lend_" + self.key(t)
        if name in self.made:
            return name
        self.made.add(name)
        if not self.parts(t):
            body = "  (void)room;\n" + self.lend_plain(t)
        elif t.kind in ("record", "tuple"):
            body = self.lend_fields(t)
        else:
            body = self.lend_cases(t)
        self.code.append(f"static void {name}(const {self.c_type(t)} *from, weir_value *ret, weir_value *room) {{\n{body}}}\n")
        return name

    def lend_plain(self, t):
        if t.kind == "string":
            return ("  *ret = (weir_value){WEIR_VALUE_STRING, WEIR_VALUE_LENT, "
                    "{.string = {(char *)(uintptr_t)from->data, from->size}}};\n")
        if t.kind not in SCALARS and t.kind != "flags":
            tag = {"enum": "*from", "result": "from->failed", "variant": "from->tag"}[t.kind]
            return f"  *ret = (weir_value){{.kind = WEIR_VALUE_VARIANT, .tag = (uint32_t){tag}}};\n"
        kind, member = ("FLAGS", "flags") if t.kind == "flags" else (t.kind.upper(), MEMBERS[t.kind])
        return f"  *ret = (weir_value){{.kind = WEIR_VALUE_{kind}, .of.{member} = *from}};\n"

    def lend_fields(self, t):
        at = len(self.parts(t))
        lines = [f"  *ret = (weir_value){{WEIR_VALUE_RECORD, WEIR_VALUE_LENT, {{.list = {{room, {at}}}}}}};\n"]
        for i, member, x in self.parts(t):
            lines.append(f"  {self.lend(x)}(&from->{member}, &room[{i}], &room[{at}]);\n")
            at += self.room(x)
        return "".join(lines)

    def lend_cases(self, t):
        tag = {"option": "some", "result": "failed", "variant": "tag"}[t.kind]
        lines = [f"  *ret = (weir_value){{.kind = WEIR_VALUE_VARIANT, .tag = (uint32_t)from->{tag}}};\n"]
        for i, member, x in self.parts(t):
            lines.append(f"  if (from->{tag} == {i}) {{\n    ret->tag |= WEIR_VALUE_LENT;\n    ret->of.payload = room;\n"
                         f"    {self.lend(x)}(&from->{member}, room, room + 1);\n  }}\n")
        return "".join(lines)

    def result_value(self, t, pointer):
        """Declarations of `value` and `room`, and the statement that makes the value of a `t` behind a pointer."""
        if self.lends(t):
            return f"  weir_value value = {{0}}, room[{self.room(t) + 1}];\n", f"{self.lend(t)}({pointer}, &value, room);\n"
        return "  weir_value value = {0};\n", f"status = {self.put(t)}(call, {pointer}, &value);\n"

    # --- from values to C

    def get(self, t, value):
        """An expression of the C type for the argument in `value`, a `weir_value` that can be written."""
        if t.kind in SCALARS:
            return f"{value}.of.{MEMBERS[t.kind]}"
        if t.kind == "flags":
            return f"{value}.of.flags"
        if t.kind == "string":
            return f"(struct wasi_text){{{value}.of.string.data, {value}.of.string.size}}"
        if self.is_bytes(t):
            return f"(struct wasi_bytes){{(const uint8_t *){value}.of.string.data, {value}.of.string.size}}"
        if t.kind == "list":
            return f"(struct wasi_values){{{value}.of.list.items, {value}.of.list.count}}"
        if t.kind in ("stream", "future"):
            return f"weir_stream_from_value(&{value})"
        if t.kind == "enum":
            return f"(enum {self.named(t.named)}){value}.tag"
        if t.kind in ("own", "borrow"):
            return f"wasi_rep(&{value})"
        return f"{self.getter(t)}(&{value})"

    def getter(self, t):
        name = "get_" + self.key(t)
        if name in self.made:
            return name
        self.made.add(name)
        body = getattr(self, "get_" + t.kind)(t)
        if t.kind in ("record", "tuple"):  # one expression: gcc 12 warns of the members otherwise
            body = f"  return ({self.c_type(t)}){{\n{body}  }};\n"
        else:
            body = f"  {self.c_type(t)} to = {{0}};\n{body}  return to;\n"
        self.code.append(f"static {self.c_type(t)} {name}(weir_value *from) {{\n{body}}}\n")
        return name

    def member_value(self, t, value):
        """The same for a member of a struct. Bytes are a value there: that of the argument, which keeps it; streams and
        futures are one that is moved out of the argument."""
        if t.kind in ("stream", "future"):
            return f"wasi_value_take(&{value})"
        return value if self.is_bytes(t) else self.get(t, value)

    def getters_of_elements(self, t):
        """struct KEY KEY_from(weir_value *): for the elements of a list that is an argument."""
        if t.kind == "list" and t.of[0].kind == "record":
            self.reader(t.of[0])

    def reader(self, t):
        """TYPE NAME_from(weir_value *)"""
        if ("from", t.named) in self.made:
            return
        self.made.add(("from", t.named))
        prototype = f"{self.c_type(t)} {self.named(t.named)}_from(weir_value *value)"
        self.header.append(f"/* Its texts and bytes stay the value's. */\n{prototype};\n")
        getter = self.getter(t)
        self.code.append(f"{prototype} {{\n  return {getter}(value);\n}}\n")

    def get_record(self, t):
        return "".join(f"    .{c_word(label)} = {self.member_value(x, f'from->of.list.items[{i}]')},\n"
                       for i, (label, x) in enumerate(t.named.fields))

    def get_tuple(self, t):
        return "".join(f"    .f{i} = {self.get(x, f'from->of.list.items[{i}]')},\n" for i, x in enumerate(t.of))

    def get_option(self, t):
        return ("  to.some = from->tag == 1;\n  if (to.some)\n"
                f"    to.value = {self.member_value(t.of[0], '(*from->of.payload)')};\n")

    def get_result(self, t):
        lines = "  to.failed = from->tag == 1;\n"
        for i, (name, x) in enumerate(zip(("ok", "error"), t.of)):
            if x:
                lines += f"  if (from->tag == {i})\n    to.{name} = {self.get(x, '(*from->of.payload)')};\n"
        return lines

    def get_variant(self, t):
        lines = f"  to.tag = (enum {self.named(t.named)}_tag)from->tag;\n"
        for i, (label, x) in enumerate(t.named.fields):
            if x:
                lines += f"  if (from->tag == {i})\n    to.of.{c_word(label)} = {self.get(x, '(*from->of.payload)')};\n"
        return lines

    # --- results that cannot be given

    def holds_values(self, t):
        fields = t.named.fields if t.named and t.kind in ("record", "variant") else []
        return self.is_moved(t) or any(x and self.holds_values(x) for x in list(t.of) + [x for _, x in fields])

    def members(self, t):
        """The members of a struct that is zero where it is not set, with their types."""
        if t.kind == "tuple":
            return [(f"f{i}", x) for i, x in enumerate(t.of)]
        if t.kind == "option":
            return [("value", t.of[0])]
        if t.kind == "result":
            return [(name, x) for name, x in zip(("ok", "error"), t.of) if x]
        if t.kind == "record":
            return [(c_word(label), x) for label, x in t.named.fields]
        raise wit.Error(f"streams, futures and bytes inside a {t.kind} are not supported in results")

    def drop(self, t, c):
        """Statements that release the values in a result."""
        if self.is_moved(t):
            return f"  weir_value_clear(&{c});\n"
        if not self.holds_values(t) or t.kind == "list":
            return ""  # (what a list holds is the function's, which has its memory)
        return "".join(self.drop(x, f"{c}.{name}") for name, x in self.members(t))

    # --- functions

    def func_name(self, i, f):
        words = [i.package] + ([] if i.name in ("types", i.package) else [i.name])
        words.append(f.name.split("]")[-1].replace(".", "-"))
        if f.name.startswith("[constructor]"):
            words.append("new")
        return self.prefix(i) + c_word("-".join(words))

    def part(self, i):
        member, _, struct = i.attributes["part"].partition(": ")
        return member, struct

    def params(self, f):
        """The parameters of the C function, after the part."""
        out = []
        for label, t in f.params:
            c = self.param_type(t)
            out.append(f"{c}{'' if c.endswith('*') else ' '}{c_word(label)}")
        return "".join(", " + p for p in out)

    @staticmethod
    def is_flat(f):
        types = [t for _, t in f.params] + ([f.result] if f.result else [])
        return not Generator.finishes(f) and all(t.kind in SCALARS for t in types)

    @staticmethod
    def finishes(f):
        """Whether the C function finishes the call itself."""
        return f.is_async or "finishes" in f.attributes or "waits" in f.attributes

    def elements(self, t):
        """Emits a function that makes values of each type of elements in a result."""
        if t.kind == "stream" and not self.is_bytes(t) and t.of and t.of[0].named and t.of[0].kind != "own":
            self.maker(t.of[0])
        for x in t.of:
            if x:
                self.elements(x)

    def maker(self, t):
        """weir_status wasi_KEY_value(TYPE *, weir_value *)"""
        prototype = f"weir_status wasi_{self.key(t)}_value({self.c_type(t)} *from, weir_value *ret)"
        put = self.put(t)
        if prototype not in self.made:
            self.made.add(prototype)
            self.header.append(prototype + ";\n")
            self.code.append(f"{prototype} {{\n  return {put}(NULL, from, ret);\n}}\n")

    def func(self, i, f):
        name, (_, part) = self.func_name(i, f), self.part(i)
        if f.result:
            self.elements(f.result)
        for _, t in f.params:
            self.getters_of_elements(t)
        args = "".join(", " + self.get(t, f"args[{n}]") for n, (_, t) in enumerate(f.params))
        self.header.append(f"/* {i.full_name}#{f.name} */\n")
        if self.finishes(f):
            self.async_func(f, name, part, args)
        elif self.is_flat(f):
            self.flat_func(f, name, part)
        else:
            self.sync_func(f, name, part, args)

    def async_func(self, f, name, part, args):
        self.header.append(f"void {name}(struct {part} *part, weir_host_call *call{self.params(f)});\n")
        self.code.append(f"static void on_{name}(void *data, weir_host_call *call, weir_value *args, size_t count) {{\n"
                         f"  (void)args, (void)count;\n  {name}(data, call{args});\n}}\n")
        if not f.result:
            return
        prototype = f"void {name}_return(weir_host_call *call, {self.c_type(f.result)} *take_result)"
        self.header.append(prototype + ";\n")
        value, make = self.result_value(f.result, "take_result")
        self.code.append(f"{prototype} {{\n{value}  weir_status status = WEIR_OK;\n  {make}"
                         f"{self.drop(f.result, '(*take_result)')}"
                         f"  wasi_value_return(call, status, &value);\n}}\n")

    def sync_func(self, f, name, part, args):
        ret = ""
        lines = "  weir_value value = {0};\n"
        if f.result:
            lines, make = self.result_value(f.result, "&ret")
            c = self.c_type(f.result)
            ret = f", {c} *ret"
            lines += f"  {c} ret = {{0}};\n"
        self.header.append(f"weir_status {name}(struct {part} *part, weir_store *store{self.params(f)}{ret});\n")
        lines += f"  weir_status status = {name}(data, weir_host_call_store(call){args}{', &ret' if f.result else ''});\n"
        if f.result:
            lines += f"  if (status == WEIR_OK)\n    {make}"
            lines += self.drop(f.result, "ret")
        self.code.append(f"static void on_{name}(void *data, weir_host_call *call, weir_value *args, size_t count) {{\n"
                         f"  (void)args, (void)count;\n{lines}  wasi_value_return(call, status, &value);\n}}\n")

    def flat_func(self, f, name, part):
        args = "".join(f", ({SCALARS[t.kind]})slots[{n}]" for n, (_, t) in enumerate(f.params))
        ret, lines = "", ""
        if f.result:
            c = SCALARS[f.result.kind]
            ret, lines = f", {c} *ret", f"  {c} ret = 0;\n"
        self.header.append(f"weir_status {name}(struct {part} *part, weir_store *store{self.params(f)}{ret});\n")
        lines += f"  weir_status status = {name}(data, weir_flat_call_store(call){args}{', &ret' if f.result else ''});\n"
        lines += "  if (status != WEIR_OK)\n    weir_flat_call_fail(call, wasi_value_words(status));\n"
        if f.result:
            unsigned = SCALARS[f.result.kind].removeprefix("u")
            lines += f"  slots[0] = {'' if f.result.kind in ('bool', 'char') else f'(u{unsigned})'}ret;\n"
        self.code.append(f"static void on_{name}(void *data, weir_flat_call *call, uint64_t *slots) {{\n{lines}}}\n")

    # --- interfaces

    def link(self, i):
        _, part = self.part(i)
        name = f"{self.prefix(i).replace('wasi', 'link', 1)}{c_word(i.package)}_{c_word(i.name)}"
        lines = ""
        for named in i.types.values():
            if named.kind != "resource" or named.interface is not i:
                continue
            drop = "NULL"
            if "drop" in named.attributes:
                drop = f"on_{self.named(named)}_drop"
                self.header.append(f"void {self.named(named)}_drop(struct {part} *part, uint64_t rep);\n")
                self.code.append(f"static void {drop}(void *data, weir_store *store, uint64_t rep) {{\n"
                                 f"  (void)store;\n  {self.named(named)}_drop(data, rep);\n}}\n")
            lines += (f'  WEIR_TRY(weir_linker_define_resource(linker, "{i.full_name}", "{named.name}", {drop}, part, NULL, '
                      "ret_error));\n")
        for f in i.funcs:
            flat = "_flat" if self.is_flat(f) else ""
            lines += (f'  WEIR_TRY(weir_linker_define_func{flat}(linker, "{i.full_name}", "{f.name}",\n'
                      f'      "{self.signature(f)}",\n      on_{self.func_name(i, f)}, part, NULL, ret_error));\n')
            if "waits" in f.attributes:
                lines += f'  WEIR_TRY(weir_linker_let_wait(linker, "{i.full_name}", "{f.name}", ret_error));\n'
        self.code.append(f"static weir_status {name}(struct {part} *part, weir_linker *linker, weir_error **ret_error) "
                         f"{{\n  (void)part;\n{lines}  return WEIR_OK;\n}}\n")
        return name

    def run(self):
        links = ""
        for i in self.interfaces:
            for named in i.types.values():
                if named.kind == "flags" and named.interface is i:
                    self.define_flags(named)
                elif named.kind in ("record", "variant", "enum") and named.interface is i:
                    self.define(wit.Type(named.kind, named=named))
                if "values" in named.attributes and named.interface is i:
                    self.maker(wit.Type(named.kind, named=named))
                    self.reader(wit.Type(named.kind, named=named))
            if "part" not in i.attributes:
                continue
            for f in i.funcs:
                self.func(i, f)
            links += (f'  if (wasi_host_links(wasi, "{i.full_name}"))\n'
                      f"    WEIR_TRY({self.link(i)}(&wasi->{self.part(i)[0]}, linker, ret_error));\n")
        self.code.append("weir_status wasi_wit_link(weir_wasi *wasi, weir_linker *linker, weir_error **ret_error) {\n"
                         f"{links}  return WEIR_OK;\n}}\n")
        parts = sorted({self.part(i)[1] for i in self.interfaces if "part" in i.attributes})
        return "".join(f"struct {part};\n" for part in parts)


def write(path, text):
    """Only where it differs, so that nothing is built again in vain."""
    if not path.is_file() or path.read_text() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def main():
    parser = argparse.ArgumentParser(description="Writes wasi/wit.h and wasi/wit.c.")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="the folder that gets wasi/")
    parser.add_argument("files", nargs="+", help="WIT, those that others use first")
    options = parser.parse_args()
    generator = Generator(wit.read(options.files))
    parts = generator.run()
    note = "/* Written by tools/generate_wasi.py from src/wasi/wit. */\n"
    write(options.out / "wasi" / "wit.h",
          LICENCE + note + "#ifndef WASI_WIT_H\n#define WASI_WIT_H\n\n"
          '#include "wasi/host/value.h"\n#include "weir/linker.h"\n#include "weir/stream.h"\n#include "weir/wasi.h"\n\n'
          + parts + "\n" + "\n".join(generator.header)
          + "\n/* Defines all interfaces that the host links, with the parts of the host as their data. */\n"
          "weir_status wasi_wit_link(weir_wasi *wasi, weir_linker *linker, weir_error **ret_error);\n\n#endif\n")
    write(options.out / "wasi" / "wit.c",
          LICENCE + note + '#include "wasi/wit.h"\n\n#include "base/diag.h"\n#include "wasi/host/host.h"\n'
          '#include "weir/flat.h"\n#include "weir/resource.h"\n\n' + "\n".join(generator.code))


if __name__ == "__main__":
    main()
