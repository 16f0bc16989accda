/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See component.h: the merged module (core.c), then the shell around it, part by part. */
#include "fuse/component.h"

#include "adapter/plan.h"
#include "fuse/origin.h"
#include "fuse/shell.h"
#include "wasm/put.h"
#include "wasm/sections_read.h"

/* A runtime inside only where it is needed. */
static weir_status choose_form(struct arena *arena, const struct graph *g, enum fuse_form *ret, struct diag *d) {
  struct adapter_plan *plan;
  struct diag words; /* not told: the runtime inside takes more */
  WEIR_TRY(adapter_plan_make(arena, g, fuse_adapters(FUSE_SHELL), &plan, d));
  diag_init(&words);
  weir_status status = component_fits(g, plan, &words);
  diag_done(&words);
  *ret = FUSE_SHELL;
  if (status != WEIR_ERR_UNSUPPORTED)
    return status;
  WEIR_TRY(adapter_plan_make(arena, g, fuse_adapters(FUSE_INSIDE), &plan, d));
  *ret = FUSE_INSIDE;
  WEIR_TRY(component_fits_inside(g, plan, d));
  return component_fits_outside(arena, g, d);
}

static uint32_t *unknown(struct arena *arena, uint32_t count) {
  uint32_t *all = ARENA_ARRAY(arena, uint32_t, count);
  for (uint32_t i = 0; all && i < count; i++)
    all[i] = GRAPH_NONE;
  return all;
}

static weir_status shell_init(struct shell *s) {
  const struct graph *g = s->g;
  WEIR_TRY(sections_read(s->arena, (const uint8_t *)s->module.data, s->module.size, &s->sections, s->d));
  name_index_init(&s->exports, s->arena);
  for (uint32_t i = 0; i < s->sections.export_count; i++)
    if (!name_index_add(&s->exports, s->sections.exports[i].name, i))
      return diag_nomem(s->d);
  s->unit_stream = GRAPH_NONE;
  s->host_funcs = unknown(s->arena, g->host_func_count);
  s->lifts = unknown(s->arena, g->lift_count);
  s->own_funcs = unknown(s->arena, g->trampoline_count);
  WEIR_TRY(plug_types_init(&s->plain, s->arena, g, s->out, &s->types, s->d));
  s->plain.nameless = true;
  WEIR_TRY(plug_types_init(&s->named, s->arena, g, s->out, &s->types, s->d));
  return s->host_funcs && s->lifts && s->own_funcs ? WEIR_OK : diag_nomem(s->d);
}

static void put_name_of(struct shell *s) {
  enum { NAME_OF_COMPONENT = 0 };
  struct text body = {0}, name = {0};
  if (s->g->name.size == 0)
    return;
  put_name(&body, STR("component-name"));
  put_byte(&body, NAME_OF_COMPONENT);
  put_name(&name, s->g->name);
  put_sized(&body, &name);
  part_put(s->out, PART_CUSTOM, &body);
  text_done(&name);
  text_done(&body);
}

static weir_status put_shell(struct shell *s) {
  WEIR_TRY(shell_init(s));
  WEIR_TRY(shell_put_imports(s));
  WEIR_TRY(shell_put_core(s));
  WEIR_TRY(shell_put_exports(s));
  put_name_of(s);
  return WEIR_OK;
}

static weir_status fuse(struct arena *arena, const struct fuse_core_input *input, struct text *module, struct text *out,
                        struct fuse_core_stats *ret, struct diag *d) {
  enum fuse_form form;
  WEIR_TRY(choose_form(arena, input->graph, &form, d));
  WEIR_TRY(fuse_merge(arena->alloc, input->graph, form, false, module, ret, d));
  if (module->failed)
    return diag_nomem(d);
  struct shell s = {.arena = arena,
                    .g = input->graph,
                    .bytes = input->bytes,
                    .module = {module->data, module->size},
                    .inside = form == FUSE_INSIDE,
                    .d = d,
                    .out = out};
  WEIR_TRY(put_shell(&s));
  struct fuse_origin origin;
  origin_of(input->bytes, false, true, &origin);
  origin_write(&origin, out);
  return out->failed ? diag_nomem(d) : WEIR_OK;
}

weir_status fuse_component(const struct weir_alloc *alloc, const struct fuse_core_input *input, struct text *out,
                           struct fuse_core_stats *ret, struct diag *d) {
  struct arena arena;
  struct text module = {0};
  arena_init(&arena, alloc);
  weir_status status = fuse(&arena, input, &module, out, ret, d);
  text_done(&module);
  arena_done(&arena);
  return status;
}
