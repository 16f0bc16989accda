/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The engine object behind weir/engine.h. Immutable but for its count of holders and the types that hosts have named.
 */
#ifndef LOAD_ENGINE_H
#define LOAD_ENGINE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/handle.h"
#include "base/inbox.h"
#include "base/notice.h"
#include "component/types.h"
#include "engine/eng.h"
#include "weir/engine.h"

/* The types that are the engine's own. The lock is for the table; types do not change once they are in it. */
struct type_home {
  pthread_mutex_t lock;
  struct arena arena;
  struct type_table *types; /* NULL: none yet */
};

struct weir_engine {
  struct weir_alloc alloc;
  struct eng *eng;
  uint32_t features, readings;
  uint64_t max_component_size;
  uint32_t max_nesting, max_types;
  bool fuel, deadlines, no_adapters;
  bool adapters_at_once; /* late adapters are made with the instance: set before the first instance, for tests */
  weir_engine_config
      settings; /* all of them, with the usual values in place of zeros; for records (base/settings.def) */
  struct notice notice;
  atomic_uint_fast64_t components; /* made so far */
  atomic_uint holders;
  struct handle_home handles;
  struct inbox_home inboxes; /* of stores */
  struct type_home types;
};

/* engine_type.c */
weir_status type_home_init(struct type_home *home, const struct weir_alloc *alloc);
void type_home_done(struct type_home *home);
/* The type itself if it is the engine's, else the engine's copy. WEIR_ERR_TYPE: it has a resource; WEIR_ERR_LIMIT. */
weir_status engine_type_adopt(weir_engine *e, const struct weir_type *type, const struct weir_type **ret,
                              struct diag *d);

#endif
