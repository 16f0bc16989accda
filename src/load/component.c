/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See component.h. */
#include "load/component.h"

#include "base/mem.h"

/* ---- making and holding ------------------------------------------------------------------------------------------ */

/* Takes over the hold of `take_code`, also when it fails. */
static weir_status component_wrap(weir_code *take_code, weir_component **ret, struct diag *d) {
  weir_component *c = mem_zalloc(&take_code->engine->alloc, sizeof(*c));
  if (!c) {
    weir_code_free(take_code);
    return diag_nomem(d);
  }
  atomic_init(&c->holders, 1);
  c->id = atomic_fetch_add_explicit(&take_code->engine->components, 1, memory_order_relaxed) + 1;
  c->engine = take_code->engine;
  c->code = take_code;
  c->graph = take_code->graph;
  c->modules = take_code->modules;
  c->signatures = take_code->signatures;
  *ret = c;
  return WEIR_OK;
}

weir_status component_from_code(weir_engine *engine, const weir_code *code, weir_component **ret, struct diag *d) {
  if (code->engine != engine)
    return diag_set(d, WEIR_ERR_MISUSE,
                    "the code was compiled by another engine: wrap it with that one, or compile the component again");
  return component_wrap(weir_code_ref(code), ret, d);
}

typedef weir_status code_from_bytes(weir_engine *engine, const uint8_t *bytes, size_t size, weir_code **ret,
                                    struct diag *d);

static weir_status component_make(weir_engine *engine, code_from_bytes *make, struct str bytes, weir_component **ret,
                                  weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  weir_code *code = NULL;
  weir_status status = make(engine, (const uint8_t *)bytes.data, bytes.size, &code, &d);
  if (status == WEIR_OK)
    status = component_wrap(code, ret, &d);
  if (status != WEIR_OK)
    diag_raise(&d, ret_error);
  diag_done(&d);
  return status;
}

weir_status weir_component_new(weir_engine *engine, const void *bytes, size_t size, weir_component **ret,
                               weir_error **ret_error) {
  return component_make(engine, code_compile, (struct str){bytes, size}, ret, ret_error);
}

weir_status weir_component_inspect(weir_engine *engine, const void *bytes, size_t size, weir_component **ret,
                                   weir_error **ret_error) {
  return component_make(engine, code_inspect, (struct str){bytes, size}, ret, ret_error);
}

weir_code *weir_component_code(const weir_component *c) {
  return weir_code_ref(c->code);
}

weir_status weir_component_from_code(weir_engine *engine, const weir_code *code, weir_component **ret,
                                     weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  weir_status status = component_from_code(engine, code, ret, &d);
  if (status != WEIR_OK)
    diag_raise(&d, ret_error);
  diag_done(&d);
  return status;
}

/* The count is the one thing of a component that changes. */
weir_component *weir_component_ref(const weir_component *component) {
  weir_component *c = (weir_component *)(uintptr_t)component;
  atomic_fetch_add_explicit(&c->holders, 1, memory_order_relaxed);
  return c;
}

void weir_component_free(weir_component *c) {
  if (!c || atomic_fetch_sub_explicit(&c->holders, 1, memory_order_acq_rel) != 1)
    return;
  weir_code *code = c->code;
  mem_free(&c->engine->alloc, c, sizeof(*c));
  weir_code_free(code);
}
