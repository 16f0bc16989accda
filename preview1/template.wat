;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;;
;; The component around a program of WASI preview 1. build.py puts in the imports (IMPORTS, LOWERED), the adapter
;; (adapter.wasm) and one line for each function (SLOTS and so on); weir puts in the program.
;;
;; The program is instantiated first, since the others need its memory: what it imports are slots of a table, which are
;; filled afterwards. The adapter has a memory of its own, and leaves the program's as the program laid it out.
(component
  IMPORTS

  ;; the adapter's memory: its data and stack below 1 MiB, and what one call needs above
  (core module $own
    (memory (export "memory") 17)
    (global $next (mut i32) (i32.const 1048576))
    (func (export "reset") (global.set $next (i32.const 1048576)))
    (func $take (export "take") (param $size i32) (result i32) (local $at i32) (local $end i64)
      (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
      (local.set $end (i64.add (i64.extend_i32_u (local.get $at)) (i64.extend_i32_u (local.get $size))))
      (if (i64.gt_u (local.get $end) (i64.const 0x7fff0000)) (then (unreachable)))
      (if (i64.gt_u (local.get $end) (i64.shl (i64.extend_i32_u (memory.size)) (i64.const 16))) (then
        (if (i32.eq (i32.const -1) (memory.grow (i32.sub
            (i32.wrap_i64 (i64.shr_u (i64.add (local.get $end) (i64.const 65535)) (i64.const 16))) (memory.size))))
          (then (unreachable)))))
      (global.set $next (i32.wrap_i64 (local.get $end)))
      (local.get $at))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (call $take (local.get 3))))
  (core instance $own (instantiate $own))
  (alias core export $own "memory" (core memory $memory))
  (alias core export $own "realloc" (core func $realloc))

  (core module $slots
    SLOT-TYPES
    (table $t (export "table") SLOT-COUNT SLOT-COUNT funcref)
    SLOTS)
  (core instance $slots (instantiate $slots))

  (core module $app)
  (core instance $app (instantiate $app SLOT-ARGUMENTS))
  (alias core export $app "memory" (core memory $app-memory))
  (alias core export $app "_start" (core func $app-start))

  (core module $copies
    (memory $app (import "app" "memory") 0)
    (memory $own (import "own" "memory") 0)
    (func (export "load") (param $to i32) (param $from i32) (param $size i32)
      (memory.copy $own $app (local.get $to) (local.get $from) (local.get $size)))
    (func (export "store") (param $to i32) (param $from i32) (param $size i32)
      (memory.copy $app $own (local.get $to) (local.get $from) (local.get $size))))
  (core instance $copies (instantiate $copies (with "app" (instance (export "memory" (memory $app-memory))))
    (with "own" (instance $own))))

  LOWERED

  (core module $adapter)
  (core instance $adapter (instantiate $adapter (with "env" (instance $own)) (with "own" (instance $own))
    (with "app" (instance $copies)) ADAPTER-IMPORTS))

  (core module $fill
    (import "slots" "table" (table SLOT-COUNT SLOT-COUNT funcref))
    FILL-IMPORTS
    (elem (i32.const 0) FILL))
  (core instance (instantiate $fill (with "slots" (instance $slots)) (with "adapter" (instance $adapter))))

  (core module $run
    (import "app" "start" (func $start))
    (func (export "run") (result i32) (call $start) (i32.const 0)))
  (core instance $run (instantiate $run (with "app" (instance (export "start" (func $app-start))))))
  (func $run (result (result)) (canon lift (core func $run "run")))
  (instance $cli-run (export "run" (func $run)))
  (export "wasi:cli/run@0.2.12" (instance $cli-run)))
