;; A library: four async functions on numbers. Most yield now and then, so that calls run side by side. What a call has
;; to remember meanwhile are two numbers in memory; their address is in its context slot.
(component
  (core func $return-bool (canon task.return (result bool)))
  (core func $return-u32 (canon task.return (result u32)))
  (core func $return-u64 (canon task.return (result u64)))
  (core func $get (canon context.get i32 0))
  (core func $set (canon context.set i32 0))
  (core module $m
    (import "w" "return-bool" (func $return-bool (param i32)))
    (import "w" "return-u32" (func $return-u32 (param i32)))
    (import "w" "return-u64" (func $return-u64 (param i64)))
    (import "w" "get" (func $get (result i32)))
    (import "w" "set" (func $set (param i32)))
    (memory 1)
    (global $EXIT i32 (i32.const 0))
    (global $YIELD i32 (i32.const 1))

    ;; There is room for 8192 calls at once.
    (global $next (mut i32) (i32.const 0))
    (func $begin (param $first i32) (param $second i32)
      (global.set $next (i32.and (i32.add (global.get $next) (i32.const 8)) (i32.const 0xffff)))
      (call $set (global.get $next))
      (call $set-first (local.get $first))
      (call $set-second (local.get $second)))
    (func $first (result i32) (i32.load (call $get)))
    (func $second (result i32) (i32.load offset=4 (call $get)))
    (func $set-first (param i32) (i32.store (call $get) (local.get 0)))
    (func $set-second (param i32) (i32.store offset=4 (call $get) (local.get 0)))

    ;; the number, and the next divisor
    (func (export "is-prime") (param $n i32) (result i32)
      (call $begin (local.get $n) (i32.const 2))
      (global.get $YIELD))
    (func (export "is-prime-goes-on") (param i32 i32 i32) (result i32) (local $n i32) (local $d i32)
      (local.set $n (call $first))
      (local.set $d (call $second))
      (if (i64.gt_u (i64.mul (i64.extend_i32_u (local.get $d)) (i64.extend_i32_u (local.get $d)))
                    (i64.extend_i32_u (local.get $n)))
        (then
          (call $return-bool (i32.gt_u (local.get $n) (i32.const 1)))
          (return (global.get $EXIT))))
      (if (i32.eqz (i32.rem_u (local.get $n) (local.get $d)))
        (then
          (call $return-bool (i32.const 0))
          (return (global.get $EXIT))))
      (call $set-second (i32.add (local.get $d) (i32.const 1)))
      (global.get $YIELD))

    ;; the number, and the steps so far
    (func (export "collatz") (param $n i32) (result i32)
      (call $begin (local.get $n) (i32.const 0))
      (global.get $YIELD))
    (func (export "collatz-goes-on") (param i32 i32 i32) (result i32) (local $n i32)
      (local.set $n (call $first))
      (if (i32.le_u (local.get $n) (i32.const 1))
        (then
          (call $return-u32 (call $second))
          (return (global.get $EXIT))))
      (call $set-first (if (result i32) (i32.and (local.get $n) (i32.const 1))
        (then (i32.add (i32.mul (local.get $n) (i32.const 3)) (i32.const 1)))
        (else (i32.shr_u (local.get $n) (i32.const 1)))))
      (call $set-second (i32.add (call $second) (i32.const 1)))
      (global.get $YIELD))

    ;; the number
    (func (export "fibonacci") (param $n i32) (result i32)
      (call $begin (local.get $n) (i32.const 0))
      (global.get $YIELD))
    (func (export "fibonacci-goes-on") (param i32 i32 i32) (result i32) (local $n i32) (local $a i64) (local $b i64)
      (local.set $b (i64.const 1))
      (local.set $n (call $first))
      (loop $next
        (if (local.get $n)
          (then
            (local.set $b (i64.add (local.get $a) (local.get $b)))
            (local.set $a (i64.sub (local.get $b) (local.get $a)))
            (local.set $n (i32.sub (local.get $n) (i32.const 1)))
            (br $next))))
      (call $return-u64 (local.get $a))
      (global.get $EXIT))

    ;; ends at once
    (func (export "factorial") (param $n i32) (result i32) (local $product i64)
      (local.set $product (i64.const 1))
      (loop $next
        (if (local.get $n)
          (then
            (local.set $product (i64.mul (local.get $product) (i64.extend_i32_u (local.get $n))))
            (local.set $n (i32.sub (local.get $n) (i32.const 1)))
            (br $next))))
      (call $return-u64 (local.get $product))
      (global.get $EXIT))
    (func (export "never") (param i32 i32 i32) (result i32) unreachable))
  (core instance $i (instantiate $m (with "w" (instance
    (export "return-bool" (func $return-bool)) (export "return-u32" (func $return-u32))
    (export "return-u64" (func $return-u64)) (export "get" (func $get)) (export "set" (func $set))))))
  (func $is-prime async (param "n" u32) (result bool)
    (canon lift (core func $i "is-prime") async (callback (func $i "is-prime-goes-on"))))
  (func $fibonacci async (param "n" u32) (result u64)
    (canon lift (core func $i "fibonacci") async (callback (func $i "fibonacci-goes-on"))))
  (func $factorial async (param "n" u32) (result u64)
    (canon lift (core func $i "factorial") async (callback (func $i "never"))))
  (func $collatz async (param "n" u32) (result u32)
    (canon lift (core func $i "collatz") async (callback (func $i "collatz-goes-on"))))
  (instance $ops
    (export "is-prime" (func $is-prime)) (export "fibonacci" (func $fibonacci))
    (export "factorial" (func $factorial)) (export "collatz" (func $collatz)))
  (export "example:numbers/ops@1.0.0" (instance $ops)))
