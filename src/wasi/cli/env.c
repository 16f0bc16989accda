/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * wasi:cli/environment@0.3.0 and wasi:cli/exit@0.3.0. The texts are checked and made into values once, when the host is
 * made, so that a guest's call is one copy and cannot meet text that is not UTF-8.
 */
#include "wasi/cli/env.h"

#include <string.h>

#include "wasi/host/def.h"

static weir_status text_value(const char *what, size_t index, const char *text, size_t size, weir_value *ret,
                              struct diag *d) {
  weir_status status = weir_value_string(text, size, ret);
  if (status == WEIR_ERR_NOMEM)
    return diag_nomem(d);
  if (status != WEIR_OK)
    return diag_set(d, WEIR_ERR_MALFORMED, "%s %zu is not UTF-8", what, index);
  return WEIR_OK;
}

static weir_status arguments_value(const weir_wasi_config *config, weir_value *ret, struct diag *d) {
  if (weir_value_list(config->arg_count, ret) != WEIR_OK)
    return diag_nomem(d);
  for (size_t i = 0; i < config->arg_count; i++)
    WEIR_TRY(text_value("argument", i, config->args[i], strlen(config->args[i]), &ret->of.list.items[i], d));
  return WEIR_OK;
}

/* One "NAME=value" as a tuple. A name may not be empty; a value may, and may hold further '='. */
static weir_status variable_value(size_t index, const char *text, weir_value *ret, struct diag *d) {
  const char *equals = strchr(text, '=');
  if (equals == NULL || equals == text)
    return diag_set(d, WEIR_ERR_MISUSE, "environment variable %zu is not of the form NAME=value", index);
  if (weir_value_record(2, ret) != WEIR_OK)
    return diag_nomem(d);
  weir_value *pair = ret->of.list.items;
  WEIR_TRY(text_value("name of environment variable", index, text, (size_t)(equals - text), &pair[0], d));
  return text_value("value of environment variable", index, equals + 1, strlen(equals + 1), &pair[1], d);
}

static weir_status environment_value(const weir_wasi_config *config, weir_value *ret, struct diag *d) {
  if (weir_value_list(config->env_count, ret) != WEIR_OK)
    return diag_nomem(d);
  for (size_t i = 0; i < config->env_count; i++)
    WEIR_TRY(variable_value(i, config->env[i], &ret->of.list.items[i], d));
  return WEIR_OK;
}

static weir_status cwd_value(const char *cwd, weir_value *ret, struct diag *d) {
  if (cwd == NULL)
    return weir_value_variant(0, NULL, ret) == WEIR_OK ? WEIR_OK : diag_nomem(d);
  weir_value text = {0};
  weir_status status = weir_value_string(cwd, strlen(cwd), &text);
  if (status == WEIR_OK)
    status = weir_value_variant(1, &text, ret);
  weir_value_clear(&text);
  if (status == WEIR_ERR_TYPE)
    return diag_set(d, WEIR_ERR_MALFORMED, "the initial working directory is not UTF-8");
  return status == WEIR_OK ? WEIR_OK : diag_nomem(d);
}

weir_status wasi_env_init(struct wasi_env *env, const weir_wasi_config *config, struct diag *d) {
  *env = (struct wasi_env){0};
  weir_status status = arguments_value(config, &env->arguments, d);
  if (status == WEIR_OK)
    status = environment_value(config, &env->environment, d);
  if (status == WEIR_OK)
    status = cwd_value(config->initial_cwd, &env->cwd, d);
  if (status != WEIR_OK)
    wasi_env_done(env);
  return status;
}

void wasi_env_done(struct wasi_env *env) {
  weir_value_clear(&env->arguments);
  weir_value_clear(&env->environment);
  weir_value_clear(&env->cwd);
}

static void return_copy(weir_host_call *call, const weir_value *kept) {
  weir_value copy = {0};
  weir_status status = weir_value_copy(kept, &copy);
  wasi_return(call, status, &copy);
}

static void get_environment(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)args, (void)count;
  return_copy(call, &((struct wasi_env *)data)->environment);
}

static void get_arguments(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)args, (void)count;
  return_copy(call, &((struct wasi_env *)data)->arguments);
}

static void get_initial_cwd(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)args, (void)count;
  return_copy(call, &((struct wasi_env *)data)->cwd);
}

static void exit_with_result(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)data, (void)count;
  weir_host_call_exit(call, args[0].tag == 0 ? 0 : 1);
}

static void exit_with_code(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)data, (void)count;
  weir_host_call_exit(call, args[0].of.u8);
}

#define ENVIRONMENT "wasi:cli/environment@0.3.0"
#define EXIT "wasi:cli/exit@0.3.0"

static const struct wasi_def defs[] = {
    {ENVIRONMENT, "get-environment", "func() -> list<tuple<string, string>>", get_environment},
    {ENVIRONMENT, "get-arguments", "func() -> list<string>", get_arguments},
    {ENVIRONMENT, "get-initial-cwd", "func() -> option<string>", get_initial_cwd},
    {EXIT, "exit", "func(status: result)", exit_with_result},
    {EXIT, "exit-with-code", "func(status-code: u8)", exit_with_code},
};

weir_status wasi_env_link(struct wasi_env *env, weir_linker *linker, weir_error **ret_error) {
  return wasi_define(linker, defs, sizeof(defs) / sizeof(defs[0]), env, ret_error);
}
