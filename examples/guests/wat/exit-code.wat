;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;; A command that ends the program with exit code 7.
(component
  (import "wasi:cli/exit@0.3.0" (instance $exit (export "exit-with-code" (func (param "status-code" u8)))))
  (core module $m
    (import "" "exit" (func $exit (param i32)))
    (func (export "run") (result i32) (call $exit (i32.const 7)) unreachable)
    (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
  (core func $exit (canon lower (func $exit "exit-with-code")))
  (core instance $i (instantiate $m (with "" (instance (export "exit" (func $exit))))))
  (func $run async (result (result))
    (canon lift (core func $i "run") async (callback (core func $i "callback"))))
  (instance (export "wasi:cli/run@0.3.0") (export "run" (func $run))))
