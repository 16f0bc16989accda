;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;; A command that never ends: it asks for random numbers and the time, waits a little, and does it again.
(component
  (import "wasi:random/random@0.3.0" (instance $random (export "get-random-u64" (func (result u64)))))
  (import "wasi:clocks/monotonic-clock@0.3.0" (instance $clock
    (export "now" (func (result u64)))
    (export "wait-for" (func async (param "how-long" u64)))))
  (core func $random' (canon lower (func $random "get-random-u64")))
  (core func $now (canon lower (func $clock "now")))
  (core func $wait (canon lower (func $clock "wait-for")))
  (core module $m
    (import "" "random" (func $random (result i64)))
    (import "" "now" (func $now (result i64)))
    (import "" "wait" (func $wait (param i64)))
    (func (export "run") (result i32)
      (local $n i32)
      (loop $again
        (drop (call $random))
        (drop (call $now))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br_if $again (i32.and (local.get $n) (i32.const 63)))
        (call $wait (i64.const 100000))
        (br $again))
      (unreachable))
    (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
  (core instance $i (instantiate $m (with "" (instance
    (export "random" (func $random')) (export "now" (func $now)) (export "wait" (func $wait))))))
  (func $run async (result (result))
    (canon lift (core func $i "run") async (callback (core func $i "callback"))))
  (instance (export "wasi:cli/run@0.3.0") (export "run" (func $run))))
