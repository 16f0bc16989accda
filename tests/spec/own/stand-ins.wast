;; Calls whose task is made when somebody asks for it (src/adapter/standin.h): results, handles, context, traps and
;; their words are those of a task that was there from the beginning. A run without adapters (`weir wast
;; --no-adapters`) has the same outcome.

;; A callee for all: what it does is said by the number that it is given. `ask` is a built-in of the runtime, whose result
;; is a handle; so the handles of the instance show that nothing is made twice.
(component definition $C
  (component $callee
    (core func $return (canon task.return (result u32)))
    (core func $return-narrow (canon task.return (result u8)))
    (core func $return-none (canon task.return))
    (core func $ask (canon waitable-set.new))
    (core func $get (canon context.get i32 0))
    (core func $set (canon context.set i32 0))
    (core func $inc (canon backpressure.inc))
    (core func $dec (canon backpressure.dec))
    (core module $m
      (import "" "return" (func $return (param i32)))
      (import "" "return-narrow" (func $return-narrow (param i32)))
      (import "" "return-none" (func $return-none))
      (import "" "ask" (func $ask (result i32)))
      (import "" "get" (func $get (result i32)))
      (import "" "set" (func $set (param i32)))
      (import "" "inc" (func $inc))
      (import "" "dec" (func $dec))
      (func $is (param i32 i32) (result i32) (i32.eq (local.get 0) (local.get 1)))
      (func (export "f") (param $what i32) (result i32)
        ;; slots are clear in each call
        (if (call $get) (then unreachable))
        (call $set (i32.add (local.get $what) (i32.const 100)))
        (if (call $is (local.get $what) (i32.const 0)) (then ;; returns at once
          (call $return (call $get)) (return (i32.const 0))))
        (if (call $is (local.get $what) (i32.const 1)) (then ;; asks, and returns
          (drop (call $ask)) (call $return (call $get)) (return (i32.const 0))))
        (if (call $is (local.get $what) (i32.const 2)) (then ;; returns, and asks
          (call $return (call $get)) (drop (call $ask)) (call $set (i32.const 5)) (return (i32.const 0))))
        (if (call $is (local.get $what) (i32.const 3)) (then ;; exits without a result
          (return (i32.const 0))))
        (if (call $is (local.get $what) (i32.const 4)) (then ;; returns twice
          (call $return (i32.const 1)) (call $return (i32.const 2)) (return (i32.const 0))))
        (if (call $is (local.get $what) (i32.const 5)) (then ;; returns what it is not to return
          (call $return-none) (return (i32.const 0))))
        (if (call $is (local.get $what) (i32.const 6)) (then ;; yields, and returns in its callback
          (return (i32.const 1))))
        (if (call $is (local.get $what) (i32.const 7)) (then ;; returns, and yields
          (call $return (call $get)) (return (i32.const 1))))
        (if (call $is (local.get $what) (i32.const 8)) (then ;; there is no such code
          (call $return (i32.const 1)) (return (i32.const 7))))
        (if (call $is (local.get $what) (i32.const 9)) (then ;; waits on no set
          (call $return (i32.const 1)) (return (i32.const 0x992))))
        (if (call $is (local.get $what) (i32.const 10)) (then ;; nobody else comes in from now on
          (call $inc) (call $return (call $get)) (return (i32.const 0))))
        (if (call $is (local.get $what) (i32.const 11)) (then ;; traps in its own code
          unreachable))
        (if (call $is (local.get $what) (i32.const 12)) (then ;; traps after it has returned
          (call $return (i32.const 1)) unreachable))
        (if (call $is (local.get $what) (i32.const 13)) (then ;; the next handle, as a result
          (call $return (call $ask)) (return (i32.const 0))))
        unreachable)
      (func (export "cb") (param $event i32) (param i32 i32) (result i32)
        (if (local.get $event) (then unreachable))
        ;; the context of this call, and of no other
        (if (call $is (call $get) (i32.const 106)) (then (call $return (call $get))))
        (i32.const 0))
      (func (export "narrow") (param $value i32) (result i32)
        (call $return-narrow (local.get $value)) (i32.const 0))
      (func (export "open") (call $dec)))
    (core instance $m (instantiate $m (with "" (instance
      (export "return" (func $return)) (export "return-narrow" (func $return-narrow))
      (export "return-none" (func $return-none)) (export "ask" (func $ask)) (export "get" (func $get))
      (export "set" (func $set)) (export "inc" (func $inc)) (export "dec" (func $dec))))))
    (func (export "f") async (param "what" u32) (result u32)
      (canon lift (core func $m "f") async (callback (core func $m "cb"))))
    (func (export "narrow") async (param "value" u32) (result u8)
      (canon lift (core func $m "narrow") async (callback (core func $m "cb"))))
    (func (export "open") (canon lift (core func $m "open"))))
  ;; It calls with an async or a sync lower; the result goes to address 64, unless `out` says another one.
  (component $caller
    (import "f" (func $f async (param "what" u32) (result u32)))
    (import "narrow" (func $narrow async (param "value" u32) (result u8)))
    (core module $libc (memory (export "memory") 1))
    (core instance $libc (instantiate $libc))
    (core func $f (canon lower (func $f) async (memory (core memory $libc "memory"))))
    (core func $f-sync (canon lower (func $f)))
    (core func $narrow (canon lower (func $narrow) async (memory (core memory $libc "memory"))))
    (core func $narrow-sync (canon lower (func $narrow)))
    (core func $new (canon waitable-set.new))
    (core func $join (canon waitable.join))
    (core func $wait (canon waitable-set.wait (memory (core memory $libc "memory"))))
    (core func $drop (canon subtask.drop))
    (core module $m
      (import "libc" "memory" (memory 1))
      (import "" "f" (func $f (param i32 i32) (result i32)))
      (import "" "f-sync" (func $f-sync (param i32) (result i32)))
      (import "" "narrow" (func $narrow (param i32 i32) (result i32)))
      (import "" "narrow-sync" (func $narrow-sync (param i32) (result i32)))
      (import "" "new" (func $new (result i32)))
      (import "" "join" (func $join (param i32 i32)))
      (import "" "wait" (func $wait (param i32 i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      ;; what the call said at once, and 1000 times the result
      (func $call (param $what i32) (param $out i32) (result i32) (local $status i32) (local $set i32)
        (i32.store (i32.const 64) (i32.const 0))
        (local.set $status (call $f (local.get $what) (local.get $out)))
        (if (i32.lt_u (i32.and (local.get $status) (i32.const 15)) (i32.const 2)) (then
          (local.set $set (call $new))
          (call $join (i32.shr_u (local.get $status) (i32.const 4)) (local.get $set))
          (loop $again
            (drop (call $wait (local.get $set) (i32.const 128)))
            (br_if $again (i32.lt_u (i32.load (i32.const 132)) (i32.const 2))))
          (call $drop (i32.shr_u (local.get $status) (i32.const 4)))))
        (i32.add (local.get $status) (i32.mul (i32.load (i32.const 64)) (i32.const 1000))))
      (func (export "run") (param i32) (result i32) (call $call (local.get 0) (i32.const 64)))
      (func (export "run-to") (param i32 i32) (result i32) (call $call (local.get 0) (local.get 1)))
      (func (export "status") (param i32) (result i32) (call $f (local.get 0) (i32.const 64)))
      (func (export "run-narrow") (param i32) (result i32)
        (i64.store (i32.const 64) (i64.const -1))
        (if (i32.ne (call $narrow (local.get 0) (i32.const 64)) (i32.const 2)) (then unreachable))
        (if (i32.ne (i32.load8_u (i32.const 64)) (call $narrow-sync (local.get 0))) (then unreachable))
        (i32.load (i32.const 64)))
      (func (export "run-sync") (param i32) (result i32) (call $f-sync (local.get 0)))
      (func (export "next") (result i32) (call $new)))
    (core instance $m (instantiate $m (with "libc" (instance $libc)) (with "" (instance
      (export "f" (func $f)) (export "f-sync" (func $f-sync)) (export "narrow" (func $narrow))
      (export "narrow-sync" (func $narrow-sync)) (export "new" (func $new)) (export "join" (func $join))
      (export "wait" (func $wait)) (export "drop" (func $drop))))))
    (func (export "run") async (param "what" u32) (result u32) (canon lift (core func $m "run")))
    (func (export "run-to") async (param "what" u32) (param "out" u32) (result u32) (canon lift (core func $m "run-to")))
    (func (export "status") async (param "what" u32) (result u32) (canon lift (core func $m "status")))
    (func (export "run-narrow") async (param "value" u32) (result u32) (canon lift (core func $m "run-narrow")))
    (func (export "run-sync") async (param "what" u32) (result u32) (canon lift (core func $m "run-sync")))
    (func (export "in-sync-task") (param "what" u32) (result u32) (canon lift (core func $m "run-sync")))
    (func (export "next") (result u32) (canon lift (core func $m "next"))))

  ;; A callee in between: it calls the other one, before and after it asks for its own task.
  (component $between
    (import "f" (func $f async (param "what" u32) (result u32)))
    (core module $libc (memory (export "memory") 1))
    (core instance $libc (instantiate $libc))
    (core func $f (canon lower (func $f) async (memory (core memory $libc "memory"))))
    (core func $return (canon task.return (result u32)))
    (core func $get (canon context.get i32 1))
    (core func $set (canon context.set i32 1))
    (core module $m
      (import "libc" "memory" (memory 1))
      (import "" "f" (func $f (param i32 i32) (result i32)))
      (import "" "return" (func $return (param i32)))
      (import "" "get" (func $get (result i32)))
      (import "" "set" (func $set (param i32)))
      (func (export "f") (param $what i32) (result i32)
        (if (call $get) (then unreachable))
        (call $set (i32.const 7))
        (if (i32.ne (call $f (local.get $what) (i32.const 16)) (i32.const 2)) (then unreachable))
        (if (i32.ne (call $get) (i32.const 7)) (then unreachable))
        (call $set (i32.load (i32.const 16)))
        (if (i32.ne (call $f (i32.const 0) (i32.const 16)) (i32.const 2)) (then unreachable))
        (call $return (i32.add (call $get) (i32.load (i32.const 16))))
        (i32.const 0))
      (func (export "cb") (param i32 i32 i32) (result i32) unreachable))
    (core instance $m (instantiate $m (with "libc" (instance $libc)) (with "" (instance
      (export "f" (func $f)) (export "return" (func $return)) (export "get" (func $get)) (export "set" (func $set))))))
    (func (export "f") async (param "what" u32) (result u32)
      (canon lift (core func $m "f") async (callback (core func $m "cb")))))

  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "f" (func $callee "f")) (with "narrow" (func $callee "narrow"))))
  (instance $between (instantiate $between (with "f" (func $callee "f"))))
  (instance $chain (instantiate $caller (with "f" (func $between "f")) (with "narrow" (func $callee "narrow"))))
  (func (export "run") (alias export $caller "run"))
  (func (export "run-to") (alias export $caller "run-to"))
  (func (export "status") (alias export $caller "status"))
  (func (export "run-narrow") (alias export $caller "run-narrow"))
  (func (export "run-sync") (alias export $caller "run-sync"))
  (func (export "in-sync-task") (alias export $caller "in-sync-task"))
  (func (export "next") (alias export $caller "next"))
  (func (export "chain") (alias export $chain "run"))
  (func (export "chain-sync") (alias export $chain "run-sync"))
  (func (export "open") (alias export $callee "open")))

;; Who asks, asks before or after the result, or not at all: the call returns at once.
(component instance $i $C)
(assert_return (invoke "run" (u32.const 0)) (u32.const 100002))
(assert_return (invoke "run" (u32.const 1)) (u32.const 101002))
(assert_return (invoke "run" (u32.const 2)) (u32.const 102002))
(assert_return (invoke "run-sync" (u32.const 0)) (u32.const 100))
(assert_return (invoke "run-sync" (u32.const 1)) (u32.const 101))
(assert_return (invoke "run-sync" (u32.const 2)) (u32.const 102))
;; Five handles were made there until now, four by those who asked; none in the caller.
(assert_return (invoke "run-sync" (u32.const 13)) (u32.const 5))
(assert_return (invoke "next") (u32.const 1))
(assert_return (invoke "run-narrow" (u32.const 0x1ff)) (u32.const 0xffffffff))
(assert_return (invoke "run-narrow" (u32.const 0x104)) (u32.const 0xffffff04))

;; A yield: there is a subtask, STARTED, with the caller's next handle. What has returned before yields without one.
(component instance $i $C)
(assert_return (invoke "run" (u32.const 6)) (u32.const 106017))
(assert_return (invoke "run-sync" (u32.const 6)) (u32.const 106))
(assert_return (invoke "run" (u32.const 7)) (u32.const 107002))
(assert_return (invoke "run-sync" (u32.const 7)) (u32.const 107))
(assert_return (invoke "run" (u32.const 0)) (u32.const 100002))

;; One call inside another one: each has its own context, and both tasks are made when the inner one asks.
(component instance $i $C)
(assert_return (invoke "chain" (u32.const 0)) (u32.const 200002))
(assert_return (invoke "chain" (u32.const 1)) (u32.const 201002))
(assert_return (invoke "chain" (u32.const 2)) (u32.const 202002))
(assert_return (invoke "chain-sync" (u32.const 1)) (u32.const 201))

;; Backpressure: the next call is STARTING, and so is the first behind it. The callee lets them in again.
(component instance $i $C)
(assert_return (invoke "run" (u32.const 10)) (u32.const 110002))
(assert_return (invoke "status" (u32.const 0)) (u32.const 0x10))
(assert_return (invoke "open"))
(assert_return (invoke "run" (u32.const 0)) (u32.const 100032))

;; A synchronous task may not block, whether or not the callee would have returned at once.
(component instance $i $C)
(assert_trap (invoke "in-sync-task" (u32.const 0)) "cannot block a synchronous task before returning")

;; No result, two of them, a wrong one.
(component instance $i $C)
(assert_trap (invoke "run" (u32.const 3)) "async-lifted export failed to produce a result")
(component instance $i $C)
(assert_trap (invoke "run-sync" (u32.const 4)) "`task.return` or `task.cancel` called more than once for current task")
(component instance $i $C)
(assert_trap (invoke "run" (u32.const 5)) "invalid `task.return` signature and/or options for current task")

;; Codes that are none; traps of the callee's own.
(component instance $i $C)
(assert_trap (invoke "run" (u32.const 8)) "unsupported callback code: 7")
(component instance $i $C)
(assert_trap (invoke "run" (u32.const 9)) "unknown handle index 153")
(component instance $i $C)
(assert_trap (invoke "run" (u32.const 11)) "unreachable")
(component instance $i $C)
(assert_trap (invoke "run-sync" (u32.const 12)) "(in function `f` of component instance `callee`)")
(component instance $i $C)
(assert_trap (invoke "chain" (u32.const 11)) "(in function `f` of component instance `callee`)")

;; A place for the result that is none.
(component instance $i $C)
(assert_trap (invoke "run-to" (u32.const 0) (u32.const 66)) "unaligned pointer")
(component instance $i $C)
(assert_trap (invoke "run-to" (u32.const 0) (u32.const 65536)) "pointer out-of-bounds")
(component instance $i $C)
(assert_trap (invoke "run-to" (u32.const 1) (u32.const -4)) "pointer out-of-bounds")
;; Who traps before there is a result does so whatever the place is.
(component instance $i $C)
(assert_trap (invoke "run-to" (u32.const 3) (u32.const 66)) "async-lifted export failed to produce a result")
