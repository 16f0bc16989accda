/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The writer of records. It owns the file of the part that is written, and what is not yet given to the system. After
 * the first failure (`status`) nothing more is written. An old file is replaced only once everything but the disk has
 * gone well, old parts of the record go, and no other file is ever taken for a part.
 *
 * In order: giving bytes to the system; parts and their frames; events; life.
 */
#include "record/log_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "record/log_event.h"
#include "weir/version.h"

enum { BLOCK = 256 * 1024, FRAMING = LOG_SIZE_BYTES + LOG_CHECK, FRAME_ROOM = 128 };

char *log_writer_part_path(const char *path, uint32_t part) {
  size_t size = strlen(path) + 16;
  char *name = malloc(size);
  if (name && part == 0)
    snprintf(name, size, "%s", path);
  else if (name)
    snprintf(name, size, "%s.%u", path, part);
  return name;
}

static weir_status fail(struct log_writer *w, weir_status status) {
  if (w->status == WEIR_OK) {
    w->status = status;
    w->saved_errno = errno;
  }
  return w->status;
}

/* ---- to the system ----------------------------------------------------------------------------------------------- */

static weir_status write_all(struct log_writer *w) {
  size_t done = 0;
  while (done < w->pending.size) {
    ssize_t n = write(w->fd, w->pending.data + done, w->pending.size - done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return fail(w, WEIR_ERR_IO);
    done += (size_t)n;
  }
  w->pending.size = 0;
  return WEIR_OK;
}

weir_status log_writer_flush(struct log_writer *w) {
  if (w->status != WEIR_OK || w->fd < 0)
    return w->status;
  return write_all(w);
}

static weir_status sync_now(struct log_writer *w) {
  WEIR_TRY(log_writer_flush(w));
  w->unsynced = 0;
  return fdatasync(w->fd) == 0 ? WEIR_OK : fail(w, WEIR_ERR_IO);
}

static weir_status put_record(struct log_writer *w, const void *event, size_t size, const uint8_t *check) {
  if (w->fd < 0)
    return WEIR_OK;
  uint8_t prefix[LOG_SIZE_BYTES] = {(uint8_t)size, (uint8_t)(size >> 8), (uint8_t)(size >> 16), (uint8_t)(size >> 24)};
  if (!text_room(&w->pending, size + FRAMING))
    return fail(w, WEIR_ERR_NOMEM);
  log_put_bytes(&w->pending, prefix, sizeof(prefix));
  log_put_bytes(&w->pending, event, size);
  log_put_bytes(&w->pending, check, LOG_CHECK);
  w->part_bytes += size + FRAMING;
  w->total_bytes += size + FRAMING;
  return w->pending.size >= BLOCK ? write_all(w) : WEIR_OK;
}

/* ---- parts ------------------------------------------------------------------------------------------------------- */

static bool is_record(const char *path) {
  char magic[LOG_MAGIC] = {0};
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  bool is = fd >= 0 && read(fd, magic, sizeof(magic)) == LOG_MAGIC && memcmp(magic, LOG_MAGIC_BYTES, LOG_MAGIC) == 0;
  if (fd >= 0)
    close(fd);
  return is;
}

/* Parts of an earlier record would be taken for this one's. What is no record is somebody else's, and stays. */
static weir_status remove_old_parts(struct log_writer *w) {
  bool more = w->max_file > 0;
  for (uint32_t part = 1; more; part++) {
    char *name = log_writer_part_path(w->path, part);
    if (!name)
      return fail(w, WEIR_ERR_NOMEM);
    more = is_record(name) && unlink(name) == 0;
    free(name);
  }
  return WEIR_OK;
}

/* The first part replaces a file, but not before it is open; the others are new. */
static weir_status open_part(struct log_writer *w) {
  char *name = log_writer_part_path(w->path, w->part);
  int how = O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND | (w->part ? O_EXCL : 0);
  if (!name)
    return fail(w, WEIR_ERR_NOMEM);
  log_put_bytes(&w->pending, LOG_MAGIC_BYTES, LOG_MAGIC);
  w->fd = w->pending.failed ? -1 : open(name, how, 0666);
  free(name);
  if (w->fd < 0)
    return fail(w, w->pending.failed ? WEIR_ERR_NOMEM : WEIR_ERR_IO);
  if (w->part == 0 && ftruncate(w->fd, 0) != 0 && errno != EINVAL) /* a pipe has nothing to lose */
    return fail(w, WEIR_ERR_IO);
  w->part_bytes = LOG_MAGIC;
  w->total_bytes += LOG_MAGIC;
  return WEIR_OK;
}

static void begin_scratch(struct log_writer *w, enum log_kind kind) {
  w->scratch.size = 0;
  log_put_byte(&w->scratch, (uint8_t)kind);
  log_put_number(&w->scratch, 0);
  log_put_number(&w->scratch, 0);
}

static weir_status put_frame(struct log_writer *w) {
  uint8_t check[LOG_CHECK];
  if (w->scratch.failed)
    return fail(w, WEIR_ERR_NOMEM);
  log_hash_frame(&w->hash, w->scratch.data, w->scratch.size, check);
  return put_record(w, w->scratch.data, w->scratch.size, check);
}

static void make_header(struct log_writer *w) {
  static const uint8_t zeros[SHA256_SIZE];
  const void *parent = w->part == 0 ? zeros : w->hash.head;
  begin_scratch(w, LOG_HEADER);
  log_put_bytes(&w->scratch, w->header.data, w->header.size);
  log_put_number(&w->scratch, w->part);
  log_put_number(&w->scratch, w->hash.count);
  log_put_str(&w->scratch, (struct str){parent, SHA256_SIZE});
}

static weir_status next_part(struct log_writer *w) {
  begin_scratch(w, LOG_NEXT);
  log_put_number(&w->scratch, w->part + 1);
  WEIR_TRY(put_frame(w));
  WEIR_TRY(w->sync_every ? sync_now(w) : write_all(w));
  close(w->fd);
  w->fd = -1;
  w->part++;
  WEIR_TRY(open_part(w));
  make_header(w);
  return put_frame(w);
}

/* ---- events ------------------------------------------------------------------------------------------------------ */

static weir_status make_room(struct log_writer *w, size_t size) {
  uint64_t more = size + FRAMING;
  if (w->max_total && w->total_bytes + more + FRAME_ROOM > w->max_total)
    return fail(w, WEIR_ERR_LIMIT);
  uint64_t overhead = LOG_MAGIC + w->scratch.size + FRAMING;
  if (!w->max_file || w->part_bytes <= overhead || w->part_bytes + more + FRAME_ROOM <= w->max_file)
    return WEIR_OK;
  return next_part(w);
}

weir_status log_writer_add(struct log_writer *w, const void *event, size_t size) {
  if (w->status != WEIR_OK)
    return w->status;
  if (size > LOG_RECORD_MAX) {
    w->too_large = size;
    return fail(w, WEIR_ERR_LIMIT);
  }
  if (w->fd >= 0 && (w->max_file || w->max_total))
    WEIR_TRY(make_room(w, size));
  log_hash_add(&w->hash, event, size);
  WEIR_TRY(put_record(w, event, size, w->hash.head));
  if (w->sync_every == 0 || w->fd < 0 || ++w->unsynced < w->sync_every)
    return WEIR_OK;
  return sync_now(w);
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

weir_status log_writer_report(const struct log_writer *w, struct diag *d) {
  if (w->too_large)
    return diag_set(d, w->status, "an event of %" PRIu64 " bytes cannot be recorded: the most are %u", w->too_large,
                    (unsigned)LOG_RECORD_MAX);
  if (w->status == WEIR_ERR_LIMIT)
    return diag_set(d, w->status, "the record has reached its size (weir_record_config.max_total sets it)");
  if (w->status == WEIR_ERR_IO)
    return diag_set(d, w->status, "%s: the record cannot be written: %s", w->path, strerror(w->saved_errno));
  return w->status == WEIR_OK ? WEIR_OK : diag_nomem(d);
}

static void let_go(struct log_writer *w) {
  if (w->fd >= 0)
    close(w->fd);
  w->fd = -1;
  text_done(&w->pending);
  text_done(&w->scratch);
  text_done(&w->header);
  free(w->path);
  w->path = NULL;
}

static void keep_header(struct log_writer *w, const struct log_header *h) {
  log_put_number(&w->header, LOG_FORMAT);
  log_put_str(&w->header, str_from(WEIR_VERSION));
  log_put_str(&w->header, h->component);
  log_put_str(&w->header, h->engine);
#define RUN_SETTING(name, type, field) log_put_number(&w->header, h->settings.name);
#include "base/settings.def"
  log_put_str(&w->header, h->excluded);
  log_put_number(&w->header, h->seed);
  log_put_number(&w->header, h->keep);
  log_put_number(&w->header, h->payload);
}

static weir_status begin(struct log_writer *w, const struct log_header *header) {
  keep_header(w, header);
  if (w->header.failed)
    return fail(w, WEIR_ERR_NOMEM);
  make_header(w);
  if (w->scratch.failed)
    return fail(w, WEIR_ERR_NOMEM);
  if (w->path) {
    WEIR_TRY(open_part(w));
    WEIR_TRY(remove_old_parts(w));
  }
  log_hash_add(&w->hash, w->scratch.data, w->scratch.size);
  WEIR_TRY(put_record(w, w->scratch.data, w->scratch.size, w->hash.head));
  return log_writer_flush(w); /* a reader finds out at once what it is */
}

weir_status log_writer_open(struct log_writer *w, const struct weir_record_config *config,
                            const struct log_header *header, struct diag *d) {
  memset(w, 0, sizeof(*w));
  w->fd = -1;
  log_hash_begin(&w->hash);
  w->max_file = config->max_file && config->max_file < 4096 ? 4096 : config->max_file;
  w->max_total = config->max_total;
  w->sync_every = config->sync == WEIR_LOG_SYNC_EACH ? 1 : config->sync == WEIR_LOG_SYNC_EVERY ? config->sync_every : 0;
  if (config->path && !(w->path = strdup(config->path)))
    fail(w, WEIR_ERR_NOMEM);
  weir_status status = w->status == WEIR_OK ? begin(w, header) : w->status;
  if (status == WEIR_OK)
    return WEIR_OK;
  log_writer_report(w, d);
  let_go(w);
  return status;
}

weir_status log_writer_close(struct log_writer *w, uint64_t last_turn, struct diag *d) {
  if (w->status == WEIR_OK) {
    begin_scratch(w, LOG_END);
    log_put_number(&w->scratch, w->hash.count);
    log_put_number(&w->scratch, last_turn);
    log_put_str(&w->scratch, (struct str){(const char *)w->hash.head, SHA256_SIZE});
    if (put_frame(w) == WEIR_OK && log_writer_flush(w) == WEIR_OK && w->sync_every && w->fd >= 0)
      sync_now(w);
  }
  weir_status status = log_writer_report(w, d);
  let_go(w);
  return status;
}
