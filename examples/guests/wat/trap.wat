;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;; A command that traps at once.
(component
  (core module $m
    (func $fall_over unreachable)
    (func (export "run") (result i32) (call $fall_over) (i32.const 0))
    (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
  (core instance $i (instantiate $m))
  (func $run async (result (result))
    (canon lift (core func $i "run") async (callback (core func $i "callback"))))
  (instance (export "wasi:cli/run@0.3.0") (export "run" (func $run))))
