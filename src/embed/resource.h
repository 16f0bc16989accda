/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A host's hold on a resource handle, inside a weir_value; behind weir/linker.h. */
#ifndef EMBED_RESOURCE_H
#define EMBED_RESOURCE_H

#include "abi/value.h"
#include "embed/state.h"
#include "weir/resource.h"

struct host_resource { /* what a weir_resource leads to */
  struct handled base; /* first */
  struct store *store;
  weir_resource *handle;
  uint64_t id; /* for records: counted up in the store */
  const struct rt_resource_type *type;
  uint64_t rep;
  bool own;
  bool dropped;                 /* by the host; it goes when its loans have ended */
  size_t loans;                 /* of it, num_lends; each is an object, so it cannot overflow */
  size_t waiting_loans;         /* those of calls that have not begun (loan.h), */
  bool drop_waits;              /* for which its drop waits */
  bool waits;                   /* a loan's: it is one of them */
  struct host_resource *lender; /* a loan's; else NULL */
  struct list all;
  struct list inbox; /* of an owned one: store.drops; of a borrowed one: host_call.borrows, with which it ends */
};

struct host_drop { /* the destructor of a host's resource type, for one store */
  struct store *store;
  const struct linker_def *def;
  const struct weir_resource_type *decl;
};
/* rt_resource_type.host_drop; data: the struct above. */
void host_drop_call(void *data, uint64_t rep);

/* The object of a handle; NULL where it is stale. */
static inline struct host_resource *resource_get(const weir_resource *handle) {
  return handle_object(handle, HANDLE_RESOURCE);
}

/* Between handles and values, for own and borrow types. from_value consumes an own. */
weir_status resource_to_value(struct abi_cx *cx, const struct weir_type *t, uint64_t rep, weir_value *ret);
weir_status resource_from_value(struct abi_cx *cx, const struct weir_type *t, weir_value *value, uint64_t *ret);

/* Another component's name of it does not make it another. */
bool resource_type_same(const struct rt_resource_type *a, const struct rt_resource_type *b);

/* Makes what a host holds, as a value. WEIR_ERR_NOMEM. */
weir_status resource_hold(struct store *s, const struct rt_resource_type *type, uint64_t rep, bool own,
                          weir_value *ret);

/* What a call was lent ends with it, whatever the host has kept of it. */
void resource_end_borrows(struct list *borrows);
/* Whether one of them is lent on. */
bool resource_lent_on(const struct list *borrows);

/* The host has dropped it, or a loan has ended: it goes, now or when its last loan ends. */
void resource_let_go(struct host_resource *r);
/* The same with what the tap is told. */
void resource_drop_now(struct host_resource *r);

/* Makes a loan, as a value. WEIR_ERR_NOMEM. */
weir_status resource_lend(struct host_resource *lender, weir_value *ret);

/* Calls the destructors of guest resources that the host has dropped. true: there was one. */
bool resource_drop_all(struct store *s);
/* Whether there is one to call now: not where the instance is held (runtime/hold.h). */
bool resource_has_due(const struct store *s);

/* The store is going, and with it every hold. */
void resource_release_all(struct store *s);

#endif
