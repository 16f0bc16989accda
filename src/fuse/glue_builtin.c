/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Built-ins as calls of the runtime inside (glue.h). Each function puts the instance's number and the facts of the
 * definition in front of the guest's arguments.
 *
 * In order: parts; tasks; waits; streams and futures; resources; calls of the host; the table of them.
 */
#include "adapter/adapter.h"
#include "fuse/glue_edge.h"
#include "fuse/glue_module.h"

enum end_kind { END_STREAM_READ = 3, END_STREAM_WRITE, END_FUTURE_READ, END_FUTURE_WRITE }; /* enum kind of rt/rt.h */

struct builtin {
  struct making_glue n;
  const struct graph_trampoline *t;
  uint32_t trampoline;
};

/* ---- parts ------------------------------------------------------------------------------------------------------- */

static void get(struct builtin *b, uint32_t local) {
  put_op_u32(&b->n.body, OP_LOCAL_GET, local);
}

static void constant(struct builtin *b, uint32_t value) {
  put_i32(&b->n.body, value);
}

static void all_args(struct builtin *b) {
  for (uint32_t i = 0; i < b->t->signature.param_count; i++)
    get(b, i);
}

/* Begins the function: imports are complete. */
static void begin(struct builtin *b) {
  put_u32(&b->n.body, 0);
}

static weir_status end(struct builtin *b, struct glue_module *ret) {
  put_op(&b->n.body, OP_END);
  small_export_func(&b->n.m, STR("f"), small_func(&b->n.m, small_type(&b->n.m, &b->t->signature), &b->n.body));
  return glue_end(&b->n, ret);
}

/* The runtime's function, of the instance, `facts`, and the arguments. */
static weir_status forward(struct builtin *b, enum glue_rt function, const uint32_t *facts, uint32_t fact_count,
                           struct glue_module *ret) {
  glue_import_rt(&b->n, function);
  begin(b);
  constant(b, b->t->instance);
  for (uint32_t i = 0; i < fact_count; i++)
    constant(b, facts[i]);
  all_args(b);
  glue_call(&b->n, &b->n.body, function);
  return end(b, ret);
}

/* ---- tasks ------------------------------------------------------------------------------------------------------- */

static weir_status context_get(struct builtin *b, struct glue_module *ret) {
  glue_import_rt(&b->n, RT_CONTEXT_GET);
  begin(b);
  constant(b, b->t->instance);
  constant(b, b->t->slot);
  glue_call(&b->n, &b->n.body, RT_CONTEXT_GET);
  if (!b->t->is64)
    put_op(&b->n.body, OP_I32_WRAP_I64);
  return end(b, ret);
}

static weir_status context_set(struct builtin *b, struct glue_module *ret) {
  glue_import_rt(&b->n, RT_CONTEXT_SET);
  begin(b);
  constant(b, b->t->instance);
  constant(b, b->t->slot);
  get(b, 0);
  if (!b->t->is64)
    put_op(&b->n.body, OP_I64_EXTEND_I32_U);
  glue_call(&b->n, &b->n.body, RT_CONTEXT_SET);
  return end(b, ret);
}

/* Whether a task of the root may return with this definition, or cancel itself. */
static bool serves_root(struct builtin *b) {
  struct glue *k = b->n.k;
  if (b->t->kind == CANON_TASK_CANCEL)
    return k->instances[b->t->instance].exports;
  struct str key = glue_return_key(k, b->t->instance, b->t->value_type, k->options[b->trampoline]);
  b->n.failed |= !key.data;
  return key.data && name_index_find(&k->returns, key) != INDEX_NONE;
}

/* The outer runtime's definition, where the runtime inside says that the task is a root's. */
static void or_outside(struct builtin *b, bool serves, uint32_t outside) {
  struct text *code = &b->n.body;
  put_op_u32(code, OP_IF, TYPE_NOTHING);
  if (serves) {
    all_args(b);
    put_op_u32(code, OP_CALL, outside);
  } else {
    put_op(code, OP_UNREACHABLE);
  }
  put_op(code, OP_END);
}

static void store_args(struct builtin *b) {
  struct text *code = &b->n.body;
  const struct core_signature *sig = &b->t->signature;
  for (uint32_t i = 0; i < sig->param_count; i++) {
    glue_call(&b->n, code, RT_SCRATCH);
    get(b, i);
    glue_widen(code, (enum core_type)sig->params[i]);
    put_access(code, OP_I64_STORE, b->n.memory - 1, i * 8);
  }
}

static weir_status task_return(struct builtin *b, struct glue_module *ret) {
  bool serves = serves_root(b);
  uint32_t outside = serves ? glue_import_outside(&b->n, b->trampoline, &b->t->signature) : 0;
  glue_import_rt(&b->n, RT_SCRATCH);
  glue_import_rt(&b->n, RT_TASK_RETURN);
  glue_import_memory(&b->n);
  begin(b);
  store_args(b);
  constant(b, b->t->instance);
  constant(b, b->t->value_type ? b->t->value_type->id + 1 : 0);
  constant(b, b->n.k->options[b->trampoline]);
  glue_call(&b->n, &b->n.body, RT_TASK_RETURN);
  or_outside(b, serves, outside);
  return end(b, ret);
}

static weir_status task_cancel(struct builtin *b, struct glue_module *ret) {
  bool serves = serves_root(b);
  uint32_t outside = serves ? glue_import_outside(&b->n, b->trampoline, &b->t->signature) : 0;
  glue_import_rt(&b->n, RT_TASK_CANCEL);
  begin(b);
  constant(b, b->t->instance);
  glue_call(&b->n, &b->n.body, RT_TASK_CANCEL);
  or_outside(b, serves, outside);
  return end(b, ret);
}

/* ---- waits ------------------------------------------------------------------------------------------------------- */

/* One of the event's two numbers goes to the guest. */
static void store_told(struct builtin *b, uint32_t memory, uint32_t number) {
  struct text *code = &b->n.body;
  get(b, 1);
  glue_call(&b->n, code, RT_TOLD);
  put_access(code, OP_I32_LOAD, b->n.memory - 1, 4 * (number + 1));
  put_access(code, OP_I32_STORE, memory, 4 * number);
}

/* (set, address) -> code of the event */
static weir_status await(struct builtin *b, enum glue_rt function, struct glue_module *ret) {
  struct text *code = &b->n.body;
  uint32_t memory = glue_import_ref_memory(&b->n, &b->t->memory);
  glue_import_rt(&b->n, function);
  glue_import_rt(&b->n, RT_TOLD);
  glue_import_memory(&b->n);
  begin(b);
  get(b, 1);
  constant(b, 3);
  put_op(code, OP_I32_AND);
  put_op_u32(code, OP_IF, TYPE_NOTHING);
  put_op(code, OP_UNREACHABLE);
  put_op(code, OP_END);
  constant(b, b->t->instance);
  constant(b, b->t->cancellable);
  get(b, 0);
  glue_call(&b->n, code, function);
  store_told(b, memory, 0);
  store_told(b, memory, 1);
  return end(b, ret);
}

/* ---- streams and futures ----------------------------------------------------------------------------------------- */

static uint32_t type_word(const struct graph_trampoline *t) {
  return t->value_type->id | adapter_handle_numeric(t->value_type);
}

static uint32_t end_kind(enum canon_kind kind) {
  switch (kind) {
    case CANON_STREAM_NEW:
    case CANON_STREAM_READ:
    case CANON_STREAM_CANCEL_READ:
    case CANON_STREAM_DROP_READABLE:
      return END_STREAM_READ;
    case CANON_FUTURE_NEW:
    case CANON_FUTURE_READ:
    case CANON_FUTURE_CANCEL_READ:
    case CANON_FUTURE_DROP_READABLE:
      return END_FUTURE_READ;
    case CANON_STREAM_WRITE:
    case CANON_STREAM_CANCEL_WRITE:
    case CANON_STREAM_DROP_WRITABLE:
      return END_STREAM_WRITE;
    default:
      return END_FUTURE_WRITE;
  }
}

/* Checks the buffer of a stream or future, in locals 1 (address) and 2 (length; a future has none). */
static void push_length(struct text *code, bool is_future) {
  enum { LENGTH = 2 };
  if (is_future) {
    put_i64(code, 1);
    return;
  }
  put_op_u32(code, OP_LOCAL_GET, LENGTH);
  put_op(code, OP_I64_EXTEND_I32_U);
}

static void trap_if(struct text *code) {
  put_op_u32(code, OP_IF, TYPE_NOTHING);
  put_op(code, OP_UNREACHABLE);
  put_op(code, OP_END);
}

/* The length, and unless it is 0 the range in the memory. `elem` NULL: only the length. */
static void check_buffer(struct text *code, uint32_t memory, const struct weir_type *elem, bool is_future) {
  enum { ADDRESS = 1, LENGTH = 2, LENGTH_MAX = (1 << 28) - 1, LOG2_PAGE = 16 };
  if (!is_future) {
    put_op_u32(code, OP_LOCAL_GET, LENGTH);
    put_i32(code, LENGTH_MAX);
    put_op(code, OP_I32_GT_U);
    trap_if(code);
  }
  if (!elem)
    return;
  push_length(code, is_future);
  put_op(code, OP_I64_EQZ);
  put_op(code, OP_I32_EQZ);
  put_op_u32(code, OP_IF, TYPE_NOTHING);
  put_op_u32(code, OP_LOCAL_GET, ADDRESS);
  put_i32(code, elem->layout[0].align - 1);
  put_op(code, OP_I32_AND);
  put_op_u32(code, OP_LOCAL_GET, ADDRESS);
  put_op(code, OP_I64_EXTEND_I32_U);
  push_length(code, is_future);
  put_i64(code, elem->layout[0].size);
  put_op(code, OP_I64_MUL);
  put_op(code, OP_I64_ADD);
  put_op_u32(code, OP_MEMORY_SIZE, memory);
  put_op(code, OP_I64_EXTEND_I32_U);
  put_i64(code, LOG2_PAGE);
  put_op(code, OP_I64_SHL);
  put_op(code, OP_I64_GT_U);
  put_op(code, OP_I32_OR);
  trap_if(code);
  put_op(code, OP_END);
}

static weir_status copy(struct builtin *b, struct glue_module *ret) {
  const struct graph_trampoline *t = b->t;
  const struct weir_type *elem = t->value_type->elem;
  bool is_future = t->value_type->kind == TYPE_FUTURE;
  uint32_t size = elem ? elem->layout[0].size : 0;
  uint32_t memory = elem ? glue_import_ref_memory(&b->n, &t->opts.memory) : 0;
  glue_import_rt(&b->n, RT_CHECK_LEAVE);
  glue_import_rt(&b->n, RT_COPY);
  begin(b);
  constant(b, t->instance);
  glue_call(&b->n, &b->n.body, RT_CHECK_LEAVE);
  if (elem || !is_future)
    check_buffer(&b->n.body, memory, elem, is_future);
  constant(b, t->instance);
  constant(b, end_kind(t->kind));
  constant(b, type_word(t));
  constant(b, t->opts.async);
  constant(b, b->n.k->copies[b->trampoline]);
  constant(b, size);
  all_args(b);
  if (is_future)
    constant(b, 1);
  glue_call(&b->n, &b->n.body, RT_COPY);
  return end(b, ret);
}

/* ---- resources --------------------------------------------------------------------------------------------------- */

static weir_status resource(struct builtin *b, enum glue_rt function, struct glue_module *ret) {
  const struct weir_resource_type *r = b->t->resource;
  const uint32_t facts[] = {r->index, r->instance, b->n.k->dtors[r->index]};
  return forward(b, function, facts, function == RT_RESOURCE_DROP ? 3 : 1, ret);
}

/* ---- calls of the host ------------------------------------------------------------------------------------------- */

/* Others may be called meanwhile: behind the call the task is the current one again. */
static weir_status call_host_sync(struct builtin *b, struct glue_module *ret) {
  uint32_t outside = glue_import_outside(&b->n, b->trampoline, &b->t->signature);
  uint32_t task = b->t->signature.param_count;
  glue_import_rt(&b->n, RT_HOST_BEGIN);
  glue_import_rt(&b->n, RT_HOST_END);
  put_u32(&b->n.body, 1); /* a local */
  put_u32(&b->n.body, 1);
  put_valtype(&b->n.body, CORE_I32);
  constant(b, b->t->instance);
  glue_call(&b->n, &b->n.body, RT_HOST_BEGIN);
  put_op_u32(&b->n.body, OP_LOCAL_SET, task);
  all_args(b);
  put_op_u32(&b->n.body, OP_CALL, outside);
  get(b, task);
  glue_call(&b->n, &b->n.body, RT_HOST_END);
  return end(b, ret);
}

static weir_status call_host_async(struct builtin *b, struct glue_module *ret) {
  uint32_t outside = glue_import_outside(&b->n, b->trampoline, &b->t->signature);
  glue_import_rt(&b->n, RT_CHECK_LEAVE);
  glue_import_rt(&b->n, RT_HOST_CALL);
  begin(b);
  constant(b, b->t->instance);
  glue_call(&b->n, &b->n.body, RT_CHECK_LEAVE);
  constant(b, b->t->instance);
  all_args(b);
  put_op_u32(&b->n.body, OP_CALL, outside);
  glue_call(&b->n, &b->n.body, RT_HOST_CALL);
  return end(b, ret);
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

/* Of streams and futures. */
static weir_status make_channel(struct builtin *b, struct glue_module *ret) {
  const uint32_t facts[] = {end_kind(b->t->kind), type_word(b->t), b->t->async};
  switch (b->t->kind) {
    case CANON_STREAM_NEW:
    case CANON_FUTURE_NEW:
      return forward(b, RT_NEW_ENDS, facts, 2, ret);
    case CANON_STREAM_READ:
    case CANON_STREAM_WRITE:
    case CANON_FUTURE_READ:
    case CANON_FUTURE_WRITE:
      return copy(b, ret);
    case CANON_STREAM_CANCEL_READ:
    case CANON_STREAM_CANCEL_WRITE:
    case CANON_FUTURE_CANCEL_READ:
    case CANON_FUTURE_CANCEL_WRITE:
      return forward(b, RT_CANCEL_COPY, facts, 3, ret);
    default:
      return forward(b, RT_DROP_END, facts, 2, ret);
  }
}

/* Built-ins that the runtime has with the arguments of the text. */
static const struct plain {
  enum canon_kind kind;
  enum glue_rt function;
} plain_builtins[] = {
    {CANON_SUBTASK_DROP, RT_SUBTASK_DROP},         {CANON_WAITABLE_SET_NEW, RT_SET_NEW},
    {CANON_WAITABLE_SET_DROP, RT_SET_DROP},        {CANON_WAITABLE_JOIN, RT_JOIN},
    {CANON_BACKPRESSURE_INC, RT_BACKPRESSURE_INC}, {CANON_BACKPRESSURE_DEC, RT_BACKPRESSURE_DEC},
};

static weir_status make_plain(struct builtin *b, struct glue_module *ret) {
  for (size_t i = 0; i < sizeof(plain_builtins) / sizeof(plain_builtins[0]); i++)
    if (plain_builtins[i].kind == b->t->kind)
      return forward(b, plain_builtins[i].function, NULL, 0, ret);
  return diag_set(b->n.k->d, WEIR_ERR_UNSUPPORTED, "the component uses `%s`", canon_info(b->t->kind)->name);
}

static weir_status make(struct builtin *b, struct glue_module *ret) {
  const uint32_t async[] = {b->t->async}, cancel[] = {b->t->cancellable};
  enum canon_class class = canon_info(b->t->kind)->class;
  if (class == CANON_CLASS_STREAM || class == CANON_CLASS_FUTURE)
    return make_channel(b, ret);
  switch (b->t->kind) {
    case CANON_LOWER:
      return b->t->opts.async ? call_host_async(b, ret) : call_host_sync(b, ret);
    case CANON_RESOURCE_NEW:
      return resource(b, RT_RESOURCE_NEW, ret);
    case CANON_RESOURCE_DROP:
      return resource(b, RT_RESOURCE_DROP, ret);
    case CANON_RESOURCE_REP:
      return resource(b, RT_RESOURCE_REP, ret);
    case CANON_TASK_RETURN:
      return task_return(b, ret);
    case CANON_TASK_CANCEL:
      return task_cancel(b, ret);
    case CANON_SUBTASK_CANCEL:
      return forward(b, RT_SUBTASK_CANCEL, async, 1, ret);
    case CANON_CONTEXT_GET:
      return context_get(b, ret);
    case CANON_CONTEXT_SET:
      return context_set(b, ret);
    case CANON_THREAD_YIELD:
      return forward(b, RT_THREAD_YIELD, cancel, 1, ret);
    case CANON_WAITABLE_SET_WAIT:
      return await(b, RT_SET_WAIT, ret);
    case CANON_WAITABLE_SET_POLL:
      return await(b, RT_SET_POLL, ret);
    default:
      return make_plain(b, ret);
  }
}

weir_status glue_trampoline(struct glue *k, uint32_t trampoline, struct glue_module *ret) {
  struct builtin b = {.t = &k->g->trampolines[trampoline], .trampoline = trampoline};
  if (b.t->kind == CANON_LOWER && b.t->callee.kind == FUNC_REF_LIFT)
    return glue_edge(k, trampoline, ret);
  glue_begin(&b.n, k);
  weir_status status = make(&b, ret);
  if (status == WEIR_ERR_UNSUPPORTED) {
    text_done(&b.n.body);
    small_done(&b.n.m);
  }
  return status;
}
