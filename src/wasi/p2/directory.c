/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Directories of wasi:filesystem/types@0.2: read-directory and directory-entry-stream. The kernel gives entries in
 * pieces (libc_read_directory()), always by a job beside the loop; a call takes one entry of the piece, or waits for
 * the next piece. Each stream has a descriptor of its own, since the position in a directory is the descriptor's; the
 * descriptor counts as one that the guest has open.
 *
 * What always holds: while a job runs it owns the listing as much as the stream does; who is left last frees it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/libc.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "wasi/host/attempt.h"
#include "wasi/p2/filesystem.h"
#include "wasi/p2/p2.h"
#include "wasi/p2/poll.h"

enum { PIECE = 32768 };

struct listing {
  struct wasi_filesystem *files;
  struct wasi_file *file;       /* held */
  struct wasi_p2_pollee *owner; /* the stream's; NULL: it has gone */
  int fd;                       /* of the listing; -1: not opened yet */
  bool running;                 /* a job */
  int error;                    /* why the last piece could not be had */
  bool ended;                   /* there is no other piece */
  size_t used, at;              /* bytes of `piece`: the kernel's, and those that the guest has */
  struct wasi_job job;
  char piece[PIECE];
};

struct directory { /* a directory-entry-stream */
  struct wasi_object object;
  struct listing *listing;
  struct wasi_p2_pollee pollee;
};

/* ---- life -------------------------------------------------------------------------------------------------------- */

static bool directory_watch(struct wasi_event *event) {
  (void)event;
  return true;
}

static void directory_unwatch(struct wasi_event *event) {
  (void)event;
}

static bool directory_ready(struct wasi_p2_pollee *pollee) {
  return !LIST_OWNER(pollee, struct directory, pollee)->listing->running;
}

static void listing_free(struct listing *l) {
  if (l->running && !wasi_pool_take_back(&l->job)) {
    l->owner = NULL;
    return;
  }
  if (l->fd >= 0)
    close(l->fd);
  wasi_file_unref(l->file);
  wasi_budget_give(&l->files->table.open, 1);
  mem_free(l->files->alloc, l, sizeof(*l));
}

static void directory_free(struct wasi_object *object) {
  struct directory *d = (struct directory *)object;
  listing_free(d->listing);
  mem_free(object->objects->alloc, d, sizeof(*d));
}

static const struct wasi_object_type directory_type = {.free = directory_free};

/* 0, or an errno. */
static int check(struct wasi_filesystem *files, const struct wasi_file *file) {
  if (!file)
    return EBADF;
  if (!S_ISDIR(file->type))
    return ENOTDIR;
  return wasi_budget_take(&files->table.open, 1) ? 0 : EMFILE;
}

static struct listing *listing_new(struct wasi_filesystem *files, struct wasi_file *file) {
  struct listing *l = mem_zalloc(files->alloc, sizeof(*l));
  if (!l) {
    wasi_budget_give(&files->table.open, 1);
    return NULL;
  }
  l->files = files;
  l->file = wasi_file_ref(file);
  l->fd = -1;
  return l;
}

static weir_status directory_new(struct wasi_p2 *p2, weir_store *store, struct wasi_file *file, uint64_t *ret) {
  struct listing *l = listing_new(p2->files, file);
  struct directory *d = l ? mem_zalloc(p2->alloc, sizeof(*d)) : NULL;
  weir_status status = d ? wasi_object_init(p2->objects, &directory_type, store, &d->object) : WEIR_ERR_NOMEM;
  if (status != WEIR_OK) {
    mem_free(p2->alloc, d, sizeof(*d));
    if (l)
      listing_free(l);
    return status;
  }
  d->listing = l;
  l->owner = &d->pollee;
  d->pollee.ready = directory_ready;
  wasi_event_init(&d->pollee.event, directory_watch, directory_unwatch);
  *ret = d->object.number;
  return WEIR_OK;
}

weir_status wasi_p2_filesystem_descriptor_read_directory(
    struct wasi_p2 *p2, weir_store *store, uint64_t self,
    struct wasi_result_p2_filesystem_directory_entry_stream_p2_filesystem_error_code *ret) {
  struct wasi_file *file = wasi_table_get(&p2->files->table, self);
  int error = check(p2->files, file);
  ret->failed = error != 0;
  ret->error = wasi_p2_error_code(error);
  return ret->failed ? WEIR_OK : directory_new(p2, store, file, &ret->ok);
}

void wasi_p2_filesystem_directory_entry_stream_drop(struct wasi_p2 *p2, uint64_t rep) {
  wasi_object_drop(p2->objects, rep);
}

/* ---- pieces ------------------------------------------------------------------------------------------------------ */

static void job_run(struct wasi_job *job) {
  struct listing *l = LIST_OWNER(job, struct listing, job);
  if (l->fd < 0)
    l->fd = openat(l->file->at.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ssize_t size = l->fd < 0 ? -1 : libc_read_directory(l->fd, l->piece, PIECE);
  l->error = size < 0 ? errno : 0;
  l->ended = size <= 0;
  l->used = size < 0 ? 0 : (size_t)size;
  l->at = 0;
}

static void job_done(struct wasi_job *job) {
  struct listing *l = LIST_OWNER(job, struct listing, job);
  l->running = false;
  if (l->owner)
    wasi_event_happened(&l->owner->event);
  else
    listing_free(l);
}

/* ---- entries ----------------------------------------------------------------------------------------------------- */

typedef struct wasi_result_option_p2_filesystem_directory_entry_p2_filesystem_error_code entry_result;

static bool is_left_out(const char *name) {
  return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* The next one of the piece; NULL: there is none. */
static const struct dirent64 *entry_next(struct listing *l) {
  while (l->at < l->used) {
    const struct dirent64 *entry = (const struct dirent64 *)(const void *)(l->piece + l->at);
    l->at += entry->d_reclen;
    if (!is_left_out(entry->d_name))
      return entry;
  }
  return NULL;
}

/* Some file systems do not say what an entry is. */
static mode_t mode_of(const struct listing *l, const struct dirent64 *entry) {
  struct stat info;
  if (entry->d_type == DT_UNKNOWN && fstatat(l->fd, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0)
    return info.st_mode;
  return DTTOIF(entry->d_type);
}

static void give(weir_host_call *call, const struct listing *l, const struct dirent64 *entry) {
  entry_result result = {.failed = l->error != 0, .error = wasi_p2_error_code(l->error), .ok.some = entry};
  size_t size = entry ? strlen(entry->d_name) : 0;
  if (entry && !utf8_valid((const uint8_t *)entry->d_name, size)) {
    result.failed = true;
    result.error = WASI_P2_FILESYSTEM_ERROR_CODE_ILLEGAL_BYTE_SEQUENCE;
  } else if (entry) {
    result.ok.value.type = wasi_p2_kind_of_mode(mode_of(l, entry));
    result.ok.value.name = (struct wasi_text){entry->d_name, size};
  }
  wasi_p2_filesystem_directory_entry_stream_read_directory_entry_return(call, &result);
}

static bool attempt_entry(struct wasi_attempt *t) {
  struct listing *l = ((struct directory *)t->object)->listing;
  if (l->running)
    return false;
  const struct dirent64 *entry = entry_next(l);
  if (!entry && !l->ended) {
    l->running = true;
    wasi_pool_start(&l->files->pool, &l->job, job_run, job_done);
    return false;
  }
  give(t->call, l, entry);
  return true;
}

void wasi_p2_filesystem_directory_entry_stream_read_directory_entry(struct wasi_p2 *p2, weir_host_call *call,
                                                                    uint64_t self) {
  struct wasi_object *object = wasi_object_get(p2->objects, &directory_type, self);
  if (!object) {
    weir_host_call_fail(call, "not a directory-entry-stream");
    return;
  }
  struct wasi_attempt t = {.alloc = p2->alloc,
                           .call = call,
                           .object = object,
                           .event = &((struct directory *)object)->pollee.event,
                           .attempt = attempt_entry};
  wasi_attempt_begin(&t, sizeof(t));
}
