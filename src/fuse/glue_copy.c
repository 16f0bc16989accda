/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Copies of elements from a writer to a reader (glue.h): a function for each pair of definitions. */
#include "fuse/glue_emit.h"

struct copying {
  struct making_glue n;
  struct adapter_module *m;
  struct adapter_side sides[2]; /* the writer's, the reader's */
};

static weir_status make_copy(struct copying *x, const struct graph_trampoline *writer, uint32_t writer_number,
                             const struct graph_trampoline *reader, uint32_t place) {
  static const struct core_signature sig = {.params = {CORE_I32, CORE_I32, CORE_I32}, .param_count = 3};
  const struct weir_type *elem = writer->value_type->elem;
  uint32_t left = GLUE_PARTS_MAX;
  struct making_glue *n = &x->n;
  struct emit e;
  if (!glue_spend(elem, &left))
    return diag_set(n->k->d, WEIR_ERR_UNSUPPORTED, "the type of a stream unfolds to too much");
  glue_import_rt(n, RT_HANDLE);
  glue_import_memory(n);
  glue_import_table(n);
  glue_import_side(n, &writer->opts, writer->instance, &x->sides[0]);
  glue_import_side(n, &reader->opts, reader->instance, &x->sides[1]);
  WEIR_TRY(glue_open_emitter(n, x->sides, writer_number, 1, &x->m));
  emit_init(&e, x->m, sig.params, sig.param_count);
  e.src = &x->sides[0];
  e.dst = &x->sides[1];
  e.site = writer_number * 2;
  uint32_t size = emit_local(&e, CORE_I32);
  emit_get(&e, 2);
  put_i32(&e.code, elem->layout[0].size);
  put_op(&e.code, OP_I32_MUL);
  emit_set(&e, size);
  emit_copy_elements(&e, 0, 1, elem, size);
  small_elem(&n->m, place, glue_close_func(n, &e, &sig));
  return glue_close_emitter(n, x->m);
}

weir_status glue_copy(struct glue *k, uint32_t writer, uint32_t reader, struct glue_module *ret) {
  struct copying x = {.m = NULL};
  glue_begin(&x.n, k);
  weir_status status = make_copy(&x, &k->g->trampolines[writer], writer, &k->g->trampolines[reader],
                                 k->copies[writer] + k->copies[reader]);
  return glue_finish(&x.n, status, ret);
}
