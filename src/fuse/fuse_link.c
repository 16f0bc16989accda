/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Linking of several components, as weir/fuse.h has it; plug.h does the work. */
#include <string.h>

#include "base/mem.h"
#include "base/sized.h"
#include "engine/eng.h"
#include "fuse/plug.h"
#include "load/component.h"
#include "weir/bytes.h"
#include "weir/fuse.h"
#include "wit/wit.h"

enum { LINK_MAX = 64 };

static weir_status check_inputs(const weir_component *const *components, size_t count, struct diag *d) {
  if (count == 0)
    return diag_set(d, WEIR_ERR_MISUSE, "there is nothing to link");
  if (count > LINK_MAX)
    return diag_set(d, WEIR_ERR_LIMIT, "%zu components, where %d can be linked", count, (int)LINK_MAX);
  for (size_t i = 0; i < count; i++) {
    if (components[i]->engine != components[0]->engine)
      return diag_set(d, WEIR_ERR_MISUSE, "the components are of several engines");
    if (weir_bytes_kind_of(components[i]->code->bytes, components[i]->code->size) != WEIR_BYTES_COMPONENT)
      return diag_set(d, WEIR_ERR_MISUSE, "a fused module cannot be linked any more");
    WEIR_TRY(code_check_whole(components[i]->code, d));
  }
  return WEIR_OK;
}

/* "dir/app.wasm" -> "app". */
static struct str stem_of(struct str name) {
  const char *slash = memrchr(name.data, '/', name.size);
  size_t begin = slash ? (size_t)(slash - name.data) + 1 : 0;
  struct str base = {name.data + begin, name.size - begin};
  const char *dot = memrchr(base.data, '.', base.size);
  return dot && dot != base.data ? (struct str){base.data, (size_t)(dot - base.data)} : base;
}

static weir_status list_inputs(const weir_component *const *components, size_t count, const char *const *names,
                               struct plug *p) {
  struct plug_input *inputs = ARENA_ARRAY(p->arena, struct plug_input, count);
  if (!inputs)
    return diag_nomem(p->d);
  for (size_t i = 0; i < count; i++) {
    const weir_code *code = components[i]->code;
    struct str name = names ? str_from(names[i]) : arena_printf(p->arena, "%zu", i);
    if (!name.data)
      return diag_nomem(p->d);
    inputs[i] =
        (struct plug_input){name, stem_of(name), {(const char *)code->bytes, code->size}, code->ast, code->graph};
  }
  p->inputs = inputs;
  p->count = (uint32_t)count;
  return WEIR_OK;
}

/* ---- types that do not fit --------------------------------------------------------------------------------------- */

static bool names_it(const char *message, struct str name) {
  return name.size > 0 && memmem(message, strlen(message), name.data, name.size);
}

/* The validator's words, and the types of the import that they name: of all that import it. */
static weir_status tell_types(const struct plug *p, const struct diag *words) {
  struct text types = {0};
  for (uint32_t i = 0; i < p->count; i++) {
    for (uint32_t k = 0; k < p->inputs[i].graph->import_count; k++) {
      const struct weir_extern *import = &p->inputs[i].graph->imports[k];
      const struct plug_wire *wire = &p->wires[i][k];
      if (!names_it(diag_message(words), import->name.name))
        continue;
      text_printf(&types, "\n" STR_FMT ":\n", STR_ARG(p->inputs[i].name));
      wit_item(&types, "import", import, 1);
      if (wire->provider == GRAPH_NONE)
        continue;
      text_printf(&types, STR_FMT ":\n", STR_ARG(p->inputs[wire->provider].name));
      wit_item(&types, "export", wire->export, 1);
    }
  }
  diag_set(p->d, WEIR_ERR_INVALID, "the components do not fit: %s" STR_FMT, diag_message(words),
           STR_ARG(((struct str){types.data, types.size})));
  text_done(&types);
  return WEIR_ERR_INVALID;
}

static weir_status validate(const struct plug *p, const weir_engine *engine, const struct text *out) {
  struct diag words;
  diag_init(&words);
  weir_status status = eng_validate((const uint8_t *)out->data, out->size, engine->features, &words);
  if (status == WEIR_ERR_NOMEM)
    diag_nomem(p->d);
  else if (status != WEIR_OK)
    status = tell_types(p, &words);
  diag_done(&words);
  return status;
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

static weir_status link_all(const weir_component *const *components, size_t count, const weir_fuse_link_config *config,
                            struct text *out, struct plug *p) {
  weir_fuse_link_config own = WEIR_FUSE_LINK_CONFIG_INIT;
  if (config)
    WEIR_TRY(SIZED_READ(config, &own, weir_fuse_link_config, p->d));
  WEIR_TRY(check_inputs(components, count, p->d));
  WEIR_TRY(list_inputs(components, count, own.names, p));
  p->links = own.links;
  p->link_count = own.link_count;
  WEIR_TRY(plug_wires(p));
  WEIR_TRY(plug_write(p, out));
  return validate(p, components[0]->engine, out);
}

weir_status weir_fuse_link(const weir_component *const *components, size_t count, const weir_fuse_link_config *config,
                           void **ret, size_t *ret_size, weir_error **ret_error) {
  struct arena arena;
  struct text out;
  struct diag d;
  struct plug p = {.arena = &arena, .d = &d};
  diag_init(&d);
  text_init(&out);
  arena_init(&arena, count > 0 ? &components[0]->engine->alloc : &mem_system);
  weir_status status = link_all(components, count, config, &out, &p);
  if (status == WEIR_OK)
    *ret = text_take(&out, ret_size);
  arena_done(&arena);
  text_done(&out);
  if (status != WEIR_OK)
    return diag_raise(&d, ret_error);
  diag_done(&d);
  return WEIR_OK;
}
