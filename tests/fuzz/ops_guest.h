/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The guest of fuzz_ops.c: two component instances, each an interpreter of strings of operations, two bytes each:
 * which, and its argument (slot, other slot, number, and a bit that asks for a hostile handle instead of a slot).
 * $D calls $C. Handles are kept in slots by class; operations on empty slots do nothing, so that random strings get
 * far. The text is made by the preprocessor: comments are C's.
 */
#ifndef FUZZ_OPS_GUEST_H
#define FUZZ_OPS_GUEST_H

/* clang-format off */
#define GUEST_STRING(...) #__VA_ARGS__
#define GUEST_TEXT(...) GUEST_STRING(__VA_ARGS__)

/* Inside $exec: one operation; its body sees $arg, and $h where it is about a handle in a slot. */
#define OP(n, ...) (if (i32.eq (local.get $op) (i32.const n)) (then __VA_ARGS__))
#define WITH(class, ...) (local.set $h (call $get (i32.const class) (local.get $arg))) (if (i32.or (local.get $h) (i32.and (local.get $arg) (i32.const 128))) (then __VA_ARGS__))
#define H (local.get $h)
#define N (i32.and (i32.shr_u (local.get $arg) (i32.const 4)) (i32.const 3))
#define OTHER (i32.shr_u (local.get $arg) (i32.const 2))
#define KEEP(class, ...) (call $set (i32.const class) (local.get $arg) __VA_ARGS__)
#define KEEP_SUBTASK(...) (local.set $h __VA_ARGS__) (if (i32.shr_u H (i32.const 4)) (then KEEP(5, (i32.shr_u H (i32.const 4)))))
#define PAIR(r, w, ...) (local.set $pair __VA_ARGS__) KEEP(r, (i32.wrap_i64 (local.get $pair))) KEEP(w, (i32.wrap_i64 (i64.shr_u (local.get $pair) (i64.const 32))))
#define RUN_LENGTH (call $clip (local.get $pc) (i32.shl (i32.and (local.get $arg) (i32.const 31)) (i32.const 1)))

/* classes: 0 readable stream, 1 writable, 2 readable future, 3 writable, 4 set, 5 subtask, 6 resource, 7 thread */
#define IMPORTS \
  (import "" "mem" (memory 1)) \
  (import "" "t" (table 1 funcref)) \
  (import "" "s-new" (func $s_new (result i64))) \
  (import "" "s-read" (func $s_read (param i32 i32 i32) (result i32))) \
  (import "" "s-write" (func $s_write (param i32 i32 i32) (result i32))) \
  (import "" "s-read-sync" (func $s_read_sync (param i32 i32 i32) (result i32))) \
  (import "" "s-write-sync" (func $s_write_sync (param i32 i32 i32) (result i32))) \
  (import "" "s-cancel-r" (func $s_cancel_r (param i32) (result i32))) \
  (import "" "s-cancel-w" (func $s_cancel_w (param i32) (result i32))) \
  (import "" "s-cancel-r-sync" (func $s_cancel_r_sync (param i32) (result i32))) \
  (import "" "s-cancel-w-sync" (func $s_cancel_w_sync (param i32) (result i32))) \
  (import "" "s-drop-r" (func $s_drop_r (param i32))) \
  (import "" "s-drop-w" (func $s_drop_w (param i32))) \
  (import "" "f-new" (func $f_new (result i64))) \
  (import "" "f-read" (func $f_read (param i32 i32) (result i32))) \
  (import "" "f-write" (func $f_write (param i32 i32) (result i32))) \
  (import "" "f-cancel-r" (func $f_cancel_r (param i32) (result i32))) \
  (import "" "f-cancel-w" (func $f_cancel_w (param i32) (result i32))) \
  (import "" "f-drop-r" (func $f_drop_r (param i32))) \
  (import "" "f-drop-w" (func $f_drop_w (param i32))) \
  (import "" "set-new" (func $set_new (result i32))) \
  (import "" "set-wait" (func $set_wait (param i32 i32) (result i32))) \
  (import "" "set-poll" (func $set_poll (param i32 i32) (result i32))) \
  (import "" "set-drop" (func $set_drop (param i32))) \
  (import "" "join" (func $join (param i32 i32))) \
  (import "" "subtask-cancel" (func $subtask_cancel (param i32) (result i32))) \
  (import "" "subtask-cancel-sync" (func $subtask_cancel_sync (param i32) (result i32))) \
  (import "" "subtask-drop" (func $subtask_drop (param i32))) \
  (import "" "return" (func $return (param i32))) \
  (import "" "return-none" (func $return_none)) \
  (import "" "cancel" (func $cancel)) \
  (import "" "inc" (func $inc)) \
  (import "" "dec" (func $dec)) \
  (import "" "yield" (func $yield (result i32))) \
  (import "" "yield-cancellable" (func $yield_cancellable (result i32))) \
  (import "" "get-context" (func $get_context (result i32))) \
  (import "" "set-context" (func $set_context (param i32))) \
  (import "" "th-new" (func $th_new (param i32 i32) (result i32))) \
  (import "" "th-later" (func $th_later (param i32))) \
  (import "" "th-suspend" (func $th_suspend (result i32))) \
  (import "" "th-suspend-then" (func $th_suspend_then (param i32) (result i32))) \
  (import "" "th-yield-then" (func $th_yield_then (param i32) (result i32))) \
  (import "" "th-suspend-promote" (func $th_suspend_promote (param i32) (result i32))) \
  (import "" "th-yield-promote" (func $th_yield_promote (param i32) (result i32))) \
  (import "" "th-index" (func $th_index (result i32))) \
  (import "" "e-new" (func $e_new (param i32 i32) (result i32))) \
  (import "" "e-drop" (func $e_drop (param i32))) \
  (import "" "res-drop" (func $res_drop (param i32))) \
  (import "" "work" (func $work (param i32 i32) (result i32))) \
  (import "" "work-sync" (func $work_sync (param i32) (result i32))) \
  (import "" "make" (func $make (result i32))) \
  (import "" "run" (func $run (param i32 i32 i32) (result i32))) \
  (import "" "run-sync" (func $run_sync (param i32 i32) (result i32))) \
  (import "" "take-s" (func $take_s (param i32) (result i32))) \
  (import "" "take-f" (func $take_f (param i32) (result i32))) \
  (import "" "take-own" (func $take_own (param i32))) \
  (import "" "look" (func $look (param i32) (result i32))) \
  (import "" "give-s" (func $give_s (result i32)))

/* What both instances define with canonical built-ins; $s and $f are their types, $r the resource. */
#define BUILTINS \
  (core instance $memory (instantiate $Memory)) \
  (alias core export $memory "mem" (core memory $mem)) \
  (alias core export $memory "t" (core table $t)) \
  (core type $start (func (param i32))) \
  (type $s (stream u8)) (type $f (future u32)) \
  (core func $s_new (canon stream.new $s)) \
  (core func $s_read (canon stream.read $s async (memory $mem))) \
  (core func $s_write (canon stream.write $s async (memory $mem))) \
  (core func $s_read_sync (canon stream.read $s (memory $mem))) \
  (core func $s_write_sync (canon stream.write $s (memory $mem))) \
  (core func $s_cancel_r (canon stream.cancel-read $s async)) \
  (core func $s_cancel_w (canon stream.cancel-write $s async)) \
  (core func $s_cancel_r_sync (canon stream.cancel-read $s)) \
  (core func $s_cancel_w_sync (canon stream.cancel-write $s)) \
  (core func $s_drop_r (canon stream.drop-readable $s)) \
  (core func $s_drop_w (canon stream.drop-writable $s)) \
  (core func $f_new (canon future.new $f)) \
  (core func $f_read (canon future.read $f async (memory $mem))) \
  (core func $f_write (canon future.write $f async (memory $mem))) \
  (core func $f_cancel_r (canon future.cancel-read $f async)) \
  (core func $f_cancel_w (canon future.cancel-write $f async)) \
  (core func $f_drop_r (canon future.drop-readable $f)) \
  (core func $f_drop_w (canon future.drop-writable $f)) \
  (core func $set_new (canon waitable-set.new)) \
  (core func $set_wait (canon waitable-set.wait cancellable (memory $mem))) \
  (core func $set_poll (canon waitable-set.poll (memory $mem))) \
  (core func $set_drop (canon waitable-set.drop)) \
  (core func $join (canon waitable.join)) \
  (core func $subtask_cancel (canon subtask.cancel async)) \
  (core func $subtask_cancel_sync (canon subtask.cancel)) \
  (core func $subtask_drop (canon subtask.drop)) \
  (core func $return (canon task.return (result u32))) \
  (core func $return_none (canon task.return)) \
  (core func $cancel (canon task.cancel)) \
  (core func $inc (canon backpressure.inc)) \
  (core func $dec (canon backpressure.dec)) \
  (core func $yield (canon thread.yield)) \
  (core func $yield_cancellable (canon thread.yield cancellable)) \
  (core func $get_context (canon context.get i32 0)) \
  (core func $set_context (canon context.set i32 0)) \
  (core func $th_new (canon thread.new-indirect $start (core table $t))) \
  (core func $th_later (canon thread.resume-later)) \
  (core func $th_suspend (canon thread.suspend)) \
  (core func $th_suspend_then (canon thread.suspend-then-resume)) \
  (core func $th_yield_then (canon thread.yield-then-resume)) \
  (core func $th_suspend_promote (canon thread.suspend-then-promote)) \
  (core func $th_yield_promote (canon thread.yield-then-promote)) \
  (core func $th_index (canon thread.index)) \
  (core func $e_new (canon error-context.new (memory $mem))) \
  (core func $e_drop (canon error-context.drop)) \
  (core func $res_drop (canon resource.drop $r)) \
  (core func $work_core (canon lower (func $work) async (memory $mem))) \
  (core func $work_sync (canon lower (func $work)))

#define EXPORT(label, f) (export label (func f))
#define INSTANCE(...) \
  (core instance $main (instantiate $Interpreter (with "" (instance \
    (export "mem" (memory $mem)) (export "t" (table $t)) \
    EXPORT("s-new", $s_new) EXPORT("s-read", $s_read) EXPORT("s-write", $s_write) \
    EXPORT("s-read-sync", $s_read_sync) EXPORT("s-write-sync", $s_write_sync) \
    EXPORT("s-cancel-r", $s_cancel_r) EXPORT("s-cancel-w", $s_cancel_w) \
    EXPORT("s-cancel-r-sync", $s_cancel_r_sync) EXPORT("s-cancel-w-sync", $s_cancel_w_sync) \
    EXPORT("s-drop-r", $s_drop_r) EXPORT("s-drop-w", $s_drop_w) \
    EXPORT("f-new", $f_new) EXPORT("f-read", $f_read) EXPORT("f-write", $f_write) \
    EXPORT("f-cancel-r", $f_cancel_r) EXPORT("f-cancel-w", $f_cancel_w) \
    EXPORT("f-drop-r", $f_drop_r) EXPORT("f-drop-w", $f_drop_w) \
    EXPORT("set-new", $set_new) EXPORT("set-wait", $set_wait) EXPORT("set-poll", $set_poll) \
    EXPORT("set-drop", $set_drop) EXPORT("join", $join) EXPORT("subtask-cancel", $subtask_cancel) \
    EXPORT("subtask-cancel-sync", $subtask_cancel_sync) EXPORT("subtask-drop", $subtask_drop) \
    EXPORT("return", $return) EXPORT("return-none", $return_none) EXPORT("cancel", $cancel) \
    EXPORT("inc", $inc) EXPORT("dec", $dec) EXPORT("yield", $yield) \
    EXPORT("yield-cancellable", $yield_cancellable) EXPORT("get-context", $get_context) \
    EXPORT("set-context", $set_context) EXPORT("th-new", $th_new) EXPORT("th-later", $th_later) \
    EXPORT("th-suspend", $th_suspend) EXPORT("th-suspend-then", $th_suspend_then) \
    EXPORT("th-yield-then", $th_yield_then) EXPORT("th-suspend-promote", $th_suspend_promote) \
    EXPORT("th-yield-promote", $th_yield_promote) EXPORT("th-index", $th_index) \
    EXPORT("e-new", $e_new) EXPORT("e-drop", $e_drop) EXPORT("res-drop", $res_drop) \
    EXPORT("work", $work_core) EXPORT("work-sync", $work_sync) \
    __VA_ARGS__))))

#define LIFT(name, type, core_name, ...) (func (export name) type (canon lift (core func $main core_name) __VA_ARGS__))
#define OPS (memory $mem) (realloc (core func $memory "realloc"))
#define CALLBACK async (callback (core func $main "callback"))
#define OPS_TYPE (param "ops" (list u8)) (result u32)

#define REEXPORT(instance, from, id, to) (alias export instance from (func id)) (export to (func id))

static const char guest_text[] = GUEST_TEXT(
(component $root
  (import "work" (func $work async (param "x" u32) (result u32)))

  (core module $Memory
    (memory (export "mem") 4)
    (table (export "t") 1 funcref)
    (global $top (mut i32) (i32.const 0x10000))
    (func (export "realloc") (param i32 i32 i32) (param $size i32) (result i32)
      (local $p i32)
      (local.set $p (global.get $top))
      (global.set $top (i32.add (local.get $p) (i32.and (i32.add (local.get $size) (i32.const 15)) (i32.const -8))))
      (local.get $p)))

  (core module $Interpreter
    IMPORTS
    (global $tasks (mut i32) (i32.const 0x1000))
    (global $taken (mut i32) (i32.const 0))

    (func $get (param $class i32) (param $arg i32) (result i32)
      (if (i32.and (local.get $arg) (i32.const 128)) (then
        (if (i32.eq (i32.and (local.get $arg) (i32.const 3)) (i32.const 3)) (then (return (i32.const -1))))
        (return (i32.and (i32.shr_u (local.get $arg) (i32.const 2)) (i32.const 31)))))
      (i32.load offset=0x400 (i32.add (i32.shl (local.get $class) (i32.const 4))
                                      (i32.shl (i32.and (local.get $arg) (i32.const 3)) (i32.const 2)))))
    (func $set (param $class i32) (param $arg i32) (param $h i32)
      (i32.store offset=0x400 (i32.add (i32.shl (local.get $class) (i32.const 4))
                                       (i32.shl (i32.and (local.get $arg) (i32.const 3)) (i32.const 2)))
                 (local.get $h)))

    /* The record of a task: +0 next operation, +4 end, +8 has resolved, +12 cancellation delivered. */
    (func $begin (param $p i32) (param $n i32) (result i32)
      (local $task i32)
      (local.set $task (global.get $tasks))
      (global.set $tasks (i32.add (global.get $tasks) (i32.const 16)))
      (i32.store (local.get $task) (local.get $p))
      (i32.store offset=4 (local.get $task) (i32.add (local.get $p) (local.get $n)))
      (local.get $task))

    /* How many of n bytes there are from pc on; they are taken out of the task's string. */
    (func $clip (param $pc i32) (param $n i32) (result i32)
      (local $left i32)
      (local.set $left (i32.sub (i32.load offset=4 (global.get $current)) (local.get $pc)))
      (if (i32.gt_u (local.get $n) (local.get $left)) (then (local.set $n (local.get $left))))
      (i32.store (global.get $current) (i32.add (local.get $pc) (local.get $n)))
      (local.get $n))
    (global $current (mut i32) (i32.const 0))

    (func $resolve (param $task i32)
      (if (i32.load offset=8 (local.get $task)) (then (return)))
      (i32.store offset=8 (local.get $task) (i32.const 1))
      (if (i32.load offset=12 (local.get $task)) (then (call $cancel)) (else (call $return (i32.const 9)))))

    /* Runs operations up to the end (0), or up to one that asks for a callback: its code. */
    (func $exec (param $task i32) (result i32)
      (local $op i32) (local $arg i32) (local $h i32) (local $pair i64) (local $pc i32)
      (loop $next
        (local.set $pc (i32.load (local.get $task)))
        (if (i32.ge_u (i32.add (local.get $pc) (i32.const 1)) (i32.load offset=4 (local.get $task)))
          (then (return (i32.const 0))))
        (local.set $op (i32.and (i32.load8_u (local.get $pc)) (i32.const 63)))
        (local.set $arg (i32.load8_u offset=1 (local.get $pc)))
        (local.set $pc (i32.add (local.get $pc) (i32.const 2)))
        (i32.store (local.get $task) (local.get $pc))
        (global.set $current (local.get $task))
        OP(0, (drop (call $yield)))
        OP(1, PAIR(0, 1, (call $s_new)))
        OP(2, WITH(0, (drop (call $s_read H (i32.const 0x100) N))))
        OP(3, WITH(1, (drop (call $s_write H (i32.const 0x200) N))))
        OP(4, WITH(0, (drop (call $s_read_sync H (i32.const 0x100) N))))
        OP(5, WITH(1, (drop (call $s_write_sync H (i32.const 0x200) N))))
        OP(6, WITH(0, (drop (call $s_cancel_r H))))
        OP(7, WITH(1, (drop (call $s_cancel_w H))))
        OP(8, WITH(0, (drop (call $s_cancel_r_sync H))))
        OP(9, WITH(1, (drop (call $s_cancel_w_sync H))))
        OP(10, WITH(0, KEEP(0, (i32.const 0)) (call $s_drop_r H)))
        OP(11, WITH(1, KEEP(1, (i32.const 0)) (call $s_drop_w H)))
        OP(12, PAIR(2, 3, (call $f_new)))
        OP(13, WITH(2, (drop (call $f_read H (i32.const 0x100)))))
        OP(14, WITH(3, (drop (call $f_write H (i32.const 0x200)))))
        OP(15, WITH(2, (drop (call $f_cancel_r H))))
        OP(16, WITH(3, (drop (call $f_cancel_w H))))
        OP(17, WITH(2, KEEP(2, (i32.const 0)) (call $f_drop_r H)))
        OP(18, WITH(3, KEEP(3, (i32.const 0)) (call $f_drop_w H)))
        OP(19, KEEP(4, (call $set_new)))
        OP(20, WITH(4, (if (i32.eq (call $set_wait H (i32.const 0x80)) (i32.const 6))
                         (then (i32.store offset=12 (local.get $task) (i32.const 1))))))
        OP(21, WITH(4, (drop (call $set_poll H (i32.const 0x80)))))
        OP(22, WITH(4, KEEP(4, (i32.const 0)) (call $set_drop H)))
        OP(23, (local.set $h (call $get N (local.get $arg)))
               (if H (then (call $join H (call $get (i32.const 4) OTHER)))))
        OP(24, WITH(5, (call $join H (call $get (i32.const 4) OTHER))))
        OP(25, (local.set $h (call $get N (local.get $arg))) (if H (then (call $join H (i32.const 0)))))
        OP(26, WITH(5, (drop (call $subtask_cancel H))))
        OP(27, WITH(5, (drop (call $subtask_cancel_sync H))))
        OP(28, WITH(5, KEEP(5, (i32.const 0)) (call $subtask_drop H)))
        OP(29, (i32.store offset=8 (local.get $task) (i32.const 1)) (call $return (i32.const 7)))
        OP(30, (i32.store offset=8 (local.get $task) (i32.const 1)) (call $cancel))
        OP(31, (call $inc))
        OP(32, (call $dec))
        OP(33, KEEP(6, (call $make)))
        OP(34, WITH(6, KEEP(6, (i32.const 0)) (call $res_drop H)))
        OP(35, (local.set $h RUN_LENGTH)
               KEEP_SUBTASK((call $run (local.get $pc) H (i32.const 0x90))))
        OP(36, (local.set $h RUN_LENGTH) (drop (call $run_sync (local.get $pc) H)))
        OP(37, WITH(0, KEEP(0, (i32.const 0)) KEEP_SUBTASK((call $take_s H))))
        OP(38, WITH(2, KEEP(2, (i32.const 0)) KEEP_SUBTASK((call $take_f H))))
        OP(39, WITH(6, KEEP(6, (i32.const 0)) (call $take_own H)))
        OP(40, WITH(6, KEEP_SUBTASK((call $look H))))
        OP(41, KEEP_SUBTASK((call $work N (i32.const 0x98))))
        OP(42, (drop (call $work_sync N)))
        OP(43, (local.set $h RUN_LENGTH)
               KEEP(7, (call $th_new (i32.const 0) (call $begin (local.get $pc) H))))
        OP(44, WITH(7, (call $th_later H)))
        OP(45, (drop (call $th_suspend)))
        OP(46, WITH(7, (drop (call $th_suspend_then H))))
        OP(47, WITH(7, (drop (call $th_yield_then H))))
        OP(48, WITH(7, (drop (call $th_suspend_promote H))))
        OP(49, WITH(7, (drop (call $th_yield_promote H))))
        OP(50, KEEP(7, (call $th_index)))
        OP(51, KEEP(0, (call $give_s)))
        OP(52, (call $e_drop (call $e_new (i32.const 0x100) N)))
        OP(53, (if (call $yield_cancellable) (then (i32.store offset=12 (local.get $task) (i32.const 1)))))
        OP(54, WITH(4, (return (i32.or (i32.const 2) (i32.shl H (i32.const 4))))))
        OP(55, (return (i32.const 1)))
        OP(56, (local.set $h (call $get (i32.and OTHER (i32.const 7)) (local.get $arg)))  /* of another class */
               (call $set N (local.get $arg) H))
        (br $next))
      (unreachable))

    (func $thread (param $task i32) (drop (call $exec (local.get $task))))
    (elem (i32.const 0) func $thread)

    (func $go_on (param $task i32) (result i32)
      (local $code i32)
      (local.set $code (call $exec (local.get $task)))
      (if (i32.eqz (local.get $code)) (then (call $resolve (local.get $task))))
      (local.get $code))
    (func (export "run-cb") (param $p i32) (param $n i32) (result i32)
      (local $task i32)
      (local.set $task (call $begin (local.get $p) (local.get $n)))
      (call $set_context (local.get $task))
      (call $go_on (local.get $task)))
    (func (export "callback") (param $event i32) (param i32 i32) (result i32)
      (local $task i32)
      (local.set $task (call $get_context))
      (if (i32.eq (local.get $event) (i32.const 6))
        (then (i32.store offset=12 (local.get $task) (i32.const 1))))
      (call $go_on (local.get $task)))
    (func (export "run-stack") (param $p i32) (param $n i32)
      (local $task i32)
      (local.set $task (call $begin (local.get $p) (local.get $n)))
      (drop (call $exec (local.get $task)))
      (call $resolve (local.get $task)))
    (func (export "run-plain") (param $p i32) (param $n i32) (result i32)
      (call $exec (call $begin (local.get $p) (local.get $n))))

    (func $next_slot (result i32)
      (global.set $taken (i32.add (global.get $taken) (i32.const 1)))
      (i32.and (global.get $taken) (i32.const 3)))
    (func (export "take-s") (param i32) (call $set (i32.const 0) (call $next_slot) (local.get 0)))
    (func (export "take-f") (param i32) (call $set (i32.const 2) (call $next_slot) (local.get 0)))
    (func (export "take-own") (param i32) (call $set (i32.const 6) (call $next_slot) (local.get 0)))
    (func (export "give-s") (result i32)
      (local $pair i64)
      (local.set $pair (call $s_new))
      (call $set (i32.const 1) (call $next_slot) (i32.wrap_i64 (i64.shr_u (local.get $pair) (i64.const 32))))
      (i32.wrap_i64 (local.get $pair)))
    (func (export "give-f") (result i32)
      (local $pair i64)
      (local.set $pair (call $f_new))
      (call $set (i32.const 3) (call $next_slot) (i32.wrap_i64 (i64.shr_u (local.get $pair) (i64.const 32))))
      (i32.wrap_i64 (local.get $pair)))
    (func (export "look") (param i32) (result i32) (i32.const 1))
    (func (export "look-cb") (param i32 i32 i32) (result i32) (call $return_none) (i32.const 0)))

  (component $C
    (import "work" (func $work async (param "x" u32) (result u32)))
    (alias outer $root $Memory (core module $Memory))
    (alias outer $root $Interpreter (core module $Interpreter))
    (core module $Destructor (func (export "dtor") (param i32)))
    (core instance $destructor (instantiate $Destructor))
    (type $r0 (resource (rep i32) (dtor (core func $destructor "dtor"))))
    (export $r "r" (type $r0))
    BUILTINS
    (core func $res_new (canon resource.new $r0))
    (core module $Stubs /* $C calls nobody */
      (import "" "res-new" (func $res_new (param i32) (result i32)))
      (func (export "make") (result i32) (call $res_new (i32.const 77)))
      (func (export "none1") (param i32) (result i32) (i32.const 2))
      (func (export "none3") (param i32 i32 i32) (result i32) (i32.const 2))
      (func (export "none2") (param i32 i32) (result i32) (i32.const 2))
      (func (export "nothing") (param i32))
      (func (export "zero") (result i32) (i32.const 0)))
    (core instance $stubs (instantiate $Stubs (with "" (instance (export "res-new" (func $res_new))))))
    INSTANCE(EXPORT("make", $stubs "make") EXPORT("run", $stubs "none3") EXPORT("run-sync", $stubs "none2")
             EXPORT("take-s", $stubs "none1") EXPORT("take-f", $stubs "none1") EXPORT("take-own", $stubs "nothing")
             EXPORT("look", $stubs "none1") EXPORT("give-s", $stubs "zero"))
    LIFT("run-cb", async OPS_TYPE, "run-cb", OPS CALLBACK)
    LIFT("run-stack", async OPS_TYPE, "run-stack", OPS async)
    LIFT("run-plain", async OPS_TYPE, "run-plain", OPS)
    LIFT("take-s", async (param "s" $s), "take-s")
    LIFT("take-f", async (param "f" $f), "take-f")
    LIFT("take-own", (param "r" (own $r)), "take-own")
    LIFT("look", async (param "r" (borrow $r)), "look", async (callback (core func $main "look-cb")))
    LIFT("give-s", (result $s), "give-s")
    (func (export "make") (result (own $r)) (canon lift (core func $stubs "make"))))

  (component $D
    (import "work" (func $work async (param "x" u32) (result u32)))
    (import "c" (instance $c
      (export "r" (type $r (sub resource)))
      (export "run-cb" (func async OPS_TYPE))
      (export "run-plain" (func async OPS_TYPE))
      (export "take-s" (func async (param "s" (stream u8))))
      (export "take-f" (func async (param "f" (future u32))))
      (export "take-own" (func (param "r" (own $r))))
      (export "look" (func async (param "r" (borrow $r))))
      (export "give-s" (func (result (stream u8))))
      (export "make" (func (result (own $r))))))
    (alias export $c "r" (type $r))
    (alias outer $root $Memory (core module $Memory))
    (alias outer $root $Interpreter (core module $Interpreter))
    BUILTINS
    (core func $run (canon lower (func $c "run-cb") async (memory $mem)))
    (core func $run_sync (canon lower (func $c "run-plain") (memory $mem)))
    (core func $take_s (canon lower (func $c "take-s") async))
    (core func $take_f (canon lower (func $c "take-f") async))
    (core func $take_own (canon lower (func $c "take-own")))
    (core func $look (canon lower (func $c "look") async))
    (core func $give_s (canon lower (func $c "give-s")))
    (core func $make (canon lower (func $c "make")))
    INSTANCE(EXPORT("make", $make) EXPORT("run", $run) EXPORT("run-sync", $run_sync) EXPORT("take-s", $take_s)
             EXPORT("take-f", $take_f) EXPORT("take-own", $take_own) EXPORT("look", $look) EXPORT("give-s", $give_s))
    LIFT("run-cb", async OPS_TYPE, "run-cb", OPS CALLBACK)
    LIFT("run-stack", async OPS_TYPE, "run-stack", OPS async)
    LIFT("run-plain", async OPS_TYPE, "run-plain", OPS)
    LIFT("run-sync", OPS_TYPE, "run-plain", OPS)
    LIFT("take-s", async (param "s" $s), "take-s")
    LIFT("take-f", async (param "f" $f), "take-f")
    LIFT("give-s", (result $s), "give-s")
    LIFT("give-f", (result $f), "give-f"))

  (instance $c (instantiate $C (with "work" (func $work))))
  (instance $d (instantiate $D (with "work" (func $work)) (with "c" (instance $c))))
  REEXPORT($d, "run-cb", $d-run-cb, "run-cb")
  REEXPORT($d, "run-stack", $d-run-stack, "run-stack")
  REEXPORT($d, "run-plain", $d-run-plain, "run-plain")
  REEXPORT($d, "run-sync", $d-run-sync, "run-sync")
  REEXPORT($d, "take-s", $d-take-s, "take-s")
  REEXPORT($d, "take-f", $d-take-f, "take-f")
  REEXPORT($d, "give-s", $d-give-s, "give-s")
  REEXPORT($d, "give-f", $d-give-f, "give-f")
  REEXPORT($c, "run-cb", $c-run-other, "run-other"))
);
/* clang-format on */

#endif
