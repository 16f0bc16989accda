;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;; Core modules that one component of a composition gives to another: as an export, through an instance, as an argument,
;; by outer alias. Each instantiates its own. What its type does not name is not there.
(component
  (component $Lib
    (core module $M
      (import "env" "step" (func $step (result i32)))
      (global $n (mut i32) (i32.const 0))
      (func (export "next") (result i32) (global.set $n (i32.add (global.get $n) (call $step))) (global.get $n))
      (func (export "hidden")))
    (export "m" (core module $M)))
  (instance $lib (instantiate $Lib))

  (component $User
    (import "lib" (instance $lib (export "m" (core module
      (import "env" "more" (func (param i64)))
      (import "env" "step" (func (result i32)))
      (export "next" (func (result i32)))))))
    (import "step" (func $step (result u32)))
    (alias export $lib "m" (core module $M))
    (core module $More (func (export "more") (param i64)))
    (core instance $more (instantiate $More))
    (core func $step (canon lower (func $step)))
    (core instance $m (instantiate $M (with "env" (instance
      (export "more" (func $more "more")) (export "step" (func $step))))))
    (func (export "next") (result u32) (canon lift (core func $m "next"))))

  (component $Step
    (core module $M (func (export "one") (result i32) (i32.const 1)) (func (export "ten") (result i32) (i32.const 10)))
    (core instance $m (instantiate $M))
    (func (export "one") (result u32) (canon lift (core func $m "one")))
    (func (export "ten") (result u32) (canon lift (core func $m "ten"))))
  (instance $step (instantiate $Step))

  (instance $a (instantiate $User (with "lib" (instance $lib)) (with "step" (func $step "one"))))
  (instance $b (instantiate $User
    (with "lib" (instance (export "m" (core module $lib "m")))) (with "step" (func $step "ten"))))
  (export "a" (func $a "next"))
  (export "b" (func $b "next")))
(assert_return (invoke "a") (u32.const 1))
(assert_return (invoke "a") (u32.const 2))
(assert_return (invoke "b") (u32.const 10))
(assert_return (invoke "a") (u32.const 3))

;; by outer alias, into a component that is instantiated twice
(component
  (core module $M
    (global $n (mut i32) (i32.const 0))
    (func (export "next") (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))
  (component $User
    (alias outer 1 $M (core module $M'))
    (core instance $m (instantiate $M'))
    (func (export "next") (result u32) (canon lift (core func $m "next"))))
  (instance $a (instantiate $User))
  (instance $b (instantiate $User))
  (export "a" (func $a "next"))
  (export "b" (func $b "next")))
(assert_return (invoke "a") (u32.const 1))
(assert_return (invoke "a") (u32.const 2))
(assert_return (invoke "b") (u32.const 1))

;; a module that lacks what the type of the import has is refused
(assert_invalid
  (component
    (component $User
      (import "m" (core module $M (export "next" (func (result i32)))))
      (core instance $m (instantiate $M)))
    (core module $M)
    (instance (instantiate $User (with "m" (core module $M)))))
  "missing expected export `next`")

;; where nobody gives the root's
(assert_unlinkable
  (component
    (import "m" (core module $M (export "next" (func (result i32)))))
    (core instance $m (instantiate $M)))
  "m: core module")
