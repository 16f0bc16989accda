;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;; A guest of the bridge, on WASI alone.
;;   nap(ms, n): waits ms milliseconds, prints "nap N is over", then returns 2 n; n has one digit. Any number at once.
;;   add(a, b): a + b, at once.
;;   spin(): never ends, and never waits.
(component
  (import "wasi:clocks/monotonic-clock@0.3.0" (instance $clock
    (export "wait-for" (func async (param "how-long" u64)))))
  (import "wasi:cli/stdout@0.3.0" (instance $stdout
    (type $code' (enum "io" "illegal-byte-sequence" "pipe"))
    (export "error-code" (type $code (eq $code')))
    (export "write-via-stream" (func (param "data" (stream u8)) (result (future (result (error $code))))))))
  (alias export $stdout "error-code" (type $code))

  (type $bytes (stream u8))
  (type $written (future (result (error $code))))
  (core module $Memory
    (memory (export "mem") 1)
    (data (i32.const 64) "nap 0 is over\n"))
  (core instance $memory (instantiate $Memory))

  (core func $wait-for (canon lower (func $clock "wait-for") async (memory (core memory $memory "mem"))))
  (core func $print (canon lower (func $stdout "write-via-stream")))
  (core func $return-nap (canon task.return (result u32)))
  (core func $set-new (canon waitable-set.new))
  (core func $set-drop (canon waitable-set.drop))
  (core func $join (canon waitable.join))
  (core func $subtask-drop (canon subtask.drop))
  (core func $stream-new (canon stream.new $bytes))
  (core func $stream-write (canon stream.write $bytes async (memory (core memory $memory "mem"))))
  (core func $stream-drop (canon stream.drop-writable $bytes))
  (core func $remember (canon context.set i32 0))
  (core func $recall (canon context.get i32 0))
  (core func $future-drop (canon future.drop-readable $written))

  (core module $Main
    (import "" "mem" (memory 1))
    (import "" "wait-for" (func $wait_for (param i64) (result i32)))
    (import "" "print" (func $print (param i32) (result i32)))
    (import "" "return-nap" (func $return_nap (param i32)))
    (import "" "set-new" (func $set_new (result i32)))
    (import "" "set-drop" (func $set_drop (param i32)))
    (import "" "join" (func $join (param i32 i32)))
    (import "" "subtask-drop" (func $subtask_drop (param i32)))
    (import "" "stream-new" (func $stream_new (result i64)))
    (import "" "stream-write" (func $stream_write (param i32 i32 i32) (result i32)))
    (import "" "stream-drop" (func $stream_drop (param i32)))
    (import "" "future-drop" (func $future_drop (param i32)))
    (import "" "remember" (func $remember (param i32)))
    (import "" "recall" (func $recall (result i32)))

    ;; What is known of a nap stands at 64 * (handle of what it waits for) + 4096: its number, its set, its line. Each
    ;; task remembers where.
    (func $nap (param $handle i32) (result i32)
      (i32.add (i32.const 4096) (i32.shl (local.get $handle) (i32.const 6))))

    ;; What a callback returns to wait for a set: WAIT (2) and the set.
    (func $wait (param $nap i32) (result i32)
      (i32.or (i32.const 2) (i32.shl (i32.load offset=4 (local.get $nap)) (i32.const 4))))

    (func (export "nap") (param $ms i32) (param $n i32) (result i32)
      (local $packed i32)
      (local.set $packed (call $wait_for (i64.mul (i64.extend_i32_u (local.get $ms)) (i64.const 1000000))))
      (if (i32.eq (local.get $packed) (i32.const 2)) ;; returned at once
        (then (return (call $say (local.get $n) (call $set_new)))))
      (call $await (i32.shr_u (local.get $packed) (i32.const 4)) (local.get $n) (call $set_new)))

    ;; Waits for a handle in a set.
    (func $await (param $handle i32) (param $n i32) (param $set i32) (result i32)
      (call $join (local.get $handle) (local.get $set))
      (i32.store (call $nap (local.get $handle)) (local.get $n))
      (i32.store offset=4 (call $nap (local.get $handle)) (local.get $set))
      (call $remember (call $nap (local.get $handle)))
      (call $wait (call $nap (local.get $handle))))

    ;; Gives standard output a stream, writes the line into it, and waits until it has been taken.
    (func $say (param $n i32) (param $set i32) (result i32)
      (local $pair i64) (local $stream i32) (local $line i32) (local $packed i32)
      (local.set $pair (call $stream_new))
      (local.set $stream (i32.wrap_i64 (i64.shr_u (local.get $pair) (i64.const 32))))
      (call $future_drop (call $print (i32.wrap_i64 (local.get $pair)))) ;; who cares whether it was written
      (local.set $line (i32.add (call $nap (local.get $stream)) (i32.const 16)))
      (memory.copy (local.get $line) (i32.const 64) (i32.const 14))
      (i32.store8 offset=4 (local.get $line) (i32.add (i32.const 48 (; '0' ;)) (local.get $n)))
      (local.set $packed (call $stream_write (local.get $stream) (local.get $line) (i32.const 14)))
      (if (i32.ne (local.get $packed) (i32.const -1))
        (then (return (call $said (local.get $stream) (local.get $n) (local.get $set)))))
      (call $await (local.get $stream) (local.get $n) (local.get $set)))

    (func $said (param $stream i32) (param $n i32) (param $set i32) (result i32)
      (call $join (local.get $stream) (i32.const 0))
      (call $stream_drop (local.get $stream))
      (call $set_drop (local.get $set))
      (call $return_nap (i32.mul (local.get $n) (i32.const 2)))
      (i32.const 0))

    (func (export "nap-callback") (param $event i32) (param $handle i32) (param $state i32) (result i32)
      (local $nap i32)
      (local.set $nap (call $recall))
      (if (i32.eq (local.get $event) (i32.const 6)) ;; someone would like to cancel it: naps are not cancelled
        (then (return (call $wait (local.get $nap)))))
      (if (i32.eq (local.get $event) (i32.const 3)) ;; the stream's write has ended
        (then (return (call $said (local.get $handle)
          (i32.load (local.get $nap)) (i32.load offset=4 (local.get $nap))))))
      (if (i32.ne (local.get $state) (i32.const 2)) ;; the wait has not ended
        (then (return (call $wait (local.get $nap)))))
      (call $subtask_drop (local.get $handle))
      (call $say (i32.load (local.get $nap)) (i32.load offset=4 (local.get $nap))))

    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "spin") (loop $again (br $again))))

  (core instance $main (instantiate $Main (with "" (instance
    (export "mem" (memory $memory "mem"))
    (export "wait-for" (func $wait-for))
    (export "print" (func $print))
    (export "return-nap" (func $return-nap))
    (export "set-new" (func $set-new))
    (export "set-drop" (func $set-drop))
    (export "join" (func $join))
    (export "subtask-drop" (func $subtask-drop))
    (export "stream-new" (func $stream-new))
    (export "stream-write" (func $stream-write))
    (export "stream-drop" (func $stream-drop))
    (export "future-drop" (func $future-drop))
    (export "remember" (func $remember))
    (export "recall" (func $recall))))))

  (func (export "nap") async (param "ms" u32) (param "n" u32) (result u32)
    (canon lift (core func $main "nap") async (callback (core func $main "nap-callback"))))
  (func (export "add") (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $main "add")))
  (func (export "spin") (canon lift (core func $main "spin"))))
