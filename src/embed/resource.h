/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A host's hold on a resource handle, inside a weir_value; behind weir/linker.h. */
#ifndef EMBED_RESOURCE_H
#define EMBED_RESOURCE_H

#include "abi/value.h"
#include "embed/state.h"

struct weir_resource {
  struct value_handle base; /* first */
  struct weir_store *store; /* NULL: the store is gone */
  uint64_t id;              /* for records: counted up in the store */
  const struct rt_resource_type *type;
  uint64_t rep;
  bool own;
  struct list all, inbox;
};

/* Between handles and values, for own and borrow types. from_value consumes an own. */
weir_status resource_to_value(struct abi_cx *cx, const struct weir_type *t, uint64_t rep, weir_value *ret);
weir_status resource_from_value(struct abi_cx *cx, const struct weir_type *t, weir_value *value, uint64_t *ret);

/* Calls the destructors of guest resources that the host has dropped. true: there was one. */
bool resource_drop_all(struct weir_store *s);
/* Whether there is one to call now: not where the instance is held (runtime/hold.h). */
bool resource_has_due(const struct weir_store *s);

/* The store is going: holds forget it. */
void resource_release_all(struct weir_store *s);

#endif
