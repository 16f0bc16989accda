/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See weir/engine.h. */
#include "load/engine.h"

#include "base/mem.h"
#include "base/sized.h"
#include "weir/version.h"

const char *weir_version(void) {
  return WEIR_VERSION;
}

const char *weir_code_generator(void) {
  return eng_version();
}

enum { MAX_COMPONENT_SIZE = 1 << 30, MAX_NESTING = 100, MAX_TYPES = 1000000 };

/* The public struct as base/settings.def has it: a new member without a line there breaks the comparison. */
struct expected {
  size_t size;
  const weir_alloc *alloc;
#define RUN_SETTING(name, type, field) type name;
#define LOAD_SETTING(name, type) type name;
#include "base/settings.def"
};

_Static_assert(sizeof(struct expected) == sizeof(weir_engine_config),
               "a member of weir_engine_config is not in base/settings.def");
#define RUN_SETTING(name, type, field)                                                                \
  _Static_assert(offsetof(struct expected, name) == offsetof(weir_engine_config, name) &&             \
                     sizeof(((struct expected *)0)->name) == sizeof(((weir_engine_config *)0)->name), \
                 "settings.def and weir_engine_config are not in the same order");
#define LOAD_SETTING(name, type) RUN_SETTING(name, type, "")
#include "base/settings.def"

static weir_engine_config settings_of(const weir_engine_config *c, const weir_engine *e) {
  weir_engine_config s = *c;
  s.size = sizeof(s);
  s.alloc = NULL;
  s.notice = NULL;
  s.notice_data = NULL;
  s.profile = WEIR_PROFILE_NONE;
  s.features = e->features;
  s.max_wasm_stack = c->max_wasm_stack ? c->max_wasm_stack : ENG_MAX_WASM_STACK;
  s.stack_size = c->stack_size ? c->stack_size : ENG_STACK_SIZE;
  s.max_nesting = e->max_nesting;
  s.max_types = e->max_types;
  s.max_component_size = e->max_component_size;
  return s;
}

static weir_status engine_make(const weir_engine_config *c, weir_engine **ret, struct diag *d) {
  struct weir_alloc own = mem_system;
  const struct weir_alloc *alloc = &own;
  if (c->alloc)
    WEIR_TRY(SIZED_READ(c->alloc, &own, weir_alloc, d));
  weir_engine *e = mem_zalloc(alloc, sizeof(*e));
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
  e->settings = settings_of(c, e);
  e->notice = (struct notice){c->notice, c->notice_data};
  atomic_init(&e->holders, 1);
  struct eng_config config = {
      .alloc = &e->alloc,
      .max_wasm_stack = c->max_wasm_stack,
      .stack_size = c->stack_size,
      .pooling = c->pooling,
      .fuel = c->fuel,
      .epochs = c->deadlines,
      .optimize_for_compile_time = c->fast_compile,
      .canonical_nans = c->canonical_nans,
      .profile = c->profile,
  };
  weir_status status = type_home_init(&e->types, &e->alloc);
  if (status != WEIR_OK)
    diag_nomem(d);
  else if ((status = eng_new(&config, &e->eng, d)) != WEIR_OK)
    type_home_done(&e->types);
  if (status != WEIR_OK) {
    mem_free(alloc, e, sizeof(*e));
    return status;
  }
  handle_home_init(&e->handles, &e->alloc, &e->notice);
  inbox_home_init(&e->inboxes);
  *ret = e;
  return WEIR_OK;
}

weir_status weir_engine_new(const weir_engine_config *config, weir_engine **ret, weir_error **ret_error) {
  weir_engine_config own = WEIR_ENGINE_CONFIG_INIT;
  struct diag d;
  diag_init(&d);
  weir_status status = config ? SIZED_READ(config, &own, weir_engine_config, &d) : WEIR_OK;
  if (status == WEIR_OK)
    status = engine_make(&own, ret, &d);
  if (status != WEIR_OK)
    diag_raise(&d, ret_error);
  diag_done(&d);
  return status;
}

weir_engine *weir_engine_ref(weir_engine *e) {
  atomic_fetch_add_explicit(&e->holders, 1, memory_order_relaxed);
  return e;
}

void weir_engine_free(weir_engine *e) {
  if (!e || atomic_fetch_sub_explicit(&e->holders, 1, memory_order_acq_rel) != 1)
    return;
  struct weir_alloc alloc = e->alloc;
  handle_home_done(&e->handles);
  inbox_home_done(&e->inboxes);
  type_home_done(&e->types);
  eng_unref(e->eng);
  mem_free(&alloc, e, sizeof(*e));
}
