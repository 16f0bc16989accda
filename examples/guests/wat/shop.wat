;; A component with something of everything in its world: interfaces, types with names, a resource with its functions.
(component
  (import "wasi:clocks/monotonic-clock@0.3.0" (instance
    (export "now" (func (result u64)))))
  (import "docs:shop/stock@1.0.0" (instance
    (type $record (record (field "name" string) (field "price" u32)))
    (export "item" (type $item (eq $record)))
    (export "basket" (type $basket (sub resource)))
    (export "[constructor]basket" (func (result (own $basket))))
    (export "[method]basket.add" (func (param "self" (borrow $basket)) (param "what" (list $item))))
    (type $variant (variant (case "empty") (case "only" $item)))
    (export "rest" (type $rest (eq $variant)))
    (export "[static]basket.pay" (func async (param "all" (own $basket)) (result (option $rest))))))
  (core module $M
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
  (core instance $m (instantiate $M))
  (func $add (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $m "add")))
  (instance $till (export "total" (func $add)))
  (export "docs:shop/till@1.0.0" (instance $till)))
