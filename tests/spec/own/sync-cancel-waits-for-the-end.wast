;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;; subtask.cancel without `async` waits until the subtask has resolved. An event of it that has not been delivered (here:
;; that it has started) is no answer. The callee goes on for four turns before it hears of the cancellation; then it says
;; so (`f`), or returns all the same (`g`).
(component definition $Tester
  (component $Callee
    (core func $inc (canon backpressure.inc))
    (core func $dec (canon backpressure.dec))
    (core func $yield (canon thread.yield))
    (core func $cancel (canon task.cancel))
    (core func $return (canon task.return))
    (core module $M
      (import "" "inc" (func $inc))
      (import "" "dec" (func $dec))
      (import "" "yield" (func $yield (result i32)))
      (import "" "cancel" (func $cancel))
      (import "" "return" (func $return))
      (func (export "close") (call $inc))
      (func (export "open") (call $dec))
      (func (export "work") (result i32) (local $i i32)
        (loop $l
          (drop (call $yield))
          (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 4))))
        (i32.const 1 (; YIELD ;)))
      (func $told (param $event i32) (if (i32.ne (local.get $event) (i32.const 6 (; TASK_CANCELLED ;))) (then unreachable)))
      (func (export "obey") (param i32 i32 i32) (result i32) (call $told (local.get 0)) (call $cancel) (i32.const 0))
      (func (export "ignore") (param i32 i32 i32) (result i32) (call $told (local.get 0)) (call $return) (i32.const 0)))
    (core instance $m (instantiate $M (with "" (instance
      (export "inc" (func $inc)) (export "dec" (func $dec)) (export "yield" (func $yield)) (export "cancel" (func $cancel))
      (export "return" (func $return))))))
    (func (export "close") (canon lift (core func $m "close")))
    (func (export "open") (canon lift (core func $m "open")))
    (func (export "f") async (canon lift (core func $m "work") async (callback (core func $m "obey"))))
    (func (export "g") async (canon lift (core func $m "work") async (callback (core func $m "ignore")))))
  (instance $callee (instantiate $Callee))
  (component $Caller
    (import "c" (instance $c
      (export "close" (func)) (export "open" (func)) (export "f" (func async)) (export "g" (func async))))
    (core func $close (canon lower (func $c "close")))
    (core func $open (canon lower (func $c "open")))
    (core func $f (canon lower (func $c "f") async))
    (core func $g (canon lower (func $c "g") async))
    (core func $yield (canon thread.yield))
    (core func $cancel (canon subtask.cancel))
    (core func $drop (canon subtask.drop))
    (core module $M
      (import "" "close" (func $close))
      (import "" "open" (func $open))
      (import "" "f" (func $f (result i32)))
      (import "" "g" (func $g (result i32)))
      (import "" "yield" (func $yield (result i32)))
      (import "" "cancel" (func $cancel (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "run") (param $other i32) (result i32) (local $s i32) (local $state i32)
        (call $close)
        (local.set $s (if (result i32) (local.get $other) (then (call $g)) (else (call $f))))
        (if (i32.and (local.get $s) (i32.const 15)) (then unreachable)) ;; STARTING
        (local.set $s (i32.shr_u (local.get $s) (i32.const 4)))
        (call $open)
        (drop (call $yield)) ;; it starts
        (local.set $state (call $cancel (local.get $s)))
        (call $drop (local.get $s))
        (local.get $state)))
    (core instance $m (instantiate $M (with "" (instance
      (export "close" (func $close)) (export "open" (func $open)) (export "f" (func $f)) (export "g" (func $g))
      (export "yield" (func $yield)) (export "cancel" (func $cancel)) (export "drop" (func $drop))))))
    (func (export "run") async (param "other" u32) (result u32) (canon lift (core func $m "run"))))
  (instance $caller (instantiate $Caller (with "c" (instance $callee))))
  (export "run" (func $caller "run")))
(component instance $a $Tester)
(assert_return (invoke "run" (u32.const 0)) (u32.const 4 (; CANCELLED_BEFORE_RETURNED ;)))
(assert_return (invoke "run" (u32.const 1)) (u32.const 2 (; RETURNED ;)))
