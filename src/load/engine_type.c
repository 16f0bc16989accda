/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The types of an engine: those that a host names in text (weir_type_parse()), and copies of a component's for streams
 * in stores where the component has no instance. So a type is a component's or the engine's, and no third one's. Equal
 * ones are the same, so their number is bounded by what the host's own program names, and by max_types.
 */
#include "base/text.h"
#include "load/engine.h"
#include "load/type_copy.h"
#include "wit/signature.h"

/* The table, with room for more. The lock is held. */
static weir_status table_of(weir_engine *e, struct type_table **ret, struct diag *d) {
  struct type_home *home = &e->types;
  if (!home->types)
    home->types = type_table_new(&home->arena);
  if (!home->types)
    return diag_nomem(d);
  if (type_table_count(home->types) >= e->max_types)
    return diag_set(d, WEIR_ERR_LIMIT, "%u types are the engine's already (weir_engine_config.max_types)",
                    e->max_types);
  *ret = home->types;
  return WEIR_OK;
}

static weir_status parse(weir_engine *e, struct str text, const struct weir_type **ret, struct diag *d) {
  struct type_table *types;
  WEIR_TRY(table_of(e, &types, d));
  return signature_parse_type(types, text, ret, d);
}

static weir_status adopt(weir_engine *e, const struct weir_type *type, const struct weir_type **ret, struct diag *d) {
  struct type_table *types = e->types.types;
  *ret = type;
  if (types && type_table_has(types, type))
    return WEIR_OK;
  WEIR_TRY(table_of(e, &types, d));
  return type_copy(types, type, ret, d);
}

weir_status engine_type_adopt(weir_engine *e, const struct weir_type *type, const struct weir_type **ret,
                              struct diag *d) {
  pthread_mutex_lock(&e->types.lock);
  weir_status status = adopt(e, type, ret, d);
  pthread_mutex_unlock(&e->types.lock);
  return status;
}

weir_status type_home_init(struct type_home *home, const struct weir_alloc *alloc) {
  arena_init(&home->arena, alloc);
  return pthread_mutex_init(&home->lock, NULL) == 0 ? WEIR_OK : WEIR_ERR_NOMEM;
}

void type_home_done(struct type_home *home) {
  pthread_mutex_destroy(&home->lock);
  arena_done(&home->arena);
}

weir_status weir_type_parse(weir_engine *engine, const char *text, size_t size, const weir_type **ret,
                            weir_error **ret_error) {
  struct diag d;
  const struct weir_type *type = NULL;
  if (!engine || !text)
    return WEIR_ERR_MISUSE;
  diag_init(&d);
  pthread_mutex_lock(&engine->types.lock);
  weir_status status = parse(engine, (struct str){text, size}, &type, &d);
  pthread_mutex_unlock(&engine->types.lock);
  if (status != WEIR_OK)
    return diag_raise(&d, ret_error);
  *ret = type;
  return WEIR_OK;
}
