#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the component benchmarks as .wast scripts.

Each benchmark is a pair: X.wast runs its loop COUNT times inside the guest, X0.wast runs it once, so the difference of
the two whole-process times, divided by COUNT - 1, is the cost of one round without start-up and compilation. A script
asserts its result, so a run that is fast because it is wrong fails.

A benchmark is a component of two: the caller's `run` takes the number of rounds and drives the callee's `f`.

    sync         synchronous call of a synchronous function
    async        asynchronous call that returns at once
    sync2async   synchronous call of an asynchronous function
    yieldwait    asynchronous call that yields once; the caller waits for it
    string1k     synchronous call with a string of 1 KiB
    string16     the same into a callee of UTF-16, which transcodes it
    strings      synchronous call with a list of 64 strings of 16 bytes
    record       synchronous call with a tuple of 20 numbers, which goes through memory
    resource     synchronous call that returns a new resource, and its drop
    borrow       synchronous call that borrows a resource of the callee's
    cancel       asynchronous call of a function that waits; the caller cancels it
    live         asynchronous call that yields once, with 10,000 others live all the time
    backpressure asynchronous call that has to wait until the callee lets it in
    future       a future made, read, written, waited for and dropped
    stream       64 KiB through a stream
    streamsmall  64 bytes through a stream

Usage: gen.py FOLDER [NAME...]
"""

import pathlib
import sys
from dataclasses import dataclass
from typing import Callable


@dataclass(frozen=True)
class Benchmark:
    name: str
    count: int
    component: Callable[[], str]
    result: Callable[[int], str]

    def script(self, count: int) -> str:
        call = f'(invoke "run" (u32.const {count}))'
        return f"{self.component()}(assert_return {call} {self.result(count)})\n"


def fill(text: str, **parts: str) -> str:
    """Replaces each @PART@; WAT is full of the characters that Python's own templates use."""
    for name, value in parts.items():
        text = text.replace(f"@{name}@", value)
    return text


def pair(callee: str, caller: str, more: str = "") -> str:
    """A component of the two. `more` is what the caller imports beside the function `f`."""
    return fill(
        """(component
  (component $callee@CALLEE@)
  (component $caller@CALLER@)
  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "f" (func $callee "f"))@MORE@))
  (func (export "run") (alias export $caller "run")))
""",
        CALLEE=callee,
        CALLER=caller,
        MORE=more,
    )


# --- calls -----------------------------------------------------------------------------------------------------------

ADD = '(param "a" u32) (param "b" u32) (result u32)'

# A caller whose run does @ROUND@ @n@ times and returns $sum; results of async-lowered calls go to address 64.
CALLER = """
@TYPES@
    (import "f" (func $f @TYPE@))
    (core module $env
      (memory (export "memory") 4)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096)))
    (core instance $env (instantiate $env))
    (core func $f (canon lower (func $f) @LOWER@ (memory (core memory $env "memory"))
      (realloc (core func $env "realloc"))))@CANON@
    (core module $main
      (import "env" "memory" (memory 4))
      (import "" "f" (func $f @CORE@))@IMPORTS@
      (func (export "run") (param $count i32) (result i32)
        (local $round i32) (local $sum i32) (local $set i32) (local $subtask i32)
        @BEFORE@
        (loop $again
          @ROUND@
          (local.set $round (i32.add (local.get $round) (i32.const 1)))
          (br_if $again (i32.lt_u (local.get $round) (local.get $count))))
        (local.get $sum)))
    (core instance $main (instantiate $main
      (with "env" (instance $env))
      (with "" (instance (export "f" (func $f))@WITH@))))
    (func (export "run") async (param "count" u32) (result u32) (canon lift (core func $main "run")))"""

BINARY = "(param i32 i32) (result i32)"
BINARY_ASYNC = "(param i32 i32 i32) (result i32)"


def caller(kind: str, core: str, round_: str, lower: str = "", before: str = "", **more: str) -> str:
    parts = dict(CANON="", IMPORTS="", WITH="", TYPES="")
    parts.update(more)
    return fill(CALLER, TYPE=kind, CORE=core, ROUND=round_, LOWER=lower, BEFORE=before, **parts)


ADD_SYNC_CALLEE = f"""
    (core module $m
      (func (export "f") {BINARY} (i32.add (local.get 0) (local.get 1))))
    (core instance $m (instantiate $m))
    (func (export "f") {ADD} (canon lift (core func $m "f")))"""

# Async-lifted with a callback. @FIRST@ and @THEN@ are the bodies of the two functions.
ADD_CALLBACK_CALLEE = f"""
    (core func $return (canon task.return (result u32)))
    (core module $m
      (import "" "return" (func $return (param i32)))
      (global $sum (mut i32) (i32.const 0))
      (func (export "f") {BINARY} @FIRST@)
      (func (export "callback") (param i32 i32 i32) (result i32) @THEN@))
    (core instance $m (instantiate $m (with "" (instance (export "return" (func $return))))))
    (func (export "f") async {ADD} (canon lift (core func $m "f") async (callback (core func $m "callback"))))"""

RETURN_AT_ONCE = fill(
    ADD_CALLBACK_CALLEE,
    FIRST="(call $return (i32.add (local.get 0) (local.get 1))) (i32.const 0 (;EXIT;))",
    THEN="unreachable",
)
YIELD_ONCE = fill(
    ADD_CALLBACK_CALLEE,
    FIRST="(global.set $sum (i32.add (local.get 0) (local.get 1))) (i32.const 1 (;YIELD;))",
    THEN="(call $return (global.get $sum)) (i32.const 0 (;EXIT;))",
)

CALL_AND_ADD = "(local.set $sum (call $f (local.get $sum) (i32.const 1)))"


def sync() -> str:
    return pair(ADD_SYNC_CALLEE, caller(ADD, BINARY, CALL_AND_ADD))


def sync2async() -> str:
    return pair(RETURN_AT_ONCE, caller(f"async {ADD}", BINARY, CALL_AND_ADD))


def async_() -> str:
    round_ = """(if (i32.ne (call $f (local.get $sum) (i32.const 1) (i32.const 64)) (i32.const 2 (;RETURNED;)))
            (then unreachable))
          (local.set $sum (i32.load (i32.const 64)))"""
    return pair(RETURN_AT_ONCE, caller(f"async {ADD}", BINARY_ASYNC, round_, lower="async"))


def yieldwait() -> str:
    round_ = """(local.set $subtask (call $f (local.get $sum) (i32.const 1) (i32.const 64)))
          (if (i32.ne (i32.and (local.get $subtask) (i32.const 15)) (i32.const 1 (;STARTED;))) (then unreachable))
          (local.set $subtask (i32.shr_u (local.get $subtask) (i32.const 4)))
          (call $join (local.get $subtask) (local.get $set))
          (if (i32.ne (call $wait (local.get $set) (i32.const 80)) (i32.const 1 (;SUBTASK;))) (then unreachable))
          (if (i32.ne (i32.load (i32.const 84)) (i32.const 2 (;RETURNED;))) (then unreachable))
          (call $drop (local.get $subtask))
          (local.set $sum (i32.load (i32.const 64)))"""
    return pair(
        YIELD_ONCE,
        caller(
            f"async {ADD}",
            BINARY_ASYNC,
            round_,
            lower="async",
            before="(local.set $set (call $new))",
            CANON="""
    (core func $new (canon waitable-set.new))
    (core func $wait (canon waitable-set.wait (memory (core memory $env "memory"))))
    (core func $join (canon waitable.join))
    (core func $drop (canon subtask.drop))""",
            IMPORTS="""
      (import "" "new" (func $new (result i32)))
      (import "" "wait" (func $wait (param i32 i32) (result i32)))
      (import "" "join" (func $join (param i32 i32)))
      (import "" "drop" (func $drop (param i32)))""",
            WITH="""
        (export "new" (func $new)) (export "wait" (func $wait))
        (export "join" (func $join)) (export "drop" (func $drop))""",
        ),
    )


def string1k() -> str:
    """The callee adds the length (1024) and the first byte (97)."""
    callee = f"""
    (core module $m
      (memory (export "memory") 4)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 8192))
      (func (export "f") {BINARY} (i32.add (i32.load8_u (local.get 0)) (local.get 1))))
    (core instance $m (instantiate $m))
    (func (export "f") (param "s" string) (result u32)
      (canon lift (core func $m "f") (memory (core memory $m "memory")) (realloc (core func $m "realloc"))))"""
    round_ = "(local.set $sum (i32.add (local.get $sum) (call $f (i32.const 1024) (i32.const 1024))))"
    fill_ = "(memory.fill (i32.const 1024) (i32.const 97) (i32.const 1024))"
    return pair(callee, caller('(param "s" string) (result u32)', BINARY, round_, before=fill_))


def string16() -> str:
    """The callee adds the length (1024) and the first code unit (97)."""
    callee = f"""
    (core module $m
      (memory (export "memory") 4)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 8192))
      (func (export "f") {BINARY} (i32.add (i32.load16_u (local.get 0)) (local.get 1))))
    (core instance $m (instantiate $m))
    (func (export "f") (param "s" string) (result u32)
      (canon lift (core func $m "f") string-encoding=utf16
        (memory (core memory $m "memory")) (realloc (core func $m "realloc"))))"""
    round_ = "(local.set $sum (i32.add (local.get $sum) (call $f (i32.const 1024) (i32.const 1024))))"
    fill_ = "(memory.fill (i32.const 1024) (i32.const 97) (i32.const 1024))"
    return pair(callee, caller('(param "s" string) (result u32)', BINARY, round_, before=fill_))


def strings() -> str:
    """The callee adds the length of the list (64) and of its last string (16)."""
    callee = f"""
    (core module $m
      (memory (export "memory") 4)
      (global $top (mut i32) (i32.const 8192))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (local $p i32)
        (local.set $p (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
        (global.set $top (i32.add (local.get $p) (local.get 3)))
        (local.get $p))
      (func (export "f") {BINARY}
        (global.set $top (i32.const 8192))
        (i32.add (local.get 1) (i32.load offset=508 (local.get 0)))))
    (core instance $m (instantiate $m))
    (func (export "f") (param "s" (list string)) (result u32)
      (canon lift (core func $m "f") (memory (core memory $m "memory")) (realloc (core func $m "realloc"))))"""
    round_ = "(local.set $sum (i32.add (local.get $sum) (call $f (i32.const 1024) (i32.const 64))))"
    fill_ = """(memory.fill (i32.const 4096) (i32.const 97) (i32.const 1024))
        (loop $next
          (i32.store (i32.add (i32.const 1024) (i32.shl (local.get $set) (i32.const 3)))
            (i32.add (i32.const 4096) (i32.shl (local.get $set) (i32.const 4))))
          (i32.store offset=4 (i32.add (i32.const 1024) (i32.shl (local.get $set) (i32.const 3))) (i32.const 16))
          (br_if $next (i32.lt_u (local.tee $set (i32.add (local.get $set) (i32.const 1))) (i32.const 64))))"""
    return pair(callee, caller('(param "s" (list string)) (result u32)', BINARY, round_, before=fill_))


def record() -> str:
    """The callee adds the last of the numbers, which is 1."""
    numbers = f"(tuple {' '.join(['u32'] * 20)})"
    callee = f"""
    (core module $m
      (memory (export "memory") 4)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 8192))
      (func (export "f") (param i32) (result i32) (i32.load offset=76 (local.get 0))))
    (core instance $m (instantiate $m))
    (func (export "f") (param "t" {numbers}) (result u32)
      (canon lift (core func $m "f") (memory (core memory $m "memory")) (realloc (core func $m "realloc"))))"""
    round_ = "(local.set $sum (i32.add (local.get $sum) (call $f (i32.const 1024))))"
    return pair(
        callee,
        caller(
            f'(param "t" {numbers}) (result u32)',
            "(param i32) (result i32)",
            round_,
            before="(i32.store (i32.const 1100) (i32.const 1))",
        ),
    )


def resource() -> str:
    """The handle that the callee makes is the first of the caller's table in every round."""
    callee = """
    (type $r (resource (rep i32)))
    (core func $new (canon resource.new $r))
    (core module $m
      (import "" "new" (func $new (param i32) (result i32)))
      (func (export "f") (result i32) (call $new (i32.const 7))))
    (core instance $m (instantiate $m (with "" (instance (export "new" (func $new))))))
    (export $exported "r" (type $r))
    (func (export "f") (result (own $exported)) (canon lift (core func $m "f")))"""
    round_ = """(local.set $sum (i32.add (local.get $sum) (local.tee $subtask (call $f))))
          (call $drop (local.get $subtask))"""
    return pair(
        callee,
        caller(
            "(result (own $r))",
            "(result i32)",
            round_,
            TYPES='    (import "r" (type $r (sub resource)))',
            CANON="(core func $drop (canon resource.drop $r))",
            IMPORTS='(import "" "drop" (func $drop (param i32)))',
            WITH='(export "drop" (func $drop))',
        ),
        more=' (with "r" (type $callee "r"))',
    )


def borrow() -> str:
    """All rounds lend one handle."""
    callee = """
    (type $r (resource (rep i32)))
    (core func $new (canon resource.new $r))
    (core module $m
      (import "" "new" (func $new (param i32) (result i32)))
      (func (export "make") (result i32) (call $new (i32.const 1)))
      (func (export "f") (param i32) (result i32) (local.get 0)))
    (core instance $m (instantiate $m (with "" (instance (export "new" (func $new))))))
    (export $exported "r" (type $r))
    (func (export "make") (result (own $exported)) (canon lift (core func $m "make")))
    (func (export "f") (param "r" (borrow $exported)) (result u32) (canon lift (core func $m "f")))"""
    return pair(
        callee,
        caller(
            '(param "r" (borrow $r)) (result u32)',
            "(param i32) (result i32)",
            "(local.set $sum (i32.add (local.get $sum) (call $f (local.get $subtask))))",
            before="(local.set $subtask (call $make))",
            TYPES="""    (import "r" (type $r (sub resource)))
    (import "make" (func $make (result (own $r))))""",
            CANON="(core func $make (canon lower (func $make)))",
            IMPORTS='(import "" "make" (func $make (result i32)))',
            WITH='(export "make" (func $make))',
        ),
        more=' (with "r" (type $callee "r")) (with "make" (func $callee "make"))',
    )


def cancel() -> str:
    callee = """
    (core func $set-new (canon waitable-set.new))
    (core func $cancelled (canon task.cancel))
    (core module $m
      (import "" "new" (func $new (result i32)))
      (import "" "cancelled" (func $cancelled))
      (global $set (mut i32) (i32.const 0))
      (func $start (global.set $set (call $new)))
      (start $start)
      (func (export "f") (param i32 i32) (result i32)
        (i32.or (i32.const 2 (;WAIT;)) (i32.shl (global.get $set) (i32.const 4))))
      (func (export "callback") (param i32 i32 i32) (result i32)
        (if (i32.ne (local.get 0) (i32.const 6 (;TASK_CANCELLED;))) (then unreachable))
        (call $cancelled)
        (i32.const 0 (;EXIT;))))
    (core instance $m (instantiate $m (with "" (instance
      (export "new" (func $set-new)) (export "cancelled" (func $cancelled))))))
    (func (export "f") async %s (canon lift (core func $m "f") async (callback (core func $m "callback"))))""" % ADD
    round_ = """(local.set $subtask (i32.shr_u (call $f (i32.const 1) (i32.const 2) (i32.const 64)) (i32.const 4)))
          (if (i32.ne (call $cancel (local.get $subtask)) (i32.const 4 (;CANCELLED_BEFORE_RETURNED;)))
            (then unreachable))
          (call $drop (local.get $subtask))
          (local.set $sum (i32.add (local.get $sum) (i32.const 1)))"""
    return pair(
        callee,
        caller(
            f"async {ADD}",
            BINARY_ASYNC,
            round_,
            lower="async",
            CANON="(core func $cancel (canon subtask.cancel)) (core func $drop (canon subtask.drop))",
            IMPORTS="""
      (import "" "cancel" (func $cancel (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))""",
            WITH='(export "cancel" (func $cancel)) (export "drop" (func $drop))',
        ),
    )


WAITABLE_SETS = dict(
    CANON="""
    (core func $new (canon waitable-set.new))
    (core func $wait (canon waitable-set.wait (memory (core memory $env "memory"))))
    (core func $join (canon waitable.join))
    (core func $drop (canon subtask.drop))""",
    IMPORTS="""
      (import "" "new" (func $new (result i32)))
      (import "" "wait" (func $wait (param i32 i32) (result i32)))
      (import "" "join" (func $join (param i32 i32)))
      (import "" "drop" (func $drop (param i32)))""",
    WITH="""
        (export "new" (func $new)) (export "wait" (func $wait))
        (export "join" (func $join)) (export "drop" (func $drop))""",
)

# Starts a call that does not return at once and joins it to the set; waits for one that has returned and drops it.
START = """(local.set $subtask (call $f (i32.const 1) (i32.const 2) (i32.const 64)))
          (if (i32.gt_u (i32.and (local.get $subtask) (i32.const 15)) (i32.const 1)) (then unreachable))
          (call $join (i32.shr_u (local.get $subtask) (i32.const 4)) (local.get $set))"""
FINISH = """(if (i32.ne (call $wait (local.get $set) (i32.const 80)) (i32.const 1 (;SUBTASK;))) (then unreachable))
          (if (i32.ne (i32.load (i32.const 84)) (i32.const 2 (;RETURNED;))) (then unreachable))
          (call $drop (i32.load (i32.const 80)))"""
COUNT_ROUND = "(local.set $sum (i32.add (local.get $sum) (i32.const 1)))"
LIVE = 10_000


def live() -> str:
    round_ = f"""{START}
          (if (i32.ge_u (local.get $round) (i32.const {LIVE})) (then
          {FINISH}))
          {COUNT_ROUND}"""
    before = "(local.set $set (call $new))"
    return pair(YIELD_ONCE, caller(f"async {ADD}", BINARY_ASYNC, round_, lower="async", before=before, **WAITABLE_SETS))


def backpressure() -> str:
    callee = f"""
    (core func $return (canon task.return (result u32)))
    (core func $inc (canon backpressure.inc))
    (core func $dec (canon backpressure.dec))
    (core module $m
      (import "" "return" (func $return (param i32)))
      (import "" "inc" (func $inc))
      (import "" "dec" (func $dec))
      (func (export "f") {BINARY} (call $return (i32.add (local.get 0) (local.get 1))) (i32.const 0))
      (func (export "callback") (param i32 i32 i32) (result i32) unreachable)
      (func (export "close") (call $inc))
      (func (export "open") (call $dec)))
    (core instance $m (instantiate $m (with "" (instance
      (export "return" (func $return)) (export "inc" (func $inc)) (export "dec" (func $dec))))))
    (func (export "close") (canon lift (core func $m "close")))
    (func (export "open") (canon lift (core func $m "open")))
    (func (export "f") async {ADD} (canon lift (core func $m "f") async (callback (core func $m "callback"))))"""
    round_ = f"(call $close) {START} (call $open) {FINISH} {COUNT_ROUND}"
    parts = {key: value for key, value in WAITABLE_SETS.items()}
    parts["CANON"] += " (core func $close (canon lower (func $close))) (core func $open (canon lower (func $open)))"
    parts["IMPORTS"] += ' (import "" "close" (func $close)) (import "" "open" (func $open))'
    parts["WITH"] += ' (export "close" (func $close)) (export "open" (func $open))'
    types = '(import "close" (func $close)) (import "open" (func $open))'
    before = "(local.set $set (call $new))"
    main = caller(f"async {ADD}", BINARY_ASYNC, round_, lower="async", before=before, TYPES=types, **parts)
    return pair(callee, main, ' (with "close" (func $callee "close")) (with "open" (func $callee "open"))')


def future() -> str:
    round_ = f"""(local.set $ends (call $make))
          (local.set $r (i32.wrap_i64 (local.get $ends)))
          (local.set $w (i32.wrap_i64 (i64.shr_u (local.get $ends) (i64.const 32))))
          (if (i32.ne (call $read (local.get $r) (i32.const 64)) (i32.const -1 (;BLOCKED;))) (then unreachable))
          (if (i32.ne (call $write (local.get $w) (i32.const 72)) (i32.const 0 (;COMPLETED;))) (then unreachable))
          (call $join (local.get $r) (local.get $set))
          (if (i32.ne (call $wait (local.get $set) (i32.const 80)) (i32.const 4 (;FUTURE_READ;))) (then unreachable))
          (call $drop-r (local.get $r)) (call $drop-w (local.get $w))
          {COUNT_ROUND}"""
    parts = {key: value for key, value in WAITABLE_SETS.items()}
    parts["CANON"] += """
    (type $future (future u32))
    (core func $make (canon future.new $future))
    (core func $read (canon future.read $future async (memory (core memory $env "memory"))))
    (core func $write (canon future.write $future async (memory (core memory $env "memory"))))
    (core func $drop-r (canon future.drop-readable $future))
    (core func $drop-w (canon future.drop-writable $future))"""
    parts["IMPORTS"] += """
      (import "" "make" (func $make (result i64)))
      (import "" "read" (func $read (param i32 i32) (result i32)))
      (import "" "write" (func $write (param i32 i32) (result i32)))
      (import "" "drop-r" (func $drop-r (param i32)))
      (import "" "drop-w" (func $drop-w (param i32)))"""
    for name in ("make", "read", "write", "drop-r", "drop-w"):
        parts["WITH"] += f' (export "{name}" (func ${name}))'
    before = "(local.set $set (call $new))"
    component = pair(ADD_SYNC_CALLEE, caller(ADD, BINARY, round_, before=before, **parts))
    return component.replace("(local $subtask i32)", "(local $r i32) (local $w i32) (local $ends i64)")


# --- streams ---------------------------------------------------------------------------------------------------------

# Reads to the end and returns the number of bytes; waits in its callback.
SINK = """
    (type $bytes (stream u8))
    (core module $env (memory (export "memory") 4))
    (core instance $env (instantiate $env))
    (core func $read (canon stream.read $bytes async (memory (core memory $env "memory"))))
    (core func $drop (canon stream.drop-readable $bytes))
    (core func $new (canon waitable-set.new))
    (core func $join (canon waitable.join))
    (core func $return (canon task.return (result u64)))
    (core module $m
      (import "env" "memory" (memory 4))
      (import "" "read" (func $read (param i32 i32 i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (import "" "new" (func $new (result i32)))
      (import "" "join" (func $join (param i32 i32)))
      (import "" "return" (func $return (param i64)))
      (global $stream (mut i32) (i32.const 0))
      (global $set (mut i32) (i32.const 0))
      (global $total (mut i64) (i64.const 0))
      (func $finish (result i32)
        (call $join (global.get $stream) (i32.const 0))
        (call $drop (global.get $stream))
        (call $return (global.get $total))
        (i32.const 0 (;EXIT;)))
      ;; Counts what a read brought; whether it was the last.
      (func $count (param $status i32) (result i32)
        (global.set $total (i64.add (global.get $total)
          (i64.extend_i32_u (i32.shr_u (local.get $status) (i32.const 4)))))
        (i32.ne (i32.and (local.get $status) (i32.const 15)) (i32.const 0 (;COMPLETED;))))
      (func $pump (result i32) (local $status i32)
        (loop $again
          (local.set $status (call $read (global.get $stream) (i32.const 65536) (i32.const @CHUNK@)))
          (if (i32.eq (local.get $status) (i32.const -1 (;BLOCKED;)))
            (then (return (i32.or (i32.const 2 (;WAIT;)) (i32.shl (global.get $set) (i32.const 4))))))
          (br_if $again (i32.eqz (call $count (local.get $status)))))
        (call $finish))
      (func (export "f") (param $s i32) (result i32)
        (global.set $stream (local.get $s))
        (global.set $set (call $new))
        (call $join (local.get $s) (global.get $set))
        (call $pump))
      (func (export "callback") (param i32 i32 i32) (result i32)
        (if (result i32) (call $count (local.get 2)) (then (call $finish)) (else (call $pump)))))
    (core instance $m (instantiate $m
      (with "env" (instance $env))
      (with "" (instance
        (export "read" (func $read)) (export "drop" (func $drop)) (export "new" (func $new))
        (export "join" (func $join)) (export "return" (func $return))))))
    (func (export "f") async (param "s" $bytes) (result u64)
      (canon lift (core func $m "f") async (callback (core func $m "callback"))))"""

# Writes @CHUNK@ bytes a round, waiting where the sink is not ready, and returns what the sink counted.
SOURCE = """
    (type $bytes (stream u8))
    (import "f" (func $f async (param "s" (stream u8)) (result u64)))
    (core module $env (memory (export "memory") 4))
    (core instance $env (instantiate $env))
    (core func $f (canon lower (func $f) async (memory (core memory $env "memory"))))
    (core func $stream-new (canon stream.new $bytes))
    (core func $write (canon stream.write $bytes async (memory (core memory $env "memory"))))
    (core func $stream-drop (canon stream.drop-writable $bytes))
    (core func $set-new (canon waitable-set.new))
    (core func $wait (canon waitable-set.wait (memory (core memory $env "memory"))))
    (core func $join (canon waitable.join))
    (core func $subtask-drop (canon subtask.drop))
    (core module $main
      (import "env" "memory" (memory 4))
      (import "" "f" (func $f (param i32 i32) (result i32)))
      (import "" "stream-new" (func $stream-new (result i64)))
      (import "" "write" (func $write (param i32 i32 i32) (result i32)))
      (import "" "stream-drop" (func $stream-drop (param i32)))
      (import "" "set-new" (func $set-new (result i32)))
      (import "" "wait" (func $wait (param i32 i32) (result i32)))
      (import "" "join" (func $join (param i32 i32)))
      (import "" "subtask-drop" (func $subtask-drop (param i32)))
      (func $await (param $set i32) (param $event i32)
        (if (i32.ne (call $wait (local.get $set) (i32.const 80)) (local.get $event)) (then unreachable)))
      (func (export "run") (param $count i32) (result i64)
        (local $ends i64) (local $writer i32) (local $set i32) (local $subtask i32)
        (local $status i32) (local $left i64)
        (local.set $set (call $set-new))
        (local.set $ends (call $stream-new))
        (local.set $writer (i32.wrap_i64 (i64.shr_u (local.get $ends) (i64.const 32))))
        (local.set $subtask
          (i32.shr_u (call $f (i32.wrap_i64 (local.get $ends)) (i32.const 64)) (i32.const 4)))
        (call $join (local.get $writer) (local.get $set))
        (local.set $left (i64.mul (i64.extend_i32_u (local.get $count)) (i64.const @CHUNK@)))
        (loop $again
          (local.set $status (call $write (local.get $writer) (i32.const 65536) (i32.const @CHUNK@)))
          (if (i32.eq (local.get $status) (i32.const -1 (;BLOCKED;))) (then
            (call $await (local.get $set) (i32.const 3 (;STREAM_WRITE;)))
            (local.set $status (i32.load (i32.const 84)))))
          (local.set $left
            (i64.sub (local.get $left) (i64.extend_i32_u (i32.shr_u (local.get $status) (i32.const 4)))))
          (br_if $again (i64.gt_s (local.get $left) (i64.const 0))))
        (call $join (local.get $writer) (i32.const 0))
        (call $stream-drop (local.get $writer))
        (call $join (local.get $subtask) (local.get $set))
        (call $await (local.get $set) (i32.const 1 (;SUBTASK;)))
        (call $subtask-drop (local.get $subtask))
        (i64.load (i32.const 64))))
    (core instance $main (instantiate $main
      (with "env" (instance $env))
      (with "" (instance
        (export "f" (func $f)) (export "stream-new" (func $stream-new)) (export "write" (func $write))
        (export "stream-drop" (func $stream-drop)) (export "set-new" (func $set-new)) (export "wait" (func $wait))
        (export "join" (func $join)) (export "subtask-drop" (func $subtask-drop))))))
    (func (export "run") async (param "count" u32) (result u64) (canon lift (core func $main "run")))"""


def stream(chunk: int) -> str:
    return pair(fill(SINK, CHUNK=str(chunk)), fill(SOURCE, CHUNK=str(chunk)))


# --- the list --------------------------------------------------------------------------------------------------------


def rounds(n: int) -> str:
    return f"(u32.const {n})"


BENCHMARKS = [
    Benchmark("sync", 20_000_000, sync, rounds),
    Benchmark("async", 200_000, async_, rounds),
    Benchmark("sync2async", 1_000_000, sync2async, rounds),
    Benchmark("yieldwait", 300_000, yieldwait, rounds),
    Benchmark("string1k", 1_000_000, string1k, lambda n: rounds(n * (1024 + 97) % 2**32)),
    Benchmark("string16", 1_000_000, string16, lambda n: rounds(n * (1024 + 97) % 2**32)),
    Benchmark("strings", 200_000, strings, lambda n: rounds(n * 80 % 2**32)),
    Benchmark("record", 2_000_000, record, rounds),
    Benchmark("resource", 2_000_000, resource, rounds),
    Benchmark("borrow", 2_000_000, borrow, rounds),
    Benchmark("cancel", 500_000, cancel, rounds),
    Benchmark("live", 500_000, live, rounds),
    Benchmark("backpressure", 500_000, backpressure, rounds),
    Benchmark("future", 500_000, future, rounds),
    Benchmark("stream", 200_000, lambda: stream(65536), lambda n: f"(u64.const {n * 65536})"),
    Benchmark("streamsmall", 500_000, lambda: stream(64), lambda n: f"(u64.const {n * 64})"),
]


def write(folder: pathlib.Path, names: list[str] | None = None) -> list[Benchmark]:
    """Writes the pairs of all benchmarks, or of those named, and returns them."""
    chosen = [b for b in BENCHMARKS if not names or b.name in names]
    folder.mkdir(parents=True, exist_ok=True)
    for benchmark in chosen:
        (folder / f"{benchmark.name}.wast").write_text(benchmark.script(benchmark.count))
        (folder / f"{benchmark.name}0.wast").write_text(benchmark.script(1))
    return chosen


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    write(pathlib.Path(sys.argv[1]), sys.argv[2:])
