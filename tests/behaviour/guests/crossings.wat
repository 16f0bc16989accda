;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;; Every way of crossing between a guest and its host, once: `plain` calls a synchronous import twice, `task` awaits an
;; asynchronous one, `cancel` cancels one and says how far it had got, `text` and `things` pass strings and resources.
(component
  (import "thing" (type $thing (sub resource)))
  (import "step" (func $step (param "x" u32) (result u32)))
  (import "later" (func $later async (param "x" u32) (result u32)))
  (import "note" (func $note (param "s" string) (result string)))
  (import "make" (func $make (param "rep" u32) (result (own $thing))))
  (import "look" (func $look (param "t" (borrow $thing)) (result u32)))
  (import "take" (func $take (param "t" (own $thing))))

  (core module $Memory
    (memory (export "mem") 2)
    (global $top (mut i32) (i32.const 0x8000))
    (func (export "realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
      (local $p i32)
      (local.set $p (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
      (global.set $top (i32.add (local.get $p) (local.get $size)))
      (local.get $p)))
  (core instance $memory (instantiate $Memory))

  (core func $step' (canon lower (func $step)))
  (core func $later' (canon lower (func $later) async (memory (core memory $memory "mem"))))
  (core func $note' (canon lower (func $note) (memory (core memory $memory "mem")) (realloc (core func $memory "realloc"))))
  (core func $make' (canon lower (func $make)))
  (core func $look' (canon lower (func $look)))
  (core func $take' (canon lower (func $take)))
  (core func $return (canon task.return (result u32)))
  (core func $subtask_cancel (canon subtask.cancel))
  (core func $subtask_drop (canon subtask.drop))
  (core func $join (canon waitable.join))
  (core func $set_new (canon waitable-set.new))
  (core func $set_wait (canon waitable-set.wait (memory (core memory $memory "mem"))))
  (core func $set_drop (canon waitable-set.drop))

  (core module $Main
    (import "" "mem" (memory 1))
    (import "" "step" (func $step (param i32) (result i32)))
    (import "" "later" (func $later (param i32 i32) (result i32)))
    (import "" "note" (func $note (param i32 i32 i32)))
    (import "" "make" (func $make (param i32) (result i32)))
    (import "" "look" (func $look (param i32) (result i32)))
    (import "" "take" (func $take (param i32)))
    (import "" "return" (func $return (param i32)))
    (import "" "subtask-cancel" (func $subtask_cancel (param i32) (result i32)))
    (import "" "subtask-drop" (func $subtask_drop (param i32)))
    (import "" "join" (func $join (param i32 i32)))
    (import "" "set-new" (func $set_new (result i32)))
    (import "" "set-wait" (func $set_wait (param i32 i32) (result i32)))
    (import "" "set-drop" (func $set_drop (param i32)))

    ;; a place of 16 bytes for each call: its result, and an event
    (global $places (mut i32) (i32.const 0x1000))
    (func $place (result i32)
      (global.set $places (i32.add (global.get $places) (i32.const 16)))
      (global.get $places))

    (func $await (param $packed i32) (param $at i32) (local $set i32) (local $subtask i32)
      (if (i32.eq (i32.and (local.get $packed) (i32.const 15)) (i32.const 2)) (then (return)))
      (local.set $subtask (i32.shr_u (local.get $packed) (i32.const 4)))
      (local.set $set (call $set_new))
      (call $join (local.get $subtask) (local.get $set))
      (loop $again
        (drop (call $set_wait (local.get $set) (i32.add (local.get $at) (i32.const 8))))
        (br_if $again (i32.ne (i32.load offset=12 (local.get $at)) (i32.const 2))))
      (call $subtask_drop (local.get $subtask))
      (call $set_drop (local.get $set)))

    (func (export "plain") (param i32) (result i32)
      (i32.add (call $step (local.get 0)) (call $step (i32.add (local.get 0) (i32.const 1)))))

    (func (export "task") (param i32) (local $at i32)
      (local.set $at (call $place))
      (call $await (call $later (local.get 0) (local.get $at)) (local.get $at))
      (call $return (i32.load (local.get $at))))

    ;; the result; or 1000 times the state in which it was cancelled
    (func (export "cancel") (param i32) (local $at i32) (local $packed i32) (local $state i32)
      (local.set $at (call $place))
      (local.set $packed (call $later (local.get 0) (local.get $at)))
      (local.set $state (i32.and (local.get $packed) (i32.const 15)))
      (if (i32.ne (local.get $state) (i32.const 2))
        (then
          (local.set $packed (i32.shr_u (local.get $packed) (i32.const 4)))
          (local.set $state (call $subtask_cancel (local.get $packed)))
          (call $subtask_drop (local.get $packed))))
      (if (i32.eq (local.get $state) (i32.const 2))
        (then (call $return (i32.load (local.get $at))))
        (else (call $return (i32.mul (local.get $state) (i32.const 1000))))))

    (func (export "text") (param $p i32) (param $n i32) (result i32) (local $at i32)
      (local.set $at (call $place))
      (call $note (local.get $p) (local.get $n) (local.get $at))
      (local.get $at))

    (func (export "things") (param i32) (result i32) (local $thing i32) (local $seen i32)
      (local.set $thing (call $make (local.get 0)))
      (local.set $seen (call $look (local.get $thing)))
      (call $take (local.get $thing))
      (local.get $seen)))

  (core instance $m (instantiate $Main
    (with "" (instance
      (export "mem" (memory $memory "mem"))
      (export "step" (func $step')) (export "later" (func $later')) (export "note" (func $note'))
      (export "make" (func $make')) (export "look" (func $look')) (export "take" (func $take'))
      (export "return" (func $return))
      (export "subtask-cancel" (func $subtask_cancel)) (export "subtask-drop" (func $subtask_drop))
      (export "join" (func $join)) (export "set-new" (func $set_new)) (export "set-wait" (func $set_wait))
      (export "set-drop" (func $set_drop))))))
  (func (export "plain") (param "x" u32) (result u32) (canon lift (core func $m "plain")))
  (func (export "task") async (param "x" u32) (result u32) (canon lift (core func $m "task") async))
  (func (export "cancel") async (param "x" u32) (result u32) (canon lift (core func $m "cancel") async))
  (func (export "text") (param "s" string) (result string)
    (canon lift (core func $m "text") (memory (core memory $memory "mem")) (realloc (core func $memory "realloc"))))
  (func (export "things") (param "x" u32) (result u32) (canon lift (core func $m "things"))))
