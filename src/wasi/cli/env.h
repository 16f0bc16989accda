/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* wasi:cli/environment and wasi:cli/exit: what the program is told, and how it ends. */
#ifndef WASI_CLI_ENV_H
#define WASI_CLI_ENV_H

#include "base/arena.h"
#include "base/diag.h"
#include "wasi/wit.h"

struct wasi_env {
  struct arena arena; /* of the texts */
  struct wasi_list_tuple_text_text environment;
  struct wasi_list_text arguments;
  struct wasi_option_text cwd;
};

/*
 * Copies arguments, environment and directory. WEIR_ERR_MALFORMED where a text is not UTF-8, WEIR_ERR_MISUSE where a
 * variable is not "NAME=value"; both name which one. On failure the env is as after wasi_env_done().
 */
weir_status wasi_env_init(struct wasi_env *env, const struct weir_alloc *alloc, const weir_wasi_config *config,
                          struct diag *d);
/* Releases; a zeroed env is allowed. */
void wasi_env_done(struct wasi_env *env);

#endif
