;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;; Results of host functions, which go through memory: what arrives there is what `run` and `words` return.
(component
  (import "give" (func $give (result (tuple u32 u64 (option u32)))))
  (import "tell" (func $tell (result (result u32 (error string)))))
  (import "later" (func $later async (result (tuple u32 u64))))
  (core module $Base
    (memory (export "mem") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 256)))
  (core instance $base (instantiate $Base))
  (core func $give' (canon lower (func $give) (memory $base "mem")))
  (core func $tell' (canon lower (func $tell) (memory $base "mem") (realloc (func $base "realloc"))))
  (core func $later' (canon lower (func $later) async (memory $base "mem")))
  (core module $M
    (import "" "mem" (memory 1))
    (import "" "give" (func $give (param i32)))
    (import "" "tell" (func $tell (param i32)))
    (import "" "later" (func $later (param i32) (result i32)))
    (func (export "run") (param $at i32) (result i64)
      (call $give (local.get $at))
      (i64.add (i64.load (i32.const 24))
        (i64.add (i64.load32_u (i32.const 16)) (i64.load32_u (i32.const 36)))))
    ;; of an error: its first letter
    (func (export "words") (result i32)
      (call $tell (i32.const 16))
      (if (result i32) (i32.load8_u (i32.const 16))
        (then (i32.load8_u (i32.load (i32.const 20))))
        (else (i32.load (i32.const 20)))))
    (func (export "wait") (drop (call $later (i32.const 16)))))
  (core instance $m (instantiate $M (with "" (instance (export "mem" (memory $base "mem"))
    (export "give" (func $give')) (export "tell" (func $tell')) (export "later" (func $later'))))))
  (func (export "run") (param "at" u32) (result u64) (canon lift (core func $m "run")))
  (func (export "words") (result u32) (canon lift (core func $m "words")))
  (func (export "wait") (canon lift (core func $m "wait"))))
