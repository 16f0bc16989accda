;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;; Imports core modules from the host: one by itself, and one in an instance beside a function. The first is instantiated
;; twice, with imports of the component's own and of the second; a nested component makes an instance of it too.
(component
  (import "counter" (core module $Counter
    (import "env" "step" (func (result i32)))
    (import "env" "unused" (func))
    (export "next" (func (result i32)))
    (export "mem" (memory 1))))
  (import "test:lib/parts@1.2.0" (instance $parts
    (export "base" (func (result u32)))
    (export "text" (core module
      (export "mem" (memory 1))
      (export "realloc" (func (param i32 i32 i32 i32) (result i32)))
      (export "hello" (func (result i32)))))))
  (alias export $parts "text" (core module $Text))
  (core func $base (canon lower (func $parts "base")))

  (core module $Steps
    (func (export "one") (result i32) (i32.const 1))
    (func (export "nothing")))
  (core instance $steps (instantiate $Steps))
  (core instance $a (instantiate $Counter
    (with "env" (instance (export "step" (func $steps "one")) (export "unused" (func $steps "nothing"))))))
  (core instance $b (instantiate $Counter
    (with "env" (instance (export "step" (func $base)) (export "unused" (func $steps "nothing"))))))
  (core instance $text (instantiate $Text))
  (func (export "next-a") (result u32) (canon lift (core func $a "next")))
  (func (export "next-b") (result u32) (canon lift (core func $b "next")))
  (func (export "hello") (result string) (canon lift (core func $text "hello")
    (memory (core memory $text "mem")) (realloc (core func $text "realloc"))))

  (component $Inner
    (import "text" (core module $T
      (export "mem" (memory 1))
      (export "hello" (func (result i32)))))
    (core instance $t (instantiate $T))
    (func (export "hello") (result string) (canon lift (core func $t "hello") (memory (core memory $t "mem")))))
  (instance $inner (instantiate $Inner (with "text" (core module $Text))))
  (export "inner-hello" (func $inner "hello")))
