;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;; An async function without imports: it lets others run once, then returns twice its argument.
(component
  (core module $m
    (import "" "return" (func $return (param i32)))
    (global $n (mut i32) (i32.const 0))
    (func (export "double") (param $n i32) (result i32)
      (global.set $n (local.get $n))
      (i32.const 1 (; YIELD ;)))
    (func (export "go-on") (param i32 i32 i32) (result i32)
      (call $return (i32.mul (global.get $n) (i32.const 2)))
      (i32.const 0 (; EXIT ;))))
  (core func $return (canon task.return (result u32)))
  (core instance $i (instantiate $m (with "" (instance (export "return" (func $return))))))
  (func (export "double") async (param "n" u32) (result u32)
    (canon lift (core func $i "double") async (callback (func $i "go-on")))))
