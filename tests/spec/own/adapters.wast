;; Calls through emitted adapters (src/adapter): values that arrive, and each of their traps. A run without adapters
;; (`weir wast --no-adapters`) has the same outcome.

;; narrow integers wrap, booleans are 0 or 1, flags lose what they do not have
(component
  (component $callee
    (core module $m
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 512))
      (func (export "f") (param i32 i32 i32) (result i32) (i32.add (local.get 0) (i32.add (local.get 1) (i32.add (local.get 2) (i32.const 4))))))
    (core instance $m (instantiate $m))
    (func (export "f") (param "b" bool) (param "c" u8) (param "d" s8) (result u32) (canon lift (core func $m "f")
      (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
  (component $caller
    (import "f" (func $f (param "b" bool) (param "c" u8) (param "d" s8) (result u32)))
    (core module $e (memory (export "memory") 1))
    (core instance $e (instantiate $e))
    (core func $f (canon lower (func $f) (memory (core memory $e "memory"))))
    (core module $m (import "" "f" (func $f (param i32 i32 i32) (result i32))) (import "e" "memory" (memory 1))
      (func (export "run") (result i32) (call $f (i32.const 256) (i32.const 0x1fe) (i32.const 0x1ff))))
    (core instance $m (instantiate $m (with "e" (instance $e)) (with "" (instance (export "f" (func $f))))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))
  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "f" (func $callee "f"))))
  (export "run" (func $caller "run")))
(assert_return (invoke "run") (u32.const 258))

;; a string arrives
(component
  (component $callee
    (core module $m
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 512))
      (func (export "f") (param i32 i32) (result i32) (i32.add (i32.load8_u offset=1 (local.get 0)) (local.get 1))))
    (core instance $m (instantiate $m))
    (func (export "f") (param "s" string) (result u32) (canon lift (core func $m "f")
      (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
  (component $caller
    (import "f" (func $f (param "s" string) (result u32)))
    (core module $e (memory (export "memory") 1)(data (i32.const 7) "abc"))
    (core instance $e (instantiate $e))
    (core func $f (canon lower (func $f) (memory (core memory $e "memory"))))
    (core module $m (import "" "f" (func $f (param i32 i32) (result i32))) (import "e" "memory" (memory 1))
      (func (export "run") (result i32) (call $f (i32.const 7) (i32.const 3))))
    (core instance $m (instantiate $m (with "e" (instance $e)) (with "" (instance (export "f" (func $f))))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))
  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "f" (func $callee "f"))))
  (export "run" (func $caller "run")))
(assert_return (invoke "run") (u32.const 101))

;; a result behind a pointer, whose post-return is called with it
(component
  (component $callee
    (core module $m
      (memory (export "memory") 1)(data (i32.const 16) "\05\00\00\00\07")
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 512))
      (func (export "f") (result i32) (i32.const 16))
      (func (export "post") (param i32) (if (i32.ne (local.get 0) (i32.const 16)) (then unreachable))))
    (core instance $m (instantiate $m))
    (func (export "f") (result (tuple u32 u32)) (canon lift (core func $m "f")
      (memory (core memory $m "memory")) (realloc (core func $m "realloc")) (post-return (core func $m "post")))))
  (component $caller
    (import "f" (func $f (result (tuple u32 u32))))
    (core module $e (memory (export "memory") 1))
    (core instance $e (instantiate $e))
    (core func $f (canon lower (func $f) (memory (core memory $e "memory"))))
    (core module $m (import "" "f" (func $f (param i32))) (import "e" "memory" (memory 1))
      (func (export "run") (result i32) (call $f (i32.const 8)) (i32.add (i32.load (i32.const 8)) (i32.load (i32.const 12)))))
    (core instance $m (instantiate $m (with "e" (instance $e)) (with "" (instance (export "f" (func $f))))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))
  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "f" (func $callee "f"))))
  (export "run" (func $caller "run")))
(assert_return (invoke "run") (u32.const 12))

;; parameters behind a pointer
(component
  (component $callee
    (core module $m
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 512))
      (func (export "f") (param i32) ))
    (core instance $m (instantiate $m))
    (func (export "f") (param "t" (tuple u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32)) (canon lift (core func $m "f")
      (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
  (component $caller
    (import "f" (func $f (param "t" (tuple u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32))))
    (core module $e (memory (export "memory") 1))
    (core instance $e (instantiate $e))
    (core func $f (canon lower (func $f) (memory (core memory $e "memory"))))
    (core module $m (import "" "f" (func $f (param i32))) (import "e" "memory" (memory 1))
      (func (export "run") (result i32) (call $f (i32.const 2)) (i32.const 0)))
    (core instance $m (instantiate $m (with "e" (instance $e)) (with "" (instance (export "f" (func $f))))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))
  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "f" (func $callee "f"))))
  (export "run" (func $caller "run")))
(assert_trap (invoke "run") "unaligned pointer")

;; the same
(component
  (component $callee
    (core module $m
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 512))
      (func (export "f") (param i32) ))
    (core instance $m (instantiate $m))
    (func (export "f") (param "t" (tuple u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32)) (canon lift (core func $m "f")
      (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
  (component $caller
    (import "f" (func $f (param "t" (tuple u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32))))
    (core module $e (memory (export "memory") 1))
    (core instance $e (instantiate $e))
    (core func $f (canon lower (func $f) (memory (core memory $e "memory"))))
    (core module $m (import "" "f" (func $f (param i32))) (import "e" "memory" (memory 1))
      (func (export "run") (result i32) (call $f (i32.const 65472)) (i32.const 0)))
    (core instance $m (instantiate $m (with "e" (instance $e)) (with "" (instance (export "f" (func $f))))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))
  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "f" (func $callee "f"))))
  (export "run" (func $caller "run")))
(assert_trap (invoke "run") "pointer out-of-bounds")

;; what realloc returns for them
(component
  (component $callee
    (core module $m
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 513))
      (func (export "f") (param i32) ))
    (core instance $m (instantiate $m))
    (func (export "f") (param "t" (tuple u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32)) (canon lift (core func $m "f")
      (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
  (component $caller
    (import "f" (func $f (param "t" (tuple u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32))))
    (core module $e (memory (export "memory") 1))
    (core instance $e (instantiate $e))
    (core func $f (canon lower (func $f) (memory (core memory $e "memory"))))
    (core module $m (import "" "f" (func $f (param i32))) (import "e" "memory" (memory 1))
      (func (export "run") (result i32) (call $f (i32.const 0)) (i32.const 0)))
    (core instance $m (instantiate $m (with "e" (instance $e)) (with "" (instance (export "f" (func $f))))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))
  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "f" (func $callee "f"))))
  (export "run" (func $caller "run")))
(assert_trap (invoke "run") "unaligned pointer")

;; the same
(component
  (component $callee
    (core module $m
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65472))
      (func (export "f") (param i32) ))
    (core instance $m (instantiate $m))
    (func (export "f") (param "t" (tuple u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32)) (canon lift (core func $m "f")
      (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
  (component $caller
    (import "f" (func $f (param "t" (tuple u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32))))
    (core module $e (memory (export "memory") 1))
    (core instance $e (instantiate $e))
    (core func $f (canon lower (func $f) (memory (core memory $e "memory"))))
    (core module $m (import "" "f" (func $f (param i32))) (import "e" "memory" (memory 1))
      (func (export "run") (result i32) (call $f (i32.const 0)) (i32.const 0)))
    (core instance $m (instantiate $m (with "e" (instance $e)) (with "" (instance (export "f" (func $f))))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))
  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "f" (func $callee "f"))))
  (export "run" (func $caller "run")))
(assert_trap (invoke "run") "pointer out-of-bounds")

;; a result's pointer
(component
  (component $callee
    (core module $m
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 512))
      (func (export "f") (result i32) (i32.const 2)))
    (core instance $m (instantiate $m))
    (func (export "f") (result (tuple u32 u32)) (canon lift (core func $m "f")
      (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
  (component $caller
    (import "f" (func $f (result (tuple u32 u32))))
    (core module $e (memory (export "memory") 1))
    (core instance $e (instantiate $e))
    (core func $f (canon lower (func $f) (memory (core memory $e "memory"))))
    (core module $m (import "" "f" (func $f (param i32))) (import "e" "memory" (memory 1))
      (func (export "run") (result i32) (call $f (i32.const 0)) (i32.const 0)))
    (core instance $m (instantiate $m (with "e" (instance $e)) (with "" (instance (export "f" (func $f))))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))
  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "f" (func $callee "f"))))
  (export "run" (func $caller "run")))
(assert_trap (invoke "run") "unaligned pointer")

;; the same
(component
  (component $callee
    (core module $m
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 512))
      (func (export "f") (result i32) (i32.const 65532)))
    (core instance $m (instantiate $m))
    (func (export "f") (result (tuple u32 u32)) (canon lift (core func $m "f")
      (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
  (component $caller
    (import "f" (func $f (result (tuple u32 u32))))
    (core module $e (memory (export "memory") 1))
    (core instance $e (instantiate $e))
    (core func $f (canon lower (func $f) (memory (core memory $e "memory"))))
    (core module $m (import "" "f" (func $f (param i32))) (import "e" "memory" (memory 1))
      (func (export "run") (result i32) (call $f (i32.const 0)) (i32.const 0)))
    (core instance $m (instantiate $m (with "e" (instance $e)) (with "" (instance (export "f" (func $f))))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))
  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "f" (func $callee "f"))))
  (export "run" (func $caller "run")))
(assert_trap (invoke "run") "pointer out-of-bounds")

;; where the caller wants it
(component
  (component $callee
    (core module $m
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 512))
      (func (export "f") (result i32) (i32.const 0)))
    (core instance $m (instantiate $m))
    (func (export "f") (result (tuple u32 u32)) (canon lift (core func $m "f")
      (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
  (component $caller
    (import "f" (func $f (result (tuple u32 u32))))
    (core module $e (memory (export "memory") 1))
    (core instance $e (instantiate $e))
    (core func $f (canon lower (func $f) (memory (core memory $e "memory"))))
    (core module $m (import "" "f" (func $f (param i32))) (import "e" "memory" (memory 1))
      (func (export "run") (result i32) (call $f (i32.const 2)) (i32.const 0)))
    (core instance $m (instantiate $m (with "e" (instance $e)) (with "" (instance (export "f" (func $f))))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))
  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "f" (func $callee "f"))))
  (export "run" (func $caller "run")))
(assert_trap (invoke "run") "unaligned pointer")

;; the same
(component
  (component $callee
    (core module $m
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 512))
      (func (export "f") (result i32) (i32.const 0)))
    (core instance $m (instantiate $m))
    (func (export "f") (result (tuple u32 u32)) (canon lift (core func $m "f")
      (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
  (component $caller
    (import "f" (func $f (result (tuple u32 u32))))
    (core module $e (memory (export "memory") 1))
    (core instance $e (instantiate $e))
    (core func $f (canon lower (func $f) (memory (core memory $e "memory"))))
    (core module $m (import "" "f" (func $f (param i32))) (import "e" "memory" (memory 1))
      (func (export "run") (result i32) (call $f (i32.const 65532)) (i32.const 0)))
    (core instance $m (instantiate $m (with "e" (instance $e)) (with "" (instance (export "f" (func $f))))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))
  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "f" (func $callee "f"))))
  (export "run" (func $caller "run")))
(assert_trap (invoke "run") "pointer out-of-bounds")

;; a list
(component
  (component $callee
    (core module $m
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 512))
      (func (export "f") (param i32 i32) ))
    (core instance $m (instantiate $m))
    (func (export "f") (param "l" (list u32)) (canon lift (core func $m "f")
      (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
  (component $caller
    (import "f" (func $f (param "l" (list u32))))
    (core module $e (memory (export "memory") 1))
    (core instance $e (instantiate $e))
    (core func $f (canon lower (func $f) (memory (core memory $e "memory"))))
    (core module $m (import "" "f" (func $f (param i32 i32))) (import "e" "memory" (memory 1))
      (func (export "run") (result i32) (call $f (i32.const 2) (i32.const 0)) (i32.const 0)))
    (core instance $m (instantiate $m (with "e" (instance $e)) (with "" (instance (export "f" (func $f))))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))
  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "f" (func $callee "f"))))
  (export "run" (func $caller "run")))
(assert_trap (invoke "run") "unaligned pointer")

;; the same
(component
  (component $callee
    (core module $m
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 512))
      (func (export "f") (param i32 i32) ))
    (core instance $m (instantiate $m))
    (func (export "f") (param "l" (list u32)) (canon lift (core func $m "f")
      (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
  (component $caller
    (import "f" (func $f (param "l" (list u32))))
    (core module $e (memory (export "memory") 1))
    (core instance $e (instantiate $e))
    (core func $f (canon lower (func $f) (memory (core memory $e "memory"))))
    (core module $m (import "" "f" (func $f (param i32 i32))) (import "e" "memory" (memory 1))
      (func (export "run") (result i32) (call $f (i32.const 65532) (i32.const 2)) (i32.const 0)))
    (core instance $m (instantiate $m (with "e" (instance $e)) (with "" (instance (export "f" (func $f))))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))
  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "f" (func $callee "f"))))
  (export "run" (func $caller "run")))
(assert_trap (invoke "run") "list content out-of-bounds")

;; too many elements
(component
  (component $callee
    (core module $m
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 512))
      (func (export "f") (param i32 i32) ))
    (core instance $m (instantiate $m))
    (func (export "f") (param "l" (list u32)) (canon lift (core func $m "f")
      (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
  (component $caller
    (import "f" (func $f (param "l" (list u32))))
    (core module $e (memory (export "memory") 1))
    (core instance $e (instantiate $e))
    (core func $f (canon lower (func $f) (memory (core memory $e "memory"))))
    (core module $m (import "" "f" (func $f (param i32 i32))) (import "e" "memory" (memory 1))
      (func (export "run") (result i32) (call $f (i32.const 0) (i32.const 1073741824)) (i32.const 0)))
    (core instance $m (instantiate $m (with "e" (instance $e)) (with "" (instance (export "f" (func $f))))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))
  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "f" (func $callee "f"))))
  (export "run" (func $caller "run")))
(assert_trap (invoke "run") "list content out-of-bounds")

;; realloc for a list
(component
  (component $callee
    (core module $m
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 2))
      (func (export "f") (param i32 i32) ))
    (core instance $m (instantiate $m))
    (func (export "f") (param "l" (list u32)) (canon lift (core func $m "f")
      (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
  (component $caller
    (import "f" (func $f (param "l" (list u32))))
    (core module $e (memory (export "memory") 1))
    (core instance $e (instantiate $e))
    (core func $f (canon lower (func $f) (memory (core memory $e "memory"))))
    (core module $m (import "" "f" (func $f (param i32 i32))) (import "e" "memory" (memory 1))
      (func (export "run") (result i32) (call $f (i32.const 0) (i32.const 1)) (i32.const 0)))
    (core instance $m (instantiate $m (with "e" (instance $e)) (with "" (instance (export "f" (func $f))))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))
  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "f" (func $callee "f"))))
  (export "run" (func $caller "run")))
(assert_trap (invoke "run") "unaligned pointer")

;; the same
(component
  (component $callee
    (core module $m
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65536))
      (func (export "f") (param i32 i32) ))
    (core instance $m (instantiate $m))
    (func (export "f") (param "l" (list u32)) (canon lift (core func $m "f")
      (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
  (component $caller
    (import "f" (func $f (param "l" (list u32))))
    (core module $e (memory (export "memory") 1))
    (core instance $e (instantiate $e))
    (core func $f (canon lower (func $f) (memory (core memory $e "memory"))))
    (core module $m (import "" "f" (func $f (param i32 i32))) (import "e" "memory" (memory 1))
      (func (export "run") (result i32) (call $f (i32.const 0) (i32.const 1)) (i32.const 0)))
    (core instance $m (instantiate $m (with "e" (instance $e)) (with "" (instance (export "f" (func $f))))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))
  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "f" (func $callee "f"))))
  (export "run" (func $caller "run")))
(assert_trap (invoke "run") "list content out-of-bounds")

;; even for an empty list
(component
  (component $callee
    (core module $m
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65540))
      (func (export "f") (param i32 i32) ))
    (core instance $m (instantiate $m))
    (func (export "f") (param "l" (list u32)) (canon lift (core func $m "f")
      (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
  (component $caller
    (import "f" (func $f (param "l" (list u32))))
    (core module $e (memory (export "memory") 1))
    (core instance $e (instantiate $e))
    (core func $f (canon lower (func $f) (memory (core memory $e "memory"))))
    (core module $m (import "" "f" (func $f (param i32 i32))) (import "e" "memory" (memory 1))
      (func (export "run") (result i32) (call $f (i32.const 0) (i32.const 0)) (i32.const 0)))
    (core instance $m (instantiate $m (with "e" (instance $e)) (with "" (instance (export "f" (func $f))))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))
  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "f" (func $callee "f"))))
  (export "run" (func $caller "run")))
(assert_trap (invoke "run") "list content out-of-bounds")

;; a string
(component
  (component $callee
    (core module $m
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 512))
      (func (export "f") (param i32 i32) ))
    (core instance $m (instantiate $m))
    (func (export "f") (param "s" string) (canon lift (core func $m "f")
      (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
  (component $caller
    (import "f" (func $f (param "s" string)))
    (core module $e (memory (export "memory") 1))
    (core instance $e (instantiate $e))
    (core func $f (canon lower (func $f) (memory (core memory $e "memory"))))
    (core module $m (import "" "f" (func $f (param i32 i32))) (import "e" "memory" (memory 1))
      (func (export "run") (result i32) (call $f (i32.const 65535) (i32.const 2)) (i32.const 0)))
    (core instance $m (instantiate $m (with "e" (instance $e)) (with "" (instance (export "f" (func $f))))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))
  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "f" (func $callee "f"))))
  (export "run" (func $caller "run")))
(assert_trap (invoke "run") "string content out-of-bounds")

;; a string that is too long
(component
  (component $callee
    (core module $m
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 512))
      (func (export "f") (param i32 i32) ))
    (core instance $m (instantiate $m))
    (func (export "f") (param "s" string) (canon lift (core func $m "f")
      (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
  (component $caller
    (import "f" (func $f (param "s" string)))
    (core module $e (memory (export "memory") 1))
    (core instance $e (instantiate $e))
    (core func $f (canon lower (func $f) (memory (core memory $e "memory"))))
    (core module $m (import "" "f" (func $f (param i32 i32))) (import "e" "memory" (memory 1))
      (func (export "run") (result i32) (call $f (i32.const 0) (i32.const 268435456)) (i32.const 0)))
    (core instance $m (instantiate $m (with "e" (instance $e)) (with "" (instance (export "f" (func $f))))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))
  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "f" (func $callee "f"))))
  (export "run" (func $caller "run")))
(assert_trap (invoke "run") "string content out-of-bounds")

;; realloc for a string
(component
  (component $callee
    (core module $m
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65536))
      (func (export "f") (param i32 i32) ))
    (core instance $m (instantiate $m))
    (func (export "f") (param "s" string) (canon lift (core func $m "f")
      (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
  (component $caller
    (import "f" (func $f (param "s" string)))
    (core module $e (memory (export "memory") 1))
    (core instance $e (instantiate $e))
    (core func $f (canon lower (func $f) (memory (core memory $e "memory"))))
    (core module $m (import "" "f" (func $f (param i32 i32))) (import "e" "memory" (memory 1))
      (func (export "run") (result i32) (call $f (i32.const 0) (i32.const 1)) (i32.const 0)))
    (core instance $m (instantiate $m (with "e" (instance $e)) (with "" (instance (export "f" (func $f))))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))
  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "f" (func $callee "f"))))
  (export "run" (func $caller "run")))
(assert_trap (invoke "run") "string content out-of-bounds")

;; contents of a string
(component
  (component $callee
    (core module $m
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 512))
      (func (export "f") (param i32 i32) ))
    (core instance $m (instantiate $m))
    (func (export "f") (param "s" string) (canon lift (core func $m "f")
      (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
  (component $caller
    (import "f" (func $f (param "s" string)))
    (core module $e (memory (export "memory") 1)(data (i32.const 0) "a\ffb"))
    (core instance $e (instantiate $e))
    (core func $f (canon lower (func $f) (memory (core memory $e "memory"))))
    (core module $m (import "" "f" (func $f (param i32 i32))) (import "e" "memory" (memory 1))
      (func (export "run") (result i32) (call $f (i32.const 0) (i32.const 3)) (i32.const 0)))
    (core instance $m (instantiate $m (with "e" (instance $e)) (with "" (instance (export "f" (func $f))))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))
  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "f" (func $callee "f"))))
  (export "run" (func $caller "run")))
(assert_trap (invoke "run") "invalid utf-8 sequence from index 1")

;; the same, cut off
(component
  (component $callee
    (core module $m
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 512))
      (func (export "f") (param i32 i32) ))
    (core instance $m (instantiate $m))
    (func (export "f") (param "s" string) (canon lift (core func $m "f")
      (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
  (component $caller
    (import "f" (func $f (param "s" string)))
    (core module $e (memory (export "memory") 1)(data (i32.const 0) "a\c3\a9"))
    (core instance $e (instantiate $e))
    (core func $f (canon lower (func $f) (memory (core memory $e "memory"))))
    (core module $m (import "" "f" (func $f (param i32 i32))) (import "e" "memory" (memory 1))
      (func (export "run") (result i32) (call $f (i32.const 0) (i32.const 2)) (i32.const 0)))
    (core instance $m (instantiate $m (with "e" (instance $e)) (with "" (instance (export "f" (func $f))))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))
  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "f" (func $callee "f"))))
  (export "run" (func $caller "run")))
(assert_trap (invoke "run") "incomplete utf-8 byte sequence from index 1")

;; the same in a long one
(component
  (component $callee
    (core module $m
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 512))
      (func (export "f") (param i32 i32) ))
    (core instance $m (instantiate $m))
    (func (export "f") (param "s" string) (canon lift (core func $m "f")
      (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
  (component $caller
    (import "f" (func $f (param "s" string)))
    (core module $e (memory (export "memory") 1)(data (i32.const 300) "\80"))
    (core instance $e (instantiate $e))
    (core func $f (canon lower (func $f) (memory (core memory $e "memory"))))
    (core module $m (import "" "f" (func $f (param i32 i32))) (import "e" "memory" (memory 1))
      (func (export "run") (result i32) (call $f (i32.const 0) (i32.const 400)) (i32.const 0)))
    (core instance $m (instantiate $m (with "e" (instance $e)) (with "" (instance (export "f" (func $f))))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))
  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "f" (func $callee "f"))))
  (export "run" (func $caller "run")))
(assert_trap (invoke "run") "invalid utf-8 sequence from index 300")

;; they are looked at before realloc is called
(component
  (component $callee
    (core module $m
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
      (func (export "f") (param i32 i32) ))
    (core instance $m (instantiate $m))
    (func (export "f") (param "s" string) (canon lift (core func $m "f")
      (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
  (component $caller
    (import "f" (func $f (param "s" string)))
    (core module $e (memory (export "memory") 1)(data (i32.const 0) "\ff"))
    (core instance $e (instantiate $e))
    (core func $f (canon lower (func $f) (memory (core memory $e "memory"))))
    (core module $m (import "" "f" (func $f (param i32 i32))) (import "e" "memory" (memory 1))
      (func (export "run") (result i32) (call $f (i32.const 0) (i32.const 1)) (i32.const 0)))
    (core instance $m (instantiate $m (with "e" (instance $e)) (with "" (instance (export "f" (func $f))))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))
  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "f" (func $callee "f"))))
  (export "run" (func $caller "run")))
(assert_trap (invoke "run") "invalid utf-8 sequence from index 0")

;; a surrogate
(component
  (component $callee
    (core module $m
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 512))
      (func (export "f") (param i32) ))
    (core instance $m (instantiate $m))
    (func (export "f") (param "c" char) (canon lift (core func $m "f")
      (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
  (component $caller
    (import "f" (func $f (param "c" char)))
    (core module $e (memory (export "memory") 1))
    (core instance $e (instantiate $e))
    (core func $f (canon lower (func $f) (memory (core memory $e "memory"))))
    (core module $m (import "" "f" (func $f (param i32))) (import "e" "memory" (memory 1))
      (func (export "run") (result i32) (call $f (i32.const 57343)) (i32.const 0)))
    (core instance $m (instantiate $m (with "e" (instance $e)) (with "" (instance (export "f" (func $f))))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))
  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "f" (func $callee "f"))))
  (export "run" (func $caller "run")))
(assert_trap (invoke "run") "invalid `char` bit pattern")

;; no scalar value
(component
  (component $callee
    (core module $m
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 512))
      (func (export "f") (param i32) ))
    (core instance $m (instantiate $m))
    (func (export "f") (param "c" char) (canon lift (core func $m "f")
      (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
  (component $caller
    (import "f" (func $f (param "c" char)))
    (core module $e (memory (export "memory") 1))
    (core instance $e (instantiate $e))
    (core func $f (canon lower (func $f) (memory (core memory $e "memory"))))
    (core module $m (import "" "f" (func $f (param i32))) (import "e" "memory" (memory 1))
      (func (export "run") (result i32) (call $f (i32.const 1114112)) (i32.const 0)))
    (core instance $m (instantiate $m (with "e" (instance $e)) (with "" (instance (export "f" (func $f))))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))
  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "f" (func $callee "f"))))
  (export "run" (func $caller "run")))
(assert_trap (invoke "run") "invalid `char` bit pattern")

;; a case that is not there
(component
  (component $callee
    (core module $m
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 512))
      (func (export "f") (param i32 i32) ))
    (core instance $m (instantiate $m))
    (func (export "f") (param "v" (option u32)) (canon lift (core func $m "f")
      (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
  (component $caller
    (import "f" (func $f (param "v" (option u32))))
    (core module $e (memory (export "memory") 1))
    (core instance $e (instantiate $e))
    (core func $f (canon lower (func $f) (memory (core memory $e "memory"))))
    (core module $m (import "" "f" (func $f (param i32 i32))) (import "e" "memory" (memory 1))
      (func (export "run") (result i32) (call $f (i32.const 2) (i32.const 0)) (i32.const 0)))
    (core instance $m (instantiate $m (with "e" (instance $e)) (with "" (instance (export "f" (func $f))))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))
  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "f" (func $callee "f"))))
  (export "run" (func $caller "run")))
(assert_trap (invoke "run") "invalid variant discriminant")

;; the same in memory
(component
  (component $callee
    (core module $m
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 512))
      (func (export "f") (param i32 i32) ))
    (core instance $m (instantiate $m))
    (func (export "f") (param "v" (list (result u8))) (canon lift (core func $m "f")
      (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
  (component $caller
    (import "f" (func $f (param "v" (list (result u8)))))
    (core module $e (memory (export "memory") 1)(data (i32.const 0) "\02"))
    (core instance $e (instantiate $e))
    (core func $f (canon lower (func $f) (memory (core memory $e "memory"))))
    (core module $m (import "" "f" (func $f (param i32 i32))) (import "e" "memory" (memory 1))
      (func (export "run") (result i32) (call $f (i32.const 0) (i32.const 1)) (i32.const 0)))
    (core instance $m (instantiate $m (with "e" (instance $e)) (with "" (instance (export "f" (func $f))))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))
  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "f" (func $callee "f"))))
  (export "run" (func $caller "run")))
(assert_trap (invoke "run") "invalid variant discriminant")
