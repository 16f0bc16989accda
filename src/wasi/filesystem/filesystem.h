/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The file system of a host: preopened directories, the descriptors of guests, what runs beside the loop, and streams.
 * The functions of wasi:filesystem@0.3.0 are in filesystem.c (preopens), descriptor.c, reading.c, listing.c and
 * writing.c.
 */
#ifndef WASI_FILESYSTEM_FILESYSTEM_H
#define WASI_FILESYSTEM_FILESYSTEM_H

#include "base/diag.h"
#include "wasi/filesystem/pace.h"
#include "wasi/filesystem/pool.h"
#include "wasi/filesystem/preopen.h"
#include "wasi/filesystem/request.h"
#include "wasi/filesystem/sink.h"
#include "wasi/filesystem/source.h"
#include "wasi/filesystem/table.h"

struct wasi_filesystem {
  const struct weir_alloc *alloc;
  struct wasi_pool pool;
  struct wasi_pace pace;
  struct wasi_recent recent;
  struct wasi_budget bytes; /* of requests, and of the buffers of streams */
  struct wasi_requests requests;
  struct wasi_table table;
  struct wasi_preopens preopens;
  struct wasi_sources sources;
  struct wasi_sinks sinks;
  void (*on_refused)(void *data, weir_wasi_grant grant, const char *what); /* NULL: nobody is told */
  void *refused_data;
};

/* Opens the preopens of the configuration. On failure the file system is as after wasi_filesystem_done(). */
weir_status wasi_filesystem_init(struct wasi_filesystem *files, const struct weir_alloc *alloc,
                                 const weir_wasi_config *config, struct diag *d);
/* Once there are a loop and guards. */
void wasi_filesystem_start(struct wasi_filesystem *files, struct wasi_guards *guards, uv_loop_t *loop);
/* Forgets all streams (their stores are gone). `idle` is called when nothing runs beside the loop any more. */
void wasi_filesystem_close(struct wasi_filesystem *files, void (*idle)(void *data), void *data);
/* Releases; a zeroed one is allowed. */
void wasi_filesystem_done(struct wasi_filesystem *files);

/* Tells the embedder that a guest was refused something. */
void wasi_filesystem_tell(struct wasi_filesystem *files, weir_wasi_grant grant, const char *path);

/* As wasi_input_ask(). */
bool wasi_filesystem_ask(struct wasi_filesystem *files);
/* Whether bytes that guests have written to files are still in this process. */
bool wasi_filesystem_pending(const struct wasi_filesystem *files);

#endif
