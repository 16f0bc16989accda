/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See weir/engine.h. */
#include "load/engine.h"

#include "base/mem.h"
#include "weir/version.h"

const char *weir_version(void) {
  return WEIR_VERSION;
}

enum { MAX_COMPONENT_SIZE = 1 << 30, MAX_NESTING = 100, MAX_TYPES = 1000000 };

static weir_status engine_make(const weir_config *c, weir_engine **ret, struct diag *d) {
  const struct weir_alloc *alloc = c->alloc ? c->alloc : &mem_system;
  weir_engine *e = mem_zalloc(alloc, sizeof *e);
  if (!e)
    return diag_nomem(d);
  e->alloc = *alloc;
  e->features = c->features ? c->features : (uint32_t)WEIR_FEATURES_RELEASED;
  e->readings = c->readings;
  e->fuel = c->fuel;
  e->deadlines = c->deadlines;
  e->no_adapters = c->no_adapters;
  e->max_nesting = c->max_nesting ? c->max_nesting : MAX_NESTING;
  e->max_types = c->max_types ? c->max_types : MAX_TYPES;
  e->max_component_size = c->max_component_size ? c->max_component_size : MAX_COMPONENT_SIZE;
  atomic_init(&e->holders, 1);
  struct eng_config config = {
      .alloc = &e->alloc,
      .max_wasm_stack = c->max_wasm_stack,
      .stack_size = c->stack_size,
      .pooling = c->pooling,
      .fuel = c->fuel,
      .epochs = c->deadlines,
      .optimize_for_compile_time = c->fast_compile,
  };
  weir_status status = type_home_init(&e->parsed, &e->alloc);
  if (status != WEIR_OK)
    diag_nomem(d);
  else if ((status = eng_new(&config, &e->eng, d)) != WEIR_OK)
    type_home_done(&e->parsed);
  if (status != WEIR_OK) {
    mem_free(alloc, e, sizeof *e);
    return status;
  }
  handle_home_init(&e->handles, &e->alloc);
  inbox_home_init(&e->inboxes);
  *ret = e;
  return WEIR_OK;
}

weir_status weir_engine_new(const weir_config *config, weir_engine **ret, weir_error **ret_error) {
  static const weir_config defaults = {0};
  struct diag d;
  diag_init(&d);
  weir_status status;
  if (config && config->size > sizeof *config)
    status = diag_set(&d, WEIR_ERR_MISUSE, "weir_config of a later version of weir");
  else
    status = engine_make(config ? config : &defaults, ret, &d);
  if (status != WEIR_OK)
    diag_raise(&d, ret_error);
  diag_done(&d);
  return status;
}

weir_engine *engine_ref(weir_engine *e) {
  atomic_fetch_add_explicit(&e->holders, 1, memory_order_relaxed);
  return e;
}

void weir_engine_free(weir_engine *e) {
  if (!e || atomic_fetch_sub_explicit(&e->holders, 1, memory_order_acq_rel) != 1)
    return;
  struct weir_alloc alloc = e->alloc;
  handle_home_done(&e->handles);
  inbox_home_done(&e->inboxes);
  type_home_done(&e->parsed);
  eng_unref(e->eng);
  mem_free(&alloc, e, sizeof *e);
}
