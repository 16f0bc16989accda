/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See preopen.h. */
#include "wasi/filesystem/preopen.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"

static weir_status refuse(const weir_wasi_preopen *given, int error, struct diag *d) {
  if (!given->host_path)
    return diag_set(d, WEIR_ERR_IO, "descriptor %d cannot be opened as a directory: %s", given->fd, strerror(error));
  return diag_set(d, WEIR_ERR_IO, "the directory `%s` cannot be opened: %s", given->host_path, strerror(error));
}

static weir_status open_file(struct wasi_preopen *preopen, const struct weir_alloc *alloc,
                             const weir_wasi_preopen *given, struct diag *d) {
  enum { FLAGS = O_RDONLY | O_DIRECTORY | O_CLOEXEC };
  struct wasi_stat stat;
  int fd = given->host_path ? open(given->host_path, FLAGS) : openat(given->fd, ".", FLAGS);
  if (fd < 0)
    return refuse(given, errno, d);
  int status = wasi_stat_of(fd, &stat);
  if (status != 0) {
    close(fd);
    return refuse(given, -status, d);
  }
  preopen->file = wasi_file_new(alloc, fd, &stat);
  if (!preopen->file)
    return diag_nomem(d);
  preopen->file->at.way = wasi_path_way_of(fd);
  preopen->file->flags = WASI_FILE_READ | (given->read_only ? 0 : WASI_FILE_MUTATE);
  preopen->file->changeable = !given->read_only;
  return WEIR_OK;
}

static weir_status open_one(struct wasi_preopens *preopens, const struct weir_alloc *alloc,
                            const weir_wasi_preopen *given, struct diag *d) {
  const char *guest = given->guest_path ? given->guest_path : given->host_path;
  if (!guest)
    return diag_set(d, WEIR_ERR_MISUSE, "a preopened directory has no path for guests");
  if (!utf8_valid((const uint8_t *)guest, strlen(guest)))
    return diag_set(d, WEIR_ERR_MALFORMED, "a preopened directory has a path for guests that is not UTF-8");
  struct wasi_preopen *preopen = &preopens->items[preopens->count];
  struct str copy = arena_str(&preopens->arena, str_from(guest));
  if (!copy.data)
    return diag_nomem(d);
  preopen->guest = (struct wasi_text){copy.data, copy.size};
  WEIR_TRY(open_file(preopen, alloc, given, d));
  preopens->count++;
  return WEIR_OK;
}

weir_status wasi_preopens_init(struct wasi_preopens *preopens, const struct weir_alloc *alloc,
                               const weir_wasi_config *config, struct diag *d) {
  *preopens = (struct wasi_preopens){0};
  if (config->preopen_count == 0)
    return WEIR_OK;
  arena_init(&preopens->arena, alloc);
  preopens->items = ARENA_ARRAY(&preopens->arena, struct wasi_preopen, config->preopen_count);
  preopens->answer = ARENA_ARRAY(&preopens->arena, struct wasi_tuple_filesystem_descriptor_text, config->preopen_count);
  weir_status status = preopens->items && preopens->answer ? WEIR_OK : diag_nomem(d);
  for (size_t i = 0; status == WEIR_OK && i < config->preopen_count; i++)
    status = open_one(preopens, alloc, &config->preopens[i], d);
  if (status != WEIR_OK)
    wasi_preopens_done(preopens);
  return status;
}

void wasi_preopens_done(struct wasi_preopens *preopens) {
  for (size_t i = 0; i < preopens->count; i++)
    wasi_file_unref(preopens->items[i].file);
  if (preopens->arena.alloc)
    arena_done(&preopens->arena);
  *preopens = (struct wasi_preopens){0};
}
