/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Core signatures of trampolines, from the letters in canon.def. Origin: CanonicalABI.md#canonical-definitions. */
#include "component/link_env.h"

static uint8_t letter_type(const struct graph_trampoline *t, char letter) {
  switch (letter) {
    case 'l':
      return CORE_I64;
    case 'p':
      return t->opts.memory64 ? CORE_I64 : CORE_I32;
    case 'r':
    case 's':
      return t->is64 ? CORE_I64 : CORE_I32;
    default:
      return CORE_I32;
  }
}

/* task.return takes the result as if it were the parameters of a function without result. */
static weir_status task_return_signature(struct linking *l, struct graph_trampoline *t) {
  struct type_field field = {.label = STR(""), .type = t->value_type};
  const struct weir_type *params = type_fields(l->types, TYPE_TUPLE, &field, t->value_type ? 1 : 0, l->diag);
  if (!params)
    return link_failed(l);
  flatten_lower(&(struct func_type){.params = params}, false, t->opts.memory64, &t->signature);
  return WEIR_OK;
}

weir_status link_signature(struct linking *l, struct graph_trampoline *trampoline) {
  if (trampoline->kind == CANON_LOWER) {
    flatten_lower(trampoline->type, trampoline->opts.async, trampoline->opts.memory64, &trampoline->signature);
    return WEIR_OK;
  }
  if (trampoline->kind == CANON_TASK_RETURN)
    return task_return_signature(l, trampoline);
  const char *letters = canon_info(trampoline->kind)->signature;
  if (!*letters)
    return link_unsupported(l, "this canonical definition is");
  struct core_signature *s = &trampoline->signature;
  for (; *letters != ':'; letters++)
    s->params[s->param_count++] = letter_type(trampoline, *letters);
  if (letters[1])
    s->results[s->result_count++] = letter_type(trampoline, letters[1]);
  return WEIR_OK;
}
