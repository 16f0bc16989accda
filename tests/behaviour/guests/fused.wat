;; Two components in one. The inner one is no leaf, as it tells the host; it has a start function, a realloc and a
;; post-return. The outer one passes it a string in another encoding, and asks it how many calls there were, which needs
;; no task. So there are adapters of both kinds, with all their helpers and the memory of flags.
(component
  (import "tell" (func $tell (param "n" u32)))
  (component $inner
    (import "tell" (func $tell (param "n" u32)))
    (core module $libc
      (memory (export "mem") 1)
      (global $top (mut i32) (i32.const 64))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (global.set $top (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
        (memory.copy (global.get $top) (local.get 0) (local.get 1))
        (global.get $top)
        (global.set $top (i32.add (global.get $top) (local.get 3)))))
    (core instance $libc (instantiate $libc))
    (core func $tell (canon lower (func $tell)))
    (core module $m
      (import "h" "tell" (func $tell (param i32)))
      (import "libc" "mem" (memory 1))
      (global $calls (mut i32) (i32.const 0))
      (func $start (call $tell (i32.const 100)))
      (start $start)
      (func (export "echo") (param i32 i32) (result i32)
        (call $tell (local.get 1))
        (i32.store (i32.const 8) (local.get 0))
        (i32.store (i32.const 12) (local.get 1))
        (i32.const 8))
      (func (export "after") (param i32) (global.set $calls (i32.add (global.get $calls) (i32.const 1))))
      (func (export "calls") (result i32) (global.get $calls)))
    (core instance $m (instantiate $m
      (with "h" (instance (export "tell" (func $tell))))
      (with "libc" (instance $libc))))
    (func (export "echo") (param "s" string) (result string)
      (canon lift (core func $m "echo") (memory $libc "mem") (realloc (func $libc "realloc"))
        (post-return (func $m "after"))))
    (func (export "calls") (result u32) (canon lift (core func $m "calls"))))
  (instance $inner (instantiate $inner (with "tell" (func $tell))))
  (component $outer
    (import "echo" (func $echo (param "s" string) (result string)))
    (import "calls" (func $calls (result u32)))
    (core module $libc
      (memory (export "mem") 1)
      (global $top (mut i32) (i32.const 1024))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (global.set $top (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
        (memory.copy (global.get $top) (local.get 0) (local.get 1))
        (global.get $top)
        (global.set $top (i32.add (global.get $top) (local.get 3)))))
    (core instance $libc (instantiate $libc))
    (core func $echo (canon lower (func $echo) string-encoding=utf16 (memory $libc "mem")
      (realloc (func $libc "realloc"))))
    (core func $calls (canon lower (func $calls)))
    (core module $m
      (import "i" "echo" (func $echo (param i32 i32 i32)))
      (import "i" "calls" (func $calls (result i32)))
      (import "libc" "mem" (memory 1))
      (data (i32.const 16) "a\00b\00c\00\e9\00")
      ;; 1000 times the number of calls, and how long the string is, and its last unit
      (func (export "run") (result i32)
        (call $echo (i32.const 16) (i32.const 4) (i32.const 32))
        (i32.add (i32.mul (call $calls) (i32.const 1000))
          (i32.add (i32.load (i32.const 36)) (i32.load16_u offset=6 (i32.load (i32.const 32)))))))
    (core instance $m (instantiate $m
      (with "i" (instance (export "echo" (func $echo)) (export "calls" (func $calls))))
      (with "libc" (instance $libc))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))
  (instance $outer (instantiate $outer
    (with "echo" (func $inner "echo"))
    (with "calls" (func $inner "calls"))))
  (export "run" (func $outer "run")))
