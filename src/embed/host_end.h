/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A host's end of a stream or future, what a weir_stream leads to. Data, and what can be said of it. */
#ifndef EMBED_HOST_END_H
#define EMBED_HOST_END_H

#include "abi/value.h"
#include "embed/state.h"

struct host_end {
  struct handled base; /* first */
  struct store *store;
  weir_stream *handle;
  uint64_t id; /* for records: counted up in the store */
  struct rt_end *end;
  weir_element hint; /* what a host made it for */
  bool untyped;      /* a future that a host has made and no guest has seen */
  bool busy;         /* an operation is under way */
  bool dropping;     /* to be dropped when the operation has completed */
  weir_copy_fn done;
  union { /* of an operation in place */
    weir_look_fn look;
    weir_fill_fn fill;
  } use;
  size_t moved; /* elements, by an operation in place */
  void *data;
  struct list all, inbox;
};

/* The object of a handle; NULL where it is stale. */
static inline struct host_end *host_end_get(const weir_stream *handle) {
  return handle_object(handle, HANDLE_END);
}

/* The host has it no more. The end of the runtime stays. */
void host_end_free(struct host_end *w);

/* Whether it is a readable end that does nothing. */
bool host_end_can_be_given(const struct host_end *w);
/* Whether it may stand where the instances of `root` want a stream or future of type `t`. */
bool host_end_fits(const struct host_end *w, const struct rt_root *root, const struct weir_type *t);
/* Says that it may not. */
weir_status host_end_misfit(const struct host_end *w, const struct weir_type *t, weir_status status, struct diag *d);

#endif
