/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The entries of a directory as a source: read-directory. The kernel gives them in pieces (libc_read_directory()),
 * always beside the loop; what a piece has becomes values when it is sent, some at a time. Each listing has a
 * descriptor of its own, since the position in a directory is the descriptor's; it counts as one that the guest has
 * open.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/libc.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "wasi/filesystem/filesystem.h"
#include "wasi/filesystem/kind.h"

enum { PIECE = 32768, SENT = 64 };

struct listing {
  struct wasi_source source;
  struct wasi_budget *open; /* which the descriptor was taken from */
  bool opened;
  int fd;          /* where it is opened */
  size_t used, at; /* bytes of `piece`: the kernel's, and those that are values by now */
  struct listing_memory *memory;
};

struct listing_memory {
  weir_value values[SENT];
  char piece[PIECE];
};

static struct listing *listing_of(struct wasi_source *s) {
  return LIST_OWNER(s, struct listing, source);
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static void memory_free(struct listing *l) {
  struct wasi_source *s = &l->source;
  struct wasi_sources *sources = wasi_source_owner(s);
  if (!l->memory)
    return;
  for (size_t i = 0; i < SENT; i++)
    weir_value_clear(&l->memory->values[i]);
  mem_free(sources->alloc, l->memory, sizeof(*l->memory));
  wasi_budget_give(sources->bytes, sizeof(*l->memory));
  l->memory = NULL;
}

/* A piece that has more entries is kept: the kernel does not give them again. */
static void listing_forget(struct wasi_source *s) {
  if (listing_of(s)->at == listing_of(s)->used)
    memory_free(listing_of(s));
}

static int listing_prepare(struct wasi_source *s) {
  struct listing *l = listing_of(s);
  struct wasi_sources *sources = wasi_source_owner(s);
  if (l->memory)
    return 0;
  if (!wasi_budget_take(sources->bytes, sizeof(*l->memory)))
    return -ENOMEM;
  l->memory = mem_zalloc(sources->alloc, sizeof(*l->memory));
  if (l->memory)
    return 0;
  wasi_budget_give(sources->bytes, sizeof(*l->memory));
  return -ENOMEM;
}

/* ---- loading ----------------------------------------------------------------------------------------------------- */

/* One entry of the kernel's. Some file systems do not say what it is. */
static int entry_value(const struct listing *l, const struct dirent64 *entry, weir_value *ret) {
  mode_t mode = DTTOIF(entry->d_type);
  struct stat info;
  size_t size = strlen(entry->d_name);
  if (entry->d_type == DT_UNKNOWN && fstatat(l->fd, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0)
    mode = info.st_mode;
  if (!utf8_valid((const uint8_t *)entry->d_name, size))
    return -EILSEQ;
  struct wasi_filesystem_directory_entry value = {.type = wasi_kind_of_mode(mode), .name = {entry->d_name, size}};
  return wasi_filesystem_directory_entry_value(&value, ret) == WEIR_OK ? 0 : -ENOMEM;
}

static bool is_left_out(const char *name) {
  return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Makes values of what the piece has: a number of them, or the negative of an errno. */
static ssize_t make_values(struct listing *l) {
  ssize_t count = 0;
  while (l->at < l->used && count < SENT) {
    const struct dirent64 *entry = (const struct dirent64 *)(const void *)(l->memory->piece + l->at);
    int status = is_left_out(entry->d_name) ? 1 : entry_value(l, entry, &l->memory->values[count]);
    if (status < 0)
      return status;
    l->at += entry->d_reclen;
    count += status == 0;
  }
  return count;
}

static int listing_open(struct listing *l) {
  if (l->opened)
    return 0;
  l->fd = openat(l->source.file->at.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  l->opened = l->fd >= 0;
  return l->opened ? 0 : -errno;
}

static ssize_t listing_load(struct wasi_source *s, bool may_block) {
  struct listing *l = listing_of(s);
  ssize_t count = make_values(l);
  if (count != 0 || !may_block)
    return count != 0 ? count : -EAGAIN;
  int status = listing_open(l);
  while (status == 0 && count == 0) {
    ssize_t size = libc_read_directory(l->fd, l->memory->piece, PIECE);
    if (size <= 0)
      return size < 0 ? -errno : 0;
    l->used = (size_t)size;
    l->at = 0;
    count = make_values(l);
  }
  return status != 0 ? status : count;
}

static weir_status listing_send(struct wasi_source *s, weir_copy_fn done) {
  return weir_stream_write_values(s->flow.data, listing_of(s)->memory->values + s->taken, s->loaded - s->taken, done, s,
                                  NULL);
}

/* ---- the interface ----------------------------------------------------------------------------------------------- */

static void listing_done(struct wasi_source *s) {
  struct listing *l = listing_of(s);
  memory_free(l);
  if (l->opened)
    close(l->fd);
  if (l->open)
    wasi_budget_give(l->open, 1);
}

static const struct wasi_source_kind listing_kind = {
    .size = sizeof(struct listing),
    .prepare = listing_prepare,
    .load = listing_load,
    .send = listing_send,
    .forget = listing_forget,
    .done = listing_done,
};

static int listing_check(struct listing *l, struct wasi_filesystem *files) {
  if (!l->source.file)
    return EBADF;
  if (l->source.file->type != S_IFDIR)
    return ENOTDIR;
  if (!wasi_budget_take(&files->table.open, 1))
    return EMFILE;
  l->open = &files->table.open;
  return 0;
}

typedef struct wasi_tuple_stream_filesystem_directory_entry_future_result_none_filesystem_error_code listing_result;

static weir_status listing_new(struct wasi_filesystem *files, weir_host_call *call, uint64_t self,
                               listing_result *ret) {
  const weir_type *type = weir_type_part_type(weir_func_result_type(weir_host_call_func(call)), 0);
  weir_store *store = weir_host_call_store(call);
  struct wasi_file *file = wasi_table_get(&files->table, self);
  struct wasi_source *s =
      wasi_source_new(&files->sources, &listing_kind, file ? wasi_file_ref(file) : NULL, store, &ret->f1);
  if (!s)
    return WEIR_ERR_NOMEM;
  weir_status status = weir_stream_new_typed(store, type, &ret->f0, &s->flow.data, NULL);
  if (status != WEIR_OK) {
    wasi_flow_end(&s->flow);
    return status;
  }
  int error = listing_check(listing_of(s), files);
  if (error == 0)
    wasi_source_begin(s);
  else
    wasi_source_refuse(s, error);
  return WEIR_OK;
}

void wasi_filesystem_descriptor_read_directory(struct wasi_filesystem *files, weir_host_call *call, uint64_t self) {
  listing_result result = {0};
  weir_status status = listing_new(files, call, self, &result);
  if (status == WEIR_OK)
    wasi_filesystem_descriptor_read_directory_return(call, &result);
  else
    weir_host_call_fail(call, wasi_value_words(status));
  weir_value_clear(&result.f0);
  weir_value_clear(&result.f1);
}
