;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;; Error contexts: the message is empty, as the deterministic profile has it, and the handle is dropped.
(component
  (core module $libc (memory (export "mem") 1) (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 512)))
  (core instance $libc (instantiate $libc))
  (core module $m (import "" "new" (func $new (param i32 i32) (result i32))) (import "" "msg" (func $msg (param i32 i32))) (import "" "drop" (func $drop (param i32)))
    (import "libc" "mem" (memory 1))
    (func (export "f") (result i32) (local $e i32)
      (local.set $e (call $new (i32.const 0) (i32.const 4))) (i32.store (i32.const 100) (i32.const -1))
      (call $msg (local.get $e) (i32.const 96)) (call $drop (local.get $e)) (i32.load (i32.const 100)))
    (func (export "g") (call $drop (i32.const 9))))
  (canon error-context.new (memory (core memory $libc "mem")) (core func $new))
  (canon error-context.debug-message (memory (core memory $libc "mem")) (realloc (core func $libc "realloc")) (core func $msg))
  (canon error-context.drop (core func $drop))
  (core instance $i (instantiate $m (with "libc" (instance $libc)) (with "" (instance (export "new" (func $new)) (export "msg" (func $msg)) (export "drop" (func $drop))))))
  (func (export "f") (result u32) (canon lift (core func $i "f")))
  (func (export "g") (canon lift (core func $i "g"))))
(assert_return (invoke "f") (u32.const 0))
(assert_trap (invoke "g") "unknown handle index 9")
