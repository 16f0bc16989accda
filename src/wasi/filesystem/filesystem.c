/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See filesystem.h; and wasi:filesystem/preopens@0.3.0. */
#include "wasi/filesystem/filesystem.h"

#include <errno.h>

/* What a configuration that says nothing gets: USUAL_descriptors and so on. */
enum {
#define LIMIT(name, type, usual, field) USUAL_##name = usual,
#include "base/wasi_limits.def"
};

weir_status wasi_filesystem_init(struct wasi_filesystem *files, const struct weir_alloc *alloc,
                                 const weir_wasi_config *config, struct diag *d) {
  *files = (struct wasi_filesystem){.alloc = alloc, .recent.alloc = alloc};
  files->on_refused = config->on_refused;
  files->refused_data = config->refused_data;
  files->bytes.most = config->max_file_bytes ? config->max_file_bytes : USUAL_file_bytes;
  wasi_table_init(&files->table, alloc, config->max_descriptors ? config->max_descriptors : USUAL_descriptors);
  weir_status status = wasi_preopens_init(&files->preopens, alloc, config, d);
  if (status != WEIR_OK)
    wasi_filesystem_done(files);
  return status;
}

void wasi_filesystem_start(struct wasi_filesystem *files, struct wasi_guards *guards, uv_loop_t *loop) {
  wasi_pool_init(&files->pool, loop);
  files->requests = (struct wasi_requests){.alloc = files->alloc, .pool = &files->pool, .bytes = &files->bytes};
  wasi_sources_init(&files->sources, files->alloc, guards, &files->pool, &files->bytes);
  wasi_sinks_init(&files->sinks, files->alloc, guards, &files->pool, &files->bytes, &files->pace);
}

void wasi_filesystem_close(struct wasi_filesystem *files, void (*idle)(void *data), void *data) {
  wasi_sources_close(&files->sources);
  wasi_sinks_close(&files->sinks);
  wasi_pool_close(&files->pool, idle, data);
}

void wasi_filesystem_done(struct wasi_filesystem *files) {
  if (!files->alloc)
    return;
  wasi_recent_done(&files->recent);
  wasi_table_done(&files->table);
  wasi_preopens_done(&files->preopens);
}

void wasi_filesystem_tell(struct wasi_filesystem *files, weir_wasi_grant grant, const char *path) {
  if (files->on_refused)
    files->on_refused(files->refused_data, grant, path ? path : "");
}

bool wasi_filesystem_ask(struct wasi_filesystem *files) {
  files->pace.changes++; /* others may have run */
  files->recent.now = uv_now(files->pool.loop);
  bool sources = wasi_sources_ask(&files->sources), sinks = wasi_sinks_ask(&files->sinks);
  return sources || sinks;
}

bool wasi_filesystem_pending(const struct wasi_filesystem *files) {
  return files->sinks.storing > 0;
}

/* ---- the interface ----------------------------------------------------------------------------------------------- */

/* Each call gives descriptors of its own. */
weir_status wasi_filesystem_preopens_get_directories(struct wasi_filesystem *files, weir_store *store,
                                                     struct wasi_list_tuple_filesystem_descriptor_text *ret) {
  (void)store;
  const struct wasi_preopens *preopens = &files->preopens;
  for (size_t i = 0; i < preopens->count; i++) {
    const struct wasi_preopen *preopen = &preopens->items[i];
    int status = wasi_table_add(&files->table, wasi_file_ref(preopen->file), &preopens->answer[i].f0);
    preopens->answer[i].f1 = preopen->guest;
    if (status == 0)
      continue;
    while (i > 0)
      wasi_table_remove(&files->table, preopens->answer[--i].f0);
    return status == -ENOMEM ? WEIR_ERR_NOMEM : WEIR_ERR_LIMIT;
  }
  *ret = (struct wasi_list_tuple_filesystem_descriptor_text){preopens->answer, preopens->count};
  return WEIR_OK;
}
