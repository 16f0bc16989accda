/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * wasi:cli/environment@0.3.0 and wasi:cli/exit@0.3.0. The texts are checked and copied once, when the host is made,
 * so that a guest's call cannot meet text that is not UTF-8.
 */
#include "wasi/cli/env.h"

#include <string.h>

#include "base/utf8.h"

static weir_status copy_text(struct wasi_env *env, const char *what, size_t index, const char *text, size_t size,
                             struct wasi_text *ret, struct diag *d) {
  if (!utf8_valid((const uint8_t *)text, size))
    return diag_set(d, WEIR_ERR_MALFORMED, "%s %zu is not UTF-8", what, index);
  struct str copy = arena_str(&env->arena, (struct str){text, size});
  if (!copy.data)
    return diag_nomem(d);
  *ret = (struct wasi_text){copy.data, copy.size};
  return WEIR_OK;
}

static weir_status copy_arguments(struct wasi_env *env, const weir_wasi_config *config, struct diag *d) {
  struct wasi_text *items = ARENA_ARRAY(&env->arena, struct wasi_text, config->arg_count);
  if (config->arg_count > 0 && !items)
    return diag_nomem(d);
  for (size_t i = 0; i < config->arg_count; i++)
    WEIR_TRY(copy_text(env, "argument", i, config->args[i], strlen(config->args[i]), &items[i], d));
  env->arguments = (struct wasi_list_text){items, config->arg_count};
  return WEIR_OK;
}

/* One "NAME=value" as a tuple. A name may not be empty; a value may, and may hold further '='. */
static weir_status copy_variable(struct wasi_env *env, size_t index, const char *text, struct wasi_tuple_text_text *ret,
                                 struct diag *d) {
  const char *equals = strchr(text, '=');
  if (!equals || equals == text)
    return diag_set(d, WEIR_ERR_MISUSE, "environment variable %zu is not of the form NAME=value", index);
  WEIR_TRY(copy_text(env, "name of environment variable", index, text, (size_t)(equals - text), &ret->f0, d));
  return copy_text(env, "value of environment variable", index, equals + 1, strlen(equals + 1), &ret->f1, d);
}

static weir_status copy_environment(struct wasi_env *env, const weir_wasi_config *config, struct diag *d) {
  struct wasi_tuple_text_text *items = ARENA_ARRAY(&env->arena, struct wasi_tuple_text_text, config->env_count);
  if (config->env_count > 0 && !items)
    return diag_nomem(d);
  for (size_t i = 0; i < config->env_count; i++)
    WEIR_TRY(copy_variable(env, i, config->env[i], &items[i], d));
  env->environment = (struct wasi_list_tuple_text_text){items, config->env_count};
  return WEIR_OK;
}

static weir_status copy_cwd(struct wasi_env *env, const weir_wasi_config *config, struct diag *d) {
  const char *cwd = config->initial_cwd;
  if (!cwd)
    return WEIR_OK;
  if (!utf8_valid((const uint8_t *)cwd, strlen(cwd)))
    return diag_set(d, WEIR_ERR_MALFORMED, "the initial working directory is not UTF-8");
  env->cwd.some = true;
  return copy_text(env, "directory", 0, cwd, strlen(cwd), &env->cwd.value, d);
}

weir_status wasi_env_init(struct wasi_env *env, const struct weir_alloc *alloc, const weir_wasi_config *config,
                          struct diag *d) {
  *env = (struct wasi_env){0};
  arena_init(&env->arena, alloc);
  weir_status status = copy_arguments(env, config, d);
  if (status == WEIR_OK)
    status = copy_environment(env, config, d);
  if (status == WEIR_OK)
    status = copy_cwd(env, config, d);
  if (status != WEIR_OK)
    wasi_env_done(env);
  return status;
}

void wasi_env_done(struct wasi_env *env) {
  if (env->arena.alloc)
    arena_done(&env->arena);
}

/* ---- the interfaces ---------------------------------------------------------------------------------------------- */

weir_status wasi_cli_environment_get_environment(struct wasi_env *env, weir_store *store,
                                                 struct wasi_list_tuple_text_text *ret) {
  (void)store;
  *ret = env->environment;
  return WEIR_OK;
}

weir_status wasi_cli_environment_get_arguments(struct wasi_env *env, weir_store *store, struct wasi_list_text *ret) {
  (void)store;
  *ret = env->arguments;
  return WEIR_OK;
}

weir_status wasi_cli_environment_get_initial_cwd(struct wasi_env *env, weir_store *store,
                                                 struct wasi_option_text *ret) {
  (void)store;
  *ret = env->cwd;
  return WEIR_OK;
}

void wasi_cli_exit_exit(struct wasi_env *env, weir_host_call *call, struct wasi_result_none_none status) {
  (void)env;
  weir_host_call_exit(call, status.failed ? 1 : 0);
}

void wasi_cli_exit_exit_with_code(struct wasi_env *env, weir_host_call *call, uint8_t status_code) {
  (void)env;
  weir_host_call_exit(call, status_code);
}
