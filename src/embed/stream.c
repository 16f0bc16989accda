/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Hosts are told that operations on their ends have ended; and all ends of a store that goes. */
#include "embed/stream.h"

#include "embed/limits.h"
#include "embed/seam.h"
#include "runtime/channel.h"

/* Tells the host that an operation has ended. The end may be gone afterwards. */
static void complete(struct host_end *w, weir_copy_result result, size_t count) {
  weir_copy_fn done = w->done;
  bool dropping = w->dropping;
  w->busy = false;
  w->done = NULL;
  if (dropping)
    w->busy = true; /* the callback cannot start another one */
  if (done)
    done(w->data, w->handle, result, count);
  if (dropping) {
    w->busy = false;
    stream_drop(w);
  }
}

static size_t copied(const struct rt_end *end) {
  const struct host_end *w = end->host;
  return end->buffer.kind == RT_BUFFER_LENT ? w->moved : end->buffer.progress;
}

bool stream_deliver_all(struct store *s) {
  struct list batch;
  uint32_t pieces = 0;
  list_take(&batch, &s->rt.inbox_ends);
  while (!list_empty(&batch)) {
    struct rt_end *end = LIST_OWNER(batch.next, struct rt_end, inbox);
    uint64_t cause = s->cause;
    channel_end_deliver(end);
    if (s->traced && s->tap)
      s->cause = s->tap->stream_done(s->tap_data, end->host, (weir_copy_result)end->result, copied(end));
    complete(end->host, (weir_copy_result)end->result, copied(end));
    s->cause = cause;
    if (limits_leave_time(s, &pieces))
      continue;
    list_append_all(&batch, &s->rt.inbox_ends); /* the rest is for later steps */
    list_take(&s->rt.inbox_ends, &batch);
    return false;
  }
  return true;
}

/* A callback may drop any end, so ends move one by one to a list that is looked at afterwards. */
void stream_release_all(struct store *s) {
  struct list batch;
  list_take(&batch, &s->streams);
  while (!list_empty(&batch)) {
    struct host_end *w = LIST_OWNER(batch.next, struct host_end, all);
    list_remove(&w->all);
    list_append(&s->streams, &w->all);
    if (!w->busy || !w->done)
      continue;
    weir_copy_fn done = w->done;
    w->done = NULL;
    done(w->data, w->handle, WEIR_COPY_CANCELLED, copied(w->end));
  }
  while (!list_empty(&s->streams))
    host_end_free(LIST_OWNER(s->streams.next, struct host_end, all));
}
