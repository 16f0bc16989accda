;; A program that needs the library numbers.wat: `facts(n)` asks all four functions at once, and waits for all of them.
;;
;;   weir fuse --core -o facts.wasm facts.wat numbers.wat
;;   weir run --invoke 'facts(27)' facts.wasm
(component
  (import "example:numbers/ops@1.0.0" (instance $ops
    (export "is-prime" (func async (param "n" u32) (result bool)))
    (export "fibonacci" (func async (param "n" u32) (result u64)))
    (export "factorial" (func async (param "n" u32) (result u64)))
    (export "collatz" (func async (param "n" u32) (result u32)))))
  (core module $memory (memory (export "memory") 1))
  (core instance $memory (instantiate $memory))
  (core func $is-prime (canon lower (func $ops "is-prime") async (memory $memory "memory")))
  (core func $fibonacci (canon lower (func $ops "fibonacci") async (memory $memory "memory")))
  (core func $factorial (canon lower (func $ops "factorial") async (memory $memory "memory")))
  (core func $collatz (canon lower (func $ops "collatz") async (memory $memory "memory")))
  (core func $new (canon waitable-set.new))
  (core func $join (canon waitable.join))
  (core func $drop (canon subtask.drop))
  (core func $drop-set (canon waitable-set.drop))
  (core func $get (canon context.get i32 0))
  (core func $set (canon context.set i32 0))
  (type $facts (tuple bool u64 u64 u32)) ;; whether it is prime, its Fibonacci number, factorial, and steps of Collatz
  (core func $return (canon task.return (result $facts)))
  (core module $m
    (import "w" "memory" (memory 1))
    (import "w" "is-prime" (func $is-prime (param i32 i32) (result i32)))
    (import "w" "fibonacci" (func $fibonacci (param i32 i32) (result i32)))
    (import "w" "factorial" (func $factorial (param i32 i32) (result i32)))
    (import "w" "collatz" (func $collatz (param i32 i32) (result i32)))
    (import "w" "new" (func $new (result i32)))
    (import "w" "join" (func $join (param i32 i32)))
    (import "w" "drop" (func $drop (param i32)))
    (import "w" "drop-set" (func $drop-set (param i32)))
    (import "w" "get" (func $get (result i32)))
    (import "w" "set" (func $set (param i32)))
    (import "w" "return" (func $return (param i32 i64 i64 i32)))

    ;; A call has 64 bytes: four results of 8, its waitable set, and for how many subtasks it waits. The last of 1024
    ;; calls at once is the first one's neighbour.
    (global $next (mut i32) (i32.const 0))
    (func $take (result i32)
      (global.set $next (i32.and (i32.add (global.get $next) (i32.const 64)) (i32.const 0xffff)))
      (memory.fill (global.get $next) (i32.const 0) (i32.const 64))
      (global.get $next))

    ;; Takes what an async call has given: it has returned (2), or there is a subtask to wait for.
    (func $wait-for (param $call i32) (param $given i32)
      (if (i32.ne (i32.and (local.get $given) (i32.const 0xf)) (i32.const 2))
        (then
          (call $join (i32.shr_u (local.get $given) (i32.const 4)) (i32.load offset=32 (local.get $call)))
          (i32.store offset=36 (local.get $call)
            (i32.add (i32.load offset=36 (local.get $call)) (i32.const 1))))))

    ;; WAIT (2) on the set, or the end.
    (func $go-on (param $call i32) (result i32)
      (if (i32.load offset=36 (local.get $call))
        (then (return (i32.or (i32.const 2) (i32.shl (i32.load offset=32 (local.get $call)) (i32.const 4))))))
      (call $drop-set (i32.load offset=32 (local.get $call)))
      (call $return (i32.load8_u (local.get $call)) (i64.load offset=8 (local.get $call))
        (i64.load offset=16 (local.get $call)) (i32.load offset=24 (local.get $call)))
      (i32.const 0))

    (func (export "facts") (param $n i32) (result i32) (local $call i32)
      (local.set $call (call $take))
      (call $set (local.get $call))
      (i32.store offset=32 (local.get $call) (call $new))
      (call $wait-for (local.get $call) (call $is-prime (local.get $n) (local.get $call)))
      (call $wait-for (local.get $call)
        (call $fibonacci (local.get $n) (i32.add (local.get $call) (i32.const 8))))
      (call $wait-for (local.get $call)
        (call $factorial (local.get $n) (i32.add (local.get $call) (i32.const 16))))
      (call $wait-for (local.get $call)
        (call $collatz (local.get $n) (i32.add (local.get $call) (i32.const 24))))
      (call $go-on (local.get $call)))

    ;; A subtask (event 1) has returned (2).
    (func (export "goes-on") (param $event i32) (param $subtask i32) (param $state i32) (result i32) (local $call i32)
      (local.set $call (call $get))
      (if (i32.and (i32.eq (local.get $event) (i32.const 1)) (i32.eq (local.get $state) (i32.const 2)))
        (then
          (call $drop (local.get $subtask))
          (i32.store offset=36 (local.get $call)
            (i32.sub (i32.load offset=36 (local.get $call)) (i32.const 1)))))
      (call $go-on (local.get $call))))
  (core instance $i (instantiate $m (with "w" (instance
    (export "memory" (memory $memory "memory"))
    (export "is-prime" (func $is-prime)) (export "fibonacci" (func $fibonacci))
    (export "factorial" (func $factorial)) (export "collatz" (func $collatz))
    (export "new" (func $new)) (export "join" (func $join)) (export "drop" (func $drop))
    (export "drop-set" (func $drop-set)) (export "get" (func $get)) (export "set" (func $set))
    (export "return" (func $return))))))
  (func (export "facts") async (param "n" u32) (result $facts)
    (canon lift (core func $i "facts") async (callback (func $i "goes-on")))))
