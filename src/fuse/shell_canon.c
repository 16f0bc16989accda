/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Canonical definitions, written anew from the graph (Binary.md, canonical definitions).
 *
 * In order: core definitions that are named; options; definitions that make core functions; functions.
 */
#include "adapter/fused.h"
#include "fuse/core.h"
#include "fuse/guard.h"
#include "fuse/shell.h"
#include "wasm/put.h"

enum option { OPT_MEMORY = 3, OPT_REALLOC = 4, OPT_POST_RETURN = 5, OPT_ASYNC = 6, OPT_CALLBACK = 7 };

/* ---- core definitions -------------------------------------------------------------------------------------------- */

uint32_t shell_put_core_alias(struct shell *s, uint32_t instance, struct str name, enum ast_sort sort) {
  part_put_alias(s->out, PART_ALIAS_CORE_EXPORT, sort, instance, name);
  if (sort == AST_SORT_CORE_MEMORY)
    return s->core_memories++;
  return sort == AST_SORT_CORE_TABLE ? s->core_tables++ : s->core_funcs++;
}

bool shell_has_export(const struct shell *s, struct str name) {
  return name_index_find(&s->exports, name) != INDEX_NONE;
}

weir_status shell_put_core_ref(struct shell *s, const struct core_ref *ref, enum ast_sort sort, uint32_t *ret) {
  if (ref->kind == CORE_REF_TRAMPOLINE && s->own_funcs[ref->index] != GRAPH_NONE) {
    *ret = s->own_funcs[ref->index];
    return WEIR_OK;
  }
  struct str name = fused_export_name(s->arena, ref);
  if (!name.data)
    return diag_nomem(s->d);
  if (ref->kind == CORE_REF_TRAMPOLINE && !shell_has_export(s, name))
    return shell_put_canon(s, ref->index, ret); /* no core module imports it */
  *ret = shell_put_core_alias(s, s->instance, name, sort);
  return WEIR_OK;
}

weir_status shell_put_guarded(struct shell *s, const struct core_ref *ref, uint32_t instance, uint32_t *ret) {
  struct str name = guard_name(s->arena, ref, instance);
  if (!name.data)
    return diag_nomem(s->d);
  if (!shell_has_export(s, name))
    return shell_put_core_ref(s, ref, AST_SORT_CORE_FUNC, ret);
  *ret = shell_put_core_alias(s, s->instance, name, AST_SORT_CORE_FUNC);
  return WEIR_OK;
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

struct options {
  struct shell *s;
  struct text bytes;
  uint32_t count, instance;
  uint32_t lift; /* whose options they are, or GRAPH_NONE */
};

static void add(struct options *o, enum option option, uint32_t index) {
  put_byte(&o->bytes, (uint8_t)option);
  put_u32(&o->bytes, index);
  o->count++;
}

static weir_status add_ref(struct options *o, enum option option, const struct core_ref *ref) {
  uint32_t index;
  if (ref->kind == CORE_REF_NONE)
    return WEIR_OK;
  if (option == OPT_REALLOC || option == OPT_POST_RETURN)
    WEIR_TRY(shell_put_guarded(o->s, ref, o->instance, &index));
  else
    WEIR_TRY(shell_put_core_ref(o->s, ref, option == OPT_MEMORY ? AST_SORT_CORE_MEMORY : AST_SORT_CORE_FUNC, &index));
  add(o, option, index);
  return WEIR_OK;
}

/* With a runtime inside the outer one calls it back. */
static weir_status add_callback(struct options *o, const struct core_ref *ref) {
  if (!o->s->inside || ref->kind == CORE_REF_NONE)
    return add_ref(o, OPT_CALLBACK, ref);
  struct str name = fuse_callback_name(o->s->arena, o->lift);
  if (!name.data)
    return diag_nomem(o->s->d);
  add(o, OPT_CALLBACK, shell_put_core_alias(o->s, o->s->instance, name, AST_SORT_CORE_FUNC));
  return WEIR_OK;
}

static weir_status add_all(struct options *o, const struct graph_opts *from) {
  put_byte(&o->bytes, (uint8_t)from->encoding); /* 0, 1, 2 in the order of ast_encoding */
  o->count = 1;
  WEIR_TRY(add_ref(o, OPT_MEMORY, &from->memory));
  WEIR_TRY(add_ref(o, OPT_REALLOC, &from->realloc));
  WEIR_TRY(add_ref(o, OPT_POST_RETURN, &from->post_return));
  WEIR_TRY(add_callback(o, &from->callback));
  if (!from->async)
    return WEIR_OK;
  put_byte(&o->bytes, OPT_ASYNC);
  o->count++;
  return WEIR_OK;
}

static weir_status put_lift_options(struct shell *s, const struct graph_opts *from, uint32_t instance, uint32_t lift,
                                    struct text *body) {
  struct options o = {.s = s, .instance = instance, .lift = lift};
  weir_status status = add_all(&o, from);
  put_u32(body, o.count);
  text_add(body, (struct str){o.bytes.data, o.bytes.size});
  body->failed |= o.bytes.failed;
  text_done(&o.bytes);
  return status;
}

static weir_status put_options(struct shell *s, const struct graph_opts *from, uint32_t instance, struct text *body) {
  return put_lift_options(s, from, instance, GRAPH_NONE, body);
}

/* ---- definitions that make core functions ------------------------------------------------------------------------ */

bool shell_is_late(const struct graph_trampoline *t) {
  bool names_core = t->opts.memory.kind != CORE_REF_NONE || t->opts.realloc.kind != CORE_REF_NONE ||
                    t->memory.kind != CORE_REF_NONE || t->table.kind != CORE_REF_NONE;
  const struct weir_type *value = t->value_type;
  if (value && (value->kind == TYPE_STREAM || value->kind == TYPE_FUTURE))
    value = value->elem;
  return names_core || (t->resource && !t->resource->imported) || (value && value->has_handle);
}

static weir_status put_type_index(struct shell *s, const struct graph_trampoline *t, struct text *body) {
  uint32_t index;
  if (t->resource)
    index = s->plain.resources[t->resource->index];
  else
    WEIR_TRY(plug_types_value(&s->plain, t->value_type, &index));
  put_u32(body, index);
  return WEIR_OK;
}

static weir_status put_lower(struct shell *s, const struct graph_trampoline *t, struct text *body) {
  uint32_t func;
  WEIR_TRY(shell_put_func(s, &t->callee, &func));
  put_byte(body, 0);
  put_u32(body, func);
  return put_options(s, &t->opts, t->instance, body);
}

static weir_status put_results(struct shell *s, const struct graph_trampoline *t, struct text *body) {
  put_byte(body, t->value_type ? 0 : 1);
  if (!t->value_type)
    put_byte(body, 0);
  else
    WEIR_TRY(plug_types_valtype(&s->plain, t->value_type, body));
  return put_options(s, &t->opts, t->instance, body);
}

static weir_status put_wait(struct shell *s, const struct graph_trampoline *t, struct text *body) {
  uint32_t memory;
  WEIR_TRY(shell_put_core_ref(s, &t->memory, AST_SORT_CORE_MEMORY, &memory));
  put_byte(body, t->cancellable ? 1 : 0);
  put_u32(body, memory);
  return WEIR_OK;
}

/* The type of a thread's function is one of its own: a function of its closure parameter. */
static weir_status put_thread(struct shell *s, const struct graph_trampoline *t, struct text *body) {
  struct text type = {0};
  uint32_t table;
  WEIR_TRY(shell_put_core_ref(s, &t->table, AST_SORT_CORE_TABLE, &table));
  put_u32(&type, 1);
  put_byte(&type, 0x60);
  put_u32(&type, 1);
  put_valtype(&type, t->is64 ? CORE_I64 : CORE_I32);
  put_u32(&type, 0);
  part_put(s->out, PART_CORE_TYPE, &type);
  text_done(&type);
  put_u32(body, s->core_types++);
  put_u32(body, table);
  return WEIR_OK;
}

static weir_status put_operands(struct shell *s, const struct graph_trampoline *t, struct text *body) {
  switch (canon_info(t->kind)->operands) {
    case CANON_OPERANDS_NONE:
      return WEIR_OK;
    case CANON_OPERANDS_TYPE:
      return put_type_index(s, t, body);
    case CANON_OPERANDS_TYPE_OPTS:
      WEIR_TRY(put_type_index(s, t, body));
      return put_options(s, &t->opts, t->instance, body);
    case CANON_OPERANDS_TYPE_ASYNC:
      WEIR_TRY(put_type_index(s, t, body));
      put_byte(body, t->async ? 1 : 0);
      return WEIR_OK;
    case CANON_OPERANDS_OPTS:
      return put_options(s, &t->opts, t->instance, body);
    case CANON_OPERANDS_ASYNC:
      put_byte(body, t->async ? 1 : 0);
      return WEIR_OK;
    case CANON_OPERANDS_CANCEL:
      put_byte(body, t->cancellable ? 1 : 0);
      return WEIR_OK;
    case CANON_OPERANDS_CANCEL_MEMORY:
      return put_wait(s, t, body);
    case CANON_OPERANDS_RESULT_OPTS:
      return put_results(s, t, body);
    case CANON_OPERANDS_SLOT:
      put_valtype(body, t->is64 ? CORE_I64 : CORE_I32);
      put_u32(body, t->slot);
      return WEIR_OK;
    case CANON_OPERANDS_THREAD_NEW:
      return put_thread(s, t, body);
    case CANON_OPERANDS_LOWER:
      return put_lower(s, t, body);
    default:
      return diag_set(s->d, WEIR_ERR_UNSUPPORTED, "the component uses `%s`", canon_info(t->kind)->name);
  }
}

/* What the definition names is put in front of it. */
weir_status shell_put_canon(struct shell *s, uint32_t trampoline, uint32_t *ret) {
  const struct graph_trampoline *t = &s->g->trampolines[trampoline];
  struct text body = {0};
  put_u32(&body, 1);
  put_byte(&body, canon_info(t->kind)->opcode);
  weir_status status = put_operands(s, t, &body);
  if (status == WEIR_OK) {
    s->out->failed |= body.failed;
    part_put(s->out, PART_CANON, &body);
    *ret = s->core_funcs++;
    s->own_funcs[trampoline] = *ret;
  }
  text_done(&body);
  return status;
}

/* ---- functions --------------------------------------------------------------------------------------------------- */

static weir_status put_callee(struct shell *s, uint32_t lift, uint32_t *ret) {
  if (!s->inside)
    return shell_put_core_ref(s, &s->g->lifts[lift].callee, AST_SORT_CORE_FUNC, ret);
  struct str name = fuse_root_name(s->arena, lift);
  if (!name.data)
    return diag_nomem(s->d);
  *ret = shell_put_core_alias(s, s->instance, name, AST_SORT_CORE_FUNC);
  return WEIR_OK;
}

static weir_status put_lift(struct shell *s, uint32_t lift, struct text *body) {
  const struct graph_lift *l = &s->g->lifts[lift];
  uint32_t callee, type;
  WEIR_TRY(put_callee(s, lift, &callee));
  WEIR_TRY(plug_types_put(&s->plain, l->type, &type));
  put_u32(body, 1);
  put_byte(body, 0);
  put_byte(body, 0);
  put_u32(body, callee);
  WEIR_TRY(put_lift_options(s, &l->opts, l->instance, lift, body));
  put_u32(body, type);
  return WEIR_OK;
}

weir_status shell_put_lift(struct shell *s, uint32_t lift, uint32_t *ret) {
  struct text body = {0};
  weir_status status = WEIR_OK;
  if (s->lifts[lift] == GRAPH_NONE) {
    status = put_lift(s, lift, &body);
    if (status == WEIR_OK) {
      s->out->failed |= body.failed;
      part_put(s->out, PART_CANON, &body);
      s->lifts[lift] = s->funcs++;
    }
    text_done(&body);
  }
  *ret = s->lifts[lift];
  return status;
}

weir_status shell_put_func(struct shell *s, const struct func_ref *ref, uint32_t *ret) {
  if (ref->kind == FUNC_REF_LIFT)
    return shell_put_lift(s, ref->index, ret);
  *ret = s->host_funcs[ref->index];
  return WEIR_OK;
}
