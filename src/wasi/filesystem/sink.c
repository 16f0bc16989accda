/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * One `struct wasi_sink` a call of write-via-stream or append-via-stream. It has two sides that go on by themselves:
 *
 *   taking    FRESH --looked at--> ASKING --the guest writes--> READING --bytes--> READING, or FULL where no room is
 *             left until the other side is done; ENDED once the guest has dropped its end. A guest that writes much at
 *             a time stays in ASKING, where its own buffer is stored while the guest waits.
 *   storing   a job writes one buffer while the taking side fills the next (storing.h)
 *
 * FRESH rests (flow.h); ASKING and READING have an operation of the store under way. A stream from a file of the same
 * host is COPYING: the kernel copies from file to file, the stream only tells of the end. The sink is finished when it
 * has ENDED, or storing has failed, and nothing is under way. Where the store is freed, or the host, what was taken is
 * still stored, and then the sink is gone.
 *
 * In order: buffers; ending; storing; taking; asking; copying; beginning; the life of all.
 */
#include "wasi/filesystem/sink.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/diag.h"
#include "base/mem.h"
#include "wasi/filesystem/buffer.h"
#include "wasi/filesystem/error.h"
#include "wasi/filesystem/source.h"
#include "wasi/filesystem/storing.h"

enum sink_state { SINK_FRESH, SINK_ASKING, SINK_READING, SINK_FULL, SINK_COPYING, SINK_ENDED };

/* A guest that writes less at a time writes little by little: its bytes are gathered. */
enum { LITTLE = 4096, STORED_AT_ONCE = 1 << 20 };

struct wasi_sink {
  struct wasi_flow flow;
  struct list order; /* in wasi_sinks.fresh, or alone */
  enum sink_state state;
  struct wasi_storing storing;
  struct wasi_buffer taken;
  size_t room;   /* of the next buffer */
  bool much;     /* its guest writes much at a time */
  bool yielding; /* its read was cancelled here, so that what it has can be stored */
  bool orphan;   /* the flow has ended: the job is the last to hold this */
  int error;     /* what the guest is told */
};

static void sink_take(struct wasi_sink *s);
static void sink_ask(struct wasi_sink *s);
static void sink_go_on(struct wasi_sink *s);
static void sink_copied(struct wasi_sink *s);

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
  buffer_free(s, &s->storing.buffer);
  wasi_file_unref(s->storing.file);
  mem_free(owner_of(s)->alloc, s, sizeof(*s));
}

static void sink_release(struct wasi_flow *flow) {
  struct wasi_sink *s = sink_of(flow);
  list_remove(&s->order);
  if (s->storing.running)
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
  if (s->storing.running || taking)
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

static void store_next(struct wasi_sink *s);

/* What is taken is stored, at once where it is much and can be, or by a job. */
static void store_start(struct wasi_sink *s) {
  struct wasi_sinks *sinks = owner_of(s);
  struct wasi_buffer *taken = &s->taken;
  if (taken->filled == taken->room)
    s->room = WASI_BUFFER_LARGE;
  size_t count = s->much ? wasi_storing_now(&s->storing, taken->bytes, taken->filled, &s->error) : 0;
  if (s->error != 0 || count == taken->filled) {
    taken->filled = 0;
    return;
  }
  memmove(taken->bytes, taken->bytes + count, taken->filled - count);
  taken->filled -= count;
  sinks->storing++;
  wasi_storing_start(&s->storing, sinks->pool, taken);
}

/* A job has ended. */
static void store_done(struct wasi_storing *storing) {
  struct wasi_sink *s = LIST_OWNER(storing, struct wasi_sink, storing);
  owner_of(s)->storing--;
  owner_of(s)->moves++;
  buffer_free(s, &storing->buffer);
  s->error = s->error != 0 ? s->error : storing->outcome;
  if (s->error == 0 && s->taken.filled > 0 && s->state != SINK_READING)
    store_start(s);
  if (!s->orphan)
    store_next(s);
  else if (!storing->running)
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
    sink_go_on(s);
  else if (s->state == SINK_COPYING)
    sink_copied(s);
  else if (s->state == SINK_ENDED)
    sink_finish_if_done(s);
}

/* ---- taking ------------------------------------------------------------------------------------------------------ */

/* The operation of the store was the last one: the store goes, or the guest has dropped its end, or storing failed. */
static void sink_end(struct wasi_sink *s, bool gone) {
  sink_enter(s, SINK_ENDED);
  if (s->error == 0 && !s->storing.running && s->taken.filled > 0)
    store_start(s);
  if (gone)
    wasi_flow_end(&s->flow);
  else
    sink_finish_if_done(s);
}

/* An operation of the store has ended. True: it was the last one, and not cancelled by the sink. */
static bool is_last(struct wasi_sink *s, weir_copy_result result, bool yielded) {
  bool gone = s->flow.gone || (result == WEIR_COPY_CANCELLED && s->error == 0 && !yielded);
  if (!gone && s->error == 0 && result != WEIR_COPY_DROPPED)
    return false;
  sink_end(s, gone);
  return true;
}

static void sink_read(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  (void)end;
  struct wasi_sink *s = data;
  bool yielded = s->yielding;
  s->yielding = false;
  s->taken.filled += count;
  if (is_last(s, result, yielded))
    return;
  sink_enter(s, SINK_FULL);
  if (!s->storing.running && s->taken.filled > 0)
    store_start(s);
  if (s->error != 0)
    sink_end(s, false);
  else
    sink_go_on(s);
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

/* Where the guest writes much at a time, and all before is stored, its next bytes are stored where they lie. */
static void sink_go_on(struct wasi_sink *s) {
  if (!s->much || s->storing.running || s->taken.filled > 0) {
    sink_take(s);
    return;
  }
  buffer_free(s, &s->taken);
  sink_ask(s);
}

/* ---- asking ------------------------------------------------------------------------------------------------------ */

static size_t sink_store(void *data, weir_stream *end, const void *bytes, size_t count) {
  (void)end;
  struct wasi_sink *s = data;
  s->much = count >= LITTLE;
  if (!s->much)
    return 0;
  s->room = WASI_BUFFER_LARGE;
  return wasi_storing_now(&s->storing, bytes, count < STORED_AT_ONCE ? count : STORED_AT_ONCE, &s->error);
}

/* The guest has written something that has to be taken, or (s->error) cannot be stored. */
static void sink_asked(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  (void)end, (void)count;
  struct wasi_sink *s = data;
  owner_of(s)->asking--;
  if (!is_last(s, result, false))
    sink_take(s);
}

static void sink_ask(struct wasi_sink *s) {
  sink_enter(s, SINK_ASKING);
  owner_of(s)->asking++;
  wasi_flow_rise(&s->flow);
  if (weir_stream_drain(s->flow.data, sink_store, sink_asked, s, NULL) == WEIR_OK)
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

/* ---- copying ----------------------------------------------------------------------------------------------------- */

/* True: the kernel copies a piece from the file behind the stream. */
static bool copy_piece(struct wasi_sink *s, struct wasi_source *from) {
  const uint64_t *place = from->kind->place ? from->kind->place(from) : NULL;
  if (!place || wasi_source_owner(from)->pool != owner_of(s)->pool || !from->file ||
      !(from->file->flags & WASI_FILE_READ) || s->storing.offset == WASI_FILE_END)
    return false;
  sink_enter(s, SINK_COPYING);
  owner_of(s)->storing++;
  wasi_storing_copy(&s->storing, owner_of(s)->pool, from->file, *place);
  return true;
}

/* What the kernel cannot copy, and the end, come through the stream. The source has waited, unless its store goes. */
static void sink_copied(struct wasi_sink *s) {
  struct wasi_source *from = wasi_source_behind(s->flow.data);
  size_t count = s->storing.copied;
  if (from)
    *from->kind->place(from) += count;
  if (!from || count == 0 || !copy_piece(s, from))
    sink_take(s);
}

/* ---- beginning --------------------------------------------------------------------------------------------------- */

static void sink_begin(struct wasi_sink *s) {
  struct wasi_sinks *sinks = owner_of(s);
  struct wasi_source *from = wasi_source_behind(s->flow.data);
  if (from && !copy_piece(s, from))
    sink_take(s);
  if (from)
    return;
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
    s->room = WASI_BUFFER_SMALL;
    s->storing = (struct wasi_storing){
        .file = file ? wasi_file_ref(file) : NULL, .offset = offset, .pace = sinks->pace, .done = store_done};
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
                     struct wasi_pool *pool, struct wasi_budget *bytes, struct wasi_pace *pace) {
  *sinks = (struct wasi_sinks){.alloc = alloc, .pool = pool, .bytes = bytes, .pace = pace};
  wasi_flows_init(&sinks->flows, alloc, guards, wasi_error_number, sink_release);
  list_init(&sinks->fresh);
}

void wasi_sinks_close(struct wasi_sinks *sinks) {
  wasi_flows_close(&sinks->flows);
}
