;; Components for test_link.c and test_wit.c, one after the other; the comment before each is its name.
;; make_link_vectors.py turns them into link_vectors.inc.

;;= simple
(component
  (core module $M (func (export "f") (param i32) (result i32) local.get 0))
  (core instance $m (instantiate $M))
  (func (export "g") (param "x" u32) (result u32) (canon lift (core func $m "f"))))

;;= twice
(component
  (component $C
    (core module $D (func (export "dtor") (param i32)))
    (core instance $d (instantiate $D))
    (type $R (resource (rep i32) (dtor (core func $d "dtor"))))
    (export $E "r" (type $R))
    (core func $new (canon resource.new $R))
    (core module $M (import "" "new" (func (param i32) (result i32))) (export "make" (func 0)))
    (core instance $m (instantiate $M (with "" (instance (export "new" (func $new))))))
    (func (export "make") (param "rep" u32) (result (own $E)) (canon lift (core func $m "make"))))
  (instance $a (instantiate $C))
  (instance $b (instantiate $C))
  (export "a" (instance $a))
  (export "b" (instance $b)))

;;= host
(component
  (import "env" (instance $env
    (export "r" (type $r (sub resource)))
    (type $p' (record (field "x" u32) (field "y" string)))
    (export "point" (type $p (eq $p')))
    (export "same" (type (eq $r)))
    (export "use" (func (param "p" $p) (param "b" (borrow $r))))
    (export "deep" (instance (export "f" (func async))))))
  (import "log" (func $log (param "s" string)))
  (import "own" (type $o (sub resource)))
  (alias export $env "same" (type $same))
  (alias export $env "use" (func $use))
  (core func $drop (canon resource.drop $same))
  (core func $drop2 (canon resource.drop $o))
  (core module $Mem (memory (export "m") 1) (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable))
  (core instance $mem (instantiate $Mem))
  (core func $u (canon lower (func $use) (memory $mem "m")))
  (core func $l (canon lower (func $log) (memory $mem "m")))
  (core module $M (import "a" "l" (func (param i32 i32))) (import "b" "u" (func (param i32 i32 i32 i32)))
    (import "b" "m" (memory 1)))
  (core instance (instantiate $M
    (with "b" (instance (export "m" (memory $mem "m")) (export "u" (func $u))))
    (with "a" (instance (export "l" (func $l)))))))

;;= bound
(component
  (component $P
    (type $R (resource (rep i32)))
    (export $E "r" (type $R))
    (core module $M (func (export "f") (param i32)))
    (core instance $m (instantiate $M))
    (func (export "f") (param "b" (borrow $E)) (canon lift (core func $m "f"))))
  (component $Q
    (import "t" (type $T (sub resource)))
    (import "f" (func $f (param "b" (borrow $T))))
    (core func $drop (canon resource.drop $T))
    (core func $l (canon lower (func $f)))
    (core module $M (import "" "f" (func (param i32))) (import "" "drop" (func (param i32))))
    (core instance (instantiate $M (with "" (instance (export "f" (func $l)) (export "drop" (func $drop)))))))
  (instance $p (instantiate $P))
  (instance (instantiate $Q (with "t" (type $p "r")) (with "f" (func $p "f")))))

;;= outer
(component
  (core module $M (func (export "f") (result i32) i32.const 1))
  (type $t (tuple u8 u32))
  (component $A
    (component $B
      (core instance $m (instantiate $M))
      (type $f (func (param "x" (list $t)) (result u32)))
      (core module $N (memory (export "m") 1)
        (func (export "f") (param i32 i32) (result i32) i32.const 1)
        (func (export "r") (param i32 i32 i32 i32) (result i32) unreachable))
      (core instance $n (instantiate $N))
      (func (export "f") (type $f)
        (canon lift (core func $n "f") (memory $n "m") (realloc (core func $n "r")))))
    (instance $b (instantiate $B))
    (export "b" (instance $b)))
  (instance $a (instantiate $A))
  (alias export $a "b" (instance $b))
  (export "f" (func $b "f")))

;;= passed
(component
  (component $C
    (core module $M (func (export "f") (result i32) i32.const 7))
    (core instance $m (instantiate $M))
    (func (export "f") (result u32) (canon lift (core func $m "f"))))
  (component $User
    (import "c" (component $c (export "f" (func (result u32)))))
    (instance $x (instantiate $c))
    (instance $y (instantiate $c))
    (export "fx" (func $x "f"))
    (export "fy" (func $y "f")))
  (instance $u (instantiate $User (with "c" (component $C))))
  (export "u" (instance $u)))

;;= narrow
(component
  (core module $M (func (export "f") (result i32) i32.const 7))
  (core instance $m (instantiate $M))
  (func $f (result u32) (canon lift (core func $m "f")))
  (instance $i (export "a" (func $f)) (export "b" (func $f)))
  (export "i" (instance $i) (instance (export "b" (func (result u32))))))

;;= narrow-import
(component
  (component $C
    (import "i" (instance $i (export "b" (func (result u32)))))
    (export "j" (instance $i)))
  (core module $M (func (export "f") (result i32) i32.const 7))
  (core instance $m (instantiate $M))
  (func $f (result u32) (canon lift (core func $m "f")))
  (instance $i (export "a" (func $f)) (export "b" (func $f)))
  (instance $c (instantiate $C (with "i" (instance $i))))
  (export "i" (instance $c "j")))

;;= blocks
(component
  (import "s" (func $s))
  (import "a" (func $a async (param "x" u32)))
  (component $SyncOfSync (import "s" (func $s)) (core func (canon lower (func $s))))
  (component $SyncOfAsync (import "a" (func $a async (param "x" u32))) (core func (canon lower (func $a))))
  (component $AsyncOfAsync (import "a" (func $a async (param "x" u32))) (core func (canon lower (func $a) async)))
  (component $Yield (core func (canon thread.yield)))
  (component $Cancel (core func (canon subtask.cancel)))
  (component $CancelAsync (core func (canon subtask.cancel async)))
  (component $Read (type $t (stream u8))
    (core module $Mem (memory (export "m") 1)) (core instance $mem (instantiate $Mem))
    (core func (canon stream.read $t (memory $mem "m"))))
  (component $ReadAsync (type $t (stream u8))
    (core module $Mem (memory (export "m") 1)) (core instance $mem (instantiate $Mem))
    (core func (canon stream.read $t async (memory $mem "m"))))
  (instance (instantiate $SyncOfSync (with "s" (func $s))))
  (instance (instantiate $SyncOfAsync (with "a" (func $a))))
  (instance (instantiate $AsyncOfAsync (with "a" (func $a))))
  (instance (instantiate $Yield))
  (instance (instantiate $Cancel))
  (instance (instantiate $CancelAsync))
  (instance (instantiate $Read))
  (instance (instantiate $ReadAsync)))

;;= donut
(component
  (component $Leaf
    (core module $M (func (export "f"))) (core instance $m (instantiate $M))
    (func (export "f") (canon lift (core func $m "f"))))
  (component $Mid
    (instance $leaf (instantiate $Leaf))
    (core func $f (canon lower (func $leaf "f")))
    (core module $M (import "" "f" (func)) (export "g" (func 0)))
    (core instance $m (instantiate $M (with "" (instance (export "f" (func $f))))))
    (func (export "g") (canon lift (core func $m "g"))))
  (instance $mid (instantiate $Mid))
  (export "g" (func $mid "g")))

;;= memory64
(component
  (import "f" (func $f (param "s" string) (result string)))
  (core module $M (memory (export "m") i64 1)
    (func (export "r") (param i64 i64 i64 i64) (result i64) unreachable))
  (core instance $m (instantiate $M))
  (core func $l (canon lower (func $f) (memory $m "m") (realloc (core func $m "r"))))
  (core module $N (import "" "m" (memory i64 1)) (export "again" (memory 0)))
  (core instance $n (instantiate $N (with "" (instance $m))))
  (type $s (stream u8))
  (core func (canon stream.read $s async (memory $n "again"))))

;;= builtins
(component
  (type $R (resource (rep i32)))
  (type $s (stream u8))
  (type $f (future string))
  (core module $M (memory (export "m") 1) (table (export "t") 1 funcref)
    (func (export "r") (param i32 i32 i32 i32) (result i32) unreachable))
  (core instance $m (instantiate $M))
  (alias core export $m "m" (core memory $mem))
  (alias core export $m "t" (core table $tab))
  (alias core export $m "r" (core func $r))
  (core type $ft (func (param i32)))
  (core func (canon resource.new $R))
  (core func (canon resource.drop $R))
  (core func (canon resource.rep $R))
  (core func (canon task.cancel))
  (core func (canon subtask.cancel async))
  (core func (canon task.return (result string) (memory $mem)))
  (core func (canon task.return))
  (core func (canon context.get i32 0))
  (core func (canon context.set i32 1))
  (core func (canon thread.yield cancellable))
  (core func (canon subtask.drop))
  (core func (canon stream.new $s))
  (core func (canon stream.read $s (memory $mem)))
  (core func (canon stream.write $s async (memory $mem)))
  (core func (canon stream.cancel-read $s))
  (core func (canon stream.cancel-write $s async))
  (core func (canon stream.drop-readable $s))
  (core func (canon stream.drop-writable $s))
  (core func (canon future.new $f))
  (core func (canon future.read $f (memory $mem) (realloc $r)))
  (core func (canon future.write $f async (memory $mem)))
  (core func (canon future.cancel-read $f))
  (core func (canon future.cancel-write $f))
  (core func (canon future.drop-readable $f))
  (core func (canon future.drop-writable $f))
  (core func (canon error-context.new (memory $mem)))
  (core func (canon error-context.debug-message (memory $mem) (realloc $r)))
  (core func (canon error-context.drop))
  (core func (canon waitable-set.new))
  (core func (canon waitable-set.wait (memory $mem)))
  (core func (canon waitable-set.poll cancellable (memory $mem)))
  (core func (canon waitable-set.drop))
  (core func (canon waitable.join))
  (core func (canon backpressure.inc))
  (core func (canon backpressure.dec))
  (core func (canon thread.index))
  (core func (canon thread.new-indirect $ft (table $tab)))
  (core func (canon thread.resume-later))
  (core func (canon thread.suspend))
  (core func (canon thread.suspend-then-resume))
  (core func (canon thread.yield-then-resume cancellable)))

;;= types
(component
  (type $rec (record (field "a" u8) (field "list" (list string))))
  (export $rec' "rec" (type $rec))
  (type $var (variant (case "none") (case "some" $rec')))
  (export $var' "var" (type $var))
  (type $fl (flags "r" "w"))
  (export "fl" (type $fl))
  (type $en (enum "red" "green"))
  (export "en" (type $en))
  (type $al (list (option (result u8 (error string)))))
  (export "al" (type $al))
  (type $res (resource (rep i32)))
  (export $res' "res" (type $res))
  (export "res2" (type $res'))
  (core module $M (func (export "f") (param i32) (result i32) i32.const 0) (func (export "n"))
    (func (export "g") (result i32) i32.const 0) (memory (export "m") 1))
  (core instance $m (instantiate $M))
  (func (export "pass") (param "r" (borrow $res')) (result (own $res')) (canon lift (core func $m "f")))
  (func (export "stop") async (canon lift (core func $m "n")))
  (func (export "give") async (result (tuple (stream u8) (future) (map string u32) (list u8 4)))
    (canon lift (core func $m "g") (memory $m "m"))))

;;= interface
(component
  (import "a:b/c@1.0.0" (instance
    (export "thing" (type $t (sub resource)))
    (export "[constructor]thing" (func (param "n" u32) (result (own $t))))
    (export "[method]thing.get" (func (param "self" (borrow $t)) (result u32)))
    (export "[method]thing.wait" (func async (param "self" (borrow $t)) (param "list" u32)))
    (export "[static]thing.all" (func (result (list (own $t)))))
    (export "bare" (type (sub resource)))
    (type $k' (variant (case "x" u32) (case "y")))
    (export "kind" (type (eq $k')))
    (type $z u64)
    (export "size" (type (eq $z)))
    (export "go" (func (param "k" (borrow $t)) (result (result (error string)))))))
  (import "plain" (func (param "x" u32) (result string)))
  (import "mod" (core module))
  (import "comp" (component)))

;;= bad-core-index
(component (type $f (func)) (func (type $f) (canon lift (core func 3))))

;;= bad-func-index
(component (core func (canon lower (func 7))))

;;= bad-type-index
(component (type (list 9)))

;;= bad-type-kind
(component (type $f (func)) (type (list $f)))

;;= bad-outer-count
(component (alias outer 5 0 (type)))

;;= bad-argument
(component
  (component $C (import "x" (func)))
  (instance (instantiate $C)))

;;= bad-argument-sort
(component
  (component $C (import "x" (func)))
  (type $t u8)
  (instance (instantiate $C (with "x" (type $t)))))

;;= bad-instance-export
(component
  (component $C)
  (instance $c (instantiate $C))
  (alias export $c "f" (func)))

;;= bad-core-export
(component
  (core module $M)
  (core instance $m (instantiate $M))
  (alias core export $m "f" (core func)))

;;= bad-core-export-kind
(component
  (core module $M (memory (export "f") 1))
  (core instance $m (instantiate $M))
  (alias core export $m "f" (core func)))

;;= bad-core-import
(component
  (core module $M (import "a" "b" (func)))
  (core instance (instantiate $M)))

;;= bad-foreign-resource
(component
  (component $P (type $R (resource (rep i32))) (export "r" (type $R)))
  (instance $p (instantiate $P))
  (alias export $p "r" (type $r))
  (core func (canon resource.new $r)))

;;= bad-stream
(component (type $f (future u8)) (core func (canon stream.new $f)))

;;= bad-size
(component (type (list u64 536870912)))

;;= bad-empty-tuple
(component (type (tuple)))

;;= no-module
(component (import "m" (core module $m)) (core instance (instantiate $m)))

;;= no-component
(component (import "c" (component $c)) (instance (instantiate $c)))
