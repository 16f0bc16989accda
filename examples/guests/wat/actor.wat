;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;; An actor: it numbers the lines that it is given. Its memory is its state; nothing is shared with other instances.
(component
  (core module $m
    (memory (export "mem") 1)
    (global $count (mut i32) (i32.const 0))
    (global $top (mut i32) (i32.const 1024))

    ;; A bump allocator that post-return empties; traps where a line does not fit.
    (func $realloc (export "realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32)
      (result i32)
      (local $at i32)
      (local.set $at (global.get $top))
      (global.set $top (i32.add (local.get $at) (local.get $size)))
      (if (i32.gt_u (global.get $top) (i32.const 60000)) (then unreachable))
      (local.get $at))
    (func (export "forget") (param i32) (global.set $top (i32.const 1024)))

    ;; Writes $n in decimal at $at and returns where it ends.
    (func $decimal (param $n i32) (param $at i32) (result i32)
      (if (i32.ge_u (local.get $n) (i32.const 10))
        (then (local.set $at (call $decimal (i32.div_u (local.get $n) (i32.const 10)) (local.get $at)))))
      (i32.store8 (local.get $at)
        (i32.add (i32.const 48 (; '0' ;)) (i32.rem_u (local.get $n) (i32.const 10))))
      (i32.add (local.get $at) (i32.const 1)))

    ;; handle(line) -> "N line"; the result record (pointer, length) is at 16.
    (func (export "handle") (param $line i32) (param $size i32) (result i32)
      (local $out i32) (local $end i32)
      (global.set $count (i32.add (global.get $count) (i32.const 1)))
      (local.set $out (call $realloc (i32.const 0) (i32.const 0) (i32.const 1)
        (i32.add (local.get $size) (i32.const 12))))
      (local.set $end (call $decimal (global.get $count) (local.get $out)))
      (i32.store8 (local.get $end) (i32.const 32 (; ' ' ;)))
      (local.set $end (i32.add (local.get $end) (i32.const 1)))
      (memory.copy (local.get $end) (local.get $line) (local.get $size))
      (i32.store (i32.const 16) (local.get $out))
      (i32.store (i32.const 20) (i32.sub (i32.add (local.get $end) (local.get $size)) (local.get $out)))
      (i32.const 16)))
  (core instance $i (instantiate $m))
  (func (export "handle") (param "line" string) (result string)
    (canon lift (core func $i "handle") (memory (core memory $i "mem")) (realloc (core func $i "realloc"))
      (post-return (core func $i "forget")))))
