/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The reader of records. It owns the file of the part that is read, and the bytes of one record. Memory grows with what
 * the file really has, not with what it claims. The first thing that is wrong ends the reading for good: stop() says
 * what the record is then (unfinished, damaged), stop_unread() that it could not be read (`status`).
 *
 * In order: opening parts; one record, with its check; frames, which callers do not see; the next event.
 */
#include "record/log_reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "record/log_writer.h"

enum { CHUNK = 1 << 16, IO_BUFFER = 1 << 18 };

/* ---- opening ----------------------------------------------------------------------------------------------------- */

static weir_status open_part(struct log_reader *r, struct diag *d) {
  char *name = log_writer_part_path(r->path, r->part);
  struct stat st;
  if (!name)
    return diag_nomem(d);
  r->file = fopen(name, "rbe");
  weir_status status = r->file ? WEIR_OK : diag_set(d, WEIR_ERR_IO, "%s: %s", name, strerror(errno));
  if (r->file && fstat(fileno(r->file), &st) == 0 && S_ISDIR(st.st_mode)) {
    status = diag_set(d, WEIR_ERR_IO, "%s: %s", name, strerror(EISDIR));
    fclose(r->file);
    r->file = NULL;
  }
  if (r->file) {
    setvbuf(r->file, NULL, _IOFBF, IO_BUFFER);
    r->total = fstat(fileno(r->file), &st) == 0 && st.st_size > 0 ? (uint64_t)st.st_size : 0;
    r->report.parts++;
  }
  free(name);
  return status;
}

weir_status log_reader_open(struct log_reader *r, const char *path, struct diag *d) {
  memset(r, 0, sizeof(*r));
  log_hash_begin(&r->hash);
  r->path = strdup(path);
  if (!r->path)
    return diag_nomem(d);
  weir_status status = open_part(r, d);
  if (status != WEIR_OK)
    log_reader_close(r);
  return status;
}

weir_status log_reader_memory(struct log_reader *r, const void *bytes, size_t size) {
  memset(r, 0, sizeof(*r));
  log_hash_begin(&r->hash);
  r->file = size ? fmemopen((void *)bytes, size, "rb") : fopen("/dev/null", "rbe");
  r->total = size;
  r->report.parts = 1;
  return r->file ? WEIR_OK : WEIR_ERR_NOMEM;
}

void log_reader_close(struct log_reader *r) {
  if (r->file)
    fclose(r->file);
  r->file = NULL;
  free(r->path);
  r->path = NULL;
  text_done(&r->buf);
}

/* ---- records ----------------------------------------------------------------------------------------------------- */

static bool stop(struct log_reader *r, weir_log_state state, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool stop(struct log_reader *r, weir_log_state state, const char *format, ...) {
  va_list args;
  r->ended = true;
  r->report.state = state;
  int n = snprintf(r->report.message, sizeof(r->report.message), "part %u, byte %" PRIu64 ", after event %" PRIu64 ": ",
                   r->part, r->at, r->hash.count);
  va_start(args, format);
  vsnprintf(r->report.message + n, sizeof(r->report.message) - (size_t)n, format, args);
  va_end(args);
  return false;
}

/* Adds `size` bytes of the file to the buffer; fewer where it ends. */
static size_t take(struct log_reader *r, size_t size) {
  size_t got = 0;
  while (got < size) {
    size_t want = size - got < CHUNK ? size - got : (size_t)CHUNK;
    if (!text_room(&r->buf, want))
      return got;
    size_t n = fread(r->buf.data + r->buf.size, 1, want, r->file);
    r->buf.size += n;
    got += n;
    if (n < want) {
      r->saved_errno = errno;
      break;
    }
  }
  return got;
}

static bool stop_unread(struct log_reader *r, weir_status status, const char *why) {
  r->status = status;
  return stop(r, WEIR_LOG_UNFINISHED, "cannot be read: %s", why);
}

/* There is less than there should be: or there is no way to get at it. */
static bool cut_off(struct log_reader *r, const char *words) {
  if (r->buf.failed)
    return stop_unread(r, WEIR_ERR_NOMEM, "out of memory");
  if (ferror(r->file))
    return stop_unread(r, WEIR_ERR_IO, strerror(r->saved_errno));
  return stop(r, WEIR_LOG_UNFINISHED, "%s", words);
}

/* One record into the buffer: the event is its first *ret_size bytes, the check follows. */
static bool take_record(struct log_reader *r, size_t *ret_size) {
  r->buf.size = 0;
  size_t got = take(r, LOG_SIZE_BYTES);
  if (got == 0)
    return cut_off(r, "there is no end record: the writer has died, or the rest is missing");
  if (got < LOG_SIZE_BYTES)
    return cut_off(r, "a record is cut off");
  const uint8_t *p = text_bytes(&r->buf);
  uint32_t size = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
  if (size > LOG_RECORD_MAX)
    return stop(r, WEIR_LOG_DAMAGED, "a record claims %u bytes", size);
  r->buf.size = 0;
  if (take(r, size + LOG_CHECK) < size + LOG_CHECK)
    return cut_off(r, "a record is cut off");
  *ret_size = size;
  return true;
}

static bool take_magic(struct log_reader *r) {
  r->buf.size = 0;
  size_t got = take(r, LOG_MAGIC);
  if (memcmp(r->buf.data ? r->buf.data : "", LOG_MAGIC_BYTES, got) != 0)
    return r->part == 0 ? stop(r, WEIR_LOG_DAMAGED, "this is not a weir record")
                        : stop(r, WEIR_LOG_UNFINISHED, "the next part is missing: there is another file");
  if (got < LOG_MAGIC)
    return cut_off(r, "a record is cut off");
  r->at = LOG_MAGIC;
  return true;
}

static bool check_event(struct log_reader *r, size_t size) {
  struct log_hash next = r->hash;
  log_hash_add(&next, r->buf.data, size);
  if (memcmp(next.head, r->buf.data + size, LOG_CHECK) != 0)
    return stop(r, WEIR_LOG_DAMAGED, "a record has been changed, or is not in its place");
  r->hash = next;
  return true;
}

static bool check_is(const struct log_hash *hash, const struct log_reader *r, size_t size) {
  uint8_t check[LOG_CHECK];
  log_hash_frame(hash, r->buf.data, size, check);
  return memcmp(check, r->buf.data + size, LOG_CHECK) == 0;
}

/* A later part that is whole by itself, but of another record, which lay there before. */
static bool is_foreign(const struct log_reader *r, size_t size) {
  struct log_event e;
  if (r->part == 0 || r->at != LOG_MAGIC || !log_event_read(text_bytes(&r->buf), size, &e) || e.kind != LOG_HEADER)
    return false;
  struct str parent = log_event_field(&e, "parent")->s;
  struct log_hash its = {.count = log_event_field(&e, "first")->n};
  if (parent.size != SHA256_SIZE)
    return false;
  memcpy(its.head, parent.data, SHA256_SIZE);
  return check_is(&its, r, size);
}

static bool check_frame(struct log_reader *r, size_t size) {
  if (check_is(&r->hash, r, size))
    return true;
  if (is_foreign(r, size))
    return stop(r, WEIR_LOG_UNFINISHED, "the next part is missing: there is one of another record");
  return stop(r, WEIR_LOG_DAMAGED, "a record has been changed, or is not in its place");
}

static void passed(struct log_reader *r, size_t size) {
  r->at += LOG_SIZE_BYTES + size + LOG_CHECK;
  r->report.bytes = r->before + r->at;
  r->report.events = r->hash.count;
  memcpy(r->report.head, r->hash.head, SHA256_SIZE);
}

/* ---- frames ------------------------------------------------------------------------------------------------------ */

static bool at_end(struct log_reader *r, const struct log_event *e) {
  struct str head = log_event_field(e, "head")->s;
  if (log_event_field(e, "events")->n != r->hash.count || head.size != SHA256_SIZE ||
      memcmp(head.data, r->hash.head, SHA256_SIZE) != 0)
    return stop(r, WEIR_LOG_DAMAGED, "the end record does not fit");
  r->last_turn = log_event_field(e, "last-turn")->n;
  r->buf.size = 0;
  if (take(r, 1) != 0)
    return stop(r, WEIR_LOG_DAMAGED, "there is more behind the end");
  r->ended = true;
  r->report.state = WEIR_LOG_WHOLE;
  return false;
}

static bool at_next(struct log_reader *r, const struct log_event *e) {
  if (log_event_field(e, "part")->n != (uint64_t)r->part + 1 || !r->path)
    return stop(r, WEIR_LOG_DAMAGED, "another part should follow");
  r->buf.size = 0;
  if (take(r, 1) != 0)
    return stop(r, WEIR_LOG_DAMAGED, "there is more behind the end of a part");
  fclose(r->file);
  r->file = NULL;
  r->before += r->at;
  r->part++;
  r->at = 0;
  weir_status status = open_part(r, NULL);
  if (status == WEIR_ERR_IO && errno == ENOENT)
    return stop(r, WEIR_LOG_UNFINISHED, "the next part is missing");
  if (status != WEIR_OK)
    return stop_unread(r, status, status == WEIR_ERR_IO ? strerror(errno) : "out of memory");
  return take_magic(r);
}

static bool check_first(struct log_reader *r, const struct log_event *e) {
  if (e->kind != LOG_HEADER)
    return stop(r, WEIR_LOG_DAMAGED, "the header is missing");
  if (log_event_field(e, "format")->n != LOG_FORMAT)
    return stop(r, WEIR_LOG_DAMAGED, "format %" PRIu64 " is of another version of weir",
                log_event_field(e, "format")->n);
  if (log_event_field(e, "part")->n != 0)
    return stop(r, WEIR_LOG_DAMAGED, "this is part %" PRIu64 " of a record", log_event_field(e, "part")->n);
  return true;
}

/* false: reading goes no further. *ret_skip: a frame, which the caller does not see. */
static bool take_event(struct log_reader *r, struct log_event *ret, size_t *ret_size, bool *ret_skip) {
  if (!take_record(r, ret_size))
    return false;
  uint8_t kind = *ret_size > 0 ? text_bytes(&r->buf)[0] : 0;
  bool first = !r->begun;
  *ret_skip = !first && log_event_is_frame(kind);
  struct log_hash before = r->hash;
  if (!(*ret_skip ? check_frame(r, *ret_size) : check_event(r, *ret_size)))
    return false;
  if (!log_event_read(text_bytes(&r->buf), *ret_size, ret)) {
    r->hash = before;
    return stop(r, WEIR_LOG_DAMAGED, "a record is not an event");
  }
  if (first && !check_first(r, ret))
    return false;
  r->begun = true;
  passed(r, *ret_size);
  return true;
}

bool log_reader_next(struct log_reader *r, struct log_event *ret, const uint8_t **ret_bytes, size_t *ret_size) {
  bool skip = true;
  if (r->ended || (!r->begun && !take_magic(r)))
    return false;
  while (skip) {
    if (!take_event(r, ret, ret_size, &skip))
      return false;
    if (skip && ret->kind == LOG_END)
      return at_end(r, ret);
    if (skip && ret->kind == LOG_NEXT && !at_next(r, ret))
      return false;
  }
  *ret_bytes = text_bytes(&r->buf);
  return true;
}

bool log_reader_reads(const struct log_reader *r, const char *path) {
  struct stat wanted, part;
  bool same = false, more = r->path && stat(path, &wanted) == 0;
  for (uint32_t n = 0; more && !same; n++) {
    char *name = log_writer_part_path(r->path, n);
    more = name && stat(name, &part) == 0;
    same = more && part.st_dev == wanted.st_dev && part.st_ino == wanted.st_ino;
    free(name);
  }
  return same;
}

weir_status log_reader_status(const struct log_reader *r, struct diag *d) {
  if (r->status == WEIR_OK)
    return WEIR_OK;
  return diag_set(d, r->status, "%s%s%s", r->path ? r->path : "", r->path ? ": " : "", r->report.message);
}
