/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What hosts do with their ends of streams and futures; behind weir/stream.h. */
#ifndef EMBED_STREAM_H
#define EMBED_STREAM_H

#include "embed/host_end.h"

/* What any thread may ask of an end: weir_stream_cancel() and weir_stream_drop(). */
extern const struct handle_ops stream_ops;

/* Between handles and values, for stream and future types. from_value consumes. */
weir_status stream_to_value(struct abi_cx *cx, const struct weir_type *t, struct rt_end *end, weir_value *ret);
weir_status stream_from_value(struct abi_cx *cx, const struct weir_type *t, weir_value *value, struct rt_end **ret);

struct stream_ending { /* what the caller of an operation wants to be told */
  weir_copy_fn done;
  void *data;
  weir_error **ret_error;
};

/* Starts an operation of an end, which must be the readable or the writable one. */
weir_status stream_start(weir_stream *end, bool readable, const struct rt_buffer *buffer, struct stream_ending ending);

/* Drops an end that is good: an operation under way is cancelled and told first. */
void stream_drop(struct host_end *w);

/* Starts operations that had to wait for a step. true: there was one. */
bool stream_start_all(struct store *s);
/* Calls back for operations that have ended. false: the deadline of the store has passed meanwhile. */
bool stream_deliver_all(struct store *s);

/* rt_store.lend: the host looks at the other end's buffer, or fills it. */
size_t stream_lend(struct rt_end *end, void *bytes, uint32_t count);

/* The store is going: operations end as CANCELLED, and every end with them. */
void stream_release_all(struct store *s);

#endif
