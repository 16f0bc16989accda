/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A host's end of a stream or future; behind weir/stream.h. */
#ifndef EMBED_STREAM_H
#define EMBED_STREAM_H

#include "abi/value.h"
#include "embed/state.h"

struct weir_stream {
  struct value_handle base; /* first */
  struct weir_store *store; /* NULL: the store is gone */
  uint64_t id;              /* for records: counted up in the store */
  struct rt_end *end;
  weir_element hint; /* what a host made it for */
  bool untyped;      /* a future that a host has made and no guest has seen */
  bool busy;         /* an operation is under way */
  bool dropping;     /* to be dropped when the operation has completed */
  weir_copy_fn done;
  void *data;
  struct list all, inbox;
};

/* Between handles and values, for stream and future types. from_value consumes. */
weir_status stream_to_value(struct abi_cx *cx, const struct weir_type *t, struct rt_end *end, weir_value *ret);
weir_status stream_from_value(struct abi_cx *cx, const struct weir_type *t, weir_value *value, struct rt_end **ret);

/* Starts operations that had to wait for a step. true: there was one. */
bool stream_start_all(struct weir_store *s);
/* Calls back for operations that have ended. true: there was one. */
bool stream_deliver_all(struct weir_store *s);

/* The store is going: operations end as CANCELLED, ends forget the store. */
void stream_release_all(struct weir_store *s);

#endif
