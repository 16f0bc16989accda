;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;; A callback task that returns WAIT traps where the index is no waitable set, also where it is told meanwhile that it is
;; cancelled and would not wait.
(component definition $Tester
  (component $Callee
    (core func $new (canon waitable-set.new))
    (core func $yield (canon thread.yield))
    (core func $cancel (canon task.cancel))
    (core module $M
      (import "" "new" (func $new (result i32)))
      (import "" "yield" (func $yield (result i32)))
      (import "" "cancel" (func $cancel))
      ;; cancelled while it yields and cannot be told yet
      (func (export "work") (param $bad i32) (result i32)
        (drop (call $yield))
        (i32.or (i32.const 2 (; WAIT ;))
          (i32.shl (i32.add (call $new) (i32.mul (local.get $bad) (i32.const 7))) (i32.const 4))))
      (func (export "cb") (param i32 i32 i32) (result i32)
        (if (i32.ne (local.get 0) (i32.const 6 (; TASK_CANCELLED ;))) (then unreachable))
        (call $cancel)
        (i32.const 0 (; EXIT ;))))
    (core instance $m (instantiate $M (with "" (instance
      (export "new" (func $new)) (export "yield" (func $yield)) (export "cancel" (func $cancel))))))
    (func (export "work") async (param "bad" u32)
      (canon lift (core func $m "work") async (callback (core func $m "cb")))))
  (instance $callee (instantiate $Callee))
  (component $Caller
    (import "work" (func $work async (param "bad" u32)))
    (core func $work' (canon lower (func $work) async))
    (core func $cancel (canon subtask.cancel))
    (core module $M
      (import "" "work" (func $work (param i32) (result i32)))
      (import "" "cancel" (func $cancel (param i32) (result i32)))
      (func (export "run") (param i32) (result i32) (local $call i32)
        (local.set $call (call $work (local.get 0)))
        (if (i32.ne (i32.and (local.get $call) (i32.const 15)) (i32.const 1 (; STARTED ;))) (then unreachable))
        (call $cancel (i32.shr_u (local.get $call) (i32.const 4)))))
    (core instance $m (instantiate $M (with "" (instance (export "work" (func $work')) (export "cancel" (func $cancel))))))
    (func (export "run") async (param "bad" u32) (result u32) (canon lift (core func $m "run"))))
  (instance $caller (instantiate $Caller (with "work" (func $callee "work"))))
  (export "run" (func $caller "run")))

(component instance $a $Tester)
(assert_return (invoke "run" (u32.const 0)) (u32.const 4 (; CANCELLED_BEFORE_RETURNED ;)))
(component instance $b $Tester)
(assert_trap (invoke "run" (u32.const 1)) "unknown handle index")
