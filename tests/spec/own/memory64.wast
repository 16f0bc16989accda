;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;; 64-bit memories: pointers, lengths and realloc are i64.
(component
  (core module $m
    (memory (export "mem") i64 1)
    (global $top (mut i64) (i64.const 1024))
    (func (export "realloc") (param i64 i64 i64 i64) (result i64)
      (local $at i64) (local.set $at (i64.and (i64.add (global.get $top) (i64.const 7)) (i64.const -8)))
      (global.set $top (i64.add (local.get $at) (local.get 3))) (local.get $at))
    (func (export "echo") (param i64 i64) (result i64)
      (i64.store (i64.const 16) (local.get 0)) (i64.store (i64.const 24) (local.get 1)) (i64.const 16))
    (func (export "sum") (param i64 i64) (result i32)
      (local $s i32)
      (loop $l (if (i64.gt_u (local.get 1) (i64.const 0)) (then
        (local.set $s (i32.add (local.get $s) (i32.load8_u (local.get 0))))
        (local.set 0 (i64.add (local.get 0) (i64.const 1))) (local.set 1 (i64.sub (local.get 1) (i64.const 1))) (br $l))))
      (local.get $s)))
  (core instance $i (instantiate $m))
  (func (export "echo") (param "s" string) (result string) (canon lift (core func $i "echo") (memory (core memory $i "mem")) (realloc (core func $i "realloc"))))
  (func (export "sum") (param "l" (list u8)) (result u32) (canon lift (core func $i "sum") (memory (core memory $i "mem")) (realloc (core func $i "realloc")))))
(assert_return (invoke "echo" (str.const "hello sixty-four")) (str.const "hello sixty-four"))
(assert_return (invoke "sum" (list.const (u8.const 1) (u8.const 2) (u8.const 3))) (u32.const 6))
