;; A caller and a leaf: `run` gives the length of a string that goes through an adapter, and its first byte.
(component
  (component $leaf
    (core module $m
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 512))
      (func (export "f") (param i32 i32) (result i32) (i32.add (local.get 1) (i32.load8_u (local.get 0)))))
    (core instance $m (instantiate $m))
    (func (export "f") (param "s" string) (result u32) (canon lift (core func $m "f")
      (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
  (component $caller
    (import "f" (func $f (param "s" string) (result u32)))
    (core module $e (memory (export "memory") 1) (data (i32.const 8) "abc"))
    (core instance $e (instantiate $e))
    (core func $f (canon lower (func $f) (memory (core memory $e "memory"))))
    (core module $m (import "" "f" (func $f (param i32 i32) (result i32)))
      (func (export "run") (param i32 i32) (result i32) (call $f (local.get 0) (local.get 1))))
    (core instance $m (instantiate $m (with "" (instance (export "f" (func $f))))))
    (func (export "run") (param "at" u32) (param "size" u32) (result u32) (canon lift (core func $m "run"))))
  (instance $leaf (instantiate $leaf))
  (instance $caller (instantiate $caller (with "f" (func $leaf "f"))))
  (export "run" (func $caller "run")))
