;; For link-ops.wat and link-app.wat: adds up what is told.
(component
  (core module $m
    (global $sum (mut i32) (i32.const 0))
    (func (export "tell") (param i32) (global.set $sum (i32.add (global.get $sum) (local.get 0))))
    (func (export "sum") (result i32) (global.get $sum)))
  (core instance $i (instantiate $m))
  (func $tell (param "n" u32) (canon lift (core func $i "tell")))
  (instance $log (export "tell" (func $tell)))
  (export "test:calc/log@0.2.0" (instance $log))
  (func (export "sum") (result u32) (canon lift (core func $i "sum"))))
