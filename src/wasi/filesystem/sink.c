/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * One `struct wasi_sink` a call of write-via-stream or append-via-stream. It has two sides that go on by themselves:
 *
 *   taking    FRESH --looked at--> ASKING --the guest writes--> READING --bytes--> READING, or FULL where no room is
 *             left until the other side is done; ENDED once the guest has dropped its end
 *   storing   a job writes one buffer while the taking side fills the next
 *
 * FRESH rests (flow.h); ASKING and READING have an operation of the store under way. The sink is finished when it has
 * ENDED, or storing has failed, and nothing is under way. Where the store is freed, or the host, what was taken is
 * still stored, and then the sink is gone.
 */
#include "wasi/filesystem/sink.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/diag.h"
#include "base/mem.h"
#include "wasi/filesystem/buffer.h"
#include "wasi/filesystem/error.h"

enum sink_state { SINK_FRESH, SINK_ASKING, SINK_READING, SINK_FULL, SINK_ENDED };

struct wasi_sink {
  struct wasi_flow flow;
  struct list order; /* in wasi_sinks.fresh, or alone */
  enum sink_state state;
  struct wasi_file *file;
  uint64_t offset; /* of what is stored next; WASI_FILE_END: append */
  struct wasi_buffer taken, stored;
  size_t room;   /* of the next buffer */
  bool yielding; /* its read was cancelled here, so that what it has can be stored */
  bool storing;
  bool orphan; /* the flow has ended: the job is the last to hold this */
  int outcome; /* of the job: an errno */
  int error;   /* what the guest is told */
  struct wasi_job job;
};

static void sink_take(struct wasi_sink *s);

static struct wasi_sink *sink_of(struct wasi_flow *flow) {
  return LIST_OWNER(flow, struct wasi_sink, flow);
}

static struct wasi_sinks *owner_of(const struct wasi_sink *s) {
  return LIST_OWNER(s->flow.flows, struct wasi_sinks, flows);
}

static void sink_enter(struct wasi_sink *s, enum sink_state state) {
  s->state = state;
  owner_of(s)->moves++;
  list_remove(&s->order);
}

/* ---- buffers ----------------------------------------------------------------------------------------------------- */

static void buffer_free(struct wasi_sink *s, struct wasi_buffer *buffer) {
  wasi_buffer_give(buffer, owner_of(s)->alloc, owner_of(s)->bytes);
}

/* A buffer to fill. Large ones are for sinks that have filled a small one, as long as there is memory for all. */
static bool buffer_prepare(struct wasi_sink *s) {
  struct wasi_sinks *sinks = owner_of(s);
  size_t room = sinks->bytes->used < sinks->bytes->most / 2 ? s->room : WASI_BUFFER_SMALL;
  return s->taken.room > 0 || wasi_buffer_take(&s->taken, sinks->alloc, sinks->bytes, room);
}

/* ---- ending ------------------------------------------------------------------------------------------------------ */

static void sink_free(struct wasi_sink *s) {
  buffer_free(s, &s->taken);
  buffer_free(s, &s->stored);
  wasi_file_unref(s->file);
  mem_free(owner_of(s)->alloc, s, sizeof(*s));
}

static void sink_release(struct wasi_flow *flow) {
  struct wasi_sink *s = sink_of(flow);
  list_remove(&s->order);
  if (s->storing)
    s->orphan = true;
  else
    sink_free(s);
}

/* The store is being freed. */
static void sink_gone(struct wasi_flow *flow) {
  struct wasi_sink *s = sink_of(flow);
  if (s->state != SINK_ASKING && s->state != SINK_READING)
    wasi_flow_end(flow); /* else the callback of what is under way does */
}

/* Tells the guest, once nothing is under way. */
static void sink_finish_if_done(struct wasi_sink *s) {
  bool taking = s->state == SINK_ASKING || s->state == SINK_READING;
  if (s->storing || taking)
    return;
  owner_of(s)->moves++;
  wasi_flow_finish(&s->flow, s->error);
}

static void sink_fail(struct wasi_sink *s, int error) {
  s->error = s->error != 0 ? s->error : error;
  if (s->state == SINK_ASKING || s->state == SINK_READING)
    weir_stream_cancel(s->flow.data);
  else
    sink_finish_if_done(s);
}

/* ---- storing ----------------------------------------------------------------------------------------------------- */

/* On another thread: all of the buffer. */
static void store_run(struct wasi_job *job) {
  struct wasi_sink *s = LIST_OWNER(job, struct wasi_sink, job);
  size_t done = 0;
  while (done < s->stored.filled && s->outcome == 0) {
    ssize_t count = wasi_file_write(s->file, s->stored.bytes + done, s->stored.filled - done, s->offset, true);
    if (count < 0)
      s->outcome = (int)-count;
    else if (s->offset != WASI_FILE_END)
      s->offset += (uint64_t)count;
    done += count > 0 ? (size_t)count : 0;
  }
}

static void store_done(struct wasi_job *job);
static void store_next(struct wasi_sink *s);

/* Gives what was taken to a job. */
static void store_start(struct wasi_sink *s) {
  s->stored = s->taken;
  s->taken = (struct wasi_buffer){0};
  if (s->stored.filled == s->stored.room)
    s->room = WASI_BUFFER_LARGE;
  s->storing = true;
  owner_of(s)->storing++;
  wasi_pool_start(owner_of(s)->pool, &s->job, store_run, store_done);
}

static void store_done(struct wasi_job *job) {
  struct wasi_sink *s = LIST_OWNER(job, struct wasi_sink, job);
  s->storing = false;
  owner_of(s)->storing--;
  owner_of(s)->moves++;
  buffer_free(s, &s->stored);
  s->error = s->error != 0 ? s->error : s->outcome;
  if (s->error == 0 && s->taken.filled > 0 && s->state != SINK_READING)
    store_start(s);
  if (!s->orphan)
    store_next(s);
  else if (!s->storing)
    sink_free(s);
}

/* What the guest wrote during a job is stored now, although the read that took it goes on. */
static void sink_yield(struct wasi_sink *s) {
  if (s->taken.filled == 0 || s->yielding)
    return;
  s->yielding = true;
  weir_stream_cancel(s->flow.data);
}

static void store_next(struct wasi_sink *s) {
  if (s->error != 0)
    sink_fail(s, s->error);
  else if (s->state == SINK_READING)
    sink_yield(s);
  else if (s->state == SINK_FULL)
    sink_take(s);
  else if (s->state == SINK_ENDED)
    sink_finish_if_done(s);
}

/* ---- taking ------------------------------------------------------------------------------------------------------ */

/* The operation of the store was the last one: the store goes, or the guest has dropped its end, or storing failed. */
static void sink_end(struct wasi_sink *s, bool gone) {
  sink_enter(s, SINK_ENDED);
  if (s->error == 0 && !s->storing && s->taken.filled > 0)
    store_start(s);
  if (gone)
    wasi_flow_end(&s->flow);
  else
    sink_finish_if_done(s);
}

static void sink_read(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  (void)end;
  struct wasi_sink *s = data;
  bool yielded = s->yielding;
  s->yielding = false;
  s->taken.filled += count;
  if (s->flow.gone || (result == WEIR_COPY_CANCELLED && s->error == 0 && !yielded)) {
    sink_end(s, true);
  } else if (s->error != 0 || result == WEIR_COPY_DROPPED) {
    sink_end(s, false);
  } else {
    sink_enter(s, SINK_FULL);
    if (!s->storing && s->taken.filled > 0)
      store_start(s);
    sink_take(s);
  }
}

static void sink_asked(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  struct wasi_sink *s = data;
  owner_of(s)->asking--;
  sink_read(data, end, result, count);
}

/* Reads into what room there is; a full buffer waits for the other one. */
static void sink_take(struct wasi_sink *s) {
  if (s->taken.room > 0 && s->taken.filled == s->taken.room)
    return;
  if (!buffer_prepare(s)) {
    sink_fail(s, ENOMEM);
    return;
  }
  const struct wasi_buffer *buffer = &s->taken;
  sink_enter(s, SINK_READING);
  wasi_flow_rise(&s->flow);
  if (weir_stream_read(s->flow.data, buffer->bytes + buffer->filled, buffer->room - buffer->filled, sink_read, s,
                       NULL) == WEIR_OK)
    return;
  s->error = EIO;
  sink_end(s, false);
}

/* A read of no bytes: it completes when the guest writes some. */
static void sink_ask(struct wasi_sink *s) {
  sink_enter(s, SINK_ASKING);
  owner_of(s)->asking++;
  wasi_flow_rise(&s->flow);
  if (weir_stream_read(s->flow.data, NULL, 0, sink_asked, s, NULL) == WEIR_OK)
    return;
  owner_of(s)->asking--;
  s->error = EIO;
  sink_end(s, false);
}

/* What the guest of a sink without operation does by now. */
static void sink_look(struct wasi_sink *s) {
  weir_end_state other = weir_stream_other_end(s->flow.data);
  if (other == WEIR_END_COPYING)
    sink_take(s);
  else if (other == WEIR_END_IDLE)
    sink_ask(s);
  else
    sink_end(s, false);
}

bool wasi_sinks_ask(struct wasi_sinks *sinks) {
  uint64_t before = sinks->moves;
  while (!list_empty(&sinks->fresh))
    sink_look(LIST_OWNER(sinks->fresh.next, struct wasi_sink, order));
  return sinks->moves != before;
}

/* ---- beginning ------------------------------------------------------------------------------------------------- */

static void sink_begin(struct wasi_sink *s) {
  struct wasi_sinks *sinks = owner_of(s);
  if (list_empty(&sinks->fresh) && sinks->asking < WASI_SINKS_ASKING) {
    sink_ask(s);
    return;
  }
  list_append(&sinks->fresh, &s->order);
  wasi_flow_rest(&s->flow);
}

/* What a write would say; a guest that writes nothing learns it too. */
static int check(const struct wasi_file *file) {
  if (!file || !(file->flags & WASI_FILE_WRITE))
    return file && file->type == S_IFDIR ? EISDIR : EBADF;
  return 0;
}

weir_status wasi_sink_new(struct wasi_sinks *sinks, struct wasi_file *file, uint64_t offset, weir_store *store,
                          weir_stream *take_data, weir_value *ret_future) {
  wasi_flows_sweep(&sinks->flows);
  struct wasi_sink *s = mem_zalloc(sinks->alloc, sizeof(*s));
  weir_status status = s ? WEIR_OK : WEIR_ERR_NOMEM;
  if (s) {
    list_init(&s->order);
    s->offset = offset;
    s->room = WASI_BUFFER_SMALL;
    s->file = file ? wasi_file_ref(file) : NULL;
    status = wasi_flow_init(&s->flow, &sinks->flows, store, sink_gone, ret_future);
  }
  if (status != WEIR_OK) {
    weir_stream_drop(take_data);
    return status;
  }
  s->flow.data = take_data;
  s->error = check(file);
  if (s->error == 0)
    sink_begin(s);
  else
    sink_end(s, false);
  return WEIR_OK;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

void wasi_sinks_init(struct wasi_sinks *sinks, const struct weir_alloc *alloc, struct wasi_guards *guards,
                     struct wasi_pool *pool, struct wasi_budget *bytes) {
  *sinks = (struct wasi_sinks){.alloc = alloc, .pool = pool, .bytes = bytes};
  wasi_flows_init(&sinks->flows, alloc, guards, wasi_error_number, sink_release);
  list_init(&sinks->fresh);
}

void wasi_sinks_close(struct wasi_sinks *sinks) {
  wasi_flows_close(&sinks->flows);
}
