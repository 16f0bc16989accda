;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;; The guest of the bindings for other languages (examples/cpp, go, java): all that a binding has to carry.
;;   nap(ms, n): waits for the host's sleep(ms), then returns 2 n. Any number at once. It agrees to be cancelled, and
;;   cancels the sleep.
;;   words(): a stream of bytes, written while the host reads.
;;   look(t): the number of the host's ticket, which is lent.
;;   spend(t): the same of one that is given away: the guest drops it.
(component
  (import "sleep" (func $sleep async (param "ms" u32)))
  (import "ticket" (type $ticket (sub resource)))
  (import "number" (func $number (param "t" (borrow $ticket)) (result u32)))

  (type $bytes (stream u8))
  (core module $Memory
    (memory (export "mem") 1)
    (data (i32.const 1024) "a stream is read at the pace of its reader\n"))
  (core instance $memory (instantiate $Memory))

  (core func $sleep' (canon lower (func $sleep) async (memory (core memory $memory "mem"))))
  (core func $return-nap (canon task.return (result u32)))
  (core func $return-words (canon task.return (result $bytes)))
  (core func $set-new (canon waitable-set.new))
  (core func $set-drop (canon waitable-set.drop))
  (core func $join (canon waitable.join))
  (core func $subtask-drop (canon subtask.drop))
  (core func $subtask-cancel (canon subtask.cancel))
  (core func $task-cancel (canon task.cancel))
  (core func $context-get (canon context.get i32 0))
  (core func $context-set (canon context.set i32 0))
  (core func $ticket-drop (canon resource.drop $ticket))
  (core func $number' (canon lower (func $number)))
  (core func $stream-new (canon stream.new $bytes))
  (core func $stream-write (canon stream.write $bytes async (memory (core memory $memory "mem"))))
  (core func $stream-drop (canon stream.drop-writable $bytes))

  (core module $Main
    (import "" "mem" (memory 1))
    (import "" "sleep" (func $sleep (param i32) (result i32)))
    (import "" "return-nap" (func $return_nap (param i32)))
    (import "" "return-words" (func $return_words (param i32)))
    (import "" "set-new" (func $set_new (result i32)))
    (import "" "set-drop" (func $set_drop (param i32)))
    (import "" "join" (func $join (param i32 i32)))
    (import "" "subtask-drop" (func $subtask_drop (param i32)))
    (import "" "subtask-cancel" (func $subtask_cancel (param i32) (result i32)))
    (import "" "task-cancel" (func $task_cancel))
    (import "" "context-get" (func $context_get (result i32)))
    (import "" "context-set" (func $context_set (param i32)))
    (import "" "ticket-drop" (func $ticket_drop (param i32)))
    (import "" "number" (func $number (param i32) (result i32)))
    (import "" "stream-new" (func $stream_new (result i64)))
    (import "" "stream-write" (func $stream_write (param i32 i32 i32) (result i32)))
    (import "" "stream-drop" (func $stream_drop (param i32)))

    ;; What a callback returns to wait for a set: WAIT (2) and the set.
    (func $wait_code (param $set i32) (result i32)
      (i32.or (i32.const 2) (i32.shl (local.get $set) (i32.const 4))))

    ;; nap: at 8 * subtask stand n and the set; the task's context is the subtask.
    (func (export "nap") (param $ms i32) (param $n i32) (result i32)
      (local $packed i32) (local $subtask i32) (local $set i32)
      (local.set $packed (call $sleep (local.get $ms)))
      (if (i32.eq (local.get $packed) (i32.const 2)) (then ;; returned at once
        (call $return_nap (i32.mul (local.get $n) (i32.const 2)))
        (return (i32.const 0))))
      (local.set $subtask (i32.shr_u (local.get $packed) (i32.const 4)))
      (local.set $set (call $set_new))
      (call $join (local.get $subtask) (local.get $set))
      (call $context_set (local.get $subtask))
      (i32.store (i32.mul (local.get $subtask) (i32.const 8)) (local.get $n))
      (i32.store offset=4 (i32.mul (local.get $subtask) (i32.const 8)) (local.get $set))
      (call $wait_code (local.get $set)))
    (func (export "nap-callback") (param $event i32) (param $which i32) (param $state i32) (result i32)
      (local $subtask i32) (local $set i32)
      (local.set $subtask (call $context_get))
      (local.set $set (i32.load offset=4 (i32.mul (local.get $subtask) (i32.const 8))))
      (if (i32.eq (local.get $event) (i32.const 6)) (then ;; asked to be cancelled
        (call $join (local.get $subtask) (i32.const 0)) ;; to cancel it waits for it, and nobody else may
        (drop (call $subtask_cancel (local.get $subtask)))
        (call $end_nap (local.get $subtask) (local.get $set))
        (call $task_cancel)
        (return (i32.const 0))))
      (if (i32.ne (local.get $state) (i32.const 2)) (then (return (call $wait_code (local.get $set)))))
      (call $end_nap (local.get $subtask) (local.get $set))
      (call $return_nap (i32.mul (i32.load (i32.mul (local.get $subtask) (i32.const 8))) (i32.const 2)))
      (i32.const 0))
    (func $end_nap (param $subtask i32) (param $set i32)
      (call $join (local.get $subtask) (i32.const 0))
      (call $subtask_drop (local.get $subtask))
      (call $set_drop (local.get $set)))

    (func (export "look") (param $ticket i32) (result i32)
      (local $number i32)
      (local.set $number (call $number (local.get $ticket)))
      (call $ticket_drop (local.get $ticket))
      (local.get $number))

    ;; words: writes what is left; one call at a time.
    (global $set (mut i32) (i32.const 0))
    (global $at (mut i32) (i32.const 1024))
    (func $write_on (param $stream i32) (result i32)
      (local $packed i32)
      (loop $again
        (if (i32.ge_u (global.get $at) (i32.const 1067)) (then
          (call $join (local.get $stream) (i32.const 0))
          (call $stream_drop (local.get $stream))
          (return (i32.const 0))))
        (local.set $packed
          (call $stream_write (local.get $stream) (global.get $at) (i32.sub (i32.const 1067) (global.get $at))))
        (if (i32.eq (local.get $packed) (i32.const -1)) (then
          (return (call $wait_code (global.get $set)))))
        (call $written (local.get $packed))
        (br $again))
      (unreachable))
    (func $written (param $packed i32)
      (global.set $at (i32.add (global.get $at) (i32.shr_u (local.get $packed) (i32.const 4))))
      (if (i32.eq (i32.and (local.get $packed) (i32.const 15)) (i32.const 1)) ;; the reader is gone
        (then (global.set $at (i32.const 1067)))))
    (func (export "words") (result i32)
      (local $pair i64) (local $stream i32)
      (local.set $pair (call $stream_new))
      (local.set $stream (i32.wrap_i64 (i64.shr_u (local.get $pair) (i64.const 32))))
      (global.set $at (i32.const 1024))
      (global.set $set (call $set_new))
      (call $join (local.get $stream) (global.get $set))
      (call $return_words (i32.wrap_i64 (local.get $pair)))
      (call $write_on (local.get $stream)))
    (func (export "words-callback") (param $event i32) (param $stream i32) (param $packed i32) (result i32)
      (call $written (local.get $packed))
      (call $write_on (local.get $stream))))

  (core instance $main (instantiate $Main (with "" (instance
    (export "mem" (memory $memory "mem"))
    (export "sleep" (func $sleep'))
    (export "return-nap" (func $return-nap))
    (export "return-words" (func $return-words))
    (export "set-new" (func $set-new))
    (export "set-drop" (func $set-drop))
    (export "join" (func $join))
    (export "subtask-drop" (func $subtask-drop))
    (export "subtask-cancel" (func $subtask-cancel))
    (export "task-cancel" (func $task-cancel))
    (export "context-get" (func $context-get))
    (export "context-set" (func $context-set))
    (export "ticket-drop" (func $ticket-drop))
    (export "number" (func $number'))
    (export "stream-new" (func $stream-new))
    (export "stream-write" (func $stream-write))
    (export "stream-drop" (func $stream-drop))))))

  (func (export "nap") async (param "ms" u32) (param "n" u32) (result u32)
    (canon lift (core func $main "nap") async (callback (core func $main "nap-callback"))))
  (func (export "look") (param "t" (borrow $ticket)) (result u32) (canon lift (core func $main "look")))
  (func (export "spend") (param "t" (own $ticket)) (result u32) (canon lift (core func $main "look")))
  (func (export "words") async (result $bytes)
    (canon lift (core func $main "words") async (callback (core func $main "words-callback")))))
