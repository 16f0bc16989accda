/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* wasi:filesystem/preopens@0.3.0: the directories that a host gives its guests. */
#ifndef WASI_FILESYSTEM_PREOPEN_H
#define WASI_FILESYSTEM_PREOPEN_H

#include "base/arena.h"
#include "base/diag.h"
#include "wasi/filesystem/file.h"
#include "wasi/wit.h"

struct wasi_preopen {
  struct wasi_text guest; /* its path as guests see it */
  struct wasi_file *file;
};

struct wasi_preopens {
  struct arena arena; /* of all that follows */
  struct wasi_preopen *items;
  struct wasi_tuple_filesystem_descriptor_text *answer; /* room for what a guest is told */
  size_t count;
};

/*
 * Opens what the configuration has. WEIR_ERR_IO, WEIR_ERR_MALFORMED, WEIR_ERR_MISUSE with words that name which;
 * WEIR_ERR_NOMEM. On failure as after wasi_preopens_done().
 */
weir_status wasi_preopens_init(struct wasi_preopens *preopens, const struct weir_alloc *alloc,
                               const weir_wasi_config *config, struct diag *d);
/* Releases; a zeroed one is allowed. */
void wasi_preopens_done(struct wasi_preopens *preopens);

#endif
