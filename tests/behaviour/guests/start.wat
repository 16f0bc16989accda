;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;; A start function that asks the host for a resource, which nobody drops.
(component
  (import "thing" (type $thing (sub resource)))
  (import "make" (func $make (param "rep" u32) (result (own $thing))))
  (core func $make_core (canon lower (func $make)))
  (core module $Main
    (import "" "make" (func $make (param i32) (result i32)))
    (func $start (drop (call $make (i32.const 5))))
    (start $start))
  (core instance (instantiate $Main (with "" (instance (export "make" (func $make_core)))))))
