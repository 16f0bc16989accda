/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Core signatures of the built-ins, one line each: parameters, a colon, the result. i and l are i32 and i64, p a
 * pointer of the memory in the options, r the representation of the resource, s the type of a context slot or of a
 * thread's closure parameter. Origin: CanonicalABI.md#canonical-definitions.
 */
#include "component/link_env.h"

static const char *const builtin_signatures[CANON_KIND_COUNT] = {
    [CANON_RESOURCE_NEW] = "r:i",
    [CANON_RESOURCE_DROP] = "i:",
    [CANON_RESOURCE_REP] = "i:r",
    [CANON_TASK_CANCEL] = ":",
    [CANON_SUBTASK_CANCEL] = "i:i",
    [CANON_CONTEXT_GET] = ":s",
    [CANON_CONTEXT_SET] = "s:",
    [CANON_THREAD_YIELD] = ":i",
    [CANON_SUBTASK_DROP] = "i:",
    [CANON_STREAM_NEW] = ":l",
    [CANON_STREAM_READ] = "ipp:p",
    [CANON_STREAM_WRITE] = "ipp:p",
    [CANON_STREAM_CANCEL_READ] = "i:i",
    [CANON_STREAM_CANCEL_WRITE] = "i:i",
    [CANON_STREAM_DROP_READABLE] = "i:",
    [CANON_STREAM_DROP_WRITABLE] = "i:",
    [CANON_FUTURE_NEW] = ":l",
    [CANON_FUTURE_READ] = "ip:i",
    [CANON_FUTURE_WRITE] = "ip:i",
    [CANON_FUTURE_CANCEL_READ] = "i:i",
    [CANON_FUTURE_CANCEL_WRITE] = "i:i",
    [CANON_FUTURE_DROP_READABLE] = "i:",
    [CANON_FUTURE_DROP_WRITABLE] = "i:",
    [CANON_ERROR_CONTEXT_NEW] = "pp:i",
    [CANON_ERROR_CONTEXT_DEBUG_MESSAGE] = "ip:",
    [CANON_ERROR_CONTEXT_DROP] = "i:",
    [CANON_WAITABLE_SET_NEW] = ":i",
    [CANON_WAITABLE_SET_WAIT] = "ip:i",
    [CANON_WAITABLE_SET_POLL] = "ip:i",
    [CANON_WAITABLE_SET_DROP] = "i:",
    [CANON_WAITABLE_JOIN] = "ii:",
    [CANON_BACKPRESSURE_INC] = ":",
    [CANON_BACKPRESSURE_DEC] = ":",
    [CANON_THREAD_INDEX] = ":i",
    [CANON_THREAD_NEW_INDIRECT] = "is:i",
    [CANON_THREAD_RESUME_LATER] = "i:",
    [CANON_THREAD_SUSPEND] = ":i",
    [CANON_THREAD_SUSPEND_THEN_RESUME] = "i:i",
    [CANON_THREAD_YIELD_THEN_RESUME] = "i:i",
    [CANON_THREAD_SUSPEND_THEN_PROMOTE] = "i:i",
    [CANON_THREAD_YIELD_THEN_PROMOTE] = "i:i",
};

static uint8_t letter_type(const struct graph_trampoline *t, uint8_t rep, char letter) {
  switch (letter) {
    case 'l':
      return CORE_I64;
    case 'p':
      return t->opts.memory64 ? CORE_I64 : CORE_I32;
    case 'r':
      return rep;
    case 's':
      return t->is64 ? CORE_I64 : CORE_I32;
    default:
      return CORE_I32;
  }
}

/* task.return takes the result as if it were the parameters of a function without result. */
static weir_status task_return_signature(struct linker *l, struct graph_trampoline *t) {
  struct type_field field = {.label = STR(""), .type = t->value_type};
  const struct weir_type *params = type_fields(l->types, TYPE_TUPLE, &field, t->value_type ? 1 : 0, l->diag);
  if (!params)
    return link_failed(l);
  flatten_lower(&(struct func_type){.params = params}, false, t->opts.memory64, &t->signature);
  return WEIR_OK;
}

weir_status link_signature(struct linker *l, struct graph_trampoline *trampoline, uint8_t rep) {
  if (trampoline->kind == CANON_LOWER) {
    flatten_lower(trampoline->type, trampoline->opts.async, trampoline->opts.memory64, &trampoline->signature);
    return WEIR_OK;
  }
  if (trampoline->kind == CANON_TASK_RETURN)
    return task_return_signature(l, trampoline);
  const char *letters = builtin_signatures[trampoline->kind];
  if (!letters)
    return link_unsupported(l, "this canonical definition is");
  struct core_signature *s = &trampoline->signature;
  for (; *letters != ':'; letters++)
    s->params[s->param_count++] = letter_type(trampoline, rep, *letters);
  if (letters[1])
    s->results[s->result_count++] = letter_type(trampoline, rep, letters[1]);
  return WEIR_OK;
}
