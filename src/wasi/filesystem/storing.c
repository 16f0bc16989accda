/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See storing.h. */
#include "wasi/filesystem/storing.h"

#include <errno.h>
#include <unistd.h>

enum { PIECE = 4 << 20 }; /* of a file that is copied: what one job does */

static void advance(struct wasi_storing *s, size_t count) {
  if (s->offset != WASI_FILE_END)
    s->offset += count;
}

size_t wasi_storing_now(struct wasi_storing *s, const void *bytes, size_t size, int *ret_error) {
  const char *from = bytes;
  size_t done = 0;
  *ret_error = 0;
  while (done < size) {
    ssize_t count = wasi_pace_write(s->pace, s->file, from + done, size - done, s->offset);
    if (count <= 0) {
      *ret_error = count == -EAGAIN ? 0 : count == 0 ? EIO : (int)-count;
      break;
    }
    advance(s, (size_t)count);
    done += (size_t)count;
  }
  return done;
}

/* ---- beside the loop --------------------------------------------------------------------------------------------- */

/* On another thread: all of the buffer. */
static void store(struct wasi_storing *s) {
  size_t done = 0;
  while (done < s->buffer.filled && s->outcome == 0) {
    ssize_t count = wasi_file_write(s->file, s->buffer.bytes + done, s->buffer.filled - done, s->offset, true);
    if (count <= 0)
      s->outcome = count == 0 ? EIO : (int)-count;
    else
      advance(s, (size_t)count);
    done += count > 0 ? (size_t)count : 0;
  }
}

static void copy(struct wasi_storing *s) {
  while (s->copied < PIECE) {
    off_t from = (off_t)s->from_offset, to = (off_t)s->offset;
    ssize_t count = copy_file_range(s->from->at.fd, &from, s->file->at.fd, &to, PIECE - s->copied, 0);
    if (count <= 0)
      return;
    s->from_offset += (size_t)count;
    s->copied += (size_t)count;
    advance(s, (size_t)count);
  }
}

static void run(struct wasi_job *job) {
  struct wasi_storing *s = LIST_OWNER(job, struct wasi_storing, job);
  uint64_t begin = uv_hrtime();
  if (s->from)
    copy(s);
  else
    store(s);
  s->duration = uv_hrtime() - begin;
}

static void ended(struct wasi_job *job) {
  struct wasi_storing *s = LIST_OWNER(job, struct wasi_storing, job);
  s->running = false;
  if (!s->from && s->outcome == 0)
    wasi_pace_tell(s->pace, s->file, s->duration, s->offset);
  wasi_file_unref(s->from);
  s->from = NULL;
  s->done(s);
}

static void start(struct wasi_storing *s, struct wasi_pool *pool) {
  s->running = true;
  wasi_pool_start(pool, &s->job, run, ended);
}

void wasi_storing_start(struct wasi_storing *s, struct wasi_pool *pool, struct wasi_buffer *take_buffer) {
  s->buffer = *take_buffer;
  *take_buffer = (struct wasi_buffer){0};
  start(s, pool);
}

void wasi_storing_copy(struct wasi_storing *s, struct wasi_pool *pool, struct wasi_file *from, uint64_t offset) {
  s->from = wasi_file_ref(from);
  s->from_offset = offset;
  s->copied = 0;
  start(s, pool);
}
