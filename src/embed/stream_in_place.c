/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Operations in place are started (stream_lend.c has what they do), and hosts that have both ends find themselves. */
#include "embed/stream.h"
#include "runtime/buffer.h"

static struct rt_buffer no_buffer(bool stays) {
  return (struct rt_buffer){.kind = RT_BUFFER_LENT, .length = (uint32_t)BUFFER_MAX_LENGTH, .stays = stays};
}

static weir_status read_in_place(weir_stream *readable, bool stays, weir_look_fn look, struct stream_ending ending) {
  struct rt_buffer b = no_buffer(stays);
  WEIR_TRY(stream_start(readable, true, &b, ending));
  host_end_get(readable)->use.look = look;
  return WEIR_OK;
}

static weir_status write_in_place(weir_stream *writable, bool stays, weir_fill_fn fill, struct stream_ending ending) {
  struct rt_buffer b = no_buffer(stays);
  WEIR_TRY(stream_start(writable, false, &b, ending));
  host_end_get(writable)->use.fill = fill;
  return WEIR_OK;
}

weir_status weir_stream_read_in_place(weir_stream *readable, weir_look_fn look, weir_copy_fn done, void *data,
                                      weir_error **ret_error) {
  return read_in_place(readable, false, look, (struct stream_ending){done, data, ret_error});
}

weir_status weir_stream_write_in_place(weir_stream *writable, weir_fill_fn fill, weir_copy_fn done, void *data,
                                       weir_error **ret_error) {
  return write_in_place(writable, false, fill, (struct stream_ending){done, data, ret_error});
}

weir_status weir_stream_drain(weir_stream *readable, weir_look_fn look, weir_copy_fn done, void *data,
                              weir_error **ret_error) {
  return read_in_place(readable, true, look, (struct stream_ending){done, data, ret_error});
}

weir_status weir_stream_feed(weir_stream *writable, weir_fill_fn fill, weir_copy_fn done, void *data,
                             weir_error **ret_error) {
  return write_in_place(writable, true, fill, (struct stream_ending){done, data, ret_error});
}

/* ---- both ends --------------------------------------------------------------------------------------------------- */

void *weir_stream_other_data(const weir_stream *end, weir_copy_fn done) {
  const struct host_end *w = handle_usable(end, HANDLE_END);
  const struct rt_end *other = w && !w->store->rt.stopping ? w->end->channel->pending : NULL;
  if (!other || other == w->end || other->inst || other->w.has_pending_event)
    return NULL;
  const struct host_end *host = other->host;
  return host->busy && host->done == done ? host->data : NULL;
}
