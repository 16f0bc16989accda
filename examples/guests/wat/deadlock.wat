;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;; A command that waits for an event of a waitable set that is and stays empty.
(component
  (core module $m
    (import "" "waitable-set.new" (func $waitable-set.new (result i32)))
    (func (export "run") (result i32)
      (i32.or (i32.const 2 (;WAIT;)) (i32.shl (call $waitable-set.new) (i32.const 4))))
    (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
  (canon waitable-set.new (core func $waitable-set.new))
  (core instance $i (instantiate $m (with "" (instance (export "waitable-set.new" (func $waitable-set.new))))))
  (func $run async (result (result))
    (canon lift (core func $i "run") async (callback (core func $i "callback"))))
  (instance (export "wasi:cli/run@0.3.0") (export "run" (func $run))))
