/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See glue_emit.h. */
#include "fuse/glue_emit.h"

#include "fuse/glue_text.h"
#include "fuse/helpers.h"

enum { DESC_CALLEE = 8, DESC_LIFT = 16, DESC_ASYNC_TYPE = 24, DESC_ASYNC_LOWER = 25 };

const struct core_signature glue_callback_signature = {{CORE_I32, CORE_I32, CORE_I32}, {CORE_I32}, 3, 1};

struct adapter_side glue_bare_side(const struct glue *k, uint32_t instance) {
  return (struct adapter_side){.memory = GRAPH_NONE,
                               .realloc = GRAPH_NONE,
                               .flag = instance,
                               .throws = k->instances[instance].throws,
                               .standin = GRAPH_NONE,
                               .context = k->instances[instance].context};
}

void glue_import_side(struct making_glue *n, const struct graph_opts *opts, uint32_t instance,
                      struct adapter_side *ret) {
  *ret = glue_bare_side(n->k, instance);
  ret->encoding = opts->encoding;
  if (opts->memory.kind != CORE_REF_NONE)
    ret->memory = glue_import_ref_memory(n, &opts->memory);
  if (opts->realloc.kind != CORE_REF_NONE)
    ret->realloc = glue_import_ref(n, &opts->realloc, &glue_realloc_signature);
  if (opts->encoding != AST_ENCODING_UTF8)
    glue_import_text(n);
  if (ret->context)
    glue_import_rt(n, RT_FRESH);
}

/* A call of realloc has context slots of its own: the side is given a function that clears them, and calls. */
static void freshen_realloc(struct making_glue *n, struct adapter_side *side) {
  struct text body = {0};
  if (side->realloc == GRAPH_NONE || !side->context)
    return;
  put_u32(&body, 0);
  glue_call(n, &body, RT_FRESH);
  for (uint32_t i = 0; i < glue_realloc_signature.param_count; i++)
    put_op_u32(&body, OP_LOCAL_GET, i);
  put_op_u32(&body, OP_CALL, side->realloc);
  put_op(&body, OP_END);
  side->realloc = small_func(&n->m, small_type(&n->m, &glue_realloc_signature), &body);
  text_done(&body);
}

weir_status glue_open_emitter(struct making_glue *n, struct adapter_side *sides, uint32_t trampoline, uint32_t count,
                              struct adapter_module **ret) {
  struct adapter_module *m = ARENA_NEW(n->k->arena, struct adapter_module);
  struct helper_site sites[2];
  uint32_t site_count = 0;
  if (!m)
    return diag_nomem(n->k->d);
  for (uint32_t i = 0; i < 2; i++) {
    freshen_realloc(n, &sides[i]);
    sides[i].context = false; /* nothing else is to be done for them */
    if (sides[i].memory != GRAPH_NONE)
      sites[site_count++] = (struct helper_site){trampoline * 2 + i, sides[i].memory};
  }
  helpers_put(&n->m, sites, site_count, n->m.memory_count, m->helpers);
  if (n->rt[RT_TEXT_IN] != 0)
    m->helpers[ADAPTER_TRANSCODE] = glue_put_text(n, sides);
  m->flags = n->memory - 1;
  m->helpers[ADAPTER_HANDLE] = n->rt[RT_HANDLE] - 1;
  m->has_tags = true;
  m->func_count = n->m.func_count;
  m->count = count;
  *ret = m;
  return WEIR_OK;
}

uint32_t glue_close_func(struct making_glue *n, struct emit *e, const struct core_signature *sig) {
  struct text sized = {0};
  emit_body(e, &sized);
  text_add(&n->m.code, (struct str){sized.data, sized.size});
  n->m.code.failed |= sized.failed;
  put_u32(&n->m.funcs, small_type(&n->m, sig));
  n->m.own_count++;
  text_done(&sized);
  emit_done(e);
  return n->m.func_count++;
}

weir_status glue_close_emitter(struct making_glue *n, struct adapter_module *m) {
  static const struct core_signature sig = {{CORE_I32, CORE_I32, CORE_I32}, {CORE_I32}, 3, 1};
  for (uint32_t i = 0; i < m->string_count; i++) {
    struct emit e;
    emit_init(&e, m, sig.params, sig.param_count);
    emit_string_function(&e, &m->strings[i]);
    glue_close_func(n, &e, &sig);
  }
  if (!m->used[ADAPTER_TRANSCODE] || n->rt[RT_TEXT_IN] != 0)
    return WEIR_OK;
  return diag_set(n->k->d, WEIR_ERR_UNSUPPORTED, "strings go between encodings inside of the component");
}

bool glue_spend(const struct weir_type *t, uint32_t *left) {
  if (*left == 0 || t->kind == TYPE_ERROR_CONTEXT)
    return false;
  --*left;
  if (t->raw || t->kind >= TYPE_FLAGS || t->kind == TYPE_ENUM)
    return true;
  if (t->elem) {
    uint32_t times = t->kind == TYPE_FIXED_LIST && t->flat_count[0] <= TYPE_MAX_FLAT ? t->length : 1;
    while (times-- > 0)
      if (!glue_spend(t->elem, left))
        return false;
    return true;
  }
  for (uint32_t i = 0; i < t->field_count; i++)
    if (t->fields[i].type && !glue_spend(t->fields[i].type, left))
      return false;
  return true;
}

enum glue_lift glue_lift_of(const struct graph_lift *l) {
  if (!l->opts.async)
    return LIFT_SYNC;
  return l->opts.callback.kind != CORE_REF_NONE ? LIFT_CALLBACK : LIFT_STACKFUL;
}

void glue_push_call(const struct glue *k, struct text *code, const struct graph_trampoline *caller, uint32_t lift,
                    uint32_t place) {
  const struct graph_lift *l = &k->g->lifts[lift];
  uint32_t desc =
      l->instance << DESC_CALLEE | (uint32_t)glue_lift_of(l) << DESC_LIFT | (uint32_t)l->type->async << DESC_ASYNC_TYPE;
  if (caller)
    desc |= caller->instance | (uint32_t)caller->opts.async << DESC_ASYNC_LOWER;
  put_i32(code, desc);
  put_i32(code, place);
  put_i32(code, l->type->result ? l->type->result->id + 1 : 0);
  put_i32(code, k->options[k->g->trampoline_count + lift]);
}

weir_status glue_finish(struct making_glue *n, weir_status status, struct glue_module *ret) {
  if (status == WEIR_OK)
    return glue_end(n, ret);
  text_done(&n->body);
  small_done(&n->m);
  return status;
}
