/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * weir_type_parse(): types that a host names in text. The engine owns them, so one sentence says how long they live.
 * Equal types are the same, so the host's own program bounds their number, and max_types does.
 */
#include "base/text.h"
#include "load/engine.h"
#include "wit/signature.h"

static weir_status parse(weir_engine *e, struct str text, const struct weir_type **ret, struct diag *d) {
  struct type_home *home = &e->parsed;
  if (!home->types)
    home->types = type_table_new(&home->arena);
  if (!home->types)
    return diag_nomem(d);
  if (type_table_count(home->types) >= e->max_types)
    return diag_set(d, WEIR_ERR_LIMIT, "%u types are parsed already (weir_engine_config.max_types)", e->max_types);
  return signature_parse_type(home->types, text, ret, d);
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
  pthread_mutex_lock(&engine->parsed.lock);
  weir_status status = parse(engine, (struct str){text, size}, &type, &d);
  pthread_mutex_unlock(&engine->parsed.lock);
  if (status != WEIR_OK)
    return diag_raise(&d, ret_error);
  *ret = type;
  return WEIR_OK;
}
