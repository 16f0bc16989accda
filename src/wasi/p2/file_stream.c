/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Bytes of files in wasi:filesystem/types@0.2: read-via-stream, write-via-stream and append-via-stream, which give
 * streams of wasi:io, and read and write, which are one transfer (transfer.h). In order: the streams; the functions
 * that give them; read and write.
 */
#include <errno.h>
#include <sys/stat.h>

#include "base/diag.h"
#include "base/mem.h"
#include "wasi/p2/filesystem.h"
#include "wasi/p2/input.h"
#include "wasi/p2/output.h"
#include "wasi/p2/p2.h"
#include "wasi/p2/transfer.h"

/* ---- streams ----------------------------------------------------------------------------------------------------- */

static ssize_t source_read(void *of, uint8_t *bytes, size_t size) {
  return wasi_p2_transfer(of, bytes, size);
}

static ssize_t sink_write(void *of, const uint8_t *bytes, size_t size) {
  ssize_t count = wasi_p2_transfer(of, (uint8_t *)(uintptr_t)bytes, size);
  return count == 0 ? -EIO : count;
}

static bool not_running(void *of) {
  return !((struct wasi_p2_transfer *)of)->running;
}

static bool job_watch(void *of, struct wasi_event *event) {
  ((struct wasi_p2_transfer *)of)->event = event;
  return ((struct wasi_p2_transfer *)of)->running;
}

static void job_unwatch(void *of, struct wasi_event *event) {
  (void)event;
  ((struct wasi_p2_transfer *)of)->event = NULL;
}

/* Programs end when what they have written has left. */
static void sink_draining(void *of, bool draining) {
  ((struct wasi_p2_transfer *)of)->files->sinks.storing += draining ? 1 : -(size_t)1;
}

static const struct wasi_p2_source file_source = {.read = source_read,
                                                  .ready = not_running,
                                                  .watch = job_watch,
                                                  .unwatch = job_unwatch,
                                                  .close = wasi_p2_transfer_free};
static const struct wasi_p2_sink file_sink = {.write = sink_write,
                                              .watch = job_watch,
                                              .unwatch = job_unwatch,
                                              .draining = sink_draining,
                                              .close = wasi_p2_transfer_free};

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
  struct wasi_p2_transfer *t = wasi_p2_transfer_new(p2->files, self, offset, false);
  return t ? wasi_p2_input_new(p2, store, &file_source, t, &ret->ok) : WEIR_ERR_NOMEM;
}

static weir_status write_from(struct wasi_p2 *p2, weir_store *store, uint64_t self, uint64_t offset,
                              output_result *ret) {
  int error = check(p2->files, self, WASI_FILE_WRITE);
  ret->failed = error != 0;
  ret->error = wasi_p2_error_code(error);
  if (ret->failed)
    return WEIR_OK;
  struct wasi_p2_transfer *t = wasi_p2_transfer_new(p2->files, self, offset, true);
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
  struct wasi_p2_transfer *transfer;
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
    count = c->size == 0 ? 0 : wasi_p2_transfer(c->transfer, (uint8_t *)(uintptr_t)c->bytes.data, c->size);
  else if (wasi_value_room(c->size, &bytes))
    count = wasi_p2_transfer(c->transfer, (uint8_t *)bytes.of.string.data, c->size);
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
  wasi_p2_transfer_free(c->transfer);
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
  struct wasi_p2_transfer *t = c ? wasi_p2_transfer_new(p2->files, self, offset, writes) : NULL;
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
