/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The functions of weir/fuse.h: settings and inputs are read, the work is done elsewhere, results are given away.
 *
 * In order: core modules; components; texts.
 */
#include "weir/fuse.h"

#include "base/sized.h"
#include "engine/eng.h"
#include "fuse/component.h"
#include "fuse/core.h"
#include "fuse/explain.h"
#include "fuse/import_map.h"
#include "load/component.h"
#include "weir/bytes.h"

static bool is_fused(const weir_component *c) {
  return weir_bytes_kind_of(c->code->bytes, c->code->size) != WEIR_BYTES_COMPONENT;
}

static weir_status read_config(const weir_component *c, const weir_fuse_config *config, weir_fuse_config *ret,
                               struct diag *d) {
  if (config)
    WEIR_TRY(SIZED_READ(config, ret, weir_fuse_config, d));
  WEIR_TRY(code_check_whole(c->code, d));
  return is_fused(c) ? diag_set(d, WEIR_ERR_MISUSE, "this is a fused module already") : WEIR_OK;
}

static weir_status fuse(const weir_component *c, const weir_fuse_config *config, struct text *out,
                        struct fuse_core_stats *stats, struct diag *d) {
  const weir_code *code = c->code;
  weir_fuse_config own = WEIR_FUSE_CONFIG_INIT;
  WEIR_TRY(read_config(c, config, &own, d));
  const struct fuse_core_input input = {code->graph, {(const char *)code->bytes, code->size}, own.no_adapters};
  return fuse_core(&c->engine->alloc, &input, out, stats, d);
}

static void tell_stats(const struct graph *g, const struct fuse_core_stats *stats, weir_fuse_stats *ret) {
  const weir_fuse_stats all = {
      .core_instances = g->core_instance_count,
      .calls = stats->calls,
      .calls_inside = stats->inside,
      .wired = stats->merge.wired,
      .functions = stats->merge.functions,
      .imports = stats->merge.imports,
      .memories = stats->merge.memories,
      .tables = stats->merge.tables,
      .globals = stats->merge.globals,
  };
  if (ret)
    sized_write(ret, &all, sizeof(all));
}

weir_status weir_fuse_core(const weir_component *component, const weir_fuse_config *config, void **ret,
                           size_t *ret_size, weir_fuse_stats *ret_stats, weir_error **ret_error) {
  struct fuse_core_stats stats = {0};
  struct text out;
  struct diag d;
  diag_init(&d);
  text_init(&out);
  weir_status status = ret_stats ? sized_check(ret_stats, "weir_fuse_stats", &d) : WEIR_OK;
  if (status == WEIR_OK)
    status = fuse(component, config, &out, &stats, &d);
  if (status == WEIR_OK) {
    tell_stats(component->graph, &stats, ret_stats);
    *ret = text_take(&out, ret_size);
  } else {
    diag_raise(&d, ret_error);
  }
  text_done(&out);
  diag_done(&d);
  return status;
}

/* ---- components -------------------------------------------------------------------------------------------------- */

static weir_status fuse_valid(const weir_component *c, struct text *out, struct fuse_core_stats *stats,
                              struct diag *d) {
  const weir_code *code = c->code;
  const struct fuse_core_input input = {code->graph, {(const char *)code->bytes, code->size}, false};
  WEIR_TRY(fuse_component(&c->engine->alloc, &input, out, stats, d));
  return eng_validate((const uint8_t *)out->data, out->size, c->engine->features, d);
}

/* The component as it was, and why. */
static weir_status stay_nested(const weir_component *c, struct text *out, char **ret_nested, struct diag *d) {
  struct text reason = {0};
  text_done(out);
  text_init(out);
  text_add(out, (struct str){(const char *)c->code->bytes, c->code->size});
  text_printf(&reason, "%s", diag_message(d));
  if (ret_nested)
    *ret_nested = text_take(&reason, NULL);
  bool failed = out->failed || (ret_nested && !*ret_nested);
  text_done(&reason);
  return failed ? diag_nomem(d) : WEIR_OK;
}

static weir_status fuse_or_nest(const weir_component *c, const weir_fuse_config *config, struct text *out,
                                struct fuse_core_stats *stats, char **ret_nested, struct diag *d) {
  weir_fuse_config own = WEIR_FUSE_CONFIG_INIT;
  WEIR_TRY(read_config(c, config, &own, d));
  weir_status status = fuse_valid(c, out, stats, d);
  return status == WEIR_ERR_UNSUPPORTED && !own.strict ? stay_nested(c, out, ret_nested, d) : status;
}

weir_status weir_fuse_component(const weir_component *component, const weir_fuse_config *config, void **ret,
                                size_t *ret_size, weir_fuse_stats *ret_stats, char **ret_nested,
                                weir_error **ret_error) {
  struct fuse_core_stats stats = {0};
  struct text out;
  struct diag d;
  diag_init(&d);
  text_init(&out);
  if (ret_nested)
    *ret_nested = NULL;
  weir_status status = ret_stats ? sized_check(ret_stats, "weir_fuse_stats", &d) : WEIR_OK;
  if (status == WEIR_OK)
    status = fuse_or_nest(component, config, &out, &stats, ret_nested, &d);
  if (status == WEIR_OK) {
    tell_stats(component->graph, &stats, ret_stats);
    *ret = text_take(&out, ret_size);
    diag_done(&d);
  } else {
    diag_raise(&d, ret_error);
  }
  text_done(&out);
  return status;
}

/* ---- texts ------------------------------------------------------------------------------------------------------- */

/* Gives the text, unless making it has failed. */
static weir_status give_text(weir_status status, struct text *out, struct diag *d, char **ret, size_t *ret_size,
                             weir_error **ret_error) {
  char *text = status == WEIR_OK ? text_take(out, ret_size) : NULL;
  if (status == WEIR_OK && !text)
    status = diag_nomem(d);
  text_done(out);
  if (status != WEIR_OK)
    return diag_raise(d, ret_error);
  *ret = text;
  return WEIR_OK;
}

weir_status weir_fuse_explain(const weir_component *c, char **ret_text, size_t *ret_size, weir_error **ret_error) {
  struct text out;
  struct diag d;
  diag_init(&d);
  text_init(&out);
  weir_status status = fuse_explain(&c->engine->alloc, c->code->graph, &out, &d);
  return give_text(status, &out, &d, ret_text, ret_size, ret_error);
}

static weir_status import_map(const weir_component *c, uint32_t version, char **ret_text, size_t *ret_size,
                              weir_error **ret_error) {
  const struct str module = {(const char *)c->code->bytes, c->code->size};
  struct text out;
  struct diag d;
  diag_init(&d);
  text_init(&out);
  weir_status status = is_fused(c) ? import_map_write(&c->engine->alloc, c->code->graph, module, version, &out, &d)
                                   : diag_set(&d, WEIR_ERR_MISUSE, "this is no fused module");
  return give_text(status, &out, &d, ret_text, ret_size, ret_error);
}

weir_status weir_fuse_import_map(const weir_component *c, char **ret_text, size_t *ret_size, weir_error **ret_error) {
  return import_map(c, 2, ret_text, ret_size, ret_error);
}

weir_status weir_fuse_import_map_1(const weir_component *c, char **ret_text, size_t *ret_size, weir_error **ret_error) {
  return import_map(c, 1, ret_text, ret_size, ret_error);
}
