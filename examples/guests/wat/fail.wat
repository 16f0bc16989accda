;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;; A command whose run returns an error.
(component
  (core module $m
    (import "" "return" (func $return (param i32)))
    (func (export "run") (result i32) (call $return (i32.const 1)) (i32.const 0 (;EXIT;)))
    (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
  (canon task.return (result (result)) (core func $return))
  (core instance $i (instantiate $m (with "" (instance (export "return" (func $return))))))
  (func $run async (result (result))
    (canon lift (core func $i "run") async (callback (core func $i "callback"))))
  (instance (export "wasi:cli/run@0.3.0") (export "run" (func $run))))
