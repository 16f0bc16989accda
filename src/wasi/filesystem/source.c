/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * One `struct wasi_source` a call of read-via-stream or read-directory:
 *
 *   FRESH --looked at: the guest does not read yet--> ASKING --it reads--> LOADING --a piece--> SENDING
 *     `--looked at: it reads--> LOADING                                    `--end, failure--> finished
 *   SENDING --all taken--> LOADING where the guest reads already, else FRESH
 *   ASKING in place --it reads: its buffer is filled--> ASKING
 *                     `--what it asks for is not in memory, or is little for the second time--> LOADING
 *
 * A new source begins in ASKING where few others are, otherwise in FRESH, which rests (flow.h) until the loop is about
 * to wait. A guest that drops its end finishes the source, wherever that is seen. In ASKING and SENDING an operation of
 * the store is under way, whose callback will come; LOADING is a job beside the loop, or takes no time at all.
 *
 * In order: ending; asking; filling in place; loading and sending; beginning; the life of all.
 */
#include "wasi/filesystem/source.h"

#include <errno.h>

#include "base/diag.h"
#include "base/mem.h"
#include "wasi/filesystem/error.h"

static void source_load(struct wasi_source *s);
static size_t source_fill(void *data, weir_stream *end, void *bytes, size_t count);
static void source_filled(void *data, weir_stream *end, weir_copy_result result, size_t count);

static struct wasi_source *source_of(struct wasi_flow *flow) {
  return LIST_OWNER(flow, struct wasi_source, flow);
}

/* ---- ending ------------------------------------------------------------------------------------------------------ */

static void source_free(struct wasi_source *s) {
  s->kind->done(s);
  wasi_file_unref(s->file);
  mem_free(wasi_source_owner(s)->alloc, s, s->kind->size);
}

static void source_release(struct wasi_flow *flow) {
  struct wasi_source *s = source_of(flow);
  list_remove(&s->order);
  if (s->state == WASI_SOURCE_LOADING && !wasi_pool_take_back(&s->job))
    s->orphan = true;
  else
    source_free(s);
}

/* The store is being freed. */
static void source_gone(struct wasi_flow *flow) {
  struct wasi_source *s = source_of(flow);
  if (s->state == WASI_SOURCE_FRESH || s->state == WASI_SOURCE_LOADING)
    wasi_flow_end(flow); /* else the callback of what is under way does */
}

static void source_finish(struct wasi_source *s, int error) {
  wasi_source_owner(s)->moves++;
  list_remove(&s->order);
  s->state = WASI_SOURCE_SENDING;
  s->kind->forget(s);
  wasi_flow_finish(&s->flow, error);
}

/* ---- asking ------------------------------------------------------------------------------------------------------ */

static void source_asked(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  (void)end, (void)count;
  struct wasi_source *s = data;
  wasi_source_owner(s)->asking--;
  if (s->flow.gone || result == WEIR_COPY_CANCELLED)
    wasi_flow_end(&s->flow);
  else if (result == WEIR_COPY_DROPPED)
    source_finish(s, 0);
  else
    source_load(s);
}

static weir_status start_asking(struct wasi_source *s) {
  s->asked = false;
  if (s->kind->fill && !s->by_hand)
    return weir_stream_feed(s->flow.data, source_fill, source_filled, s, NULL);
  return weir_stream_write_values(s->flow.data, NULL, 0, source_asked, s, NULL);
}

static void source_ask(struct wasi_source *s) {
  s->state = WASI_SOURCE_ASKING;
  wasi_source_owner(s)->moves++;
  wasi_source_owner(s)->asking++;
  list_remove(&s->order);
  wasi_flow_rise(&s->flow);
  if (start_asking(s) == WEIR_OK)
    return;
  wasi_source_owner(s)->asking--;
  source_finish(s, EIO);
}

/* The guest reads. */
static void source_go_on(struct wasi_source *s) {
  if (s->kind->fill && !s->little && !s->by_hand)
    source_ask(s);
  else
    source_load(s);
}

/* What the guest of a source without operation does by now. */
static void source_look(struct wasi_source *s) {
  weir_end_state other = weir_stream_other_end(s->flow.data);
  list_remove(&s->order);
  if (other == WEIR_END_COPYING) {
    source_go_on(s);
  } else if (other == WEIR_END_IDLE) {
    s->kind->forget(s);
    source_ask(s);
  } else {
    source_finish(s, 0);
  }
}

/* Waits to be looked at. */
static void source_rest(struct wasi_source *s) {
  s->state = WASI_SOURCE_FRESH;
  list_append(&wasi_source_owner(s)->fresh, &s->order);
  wasi_flow_rest(&s->flow);
}

/* The guest has taken all that there was. It has not run since, and most go on to read. */
static void source_go_on_if_read(struct wasi_source *s) {
  if (weir_stream_other_end(s->flow.data) == WEIR_END_COPYING)
    source_go_on(s);
  else
    source_rest(s);
}

bool wasi_sources_ask(struct wasi_sources *sources) {
  uint64_t before = sources->moves;
  while (!list_empty(&sources->fresh))
    source_look(LIST_OWNER(sources->fresh.next, struct wasi_source, order));
  return sources->moves != before;
}

/* ---- in place ---------------------------------------------------------------------------------------------------- */

static size_t source_fill(void *data, weir_stream *end, void *bytes, size_t count) {
  (void)end;
  struct wasi_source *s = data;
  s->asked = true;
  if (s->little && count < WASI_SOURCE_LITTLE)
    return 0; /* a second time */
  s->little = count < WASI_SOURCE_LITTLE;
  s->outcome = s->kind->fill(s, bytes, count);
  return s->outcome > 0 ? (size_t)s->outcome : 0;
}

/* What the guest asks for now is not in memory, or is little again, or there is no more. */
static void source_filled(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  (void)end, (void)count;
  struct wasi_source *s = data;
  ssize_t outcome = s->outcome > 0 ? -EAGAIN : s->outcome;
  s->by_hand = !s->asked;
  s->outcome = -EAGAIN;
  wasi_source_owner(s)->asking--;
  if (s->flow.gone || result == WEIR_COPY_CANCELLED)
    wasi_flow_end(&s->flow);
  else if (result == WEIR_COPY_DROPPED)
    source_finish(s, 0);
  else if (outcome == -EAGAIN)
    source_load(s);
  else
    source_finish(s, (int)-outcome);
}

/* ---- loading and sending ----------------------------------------------------------------------------------------- */

static void source_send(struct wasi_source *s);

static void source_sent(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  (void)end;
  struct wasi_source *s = data;
  s->taken += count;
  if (s->flow.gone || result == WEIR_COPY_CANCELLED) {
    wasi_flow_end(&s->flow);
  } else if (result == WEIR_COPY_DROPPED) {
    source_finish(s, 0);
  } else if (s->taken < s->loaded) {
    source_send(s);
  } else {
    s->little = count < WASI_SOURCE_LITTLE;
    source_go_on_if_read(s);
  }
}

static void source_send(struct wasi_source *s) {
  s->state = WASI_SOURCE_SENDING;
  wasi_source_owner(s)->moves++;
  if (s->kind->send(s, source_sent) != WEIR_OK)
    source_finish(s, EIO);
}

static void source_loaded(struct wasi_source *s, ssize_t count) {
  s->taken = 0;
  s->loaded = count > 0 ? (size_t)count : 0;
  if (count > 0)
    source_send(s);
  else
    source_finish(s, (int)-count);
}

static void job_run(struct wasi_job *job) {
  struct wasi_source *s = LIST_OWNER(job, struct wasi_source, job);
  s->outcome = s->kind->load(s, true);
}

static void job_done(struct wasi_job *job) {
  struct wasi_source *s = LIST_OWNER(job, struct wasi_source, job);
  if (s->orphan)
    source_free(s);
  else
    source_loaded(s, s->outcome);
}

static void source_load(struct wasi_source *s) {
  wasi_source_owner(s)->moves++;
  wasi_flow_rise(&s->flow);
  ssize_t count = s->kind->prepare(s);
  if (count == 0)
    count = s->kind->load(s, false);
  if (count != -EAGAIN) {
    source_loaded(s, count);
    return;
  }
  s->state = WASI_SOURCE_LOADING;
  wasi_pool_start(wasi_source_owner(s)->pool, &s->job, job_run, job_done);
}

/* ---- beginning --------------------------------------------------------------------------------------------------- */

struct wasi_source *wasi_source_new(struct wasi_sources *sources, const struct wasi_source_kind *kind,
                                    struct wasi_file *take_file, weir_store *store, weir_value *ret_future) {
  wasi_flows_sweep(&sources->flows);
  struct wasi_source *s = mem_zalloc(sources->alloc, kind->size);
  if (!s) {
    wasi_file_unref(take_file);
    return NULL;
  }
  s->kind = kind;
  s->file = take_file;
  s->outcome = -EAGAIN;
  list_init(&s->order);
  s->flow.flows = &sources->flows;
  return wasi_flow_init(&s->flow, &sources->flows, store, source_gone, ret_future) == WEIR_OK ? s : NULL;
}

void wasi_source_begin(struct wasi_source *s) {
  struct wasi_sources *sources = wasi_source_owner(s);
  if (list_empty(&sources->fresh) && sources->asking < WASI_SOURCES_ASKING) {
    source_ask(s);
    return;
  }
  source_rest(s);
}

void wasi_source_refuse(struct wasi_source *s, int error) {
  source_finish(s, error);
}

/* ---- taken over -------------------------------------------------------------------------------------------------- */

struct wasi_source *wasi_source_behind(const weir_stream *readable) {
  return weir_stream_other_data(readable, source_filled);
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

void wasi_sources_init(struct wasi_sources *sources, const struct weir_alloc *alloc, struct wasi_guards *guards,
                       struct wasi_pool *pool, struct wasi_budget *bytes) {
  *sources = (struct wasi_sources){.alloc = alloc, .pool = pool, .bytes = bytes};
  wasi_flows_init(&sources->flows, alloc, guards, wasi_error_number, source_release);
  list_init(&sources->fresh);
}

void wasi_sources_close(struct wasi_sources *sources) {
  wasi_flows_close(&sources->flows);
}
