/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See glue_module.h. */
#include "fuse/glue_module.h"

#define I32 CORE_I32
#define I64 CORE_I64

/* In the order of enum glue_rt. */
static const struct {
  const char *name;
  struct core_signature sig;
} functions[RT_FUNCTIONS] = {
    [RT_BEGIN] = {"begin", {{I32, I32, I32, I32}, {I32}, 4, 1}},
    [RT_RETURNED] = {"returned", {{I32}, {0}, 1, 0}},
    [RT_BACKWARD] = {"backward", {{I32}, {0}, 1, 0}},
    [RT_POST_RETURN] = {"post_return", {{I32}, {0}, 1, 0}},
    [RT_INVOKE] = {"invoke", {{I32}, {I32}, 1, 1}},
    [RT_END] = {"end", {{I32}, {0}, 1, 0}},
    [RT_SCRATCH] = {"scratch", {{0}, {I32}, 0, 1}},
    [RT_TASK_RETURN] = {"task_return", {{I32, I32, I32}, {I32}, 3, 1}},
    [RT_TASK_CANCEL] = {"task_cancel", {{I32}, {I32}, 1, 1}},
    [RT_CONTEXT_GET] = {"context_get", {{I32, I32}, {I64}, 2, 1}},
    [RT_CONTEXT_SET] = {"context_set", {{I32, I32, I64}, {0}, 3, 0}},
    [RT_FRESH] = {"fresh", {{0}, {0}, 0, 0}},
    [RT_BACKPRESSURE_INC] = {"backpressure_inc", {{I32}, {0}, 1, 0}},
    [RT_BACKPRESSURE_DEC] = {"backpressure_dec", {{I32}, {0}, 1, 0}},
    [RT_THREAD_YIELD] = {"thread_yield", {{I32, I32}, {I32}, 2, 1}},
    [RT_SUBTASK_CANCEL] = {"subtask_cancel", {{I32, I32, I32}, {I32}, 3, 1}},
    [RT_SUBTASK_DROP] = {"subtask_drop", {{I32, I32}, {0}, 2, 0}},
    [RT_SET_NEW] = {"waitable_set_new", {{I32}, {I32}, 1, 1}},
    [RT_SET_DROP] = {"waitable_set_drop", {{I32, I32}, {0}, 2, 0}},
    [RT_SET_WAIT] = {"waitable_set_wait", {{I32, I32, I32}, {I32}, 3, 1}},
    [RT_SET_POLL] = {"waitable_set_poll", {{I32, I32, I32}, {I32}, 3, 1}},
    [RT_JOIN] = {"waitable_join", {{I32, I32, I32}, {0}, 3, 0}},
    [RT_TOLD] = {"told", {{0}, {I32}, 0, 1}},
    [RT_RESOURCE_NEW] = {"resource_new", {{I32, I32, I32}, {I32}, 3, 1}},
    [RT_RESOURCE_REP] = {"resource_rep", {{I32, I32, I32}, {I32}, 3, 1}},
    [RT_RESOURCE_DROP] = {"resource_drop", {{I32, I32, I32, I32, I32}, {0}, 5, 0}},
    [RT_HANDLE] = {"handle", {{I32, I32, I32}, {I32}, 3, 1}},
    [RT_NEW_ENDS] = {"new_ends", {{I32, I32, I32}, {I64}, 3, 1}},
    [RT_DROP_END] = {"drop_end", {{I32, I32, I32, I32}, {0}, 4, 0}},
    [RT_COPY] = {"copy", {{I32, I32, I32, I32, I32, I32, I32, I32, I32}, {I32}, 9, 1}},
    [RT_CANCEL_COPY] = {"cancel_copy", {{I32, I32, I32, I32, I32}, {I32}, 5, 1}},
    [RT_CHECK_LEAVE] = {"check_leave", {{I32}, {0}, 1, 0}},
    [RT_ROOT] = {"root", {{I32, I32, I32, I32}, {I32}, 4, 1}},
    [RT_ROOT_END] = {"root_end", {{I32}, {0}, 1, 0}},
    [RT_ROOT_DRIVE] = {"root_drive", {{I32, I32}, {I32}, 2, 1}},
    [RT_ROOT_EVENT] = {"root_event", {{I32, I32, I32}, {I32}, 3, 1}},
    [RT_HOST_CALL] = {"host_call", {{I32, I32}, {I32}, 2, 1}},
    [RT_HOST_BEGIN] = {"host_begin", {{I32}, {I32}, 1, 1}},
    [RT_HOST_END] = {"host_end", {{I32}, {0}, 1, 0}},
    [RT_TEXT_IN] = {"text_in", {{0}, {I32}, 0, 1}},
    [RT_TEXT_OUT] = {"text_out", {{0}, {I32}, 0, 1}},
    [RT_TEXT_BEGIN] = {"text_begin", {{I32}, {0}, 1, 0}},
    [RT_TEXT_MEASURE] = {"text_measure", {{I32}, {0}, 1, 0}},
    [RT_TEXT_PLAN] = {"text_plan", {{I32, I32, I32}, {I32}, 3, 1}},
    [RT_TEXT_PASS] = {"text_pass", {{I32}, {I32}, 1, 1}},
    [RT_TEXT_ENCODE] = {"text_encode", {{I32}, {I32}, 1, 1}},
    [RT_INSTANCE] = {"instance", {{I32, I32, I32}, {0}, 3, 0}},
};

const struct core_signature glue_realloc_signature = {{I32, I32, I32, I32}, {I32}, 4, 1};

struct core_signature glue_post_return_signature(const struct graph_lift *l) {
  struct core_signature sig = {.param_count = l->signature.result_count};
  sig.params[0] = l->signature.results[0];
  return sig;
}

void glue_begin(struct making_glue *n, struct glue *k) {
  *n = (struct making_glue){.k = k};
  small_init(&n->m);
}

weir_status glue_end(struct making_glue *n, struct glue_module *ret) {
  struct text out = {0};
  small_write(&n->m, &out);
  ret->bytes =
      out.failed || n->failed ? (struct str){NULL, 0} : arena_str(n->k->arena, (struct str){out.data, out.size});
  ret->imports = n->imports.data;
  ret->import_count = n->imports.count;
  text_done(&out);
  text_done(&n->body);
  small_done(&n->m);
  return ret->bytes.data ? WEIR_OK : diag_nomem(n->k->d);
}

/* ---- imports ----------------------------------------------------------------------------------------------------- */

static void import(struct making_glue *n, struct glue_import import) {
  n->failed |= !ARENA_PUSH(n->k->arena, &n->imports, import);
}

void glue_import_rt(struct making_glue *n, enum glue_rt function) {
  if (n->rt[function] != 0)
    return;
  import(n, (struct glue_import){.source = GLUE_RT, .name = str_from(functions[function].name)});
  n->rt[function] = small_import_func(&n->m, STR(""), STR(""), &functions[function].sig) + 1;
}

void glue_import_memory(struct making_glue *n) {
  if (n->memory != 0)
    return;
  import(n, (struct glue_import){.source = GLUE_RT, .name = STR("memory")});
  n->memory = small_import_memory(&n->m, STR(""), STR("")) + 1;
}

void glue_import_table(struct making_glue *n) {
  import(n, (struct glue_import){.source = GLUE_TABLE});
  small_import_table(&n->m, STR(""), STR(""), n->k->places);
}

uint32_t glue_import_ref(struct making_glue *n, const struct core_ref *ref, const struct core_signature *sig) {
  import(n, (struct glue_import){.source = GLUE_REF, .ref = *ref});
  return small_import_func(&n->m, STR(""), STR(""), sig);
}

uint32_t glue_import_ref_memory(struct making_glue *n, const struct core_ref *ref) {
  import(n, (struct glue_import){.source = GLUE_REF, .ref = *ref});
  return small_import_memory(&n->m, STR(""), STR(""));
}

uint32_t glue_import_outside(struct making_glue *n, uint32_t trampoline, const struct core_signature *sig) {
  import(n, (struct glue_import){.source = GLUE_OUTSIDE, .index = trampoline});
  return small_import_func(&n->m, STR(""), STR(""), sig);
}

/* ---- code -------------------------------------------------------------------------------------------------------- */

void glue_call(struct making_glue *n, struct text *code, enum glue_rt function) {
  put_op_u32(code, OP_CALL, n->rt[function] - 1);
}

void glue_widen(struct text *code, enum core_type type) {
  if (type == CORE_F32)
    put_op(code, OP_I32_REINTERPRET_F32);
  if (type == CORE_F64)
    put_op(code, OP_I64_REINTERPRET_F64);
  else if (type != CORE_I64)
    put_op(code, OP_I64_EXTEND_I32_U);
}

void glue_narrow(struct text *code, enum core_type type) {
  if (type == CORE_F64)
    put_op(code, OP_F64_REINTERPRET_I64);
  else if (type != CORE_I64)
    put_op(code, OP_I32_WRAP_I64);
  if (type == CORE_F32)
    put_op(code, OP_F32_REINTERPRET_I32);
}
