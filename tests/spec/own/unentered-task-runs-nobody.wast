;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;; A synchronous task that blocks goes on where other threads of its instance are ready (canon_lift). A task that waits to
;; enter is none of them yet, although nothing keeps it out any more.
(component definition $Tester
  (component $Callee
    (core module $Memory (memory (export "mem") 1))
    (core instance $memory (instantiate $Memory))
    (type $FT (future u8))
    (core func $new (canon future.new $FT))
    (core func $read (canon future.read $FT (memory $memory "mem")))
    (core func $write (canon future.write $FT async (memory $memory "mem")))
    (core func $return (canon task.return))
    (core func $suspend (canon thread.suspend))
    (core module $M
      (import "" "new" (func $new (result i64)))
      (import "" "read" (func $read (param i32 i32) (result i32)))
      (import "" "write" (func $write (param i32 i32) (result i32)))
      (import "" "return" (func $return))
      (import "" "suspend" (func $suspend (result i32)))
      (global $writable (mut i32) (i32.const 0))
      (global $blocking (mut i32) (i32.const 0))

      ;; holds the lock while it waits for the future
      (func (export "hold") (result i32)
        (local $ends i64)
        (local.set $ends (call $new))
        (global.set $writable (i32.wrap_i64 (i64.shr_u (local.get $ends) (i64.const 32))))
        (if (i32.ne (call $read (i32.wrap_i64 (local.get $ends)) (i32.const 8)) (i32.const 0 (; COMPLETED ;)))
          (then unreachable))
        (call $return)
        (i32.const 0 (; EXIT ;)))
      (func (export "queue") (result i32)
        (call $return)
        (i32.const 0 (; EXIT ;)))
      (func (export "callback") (param i32 i32 i32) (result i32) unreachable)

      ;; needs no lock, so it could run; but not on top of 'block'
      (func (export "release")
        (if (global.get $blocking) (then unreachable))
        (drop (call $write (global.get $writable) (i32.const 16)))
        (call $return))

      (func (export "block")
        (global.set $blocking (i32.const 1))
        (drop (call $suspend))
        unreachable))
    (core instance $m (instantiate $M (with "" (instance
      (export "new" (func $new)) (export "read" (func $read)) (export "write" (func $write))
      (export "return" (func $return)) (export "suspend" (func $suspend))))))
    (func (export "hold") async (canon lift (core func $m "hold") async (callback (core func $m "callback"))))
    (func (export "queue") async (canon lift (core func $m "queue") async (callback (core func $m "callback"))))
    (func (export "release") async (canon lift (core func $m "release") async))
    (func (export "block") (canon lift (core func $m "block"))))

  (component $Caller
    (import "callee" (instance $callee
      (export "hold" (func async)) (export "queue" (func async)) (export "release" (func async))
      (export "block" (func))))
    (core module $Memory (memory (export "mem") 1))
    (core instance $memory (instantiate $Memory))
    (core func $hold (canon lower (func $callee "hold") async))
    (core func $queue (canon lower (func $callee "queue") async))
    (core func $release (canon lower (func $callee "release") async))
    (core func $block (canon lower (func $callee "block")))
    (core func $set.new (canon waitable-set.new))
    (core func $set.wait (canon waitable-set.wait (memory $memory "mem")))
    (core func $join (canon waitable.join))
    (core module $M
      (import "" "mem" (memory 1))
      (import "" "hold" (func $hold (result i32)))
      (import "" "queue" (func $queue (result i32)))
      (import "" "release" (func $release (result i32)))
      (import "" "block" (func $block))
      (import "" "set.new" (func $set.new (result i32)))
      (import "" "set.wait" (func $set.wait (param i32 i32) (result i32)))
      (import "" "join" (func $join (param i32 i32)))
      (global $set (mut i32) (i32.const 0))

      (func $started (param $status i32) (param $wanted i32)
        (if (i32.ne (i32.and (local.get $status) (i32.const 0xf)) (local.get $wanted))
          (then unreachable))
        (call $join (i32.shr_u (local.get $status) (i32.const 4)) (global.get $set)))
      (func $call-all
        (global.set $set (call $set.new))
        (call $started (call $hold) (i32.const 1 (; STARTED ;)))
        (call $started (call $queue) (i32.const 0 (; STARTING ;)))
        (drop (call $release)))

      (func (export "nobody-to-run") (call $call-all) (call $block)))
    (core instance $m (instantiate $M (with "" (instance
      (export "mem" (memory $memory "mem"))
      (export "hold" (func $hold)) (export "queue" (func $queue)) (export "release" (func $release))
      (export "block" (func $block)) (export "set.new" (func $set.new)) (export "set.wait" (func $set.wait))
      (export "join" (func $join))))))
    (func (export "nobody-to-run") async (canon lift (core func $m "nobody-to-run"))))

  (instance $callee (instantiate $Callee))
  (instance $caller (instantiate $Caller (with "callee" (instance $callee))))
  (export "nobody-to-run" (func $caller "nobody-to-run")))

;; A task that has not entered is no thread that a synchronous task could wait for.
(component instance $i $Tester)
(assert_trap (invoke "nobody-to-run") "cannot block a synchronous task before returning")
