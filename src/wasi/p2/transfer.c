/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See transfer.h. */
#include "wasi/p2/transfer.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"

struct wasi_p2_transfer *wasi_p2_transfer_new(struct wasi_filesystem *files, uint64_t descriptor, uint64_t offset,
                                              bool writes) {
  struct wasi_file *file = wasi_table_get(&files->table, descriptor);
  struct wasi_p2_transfer *t = file ? mem_zalloc(files->alloc, sizeof(*t)) : NULL;
  if (!t)
    return NULL;
  *t = (struct wasi_p2_transfer){
      .files = files, .file = wasi_file_ref(file), .offset = offset, .writes = writes, .outcome = -EAGAIN};
  return t;
}

static void buffer_free(struct wasi_p2_transfer *t) {
  mem_free(t->files->alloc, t->buffer, t->room);
  wasi_budget_give(&t->files->bytes, t->room);
  t->buffer = NULL;
  t->room = 0;
}

static struct wasi_ahead_of ahead_of(const struct wasi_p2_transfer *t) {
  struct wasi_filesystem *files = t->files;
  return (struct wasi_ahead_of){.alloc = files->alloc, .bytes = &files->bytes, .pace = &files->pace, .file = t->file};
}

void wasi_p2_transfer_free(void *of) {
  struct wasi_p2_transfer *t = of;
  if (t->running && !wasi_pool_take_back(&t->job)) {
    t->orphan = true;
    return;
  }
  struct wasi_ahead_of file = ahead_of(t);
  wasi_ahead_done(&t->ahead, &file);
  buffer_free(t);
  wasi_file_unref(t->file);
  mem_free(t->files->alloc, t, sizeof(*t));
}

static ssize_t transfer_now(struct wasi_p2_transfer *t, uint8_t *bytes, size_t size) {
  if (t->writes)
    return wasi_pace_write(&t->files->pace, t->file, bytes, size, t->offset);
  struct wasi_ahead_of file = ahead_of(t);
  return wasi_ahead_read(&t->ahead, &file, bytes, size, t->offset);
}

static void job_run(struct wasi_job *job) {
  struct wasi_p2_transfer *t = LIST_OWNER(job, struct wasi_p2_transfer, job);
  uint64_t begin = uv_hrtime();
  t->outcome = t->writes ? wasi_file_write(t->file, t->buffer, t->room, t->offset, true)
                         : wasi_file_read(t->file, t->buffer, t->room, t->offset, true);
  t->duration = uv_hrtime() - begin;
  if (t->outcome == -EAGAIN) /* of a device: to wait for it is not for files */
    t->outcome = -EIO;
}

static void job_done(struct wasi_job *job) {
  struct wasi_p2_transfer *t = LIST_OWNER(job, struct wasi_p2_transfer, job);
  t->running = false;
  if (t->writes && t->outcome > 0)
    wasi_pace_tell(&t->files->pace, t->file, t->duration,
                   t->offset == WASI_FILE_END ? t->offset : t->offset + (uint64_t)t->outcome);
  if (t->orphan)
    wasi_p2_transfer_free(t);
  else if (t->event)
    wasi_event_happened(t->event);
}

/* -EAGAIN: a job runs; else the negative of an errno. */
static ssize_t job_start(struct wasi_p2_transfer *t, const uint8_t *bytes, size_t size) {
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

static void advance(struct wasi_p2_transfer *t, ssize_t count) {
  if (count > 0 && t->offset != WASI_FILE_END)
    t->offset += (size_t)count;
}

/* What a job has read, piece by piece. */
static ssize_t take_read(struct wasi_p2_transfer *t, uint8_t *bytes, size_t size) {
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
static ssize_t take_outcome(struct wasi_p2_transfer *t, uint8_t *bytes, size_t size) {
  ssize_t outcome = t->outcome;
  if (outcome > 0 && !t->writes)
    return take_read(t, bytes, size);
  t->outcome = -EAGAIN;
  buffer_free(t);
  return outcome;
}

ssize_t wasi_p2_transfer(struct wasi_p2_transfer *t, uint8_t *bytes, size_t size) {
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
