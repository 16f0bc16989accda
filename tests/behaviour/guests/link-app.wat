;; Imports an interface in another version than link-ops.wat has, a function of link-log.wat, and an interface of the host
;; with a resource, which link-ops.wat needs too.
(component
  (import "test:host/things@1.0.0" (instance $things
    (export "thing" (type $thing (sub resource)))
    (export "make" (func (result (own $thing))))))
  (alias export $things "thing" (type $thing))
  (import "test:calc/ops@0.1.0" (instance $ops
    (alias outer 1 $thing (type $t))
    (export "thing" (type $thing2 (eq $t)))
    (type $pair (record (field "a" u32) (field "b" u32)))
    (export "pair" (type $pair2 (eq $pair)))
    (export "add" (func (param "p" $pair2) (result u32)))
    (export "keep" (func (param "t" (own $thing2)) (result u32)))))
  (import "sum" (func $sum (result u32)))
  (core func $make (canon lower (func $things "make")))
  (core func $add (canon lower (func $ops "add")))
  (core func $keep (canon lower (func $ops "keep")))
  (core func $sum (canon lower (func $sum)))
  (core module $m
    (import "l" "make" (func $make (result i32)))
    (import "l" "add" (func $add (param i32 i32) (result i32)))
    (import "l" "keep" (func $keep (param i32) (result i32)))
    (import "l" "sum" (func $sum (result i32)))
    (func (export "run") (param i32) (result i32) (local $sum i32)
      (local.set $sum (call $add (local.get 0) (i32.const 7)))
      (local.set $sum (i32.add (local.get $sum) (i32.mul (i32.const 100) (call $keep (call $make)))))
      (i32.add (local.get $sum) (i32.mul (i32.const 10000) (call $sum)))))
  (core instance $i (instantiate $m (with "l" (instance
    (export "make" (func $make)) (export "add" (func $add)) (export "keep" (func $keep)) (export "sum" (func $sum))))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
