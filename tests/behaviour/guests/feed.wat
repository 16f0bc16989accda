;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;; A stream that is written in functions of scalars: `open` gives its readable end, `feed` writes one byte to it and says
;; what stream.write has said.
(component
  (type $bytes (stream u8))
  (core module $Memory (memory (export "mem") 1))
  (core instance $memory (instantiate $Memory))
  (core func $new (canon stream.new $bytes))
  (core func $write (canon stream.write $bytes async (memory (core memory $memory "mem"))))
  (core module $M
    (import "" "new" (func $new (result i64)))
    (import "" "write" (func $write (param i32 i32 i32) (result i32)))
    (global $writable (mut i32) (i32.const 0))
    (func (export "open") (result i32) (local $ends i64)
      (local.set $ends (call $new))
      (global.set $writable (i32.wrap_i64 (i64.shr_u (local.get $ends) (i64.const 32))))
      (i32.wrap_i64 (local.get $ends)))
    (func (export "feed") (result i32) (call $write (global.get $writable) (i32.const 0) (i32.const 1))))
  (core instance $m (instantiate $M (with "" (instance (export "new" (func $new)) (export "write" (func $write))))))
  (func (export "open") (result $bytes) (canon lift (core func $m "open")))
  (func (export "feed") (result u32) (canon lift (core func $m "feed"))))
