;; A guest that has many of something open: made, woken, cancelled, dropped, forwards and backwards. See scaling_wasi.c.
;; Every function takes how many, and returns how many did what they should.
(component
  (type $code-type (enum "io" "illegal-byte-sequence" "pipe"))
  (import "wasi:cli/stdout@0.3.0" (instance $stdout
    (type $c (enum "io" "illegal-byte-sequence" "pipe")) (export "error-code" (type $code (eq $c)))
    (export "write-via-stream" (func (param "data" (stream u8)) (result (future (result (error $code))))))))
  (import "wasi:cli/stdin@0.3.0" (instance $stdin
    (type $c (enum "io" "illegal-byte-sequence" "pipe")) (export "error-code" (type $code (eq $c)))
    (export "read-via-stream" (func (result (tuple (stream u8) (future (result (error $code)))))))))
  (import "wasi:clocks/monotonic-clock@0.3.0" (instance $clock
    (export "wait-for" (func async (param "how-long" u64)))))
  (import "bench:host/calls" (instance $host (export "wait" (func async))))
  (alias export $stdout "error-code" (type $code-out))
  (alias export $stdin "error-code" (type $code-in))
  (type $bytes (stream u8))
  (type $result-out (future (result (error $code-out))))
  (type $result-in (future (result (error $code-in))))

  (core module $memory (memory (export "mem") 16))
  (core instance $libc (instantiate $memory))
  (core func $set (canon waitable-set.new))
  (core func $wait (canon waitable-set.wait (memory $libc "mem")))
  (core func $join (canon waitable.join))
  (core func $cancel (canon subtask.cancel))
  (core func $drop (canon subtask.drop))
  (core func $timer (canon lower (func $clock "wait-for") async))
  (core func $call (canon lower (func $host "wait") async))
  (core func $input (canon lower (func $stdin "read-via-stream") (memory $libc "mem")))
  (core func $output (canon lower (func $stdout "write-via-stream")))
  (core func $new (canon stream.new $bytes))
  (core func $read (canon stream.read $bytes async (memory $libc "mem")))
  (core func $write (canon stream.write $bytes async (memory $libc "mem")))
  (core func $cancel-read (canon stream.cancel-read $bytes))
  (core func $cancel-write (canon stream.cancel-write $bytes))
  (core func $drop-readable (canon stream.drop-readable $bytes))
  (core func $drop-writable (canon stream.drop-writable $bytes))
  (core func $drop-in (canon future.drop-readable $result-in))
  (core func $drop-out (canon future.drop-readable $result-out))

  (core module $m
    (import "" "mem" (memory 16))
    (import "" "set" (func $set (result i32)))
    (import "" "wait" (func $wait (param i32 i32) (result i32)))
    (import "" "join" (func $join (param i32 i32)))
    (import "" "cancel" (func $cancel (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (import "" "timer" (func $timer (param i64) (result i32)))
    (import "" "call" (func $call (result i32)))
    (import "" "input" (func $input (param i32)))
    (import "" "output" (func $output (param i32) (result i32)))
    (import "" "new" (func $new (result i64)))
    (import "" "read" (func $read (param i32 i32 i32) (result i32)))
    (import "" "write" (func $write (param i32 i32 i32) (result i32)))
    (import "" "cancel-read" (func $cancel-read (param i32) (result i32)))
    (import "" "cancel-write" (func $cancel-write (param i32) (result i32)))
    (import "" "drop-readable" (func $drop-readable (param i32)))
    (import "" "drop-writable" (func $drop-writable (param i32)))
    (import "" "drop-in" (func $drop-in (param i32)))
    (import "" "drop-out" (func $drop-out (param i32)))

    (global $blocked i32 (i32.const -1))
    (func $at (param $i i32) (result i32) (i32.add (i32.const 1024) (i32.shl (local.get $i) (i32.const 3))))
    (func $first (param $i i32) (result i32) (i32.load (call $at (local.get $i))))
    (func $second (param $i i32) (result i32) (i32.load offset=4 (call $at (local.get $i))))
    (func $keep (param $i i32) (param $a i32) (param $b i32)
      (i32.store (call $at (local.get $i)) (local.get $a))
      (i32.store offset=4 (call $at (local.get $i)) (local.get $b)))
    ;; The number of the pair at step i: i, or counted from the end.
    (func $nth (param $i i32) (param $n i32) (param $back i32) (result i32)
      (select (i32.sub (i32.sub (local.get $n) (i32.const 1)) (local.get $i)) (local.get $i) (local.get $back)))

    ;; Joins the first of each of n pairs to a set, and waits for n events.
    (func $await (param $n i32) (result i32) (local $set i32) (local $i i32)
      (local.set $set (call $set))
      (loop $l
        (if (i32.lt_u (local.get $i) (local.get $n)) (then
          (call $join (call $first (local.get $i)) (local.get $set))
          (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $l))))
      (local.set $i (i32.const 0))
      (loop $l
        (if (i32.lt_u (local.get $i) (local.get $n)) (then
          (drop (call $wait (local.get $set) (i32.const 0)))
          (call $join (i32.load (i32.const 0)) (i32.const 0))
          (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $l))))
      (local.get $i))

    ;; ---- subtasks: timers and calls of the host
    (func $start-timers (param $n i32) (param $time i64) (local $i i32)
      (loop $l
        (if (i32.lt_u (local.get $i) (local.get $n)) (then
          (call $keep (local.get $i) (i32.shr_u (call $timer (local.get $time)) (i32.const 4)) (i32.const 0))
          (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $l)))))
    (func $start-calls (param $n i32) (local $i i32)
      (loop $l
        (if (i32.lt_u (local.get $i) (local.get $n)) (then
          (call $keep (local.get $i) (i32.shr_u (call $call) (i32.const 4)) (i32.const 0))
          (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $l)))))
    (func $drop-all (param $n i32) (result i32) (local $i i32)
      (loop $l
        (if (i32.lt_u (local.get $i) (local.get $n)) (then
          (call $drop (call $first (local.get $i)))
          (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $l))))
      (local.get $i))
    (func $cancel-all (param $n i32) (param $back i32) (result i32) (local $i i32) (local $k i32)
      (loop $l
        (if (i32.lt_u (local.get $i) (local.get $n)) (then
          (local.set $k (call $first (call $nth (local.get $i) (local.get $n) (local.get $back))))
          (drop (call $cancel (local.get $k)))
          (call $drop (local.get $k))
          (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $l))))
      (local.get $i))
    (func (export "timers-woken") (param $n i32) (result i32)
      (call $start-timers (local.get $n) (i64.const 20000000))
      (drop (call $await (local.get $n)))
      (call $drop-all (local.get $n)))
    (func (export "timers-cancelled") (param $n i32) (result i32)
      (call $start-timers (local.get $n) (i64.const 3600000000000))
      (call $cancel-all (local.get $n) (i32.const 0)))
    (func (export "timers-cancelled-back") (param $n i32) (result i32)
      (call $start-timers (local.get $n) (i64.const 3600000000000))
      (call $cancel-all (local.get $n) (i32.const 1)))
    (func (export "calls-woken") (param $n i32) (result i32)
      (call $start-calls (local.get $n))
      (drop (call $await (local.get $n)))
      (call $drop-all (local.get $n)))
    (func (export "calls-cancelled") (param $n i32) (result i32)
      (call $start-calls (local.get $n))
      (call $cancel-all (local.get $n) (i32.const 0)))
    (func (export "calls-cancelled-back") (param $n i32) (result i32)
      (call $start-calls (local.get $n))
      (call $cancel-all (local.get $n) (i32.const 1)))

    ;; ---- standard input
    (func $open-inputs (param $n i32) (local $i i32)
      (loop $l
        (if (i32.lt_u (local.get $i) (local.get $n)) (then
          (call $input (call $at (local.get $i)))
          (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $l)))))
    (func $drop-inputs (param $n i32) (param $back i32) (result i32) (local $i i32) (local $k i32)
      (loop $l
        (if (i32.lt_u (local.get $i) (local.get $n)) (then
          (local.set $k (call $nth (local.get $i) (local.get $n) (local.get $back)))
          (call $drop-readable (call $first (local.get $k)))
          (call $drop-in (call $second (local.get $k)))
          (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $l))))
      (local.get $i))
    (func $read-inputs (param $n i32) (local $i i32)
      (loop $l
        (if (i32.lt_u (local.get $i) (local.get $n)) (then
          (if (i32.ne (call $read (call $first (local.get $i)) (i32.const 64) (i32.const 1)) (global.get $blocked))
            (then unreachable))
          (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $l)))))
    (func (export "stdin-dropped") (param $n i32) (result i32)
      (call $open-inputs (local.get $n))
      (call $drop-inputs (local.get $n) (i32.const 0)))
    (func (export "stdin-dropped-back") (param $n i32) (result i32)
      (call $open-inputs (local.get $n))
      (call $drop-inputs (local.get $n) (i32.const 1)))
    (func (export "stdin-one-by-one") (param $n i32) (result i32) (local $i i32)
      (loop $l
        (if (i32.lt_u (local.get $i) (local.get $n)) (then
          (call $open-inputs (i32.const 1))
          (drop (call $drop-inputs (i32.const 1) (i32.const 0)))
          (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $l))))
      (local.get $i))
    (func (export "stdin-woken") (param $n i32) (result i32)
      (call $open-inputs (local.get $n))
      (call $read-inputs (local.get $n))
      (drop (call $await (local.get $n)))
      (call $drop-inputs (local.get $n) (i32.const 0)))
    (func (export "stdin-cancelled") (param $n i32) (result i32) (local $i i32)
      (call $open-inputs (local.get $n))
      (call $read-inputs (local.get $n))
      (loop $l
        (if (i32.lt_u (local.get $i) (local.get $n)) (then
          (drop (call $cancel-read (call $first (local.get $i))))
          (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $l))))
      (call $drop-inputs (local.get $n) (i32.const 1)))

    ;; ---- standard output
    (func $open-outputs (param $n i32) (local $i i32) (local $pair i64)
      (loop $l
        (if (i32.lt_u (local.get $i) (local.get $n)) (then
          (local.set $pair (call $new))
          (call $keep (local.get $i) (i32.wrap_i64 (i64.shr_u (local.get $pair) (i64.const 32)))
                      (call $output (i32.wrap_i64 (local.get $pair))))
          (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $l)))))
    (func $drop-outputs (param $n i32) (param $back i32) (result i32) (local $i i32) (local $k i32)
      (loop $l
        (if (i32.lt_u (local.get $i) (local.get $n)) (then
          (local.set $k (call $nth (local.get $i) (local.get $n) (local.get $back)))
          (call $drop-writable (call $first (local.get $k)))
          (call $drop-out (call $second (local.get $k)))
          (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $l))))
      (local.get $i))
    ;; Writes a byte to each, and gives how many block.
    (func $write-outputs (param $n i32) (result i32) (local $i i32) (local $blocked i32)
      (loop $l
        (if (i32.lt_u (local.get $i) (local.get $n)) (then
          (if (i32.eq (call $write (call $first (local.get $i)) (i32.const 64) (i32.const 1)) (global.get $blocked))
            (then (local.set $blocked (i32.add (local.get $blocked) (i32.const 1)))))
          (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $l))))
      (local.get $blocked))
    (func (export "stdout-dropped") (param $n i32) (result i32)
      (call $open-outputs (local.get $n))
      (call $drop-outputs (local.get $n) (i32.const 0)))
    (func (export "stdout-dropped-back") (param $n i32) (result i32)
      (call $open-outputs (local.get $n))
      (call $drop-outputs (local.get $n) (i32.const 1)))
    (func (export "stdout-one-by-one") (param $n i32) (result i32) (local $i i32)
      (loop $l
        (if (i32.lt_u (local.get $i) (local.get $n)) (then
          (call $open-outputs (i32.const 1))
          (drop (call $drop-outputs (i32.const 1) (i32.const 0)))
          (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $l))))
      (local.get $i))
    (func (export "stdout-woken") (param $n i32) (result i32) (local $set i32) (local $i i32) (local $blocked i32)
      (call $open-outputs (local.get $n))
      (local.set $blocked (call $write-outputs (local.get $n)))
      (local.set $set (call $set))
      (loop $l
        (if (i32.lt_u (local.get $i) (local.get $n)) (then
          (call $join (call $first (local.get $i)) (local.get $set))
          (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $l))))
      (loop $l
        (if (local.get $blocked) (then
          (drop (call $wait (local.get $set) (i32.const 0)))
          (local.set $blocked (i32.sub (local.get $blocked) (i32.const 1))) (br $l))))
      (call $drop-outputs (local.get $n) (i32.const 0)))
    (func (export "stdout-cancelled") (param $n i32) (result i32) (local $i i32)
      (call $open-outputs (local.get $n))
      (loop $l
        (if (i32.lt_u (local.get $i) (local.get $n)) (then
          (if (i32.eq (call $write (call $first (local.get $i)) (i32.const 64) (i32.const 1)) (global.get $blocked))
            (then (drop (call $cancel-write (call $first (local.get $i))))))
          (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $l))))
      (call $drop-outputs (local.get $n) (i32.const 1))))
  (core instance $i (instantiate $m (with "" (instance
    (export "mem" (memory $libc "mem")) (export "set" (func $set)) (export "wait" (func $wait))
    (export "join" (func $join)) (export "cancel" (func $cancel)) (export "drop" (func $drop))
    (export "timer" (func $timer)) (export "call" (func $call)) (export "input" (func $input))
    (export "output" (func $output)) (export "new" (func $new)) (export "read" (func $read))
    (export "write" (func $write)) (export "cancel-read" (func $cancel-read))
    (export "cancel-write" (func $cancel-write)) (export "drop-readable" (func $drop-readable))
    (export "drop-writable" (func $drop-writable)) (export "drop-in" (func $drop-in))
    (export "drop-out" (func $drop-out))))))

  (func (export "timers-woken") async (param "n" u32) (result u32) (canon lift (core func $i "timers-woken")))
  (func (export "timers-cancelled") async (param "n" u32) (result u32) (canon lift (core func $i "timers-cancelled")))
  (func (export "timers-cancelled-back") async (param "n" u32) (result u32)
    (canon lift (core func $i "timers-cancelled-back")))
  (func (export "calls-woken") async (param "n" u32) (result u32) (canon lift (core func $i "calls-woken")))
  (func (export "calls-cancelled") async (param "n" u32) (result u32) (canon lift (core func $i "calls-cancelled")))
  (func (export "calls-cancelled-back") async (param "n" u32) (result u32)
    (canon lift (core func $i "calls-cancelled-back")))
  (func (export "stdin-dropped") async (param "n" u32) (result u32) (canon lift (core func $i "stdin-dropped")))
  (func (export "stdin-dropped-back") async (param "n" u32) (result u32)
    (canon lift (core func $i "stdin-dropped-back")))
  (func (export "stdin-one-by-one") async (param "n" u32) (result u32) (canon lift (core func $i "stdin-one-by-one")))
  (func (export "stdin-woken") async (param "n" u32) (result u32) (canon lift (core func $i "stdin-woken")))
  (func (export "stdin-cancelled") async (param "n" u32) (result u32) (canon lift (core func $i "stdin-cancelled")))
  (func (export "stdout-dropped") async (param "n" u32) (result u32) (canon lift (core func $i "stdout-dropped")))
  (func (export "stdout-dropped-back") async (param "n" u32) (result u32)
    (canon lift (core func $i "stdout-dropped-back")))
  (func (export "stdout-one-by-one") async (param "n" u32) (result u32)
    (canon lift (core func $i "stdout-one-by-one")))
  (func (export "stdout-woken") async (param "n" u32) (result u32) (canon lift (core func $i "stdout-woken")))
  (func (export "stdout-cancelled") async (param "n" u32) (result u32) (canon lift (core func $i "stdout-cancelled"))))
