/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Streams from a guest to a file: write-via-stream and append-via-stream. While one buffer is being written beside the
 * loop, the next one is filled: so a guest that writes little by little does not wait for the file each time, and no
 * more than two buffers are in the host. A guest that writes much at a time has its own buffer stored where the system
 * can do so at once; and a stream that comes from a file of the host is copied by the kernel. The future tells that all
 * is written, or what failed.
 */
#ifndef WASI_FILESYSTEM_SINK_H
#define WASI_FILESYSTEM_SINK_H

#include "wasi/filesystem/budget.h"
#include "wasi/filesystem/file.h"
#include "wasi/filesystem/pace.h"
#include "wasi/filesystem/pool.h"
#include "wasi/host/flow.h"

enum { WASI_SINKS_ASKING = 16 };

struct wasi_sinks {
  const struct weir_alloc *alloc;
  struct wasi_flows flows;
  struct wasi_pool *pool;
  struct wasi_budget *bytes;
  struct wasi_pace *pace;
  struct list fresh; /* wasi_sink.order: nobody has looked yet whether their guests write */
  unsigned asking;
  size_t storing; /* jobs that are under way */
  uint64_t moves; /* how often something was done that a guest may notice */
};

void wasi_sinks_init(struct wasi_sinks *sinks, const struct weir_alloc *alloc, struct wasi_guards *guards,
                     struct wasi_pool *pool, struct wasi_budget *bytes, struct wasi_pace *pace);
/* Forgets all (their stores are gone); what guests have written before is still stored. */
void wasi_sinks_close(struct wasi_sinks *sinks);
/* As wasi_input_ask(). */
bool wasi_sinks_ask(struct wasi_sinks *sinks);

/*
 * Makes a sink, from `offset` on or (WASI_FILE_END) at the end. A file that cannot be written (NULL: that is none) is
 * told by the future. WEIR_ERR_NOMEM, WEIR_ERR_LIMIT: there is no sink, and the end is dropped.
 */
weir_status wasi_sink_new(struct wasi_sinks *sinks, struct wasi_file *file, uint64_t offset, weir_store *store,
                          weir_stream *take_data, weir_value *ret_future);

#endif
