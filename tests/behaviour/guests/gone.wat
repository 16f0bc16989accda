;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;; A synchronous task whose call of the host does not end: no other thread of it may run either, so it traps.
(component
  (import "pend" (func $pend async (result string)))
  (core module $Base
    (memory (export "mem") 1)
    (table (export "t") 1 funcref)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64)))
  (core instance $base (instantiate $Base))
  (core type $start (func (param i32)))
  (alias core export $base "t" (core table $t))
  (core func $later (canon thread.resume-later))
  (core func $new (canon thread.new-indirect $start (table $t)))
  (core func $pend' (canon lower (func $pend) (memory $base "mem") (realloc (func $base "realloc"))))
  (core module $M
    (import "" "t" (table 1 funcref))
    (import "" "later" (func $later (param i32)))
    (import "" "new" (func $new (param i32 i32) (result i32)))
    (import "" "pend" (func $pend (param i32)))
    (func $nothing (param i32))
    (elem (i32.const 0) $nothing)
    (func (export "run")
      (call $later (call $new (i32.const 0) (i32.const 0)))
      (call $pend (i32.const 8))))
  (core instance $m (instantiate $M (with "" (instance (export "t" (table $t)) (export "later" (func $later))
    (export "new" (func $new)) (export "pend" (func $pend'))))))
  (func (export "run") (canon lift (core func $m "run"))))
