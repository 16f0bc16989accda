;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;; Uses a resource of the host through its constructor, a method and a static function: use(n) is what get-value() gives,
;; times 100, and how many there are while one is open.
(component
  (import "docs:db/api@1.0.0" (instance $api
    (export "conn" (type $conn (sub resource)))
    (export "[constructor]conn" (func (param "n" u32) (result (own $conn))))
    (export "[method]conn.get-value" (func (param "self" (borrow $conn)) (result u32)))
    (export "[static]conn.count" (func (result u32)))))
  (alias export $api "conn" (type $conn))
  (core func $new (canon lower (func $api "[constructor]conn")))
  (core func $get (canon lower (func $api "[method]conn.get-value")))
  (core func $count (canon lower (func $api "[static]conn.count")))
  (core func $drop (canon resource.drop $conn))
  (core module $Main
    (import "" "new" (func $new (param i32) (result i32)))
    (import "" "get" (func $get (param i32) (result i32)))
    (import "" "count" (func $count (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "use") (param $n i32) (result i32)
      (local $conn i32) (local $result i32)
      (local.set $conn (call $new (local.get $n)))
      (local.set $result (i32.add (i32.mul (call $get (local.get $conn)) (i32.const 100)) (call $count)))
      (call $drop (local.get $conn))
      (local.get $result)))
  (core instance $main (instantiate $Main (with "" (instance
    (export "new" (func $new))
    (export "get" (func $get))
    (export "count" (func $count))
    (export "drop" (func $drop))))))
  (func (export "use") (param "n" u32) (result u32) (canon lift (core func $main "use"))))
