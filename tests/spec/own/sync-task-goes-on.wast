;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;; A synchronous task that waits goes on where it stopped, whoever resumes it: its own canon_lift, that of another task of
;; its instance (a destructor, on the stack of a thread that runs meanwhile), or a thread that switches to it.
;;
;; The guest runs programs: a word, a byte for each step, the highest first. The high half of a byte is the operation, the
;; low half its operand. A step F n appends n to a trace of hexadecimal digits, which is the result.
;;
;;   1 _ yield                  4 t suspend, then resume t    7 p make a thread t = p that will run program p
;;   2 _ suspend                5 t yield, then resume t      8 p drop a resource whose destructor runs program p
;;   3 t resume t later         6 t suspend, then promote t   F n trace
;;
;; A program's thread is known by the program's number. Each may be begun once only. The start function runs program 10,
;; whose trace "started" tells.
(component definition $Tester
  (core module $Base (memory (export "mem") 1) (table (export "tab") 8 funcref))
  (core instance $base (instantiate $Base))
  (core func $yield (canon thread.yield))
  (core func $index (canon thread.index))
  (core func $suspend (canon thread.suspend))
  (core func $later (canon thread.resume-later))
  (core func $suspend-then-resume (canon thread.suspend-then-resume))
  (core func $yield-then-resume (canon thread.yield-then-resume))
  (core func $suspend-then-promote (canon thread.suspend-then-promote))
  (core func $return (canon task.return (result u64)))
  (core type $start (func (param i32)))
  (alias core export $base "tab" (core table $tab))
  (core func $spawn (canon thread.new-indirect $start (table $tab)))
  (core module $M
    (import "" "mem" (memory 1))
    (import "" "tab" (table 8 funcref))
    (import "" "yield" (func $yield (result i32)))
    (import "" "index" (func $index (result i32)))
    (import "" "suspend" (func $suspend (result i32)))
    (import "" "later" (func $later (param i32)))
    (import "" "suspend-then-resume" (func $str (param i32) (result i32)))
    (import "" "yield-then-resume" (func $ytr (param i32) (result i32)))
    (import "" "suspend-then-promote" (func $stp (param i32) (result i32)))
    (import "" "return" (func $return (param i64)))
    (import "" "spawn" (func $spawn (param i32 i32) (result i32)))
    (type $new (func (param i32) (result i32)))
    (type $drop (func (param i32)))
    (global $trace (export "trace") (mut i64) (i64.const 0))
    ;; memory: programs at 0, thread indices at 256, begun at 512
    (func $thread (param $t i32) (result i32) (i32.load offset=256 (i32.mul (local.get $t) (i32.const 4))))
    (func $step (param $op i32) (param $n i32)
      (if (i32.eq (local.get $op) (i32.const 1)) (then (drop (call $yield))))
      (if (i32.eq (local.get $op) (i32.const 2)) (then (drop (call $suspend))))
      (if (i32.eq (local.get $op) (i32.const 3)) (then (call $later (call $thread (local.get $n)))))
      (if (i32.eq (local.get $op) (i32.const 4)) (then (drop (call $str (call $thread (local.get $n))))))
      (if (i32.eq (local.get $op) (i32.const 5)) (then (drop (call $ytr (call $thread (local.get $n))))))
      (if (i32.eq (local.get $op) (i32.const 6)) (then (drop (call $stp (call $thread (local.get $n))))))
      (if (i32.eq (local.get $op) (i32.const 7)) (then
        (i32.store offset=256 (i32.mul (local.get $n) (i32.const 4)) (call $spawn (i32.const 2) (local.get $n)))))
      (if (i32.eq (local.get $op) (i32.const 8)) (then
        (call_indirect (type $drop) (call_indirect (type $new) (local.get $n) (i32.const 0)) (i32.const 1))))
      (if (i32.eq (local.get $op) (i32.const 15)) (then
        (global.set $trace (i64.or (i64.shl (global.get $trace) (i64.const 4)) (i64.extend_i32_u (local.get $n)))))))
    (func $run (export "run") (param $p i32) (local $code i64) (local $byte i32)
      (if (i32.load8_u offset=512 (local.get $p)) (then unreachable))
      (i32.store8 offset=512 (local.get $p) (i32.const 1))
      (i32.store offset=256 (i32.mul (local.get $p) (i32.const 4)) (call $index))
      (local.set $code (i64.load (i32.mul (local.get $p) (i32.const 8))))
      (loop $l
        (local.set $byte (i32.wrap_i64 (i64.shr_u (local.get $code) (i64.const 56))))
        (call $step (i32.shr_u (local.get $byte) (i32.const 4)) (i32.and (local.get $byte) (i32.const 15)))
        (local.set $code (i64.shl (local.get $code) (i64.const 8)))
        (br_if $l (i64.ne (local.get $code) (i64.const 0)))))
    (elem (i32.const 2) $run)
    (func (export "set") (param $p i32) (param $code i64)
      (i64.store (i32.mul (local.get $p) (i32.const 8)) (local.get $code)))
    (func (export "started") (result i64)
      (global.get $trace)
      (global.set $trace (i64.const 0)))
    (func (export "sync") (param $p i32) (result i64) (call $run (local.get $p)) (global.get $trace))
    (func (export "stackful") (param $p i32) (call $return (i64.const 0)) (call $run (local.get $p))))
  (core instance $m (instantiate $M (with "" (instance
    (export "mem" (memory $base "mem")) (export "tab" (table $tab)) (export "yield" (func $yield))
    (export "index" (func $index)) (export "suspend" (func $suspend)) (export "later" (func $later))
    (export "suspend-then-resume" (func $suspend-then-resume)) (export "yield-then-resume" (func $yield-then-resume))
    (export "suspend-then-promote" (func $suspend-then-promote)) (export "return" (func $return))
    (export "spawn" (func $spawn))))))
  (type $R (resource (rep i32) (dtor (func $m "run"))))
  (core func $new (canon resource.new $R))
  (core func $drop (canon resource.drop $R))
  (core module $Fill
    (import "" "tab" (table 8 funcref))
    (import "" "new" (func $new (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (elem (i32.const 0) $new $drop))
  (core instance (instantiate $Fill (with "" (instance
    (export "tab" (table $tab)) (export "new" (func $new)) (export "drop" (func $drop))))))
  (core module $Start
    (import "" "mem" (memory 1))
    (import "" "run" (func $run (param i32)))
    (data (i32.const 80) "\00\00\00\f2\10\f1\3b\7b" "\00\00\00\00\00\f4\8c\f3" "\00\00\00\00\00\f6\10\f5")
    (func $start (call $run (i32.const 10)))
    (start $start))
  (core instance (instantiate $Start (with "" (instance (export "mem" (memory $base "mem")) (export "run" (func $m "run"))))))
  (func (export "started") (result u64) (canon lift (core func $m "started")))
  (func (export "set") (param "program" u32) (param "code" u64) (canon lift (core func $m "set")))
  (func (export "sync") (param "program" u32) (result u64) (canon lift (core func $m "sync")))
  (func (export "stackful") async (param "program" u32) (result u64) (canon lift (core func $m "stackful") async)))

;; The destructor yields: of the two that are ready the task is the first, and runs to its end; the rest goes on before its
;; call returns.
(component instance $yields $Tester)
(assert_return (invoke "started") (u64.const 0x135264))
(invoke "set" (u32.const 0) (u64.const 0x71_31_f1_10_f2_00_00_00))
(invoke "set" (u32.const 1) (u64.const 0xf3_82_f4_00_00_00_00_00))
(invoke "set" (u32.const 2) (u64.const 0xf5_10_f6_00_00_00_00_00))
(assert_return (invoke "sync" (u32.const 0)) (u64.const 0x1352))
(invoke "set" (u32.const 3) (u64.const 0xf9_00_00_00_00_00_00_00))
(assert_return (invoke "sync" (u32.const 3)) (u64.const 0x1352649))

;; The destructor switches to the task, which is suspended.
(component instance $switches $Tester)
(assert_return (invoke "started") (u64.const 0x135264))
(invoke "set" (u32.const 0) (u64.const 0x71_31_f1_20_f2_00_00_00))
(invoke "set" (u32.const 1) (u64.const 0xf3_82_f4_00_00_00_00_00))
(invoke "set" (u32.const 2) (u64.const 0xf5_50_f6_00_00_00_00_00))
(assert_return (invoke "sync" (u32.const 0)) (u64.const 0x1352))
(invoke "set" (u32.const 3) (u64.const 0xf9_00_00_00_00_00_00_00))
(assert_return (invoke "sync" (u32.const 3)) (u64.const 0x1352649))

;; It makes the task ready, and waits until that one has switched to it.
(component instance $back $Tester)
(assert_return (invoke "started") (u64.const 0x135264))
(invoke "set" (u32.const 0) (u64.const 0x71_31_f1_20_f2_42_f7_00))
(invoke "set" (u32.const 1) (u64.const 0xf3_82_f4_30_20_00_00_00))
(invoke "set" (u32.const 2) (u64.const 0xf5_30_20_f6_00_00_00_00))
(assert_return (invoke "sync" (u32.const 0)) (u64.const 0x1352647))

;; Two destructors on top of each other, and the task on top of both.
(component instance $deep $Tester)
(assert_return (invoke "started") (u64.const 0x135264))
(invoke "set" (u32.const 0) (u64.const 0x71_73_31_20_f1_00_00_00))
(invoke "set" (u32.const 1) (u64.const 0xf2_82_f3_00_00_00_00_00))
(invoke "set" (u32.const 2) (u64.const 0xf4_33_10_f5_00_00_00_00))
(invoke "set" (u32.const 3) (u64.const 0xf6_84_f7_00_00_00_00_00))
(invoke "set" (u32.const 4) (u64.const 0xf8_50_f9_00_00_00_00_00))
(assert_return (invoke "sync" (u32.const 0)) (u64.const 0x24681))

;; A task that is promoted goes on as one that is resumed.
(component instance $promotes $Tester)
(assert_return (invoke "started") (u64.const 0x135264))
(invoke "set" (u32.const 0) (u64.const 0x71_31_f1_10_f2_32_10_f7))
(invoke "set" (u32.const 1) (u64.const 0xf3_82_f4_00_00_00_00_00))
(invoke "set" (u32.const 2) (u64.const 0xf5_60_f6_00_00_00_00_00))
(assert_return (invoke "sync" (u32.const 0)) (u64.const 0x1352647))

;; The thread that runs meanwhile is that of a stackful task, which has returned.
(component instance $stackful $Tester)
(assert_return (invoke "started") (u64.const 0x135264))
(invoke "set" (u32.const 1) (u64.const 0xf3_20_82_f4_00_00_00_00))
(invoke "set" (u32.const 2) (u64.const 0xf5_10_f6_00_00_00_00_00))
(invoke "set" (u32.const 0) (u64.const 0x31_f1_10_f2_00_00_00_00))
(assert_return (invoke "stackful" (u32.const 1)) (u64.const 0))
(assert_return (invoke "sync" (u32.const 0)) (u64.const 0x3152))
(invoke "set" (u32.const 3) (u64.const 0xf9_00_00_00_00_00_00_00))
(assert_return (invoke "sync" (u32.const 3)) (u64.const 0x3152649))

;; Where nobody is left who could go on there is a trap, on every level.
(component instance $stuck $Tester)
(assert_return (invoke "started") (u64.const 0x135264))
(invoke "set" (u32.const 0) (u64.const 0x71_31_20_f2_00_00_00_00))
(invoke "set" (u32.const 1) (u64.const 0x82_f4_00_00_00_00_00_00))
(invoke "set" (u32.const 2) (u64.const 0x20_f6_00_00_00_00_00_00))
(assert_trap (invoke "sync" (u32.const 0)) "cannot block a synchronous task before returning")
