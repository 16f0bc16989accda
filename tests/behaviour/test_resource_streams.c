/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Streams of resources that a guest defines, handed on by the host. */
#include "behaviour/behaviour.h"

/* Gives streams of its own resources, and takes them. */
static const char sender[] =
    "(component"
    "  (type $r' (resource (rep i32)))"
    "  (export $r \"r\" (type $r'))"
    "  (type $s (stream (own $r)))"
    "  (type $pairs (stream (tuple u8 (option (own $r)))))"
    "  (core func $new (canon stream.new $s))"
    "  (core func $new-pairs (canon stream.new $pairs))"
    "  (core func $drop (canon stream.drop-readable $s))"
    "  (core module $M"
    "    (import \"\" \"new\" (func $new (result i64)))"
    "    (import \"\" \"new-pairs\" (func $new_pairs (result i64)))"
    "    (func (export \"give\") (result i32) (i32.wrap_i64 (call $new)))"
    "    (func (export \"give-pairs\") (result i32) (i32.wrap_i64 (call $new_pairs)))"
    "    (func (export \"take\") (param i32)))"
    "  (core instance $m (instantiate $M (with \"\" (instance"
    "    (export \"new\" (func $new)) (export \"new-pairs\" (func $new-pairs))))))"
    "  (func (export \"give\") (result (stream (own $r))) (canon lift (core func $m \"give\")))"
    "  (func (export \"give-pairs\") (result (stream (tuple u8 (option (own $r)))))"
    "    (canon lift (core func $m \"give-pairs\")))"
    "  (func (export \"take\") (param \"s\" (stream (own $r))) (canon lift (core func $m \"take\")))"
    "  (func (export \"take-pairs\") (param \"s\" (stream (tuple u8 (option (own $r)))))"
    "    (canon lift (core func $m \"take\"))))";

static void a_stream_of_them_goes_back_but_to_no_other_instance(void **state) {
  (void)state;
  static const char *const names[][2] = {{"give", "take"}, {"give-pairs", "take-pairs"}};
  struct world *w = world_open("calls");
  weir_component_free(w->component);
  w->component = component_from(w->engine, sender, sizeof(sender) - 1);
  for (size_t i = 0; i < 2; i++) {
    world_start(w);
    weir_value own = call_now(w, names[i][0], NULL, 0);
    call_now(w, names[i][1], &own, 1);
    weir_value of_another = call_now(w, names[i][0], NULL, 0);
    world_start(w);
    call_refused(w, names[i][1], &of_another, 1, WEIR_ERR_TYPE, "another element type");
  }
  world_settle(w);
  world_close(w);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_stream_of_them_goes_back_but_to_no_other_instance),
};

BEHAVIOUR_MAIN(tests)
