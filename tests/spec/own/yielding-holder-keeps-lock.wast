;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;; A call of an instance whose lock is held by a task that yields waits (STARTING): the holder does not run inside of the
;; call, as little as any other thread that is ready does.
(component
  (component $Callee
    (core func $yield (canon thread.yield))
    (core module $M
      (import "" "yield" (func $yield (result i32)))
      (global $steps (mut i32) (i32.const 0))
      (func (export "work") (drop (call $yield)) (global.set $steps (i32.add (global.get $steps) (i32.const 1))))
      (func (export "steps") (result i32) (global.get $steps)))
    (core instance $m (instantiate $M (with "" (instance (export "yield" (func $yield))))))
    (func (export "work") async (canon lift (core func $m "work")))
    (func (export "steps") (result u32) (canon lift (core func $m "steps"))))
  (instance $callee (instantiate $Callee))
  (component $Caller
    (import "work" (func $work async))
    (import "steps" (func $steps (result u32)))
    (core func $work' (canon lower (func $work) async))
    (core func $steps' (canon lower (func $steps)))
    (core module $M
      (import "" "work" (func $work (result i32)))
      (import "" "steps" (func $steps (result i32)))
      (func $expect (param i32 i32) (if (i32.ne (local.get 0) (local.get 1)) (then unreachable)))
      (func (export "run") (result i32)
        (call $expect (i32.and (call $work) (i32.const 15)) (i32.const 1 (; STARTED ;)))
        (call $expect (i32.and (call $work) (i32.const 15)) (i32.const 0 (; STARTING ;)))
        (call $steps)))
    (core instance $m (instantiate $M (with "" (instance (export "work" (func $work')) (export "steps" (func $steps'))))))
    (func (export "run") async (result u32) (canon lift (core func $m "run"))))
  (instance $caller (instantiate $Caller (with "work" (func $callee "work")) (with "steps" (func $callee "steps"))))
  (export "run" (func $caller "run")))
(assert_return (invoke "run") (u32.const 0))
