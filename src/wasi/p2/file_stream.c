/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Bytes of files in wasi:filesystem/types@0.2: read-via-stream, write-via-stream and append-via-stream, which give
 * streams of wasi:io, and read and write, which are one transfer. What is in memory is transferred at once; the rest by
 * a job beside the loop, which has a buffer of its own.
 *
 * What always holds: while a job runs it owns the struct around it as much as the stream or the call does; who is left
 * last frees it. In order: transfers; the streams; the functions that give them; read and write.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/diag.h"
#include "base/mem.h"
#include "wasi/p2/filesystem.h"
#include "wasi/p2/input.h"
#include "wasi/p2/output.h"
#include "wasi/p2/p2.h"

/* ---- transfers --------------------------------------------------------------------------------------------------- */

struct transfer { /* between a file and memory, one piece at a time */
  struct wasi_filesystem *files;
  struct wasi_file *file; /* held */
  uint64_t offset;        /* of the next piece; WASI_FILE_END: appends */
  bool writes;
  bool running, orphan; /* a job runs; nobody else has this any more */
  uint8_t *buffer;      /* of the job */
  size_t room, taken;   /* of the buffer; of what was read */
  ssize_t outcome;      /* of a job that has ended, until it is taken; -EAGAIN: none */
  uint64_t duration;    /* of the job, in nanoseconds */
  struct wasi_job job;
  struct wasi_event *event; /* to be told when a job has ended; may be NULL */
};

static struct transfer *transfer_new(struct wasi_filesystem *files, uint64_t descriptor, uint64_t offset, bool writes) {
  struct wasi_file *file = wasi_table_get(&files->table, descriptor);
  struct transfer *t = file ? mem_zalloc(files->alloc, sizeof(*t)) : NULL;
  if (!t)
    return NULL;
  *t = (struct transfer){
      .files = files, .file = wasi_file_ref(file), .offset = offset, .writes = writes, .outcome = -EAGAIN};
  return t;
}

static void buffer_free(struct transfer *t) {
  mem_free(t->files->alloc, t->buffer, t->room);
  wasi_budget_give(&t->files->bytes, t->room);
  t->buffer = NULL;
  t->room = 0;
}

static void transfer_free(void *of) {
  struct transfer *t = of;
  if (t->running && !wasi_pool_take_back(&t->job)) {
    t->orphan = true;
    return;
  }
  buffer_free(t);
  wasi_file_unref(t->file);
  mem_free(t->files->alloc, t, sizeof(*t));
}

static ssize_t transfer_now(const struct transfer *t, uint8_t *bytes, size_t size) {
  return t->writes ? wasi_pace_write(&t->files->pace, t->file, bytes, size, t->offset)
                   : wasi_file_read(t->file, bytes, size, t->offset, false);
}

static void job_run(struct wasi_job *job) {
  struct transfer *t = LIST_OWNER(job, struct transfer, job);
  uint64_t begin = uv_hrtime();
  t->outcome = t->writes ? wasi_file_write(t->file, t->buffer, t->room, t->offset, true)
                         : wasi_file_read(t->file, t->buffer, t->room, t->offset, true);
  t->duration = uv_hrtime() - begin;
  if (t->outcome == -EAGAIN) /* of a device: to wait for it is not for files */
    t->outcome = -EIO;
}

static void job_done(struct wasi_job *job) {
  struct transfer *t = LIST_OWNER(job, struct transfer, job);
  t->running = false;
  if (t->writes && t->outcome > 0)
    wasi_pace_tell(&t->files->pace, t->file, t->duration,
                   t->offset == WASI_FILE_END ? t->offset : t->offset + (uint64_t)t->outcome);
  if (t->orphan)
    transfer_free(t);
  else if (t->event)
    wasi_event_happened(t->event);
}

/* -EAGAIN: a job runs; else the negative of an errno. */
static ssize_t job_start(struct transfer *t, const uint8_t *bytes, size_t size) {
  if (!wasi_budget_take(&t->files->bytes, size))
    return -ENOMEM;
  t->room = size;
  t->taken = 0;
  t->buffer = mem_alloc(t->files->alloc, size);
  if (!t->buffer) {
    buffer_free(t);
    return -ENOMEM;
  }
  if (t->writes)
    memcpy(t->buffer, bytes, size);
  t->running = true;
  wasi_pool_start(&t->files->pool, &t->job, job_run, job_done);
  return -EAGAIN;
}

static void advance(struct transfer *t, ssize_t count) {
  if (count > 0 && t->offset != WASI_FILE_END)
    t->offset += (size_t)count;
}

/* What a job has read, piece by piece. */
static ssize_t take_read(struct transfer *t, uint8_t *bytes, size_t size) {
  size_t left = (size_t)t->outcome - t->taken, count = size < left ? size : left;
  memcpy(bytes, t->buffer + t->taken, count);
  t->taken += count;
  if (count == left) {
    t->outcome = -EAGAIN;
    buffer_free(t);
  }
  return (ssize_t)count;
}

/* The outcome of a job that has ended; who writes has the same bytes again. */
static ssize_t take_outcome(struct transfer *t, uint8_t *bytes, size_t size) {
  ssize_t outcome = t->outcome;
  if (outcome > 0 && !t->writes)
    return take_read(t, bytes, size);
  t->outcome = -EAGAIN;
  buffer_free(t);
  return outcome;
}

/* A count, 0 at the end, -EAGAIN while a job runs, or the negative of another errno. */
static ssize_t transfer(struct transfer *t, uint8_t *bytes, size_t size) {
  ssize_t count;
  if (t->running)
    return -EAGAIN;
  if (t->outcome != -EAGAIN) {
    count = take_outcome(t, bytes, size);
  } else {
    count = transfer_now(t, bytes, size);
    if (count == -EAGAIN)
      return job_start(t, bytes, size);
  }
  advance(t, count);
  return count;
}

/* ---- streams ----------------------------------------------------------------------------------------------------- */

static ssize_t source_read(void *of, uint8_t *bytes, size_t size) {
  return transfer(of, bytes, size);
}

static ssize_t sink_write(void *of, const uint8_t *bytes, size_t size) {
  ssize_t count = transfer(of, (uint8_t *)(uintptr_t)bytes, size);
  return count == 0 ? -EIO : count;
}

static bool not_running(void *of) {
  return !((struct transfer *)of)->running;
}

static bool job_watch(void *of, struct wasi_event *event) {
  ((struct transfer *)of)->event = event;
  return ((struct transfer *)of)->running;
}

static void job_unwatch(void *of, struct wasi_event *event) {
  (void)event;
  ((struct transfer *)of)->event = NULL;
}

/* Programs end when what they have written has left. */
static void sink_draining(void *of, bool draining) {
  ((struct transfer *)of)->files->sinks.storing += draining ? 1 : -(size_t)1;
}

static const struct wasi_p2_source file_source = {
    .read = source_read, .ready = not_running, .watch = job_watch, .unwatch = job_unwatch, .close = transfer_free};
static const struct wasi_p2_sink file_sink = {
    .write = sink_write, .watch = job_watch, .unwatch = job_unwatch, .draining = sink_draining, .close = transfer_free};

typedef struct wasi_result_p2_io_output_stream_p2_filesystem_error_code output_result;

/* 0, or an errno. A stream of a descriptor that does not allow it fails at once. */
static int check(const struct wasi_filesystem *files, uint64_t descriptor, uint32_t flag) {
  const struct wasi_file *file = wasi_table_get(&files->table, descriptor);
  if (!file)
    return EBADF;
  if (S_ISDIR(file->type))
    return EISDIR;
  return file->flags & flag ? 0 : EBADF;
}

weir_status wasi_p2_filesystem_descriptor_read_via_stream(
    struct wasi_p2 *p2, weir_store *store, uint64_t self, uint64_t offset,
    struct wasi_result_p2_io_input_stream_p2_filesystem_error_code *ret) {
  int error = check(p2->files, self, WASI_FILE_READ);
  ret->failed = error != 0;
  ret->error = wasi_p2_error_code(error);
  if (ret->failed)
    return WEIR_OK;
  struct transfer *t = transfer_new(p2->files, self, offset, false);
  return t ? wasi_p2_input_new(p2, store, &file_source, t, &ret->ok) : WEIR_ERR_NOMEM;
}

static weir_status write_from(struct wasi_p2 *p2, weir_store *store, uint64_t self, uint64_t offset,
                              output_result *ret) {
  int error = check(p2->files, self, WASI_FILE_WRITE);
  ret->failed = error != 0;
  ret->error = wasi_p2_error_code(error);
  if (ret->failed)
    return WEIR_OK;
  struct transfer *t = transfer_new(p2->files, self, offset, true);
  return t ? wasi_p2_output_new(p2, store, &file_sink, t, &ret->ok) : WEIR_ERR_NOMEM;
}

weir_status wasi_p2_filesystem_descriptor_write_via_stream(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                           uint64_t offset, output_result *ret) {
  return write_from(p2, store, self, offset < WASI_FILE_END ? offset : WASI_FILE_END - 1, ret);
}

weir_status wasi_p2_filesystem_descriptor_append_via_stream(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                            output_result *ret) {
  return write_from(p2, store, self, WASI_FILE_END, ret);
}

/* ---- read and write ---------------------------------------------------------------------------------------------- */

struct transfer_call {
  struct wasi_p2 *p2;
  weir_host_call *call;
  struct transfer *transfer;
  size_t size;
  struct wasi_bytes bytes; /* to be written, while the function runs */
  struct wasi_event event;
  struct wasi_waiter waiter;
};

static void give_read(weir_host_call *call, weir_value *take_bytes, ssize_t count, bool end) {
  struct wasi_result_tuple_bytes_bool_p2_filesystem_error_code result = {
      .failed = count < 0, .ok = {.f0 = *take_bytes, .f1 = end}, .error = wasi_p2_error_code((int)-count)};
  *take_bytes = (weir_value){0};
  wasi_p2_filesystem_descriptor_read_return(call, &result);
  weir_value_clear(&result.ok.f0);
}

static void give_write(weir_host_call *call, ssize_t count) {
  struct wasi_result_u64_p2_filesystem_error_code result = {
      .failed = count < 0, .ok = count < 0 ? 0 : (uint64_t)count, .error = wasi_p2_error_code((int)-count)};
  wasi_p2_filesystem_descriptor_write_return(call, &result);
}

/* Finishes the call, unless a job runs. */
static bool attempt(struct transfer_call *c) {
  weir_value bytes = {0};
  ssize_t count = -ENOMEM;
  if (c->transfer->writes)
    count = c->size == 0 ? 0 : transfer(c->transfer, (uint8_t *)(uintptr_t)c->bytes.data, c->size);
  else if (weir_value_new_bytes(NULL, c->size, &bytes) == WEIR_OK)
    count = transfer(c->transfer, (uint8_t *)bytes.of.string.data, c->size);
  if (count == -EAGAIN) {
    weir_value_clear(&bytes);
    return false;
  }
  if (c->transfer->writes) {
    give_write(c->call, count);
    return true;
  }
  bytes.of.string.size = count < 0 ? 0 : (size_t)count;
  give_read(c->call, &bytes, count, count == 0 && c->size > 0);
  weir_value_clear(&bytes);
  return true;
}

static void call_free(struct transfer_call *c) {
  c->transfer->event = NULL;
  transfer_free(c->transfer);
  mem_free(c->p2->alloc, c, sizeof(*c));
}

static void call_again(struct wasi_waiter *waiter) {
  struct transfer_call *c = LIST_OWNER(waiter, struct transfer_call, waiter);
  attempt(c); /* the job has ended: it is finished */
  call_free(c);
}

static void call_cancelled(void *data, weir_host_call *call) {
  struct transfer_call *c = data;
  wasi_event_leave(&c->waiter);
  call_free(c);
  weir_host_call_cancelled(call);
}

static bool event_watch(struct wasi_event *event) {
  (void)event;
  return true;
}

static void event_unwatch(struct wasi_event *event) {
  (void)event;
}

static struct transfer_call *call_new(struct wasi_p2 *p2, weir_host_call *call, uint64_t self, uint64_t offset,
                                      bool writes) {
  struct transfer_call *c = mem_zalloc(p2->alloc, sizeof(*c));
  struct transfer *t = c ? transfer_new(p2->files, self, offset, writes) : NULL;
  if (!t) {
    mem_free(p2->alloc, c, sizeof(*c));
    return NULL;
  }
  *c = (struct transfer_call){.p2 = p2, .call = call, .transfer = t, .waiter.happened = call_again};
  wasi_event_init(&c->event, event_watch, event_unwatch);
  t->event = &c->event;
  return c;
}

static void call_begin(struct transfer_call *c) {
  if (attempt(c)) {
    call_free(c);
    return;
  }
  wasi_event_wait(&c->event, &c->waiter);
  weir_host_call_on_cancel(c->call, call_cancelled, c, NULL);
}

static size_t piece(uint64_t size) {
  return size < WASI_P2_READ_MAX ? (size_t)size : WASI_P2_READ_MAX;
}

void wasi_p2_filesystem_descriptor_read(struct wasi_p2 *p2, weir_host_call *call, uint64_t self, uint64_t length,
                                        uint64_t offset) {
  int error = check(p2->files, self, WASI_FILE_READ);
  struct transfer_call *c = error == 0 ? call_new(p2, call, self, offset, false) : NULL;
  weir_value none = {0};
  if (!c) {
    give_read(call, &none, error ? -error : -ENOMEM, false);
    return;
  }
  c->size = piece(length);
  call_begin(c);
}

void wasi_p2_filesystem_descriptor_write(struct wasi_p2 *p2, weir_host_call *call, uint64_t self,
                                         struct wasi_bytes buffer, uint64_t offset) {
  int error = check(p2->files, self, WASI_FILE_WRITE);
  struct transfer_call *c = error == 0 ? call_new(p2, call, self, offset, true) : NULL;
  if (!c) {
    give_write(call, error ? -error : -ENOMEM);
    return;
  }
  c->size = piece(buffer.size);
  c->bytes = buffer;
  call_begin(c);
}
