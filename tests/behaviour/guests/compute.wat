;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;; A command that never ends, and never calls anybody.
(component
  (core module $m
    (func (export "run") (result i32) (loop $again (br $again)) (unreachable))
    (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
  (core instance $i (instantiate $m))
  (func $run async (result (result))
    (canon lift (core func $i "run") async (callback (core func $i "callback"))))
  (instance (export "wasi:cli/run@0.3.0") (export "run" (func $run))))
