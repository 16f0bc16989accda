;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;; Takes as much of everything as it is told to. Import: `wait` may finish later.
(component
  (import "wait" (func $wait async (result u32)))

  (core module $Memory
    (memory (export "mem") 1)
    (table (export "t") 1 funcref))
  (core instance $memory (instantiate $Memory))
  (core type $start (func (param i32)))
  (alias core export $memory "t" (core table $t))
  (type $s (stream u8))

  (core func $wait_async (canon lower (func $wait) async (memory (core memory $memory "mem"))))
  (core func $wait_sync (canon lower (func $wait)))
  (core func $return (canon task.return (result u32)))
  (core func $cancel (canon task.cancel))
  (core func $set_new (canon waitable-set.new))
  (core func $stream_new (canon stream.new $s))
  (core func $thread_new (canon thread.new-indirect $start (core table $t)))

  (core module $Main
    (import "" "mem" (memory 1))
    (import "" "t" (table 1 funcref))
    (import "" "wait-async" (func $wait_async (param i32) (result i32)))
    (import "" "wait-sync" (func $wait_sync (result i32)))
    (import "" "return" (func $return (param i32)))
    (import "" "cancel" (func $cancel))
    (import "" "set-new" (func $set_new (result i32)))
    (import "" "stream-new" (func $stream_new (result i64)))
    (import "" "thread-new" (func $thread_new (param i32 i32) (result i32)))

    (func $nothing (param i32))
    (elem (i32.const 0) func $nothing)

    (func (export "sets") (param $n i32) (result i32)
      (local $i i32)
      (loop $more
        (drop (call $set_new))
        (br_if $more (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
      (local.get $i))
    (func (export "streams") (param $n i32) (result i32)
      (local $i i32)
      (loop $more
        (drop (call $stream_new))
        (br_if $more (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
      (local.get $i))
    (func (export "subtasks") (param $n i32) (result i32)
      (local $i i32)
      (loop $more
        (drop (call $wait_async (i32.const 16)))
        (br_if $more (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
      (local.get $i))
    (func (export "threads") (param $n i32) (result i32)
      (local $i i32)
      (loop $more
        (drop (call $thread_new (i32.const 0) (i32.const 0)))
        (br_if $more (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
      (local.get $i))
    (func (export "block") (call $return (call $wait_sync)))
    (func (export "text") (param $n i32) (result i32)
      (i32.store (i32.const 0) (i32.const 0x100))
      (i32.store (i32.const 4) (local.get $n))
      (i32.const 0))
    (func (export "spin") (loop $more (br $more)))
    (func (export "grow") (param $n i32) (result i32) (memory.grow (local.get $n)))
    (func (export "grow-table") (param $n i32) (result i32) (table.grow (ref.null func) (local.get $n)))

    ;; Waits for what never comes, without a stack, and may be cancelled.
    (func (export "sleep") (result i32)
      (i32.or (i32.const 2) (i32.shl (call $set_new) (i32.const 4))))
    (func (export "sleep-cb") (param i32 i32 i32) (result i32) (call $cancel) (i32.const 0))

    ;; The digits that have been noted, in order.
    (global $log (mut i64) (i64.const 0))
    (func (export "log") (result i64) (global.get $log))
    (func (export "note") (param $n i32)
      (global.set $log (i64.add (i64.mul (global.get $log) (i64.const 10)) (i64.extend_i32_u (local.get $n))))))

  (core instance $main (instantiate $Main (with "" (instance
    (export "mem" (memory $memory "mem"))
    (export "t" (table $memory "t"))
    (export "wait-async" (func $wait_async))
    (export "wait-sync" (func $wait_sync))
    (export "return" (func $return))
    (export "cancel" (func $cancel))
    (export "set-new" (func $set_new))
    (export "stream-new" (func $stream_new))
    (export "thread-new" (func $thread_new))))))

  (core func $yield (canon thread.yield))
  ;; A task that yields once and then notes its number.
  (core module $Number
    (import "" "note" (func $note (param i32)))
    (import "" "yield" (func $yield (result i32)))
    (import "" "return" (func $return (param i32)))
    (func (export "number") (param $n i32)
      (drop (call $yield))
      (call $note (local.get $n))
      (call $return (local.get $n))))
  (core instance $number (instantiate $Number (with "" (instance
    (export "note" (func $main "note"))
    (export "yield" (func $yield))
    (export "return" (func $return))))))

  (func (export "sets") (param "n" u32) (result u32) (canon lift (core func $main "sets")))
  (func (export "streams") (param "n" u32) (result u32) (canon lift (core func $main "streams")))
  (func (export "subtasks") (param "n" u32) (result u32) (canon lift (core func $main "subtasks")))
  (func (export "threads") (param "n" u32) (result u32) (canon lift (core func $main "threads")))
  (func (export "block") async (result u32) (canon lift (core func $main "block") async))
  (func (export "text") (param "n" u32) (result string)
    (canon lift (core func $main "text") (memory (core memory $memory "mem"))))
  (func (export "spin") (canon lift (core func $main "spin")))
  (func (export "grow") (param "n" u32) (result s32) (canon lift (core func $main "grow")))
  (func (export "grow-table") (param "n" u32) (result s32) (canon lift (core func $main "grow-table")))
  (func (export "sleep") async (result u32)
    (canon lift (core func $main "sleep") async (callback (core func $main "sleep-cb"))))
  (func (export "number") async (param "n" u32) (result u32) (canon lift (core func $number "number") async))
  (func (export "log") (result u64) (canon lift (core func $main "log"))))
