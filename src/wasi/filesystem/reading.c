/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The bytes of a file as a source: read-via-stream. The buffer is small at first, as many read little. */
#include <errno.h>

#include "base/mem.h"
#include "wasi/filesystem/filesystem.h"
#include "wasi/wit.h"

enum { FIRST = 4096, MOST = 65536 };

struct reading {
  struct wasi_source source;
  uint64_t offset; /* of what is loaded next */
  uint8_t *buffer;
  size_t room; /* of the buffer; 0: none */
  size_t next; /* the size of the next buffer */
};

static struct reading *reading_of(struct wasi_source *s) {
  return LIST_OWNER(s, struct reading, source);
}

static void reading_forget(struct wasi_source *s) {
  struct reading *r = reading_of(s);
  struct wasi_sources *sources = wasi_source_owner(s);
  mem_free(sources->alloc, r->buffer, r->room);
  wasi_budget_give(sources->bytes, r->room);
  r->buffer = NULL;
  r->room = 0;
}

static int reading_prepare(struct wasi_source *s) {
  struct reading *r = reading_of(s);
  struct wasi_sources *sources = wasi_source_owner(s);
  if (r->room == r->next)
    return 0;
  reading_forget(s);
  if (!wasi_budget_take(sources->bytes, r->next))
    return -ENOMEM;
  r->room = r->next;
  r->buffer = mem_alloc(sources->alloc, r->room);
  return r->buffer ? 0 : -ENOMEM;
}

static ssize_t reading_load(struct wasi_source *s, bool may_block) {
  struct reading *r = reading_of(s);
  ssize_t count = wasi_file_read(s->file, r->buffer, r->room, r->offset, may_block);
  if (count > 0)
    r->offset += (size_t)count;
  if (count == (ssize_t)r->room)
    r->next = MOST;
  return count;
}

static weir_status reading_send(struct wasi_source *s, weir_copy_fn done) {
  return weir_stream_write(s->flow.data, reading_of(s)->buffer + s->taken, s->loaded - s->taken, done, s);
}

static const struct wasi_source_kind reading_kind = {
    .size = sizeof(struct reading),
    .prepare = reading_prepare,
    .load = reading_load,
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
  reading_of(s)->next = FIRST;
  weir_status status = weir_stream_new(store, WEIR_ELEMENT_U8, &ret->f0, &s->flow.data);
  if (status != WEIR_OK)
    wasi_flow_end(&s->flow);
  else if (!file)
    wasi_source_refuse(s, EBADF);
  else
    wasi_source_begin(s);
  return status;
}
