;; One pass over a text by the table of scanner-table.ts: which kinds of bytes it holds, and which texts that are looked
;; for end in it. `make golden` writes its binary form into scan-program.ts, and a test compares the two.
;;
;; The shaping decision: the time goes into waiting for one edge of the table before the next can be looked up, so the two
;; halves of a text are read side by side. What crosses the seam is found by reading on from the first half for as long as
;; its state still stands for something that began before the seam, which is a byte or three. What ends in a state is
;; noted without a branch, since none could be foretold, and looked at behind the pass.
;;
;; It knows one text of at most 64 KiB at a time, trusts the addresses that it is given, and allocates nothing.

(module
  ;; Where things lie; the table's edges lie behind all others, as many as there are.
  (memory (export "memory") 7)
  (global (export "kindsAt") i32 (i32.const 0x0)) ;; by byte, 16 bytes: kinds, low and high; where its column lies in a row
  (global $resultAt (export "resultAt") i32 (i32.const 0x1000)) ;; kinds of the text, low and high; the last state
  (global $textAt (export "textAt") i32 (i32.const 0x2000))
  (global (export "textBytesMax") i32 (i32.const 0x10000))
  (global $metAt (export "metAt") i32 (i32.const 0x12000)) ;; states that end texts, then the sets that are asked for
  (global (export "depthsAt") i32 (i32.const 0x33000)) ;; by state, a byte: how much of the text behind it the state stands for
  (global (export "setsAt") i32 (i32.const 0x43000)) ;; by state, two bytes: the set of clauses of the texts that end there
  (global (export "edgesAt") i32 (i32.const 0x63000)) ;; by state, 64 places of two bytes: the next state, by column

  ;; `interest`: where there is a byte for each set: 1 if somebody asks for it. Gives the end of the list of sets at `metAt`.
  (func (export "scan") (param $length i32) (param $state i32) (param $firstEnd i32) (param $interest i32) (result i32)
    (local $at i32) (local $other i32) (local $end i32) (local $seam i32) (local $half i32)
    (local $otherState i32) (local $kind i32) (local $otherKind i32) (local $kinds i64)
    (local $met i32) (local $read i32) (local $place i32)

    (local.set $at (global.get $textAt))
    (local.set $end (i32.add (local.get $at) (local.get $length)))
    (if (i32.ge_u (local.get $length) (i32.const 16)) ;; a shorter text has no halves
      (then (local.set $half (i32.shr_u (local.get $length) (i32.const 1)))))
    (local.set $seam (i32.sub (local.get $end) (local.get $half)))
    (local.set $met (global.get $metAt))

    (if (local.get $half)
      (then
        (local.set $other (local.get $seam)) ;; in state 0: nothing has been read
        (loop $both
          (local.set $kind (i32.shl (i32.load8_u (local.get $at)) (i32.const 4)))
          (local.set $otherKind (i32.shl (i32.load8_u (local.get $other)) (i32.const 4)))
          (local.set $kinds (i64.or (local.get $kinds) (i64.or (i64.load (local.get $kind)) (i64.load (local.get $otherKind)))))
          (local.set $state (i32.load16_u offset=0x63000
            (i32.add (i32.shl (local.get $state) (i32.const 7)) (i32.load offset=8 (local.get $kind)))))
          (local.set $otherState (i32.load16_u offset=0x63000
            (i32.add (i32.shl (local.get $otherState) (i32.const 7)) (i32.load offset=8 (local.get $otherKind)))))
          (i32.store16 (local.get $met) (local.get $state))
          (local.set $met (i32.add (local.get $met) (i32.shl (i32.ge_u (local.get $state) (local.get $firstEnd)) (i32.const 1))))
          (i32.store16 (local.get $met) (local.get $otherState))
          (local.set $met (i32.add (local.get $met) (i32.shl (i32.ge_u (local.get $otherState) (local.get $firstEnd)) (i32.const 1))))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (local.set $other (i32.add (local.get $other) (i32.const 1)))
          (br_if $both (i32.lt_u (local.get $other) (local.get $end))))))

    ;; The whole of a short text, or what crosses the seam.
    (block $past
      (loop $one
        (br_if $past (i32.ge_u (local.get $at) (local.get $end)))
        (br_if $past (i32.le_s (i32.load8_u offset=0x33000 (local.get $state)) (i32.sub (local.get $at) (local.get $seam))))
        (local.set $kind (i32.shl (i32.load8_u (local.get $at)) (i32.const 4)))
        (local.set $kinds (i64.or (local.get $kinds) (i64.load (local.get $kind))))
        (local.set $state (i32.load16_u offset=0x63000
          (i32.add (i32.shl (local.get $state) (i32.const 7)) (i32.load offset=8 (local.get $kind)))))
        (i32.store16 (local.get $met) (local.get $state))
        (local.set $met (i32.add (local.get $met) (i32.shl (i32.ge_u (local.get $state) (local.get $firstEnd)) (i32.const 1))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $one)))

    (i64.store (global.get $resultAt) (local.get $kinds))
    (i32.store offset=8 (global.get $resultAt)
      (select (local.get $otherState) (local.get $state) (local.get $half)))

    ;; In the place of the states, the sets that are asked for. One that is listed is not asked for again ...
    (local.set $end (local.get $met))
    (local.set $met (global.get $metAt))
    (local.set $read (local.get $met))
    (block $none
      (loop $each
        (br_if $none (i32.ge_u (local.get $read) (local.get $end)))
        (local.set $place (i32.load16_u offset=0x43000 (i32.shl (i32.load16_u (local.get $read)) (i32.const 1))))
        (i32.store16 (local.get $met) (local.get $place))
        (local.set $place (i32.add (local.get $interest) (local.get $place)))
        (if (i32.load8_u (local.get $place))
          (then
            (i32.store8 (local.get $place) (i32.const 0))
            (local.set $met (i32.add (local.get $met) (i32.const 2)))))
        (local.set $read (i32.add (local.get $read) (i32.const 2)))
        (br $each)))

    ;; ... until the list is complete.
    (local.set $read (global.get $metAt))
    (block $all
      (loop $again
        (br_if $all (i32.ge_u (local.get $read) (local.get $met)))
        (i32.store8 (i32.add (local.get $interest) (i32.load16_u (local.get $read))) (i32.const 1))
        (local.set $read (i32.add (local.get $read) (i32.const 2)))
        (br $again)))
    (local.get $met)))
