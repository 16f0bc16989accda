/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The bytes of a file as a source: read-via-stream. */
#include <errno.h>

#include "wasi/filesystem/buffer.h"
#include "wasi/filesystem/filesystem.h"
#include "wasi/wit.h"

struct reading {
  struct wasi_source source;
  uint64_t offset; /* of what is loaded next */
  struct wasi_buffer buffer;
  size_t room; /* of the next buffer */
};

static struct reading *reading_of(struct wasi_source *s) {
  return LIST_OWNER(s, struct reading, source);
}

static void reading_forget(struct wasi_source *s) {
  wasi_buffer_give(&reading_of(s)->buffer, wasi_source_owner(s)->alloc, wasi_source_owner(s)->bytes);
}

static int reading_prepare(struct wasi_source *s) {
  struct reading *r = reading_of(s);
  struct wasi_sources *sources = wasi_source_owner(s);
  if (r->buffer.room == r->room)
    return 0;
  reading_forget(s);
  return wasi_buffer_take(&r->buffer, sources->alloc, sources->bytes, r->room) ? 0 : -ENOMEM;
}

static ssize_t reading_load(struct wasi_source *s, bool may_block) {
  struct reading *r = reading_of(s);
  ssize_t count = wasi_file_read(s->file, r->buffer.bytes, r->buffer.room, r->offset, may_block);
  if (count > 0)
    r->offset += (size_t)count;
  if (count == (ssize_t)r->buffer.room)
    r->room = WASI_BUFFER_LARGE;
  return count;
}

enum { FILLED_AT_ONCE = 1 << 20 }; /* so much holds the loop for a short time only */

static ssize_t reading_fill(struct wasi_source *s, void *bytes, size_t count) {
  struct reading *r = reading_of(s);
  count = count < FILLED_AT_ONCE ? count : FILLED_AT_ONCE;
  ssize_t got = wasi_file_read(s->file, bytes, count, r->offset, false);
  if (got > 0)
    r->offset += (size_t)got;
  return got;
}

static uint64_t *reading_place(struct wasi_source *s) {
  return &reading_of(s)->offset;
}

static weir_status reading_send(struct wasi_source *s, weir_copy_fn done) {
  return weir_stream_write(s->flow.data, reading_of(s)->buffer.bytes + s->taken, s->loaded - s->taken, done, s, NULL);
}

static const struct wasi_source_kind reading_kind = {
    .size = sizeof(struct reading),
    .prepare = reading_prepare,
    .load = reading_load,
    .fill = reading_fill,
    .place = reading_place,
    .send = reading_send,
    .forget = reading_forget,
    .done = reading_forget,
};

weir_status wasi_filesystem_descriptor_read_via_stream(
    struct wasi_filesystem *files, weir_store *store, uint64_t self, uint64_t offset,
    struct wasi_tuple_stream_u8_future_result_none_filesystem_error_code *ret) {
  struct wasi_file *file = wasi_table_get(&files->table, self);
  struct wasi_source *s =
      wasi_source_new(&files->sources, &reading_kind, file ? wasi_file_ref(file) : NULL, store, &ret->f1);
  if (!s)
    return WEIR_ERR_NOMEM;
  reading_of(s)->offset = offset;
  reading_of(s)->room = WASI_BUFFER_SMALL;
  weir_status status = weir_stream_new(store, WEIR_ELEMENT_U8, &ret->f0, &s->flow.data, NULL);
  if (status != WEIR_OK)
    wasi_flow_end(&s->flow);
  else if (!file)
    wasi_source_refuse(s, EBADF);
  else
    wasi_source_begin(s);
  return status;
}
