;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;; A command that asks for three random numbers, waits a little, and then computes for ever.
(component
  (import "wasi:random/random@0.3.0" (instance $random (export "get-random-u64" (func (result u64)))))
  (import "wasi:clocks/monotonic-clock@0.3.0" (instance $clock
    (export "wait-for" (func async (param "how-long" u64)))))
  (core func $random' (canon lower (func $random "get-random-u64")))
  (core func $wait (canon lower (func $clock "wait-for")))
  (core module $m
    (import "" "random" (func $random (result i64)))
    (import "" "wait" (func $wait (param i64)))
    (func (export "run") (result i32)
      (local $n i64)
      (drop (call $random))
      (drop (call $random))
      (call $wait (i64.const 1000000))
      (local.set $n (call $random))
      (loop $for_ever
        (local.set $n (i64.mul (local.get $n) (i64.const 6364136223846793005)))
        (br $for_ever))
      (unreachable))
    (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
  (core instance $i (instantiate $m (with "" (instance
    (export "random" (func $random')) (export "wait" (func $wait))))))
  (func $run async (result (result))
    (canon lift (core func $i "run") async (callback (core func $i "callback"))))
  (instance (export "wasi:cli/run@0.3.0") (export "run" (func $run))))
