;; Calls through emitted adapters (src/adapter) where realloc or post-return would leave, and of callees that are no
;; leaves. A run without adapters (`weir wast --no-adapters`) has the same outcome.

;; The caller's realloc, called for a result, calls the same function again if it is told to.
(component definition $A
  (component $callee
    (core module $m
      (memory (export "memory") 1)
      (data (i32.const 16) "\20\00\00\00\03\00\00\00") (data (i32.const 32) "abc")
      (func (export "f") (result i32) (i32.const 16)))
    (core instance $m (instantiate $m))
    (func (export "f") (result string) (canon lift (core func $m "f") (memory (core memory $m "memory")))))
  (component $caller
    (import "f" (func $f (result string)))
    (core module $e
      (type $t (func (param i32)))
      (memory (export "memory") 1)
      (table (export "table") 1 funcref)
      (global $again (export "again") (mut i32) (i32.const 0))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (if (global.get $again) (then (call_indirect (type $t) (i32.const 8) (i32.const 0))))
        (i32.const 256)))
    (core instance $e (instantiate $e))
    (core func $f (canon lower (func $f) (memory (core memory $e "memory")) (realloc (core func $e "realloc"))))
    (core module $m
      (import "" "f" (func $f (param i32)))
      (import "e" "memory" (memory 1))
      (import "e" "table" (table 1 funcref))
      (import "e" "again" (global $again (mut i32)))
      (elem (i32.const 0) $f)
      (func (export "run") (param i32) (result i32)
        (global.set $again (local.get 0))
        (call $f (i32.const 8))
        (call $f (i32.const 8))
        (i32.add (i32.load8_u (i32.load (i32.const 8))) (i32.load (i32.const 12)))))
    (core instance $m (instantiate $m (with "e" (instance $e)) (with "" (instance (export "f" (func $f))))))
    (func (export "run") (param "again" u32) (result u32) (canon lift (core func $m "run"))))
  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "f" (func $callee "f"))))
  (export "run" (func $caller "run")))
(component instance $i $A)
(assert_return (invoke "run" (u32.const 0)) (u32.const 100))
(assert_trap (invoke "run" (u32.const 1)) "cannot leave component instance")

;; The callee is no leaf: its realloc and its post-return call a built-in if they are told to. `f` may, and what it does
;; to a context slot is gone with the call.
(component definition $B
  (component $callee
    (core func $new (canon waitable-set.new))
    (core func $get (canon context.get i32 0))
    (core func $set (canon context.set i32 0))
    (core module $m
      (import "" "new" (func $new (result i32)))
      (memory (export "memory") 1)
      (global $how (mut i32) (i32.const 0))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (if (i32.eq (global.get $how) (i32.const 1)) (then (drop (call $new))))
        (i32.const 256))
      (func (export "f") (param i32 i32) (result i32)
        (drop (call $new))
        (global.set $how (i32.sub (i32.load8_u (local.get 0)) (i32.const 48)))
        (global.get $how))
      (func (export "post") (param i32)
        (if (i32.eq (global.get $how) (i32.const 2)) (then (drop (call $new))))))
    (core instance $m (instantiate $m (with "" (instance (export "new" (func $new))))))
    (func (export "f") (param "s" string) (result u32) (canon lift (core func $m "f")
      (memory (core memory $m "memory")) (realloc (core func $m "realloc")) (post-return (core func $m "post")))))
  (component $slots
    (core func $get (canon context.get i32 0))
    (core func $set (canon context.set i32 0))
    (core module $m
      (import "" "get" (func $get (result i32)))
      (import "" "set" (func $set (param i32)))
      (func (export "g") (result i32) (call $get) (call $set (i32.const 7)) (i32.add (i32.const 1))))
    (core instance $m (instantiate $m (with "" (instance (export "get" (func $get)) (export "set" (func $set))))))
    (func (export "g") (result u32) (canon lift (core func $m "g"))))
  (component $caller
    (import "f" (func $f (param "s" string) (result u32)))
    (import "g" (func $g (result u32)))
    (core module $e (memory (export "memory") 1) (data (i32.const 0) "0123"))
    (core instance $e (instantiate $e))
    (core func $f (canon lower (func $f) (memory (core memory $e "memory"))))
    (core func $g (canon lower (func $g)))
    (core module $m
      (import "" "f" (func $f (param i32 i32) (result i32)))
      (import "" "g" (func $g (result i32)))
      (func (export "run") (param i32) (result i32) (call $f (local.get 0) (i32.const 1)))
      (func (export "slots") (result i32) (i32.add (call $g) (call $g))))
    (core instance $m (instantiate $m (with "" (instance (export "f" (func $f)) (export "g" (func $g))))))
    (func (export "run") (param "how" u32) (result u32) (canon lift (core func $m "run")))
    (func (export "slots") (result u32) (canon lift (core func $m "slots"))))
  (instance $callee (instantiate $callee))
  (instance $slots (instantiate $slots))
  (instance $caller (instantiate $caller (with "f" (func $callee "f")) (with "g" (func $slots "g"))))
  (export "run" (func $caller "run"))
  (export "slots" (func $caller "slots")))
(component instance $i $B)
(assert_return (invoke "slots") (u32.const 2))
(assert_return (invoke "run" (u32.const 0)) (u32.const 0))
(assert_return (invoke "run" (u32.const 1)) (u32.const 1))
(assert_trap (invoke "run" (u32.const 0)) "cannot leave component instance")
(component instance $i $B)
(assert_return (invoke "run" (u32.const 3)) (u32.const 3))
(assert_trap (invoke "run" (u32.const 2)) "cannot leave component instance")

;; A leaf between two others: its post-return would call through an adapter of its own.
(component
  (component $callee
    (core module $m (func (export "f")))
    (core instance $m (instantiate $m))
    (func (export "f") (canon lift (core func $m "f"))))
  (component $middle
    (import "f" (func $f))
    (core func $f (canon lower (func $f)))
    (core module $m (import "" "f" (func $f)) (func (export "f") (call $f)) (func (export "post") (call $f)))
    (core instance $m (instantiate $m (with "" (instance (export "f" (func $f))))))
    (func (export "f") (canon lift (core func $m "f")))
    (func (export "g") (canon lift (core func $m "f") (post-return (core func $m "post")))))
  (component $caller
    (import "f" (func $f))
    (import "g" (func $g))
    (core func $f (canon lower (func $f)))
    (core func $g (canon lower (func $g)))
    (core module $m
      (import "" "f" (func $f))
      (import "" "g" (func $g))
      (func (export "run") (call $f))
      (func (export "trap") (call $f) (call $g)))
    (core instance $m (instantiate $m (with "" (instance (export "f" (func $f)) (export "g" (func $g))))))
    (func (export "run") (canon lift (core func $m "run")))
    (func (export "trap") (canon lift (core func $m "trap"))))
  (instance $callee (instantiate $callee))
  (instance $middle (instantiate $middle (with "f" (func $callee "f"))))
  (instance $caller (instantiate $caller (with "f" (func $middle "f")) (with "g" (func $middle "g"))))
  (export "run" (func $caller "run"))
  (export "trap" (func $caller "trap")))
(assert_return (invoke "run"))
(assert_trap (invoke "trap") "cannot leave component instance")
