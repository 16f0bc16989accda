;; A resource of one interface, used by it and by another of the same package. `run` gives the representation that the
;; method sees plus a hundred times what the other interface sees.
(component
  (import "host:v/types@1.2.0" (instance $types
    (export "r" (type $r (sub resource)))
    (export "[constructor]r" (func (result (own $r))))
    (export "[method]r.rep" (func (param "self" (borrow $r)) (result u32)))))
  (alias export $types "r" (type $r))
  (import "host:v/user@1.2.0" (instance $user
    (alias outer 1 $r (type $outer))
    (export "r" (type $mine (eq $outer)))
    (export "look" (func (param "r" (borrow $mine)) (result u32)))))
  (core func $new (canon lower (func $types "[constructor]r")))
  (core func $rep (canon lower (func $types "[method]r.rep")))
  (core func $look (canon lower (func $user "look")))
  (core func $drop (canon resource.drop $r))
  (core module $m
    (import "" "new" (func $new (result i32)))
    (import "" "rep" (func $rep (param i32) (result i32)))
    (import "" "look" (func $look (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "run") (result i32) (local $h i32) (local $sum i32)
      (local.set $h (call $new))
      (local.set $sum (i32.add (call $rep (local.get $h)) (i32.mul (i32.const 100) (call $look (local.get $h)))))
      (call $drop (local.get $h))
      (local.get $sum)))
  (core instance $i (instantiate $m (with "" (instance
    (export "new" (func $new)) (export "rep" (func $rep)) (export "look" (func $look)) (export "drop" (func $drop))))))
  (func (export "run") (result u32) (canon lift (core func $i "run"))))
