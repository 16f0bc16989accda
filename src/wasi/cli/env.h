/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* wasi:cli/environment and wasi:cli/exit: what the program is told, kept as values, and how it ends. */
#ifndef WASI_CLI_ENV_H
#define WASI_CLI_ENV_H

#include "base/diag.h"
#include "weir/linker.h"
#include "weir/wasi.h"

struct wasi_env {
  weir_value environment; /* list<tuple<string, string>> */
  weir_value arguments;   /* list<string> */
  weir_value cwd;         /* option<string> */
};

/*
 * Copies arguments, environment and directory. WEIR_ERR_MALFORMED where a text is not UTF-8, WEIR_ERR_MISUSE where a
 * variable is not "NAME=value"; both name which one. On failure the env is as after wasi_env_done().
 */
weir_status wasi_env_init(struct wasi_env *env, const weir_wasi_config *config, struct diag *d);
/* Releases; a zeroed env is allowed. */
void wasi_env_done(struct wasi_env *env);

weir_status wasi_env_link(struct wasi_env *env, weir_linker *linker, weir_error **ret_error);

#endif
