/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* wasi:cli@0.2 without its streams, and wasi:random@0.2: the same as in 0.3 under other names. */
#include "wasi/cli/env.h"
#include "wasi/cli/terminal.h"
#include "wasi/p2/p2.h"
#include "wasi/random/random.h"
#include "wasi/wit.h"

/* ---- environment and exit ---------------------------------------------------------------------------------------- */

weir_status wasi_p2_cli_environment_get_environment(struct wasi_p2 *p2, weir_store *store,
                                                    struct wasi_list_tuple_text_text *ret) {
  return wasi_cli_environment_get_environment(p2->env, store, ret);
}

weir_status wasi_p2_cli_environment_get_arguments(struct wasi_p2 *p2, weir_store *store, struct wasi_list_text *ret) {
  return wasi_cli_environment_get_arguments(p2->env, store, ret);
}

weir_status wasi_p2_cli_environment_initial_cwd(struct wasi_p2 *p2, weir_store *store, struct wasi_option_text *ret) {
  return wasi_cli_environment_get_initial_cwd(p2->env, store, ret);
}

void wasi_p2_cli_exit_exit(struct wasi_p2 *p2, weir_host_call *call, struct wasi_result_none_none status) {
  wasi_cli_exit_exit(p2->env, call, status);
}

void wasi_p2_cli_exit_exit_with_code(struct wasi_p2 *p2, weir_host_call *call, uint8_t status_code) {
  wasi_cli_exit_exit_with_code(p2->env, call, status_code);
}

/* ---- terminals --------------------------------------------------------------------------------------------------- */

weir_status wasi_p2_cli_terminal_stdin_get_terminal_stdin(struct wasi_p2 *p2, weir_store *store,
                                                          struct wasi_option_p2_cli_terminal_input *ret) {
  (void)store;
  *ret = (struct wasi_option_p2_cli_terminal_input){wasi_fd_is_terminal(p2->terminal->in), 1};
  return WEIR_OK;
}

weir_status wasi_p2_cli_terminal_stdout_get_terminal_stdout(struct wasi_p2 *p2, weir_store *store,
                                                            struct wasi_option_p2_cli_terminal_output *ret) {
  (void)store;
  *ret = (struct wasi_option_p2_cli_terminal_output){wasi_fd_is_terminal(p2->terminal->out), 2};
  return WEIR_OK;
}

weir_status wasi_p2_cli_terminal_stderr_get_terminal_stderr(struct wasi_p2 *p2, weir_store *store,
                                                            struct wasi_option_p2_cli_terminal_output *ret) {
  (void)store;
  *ret = (struct wasi_option_p2_cli_terminal_output){wasi_fd_is_terminal(p2->terminal->err), 3};
  return WEIR_OK;
}

/* ---- random ------------------------------------------------------------------------------------------------------ */

enum { RANDOM_MAX = 1 << 24 }; /* 0.2 has no way of giving less than it was asked for: more traps */

static weir_status give_random(struct wasi_random *random,
                               bool (*fill)(struct wasi_random *random, void *bytes, size_t size), uint64_t len,
                               weir_value *ret) {
  if (len > RANDOM_MAX)
    return WEIR_ERR_MISUSE;
  weir_status status = weir_value_new_bytes(NULL, (size_t)len, ret);
  if (status == WEIR_OK && !fill(random, ret->of.string.data, (size_t)len))
    return WEIR_ERR_IO;
  return status;
}

weir_status wasi_p2_random_get_random_bytes(struct wasi_p2 *p2, weir_store *store, uint64_t len, weir_value *ret) {
  (void)store;
  return give_random(p2->random, wasi_random_secure, len, ret);
}

weir_status wasi_p2_random_get_random_u64(struct wasi_p2 *p2, weir_store *store, uint64_t *ret) {
  return wasi_random_get_random_u64(p2->random, store, ret);
}

weir_status wasi_p2_random_insecure_get_insecure_random_bytes(struct wasi_p2 *p2, weir_store *store, uint64_t len,
                                                              weir_value *ret) {
  (void)store;
  return give_random(p2->random, wasi_random_insecure, len, ret);
}

weir_status wasi_p2_random_insecure_get_insecure_random_u64(struct wasi_p2 *p2, weir_store *store, uint64_t *ret) {
  return wasi_random_insecure_get_insecure_random_u64(p2->random, store, ret);
}

weir_status wasi_p2_random_insecure_seed_insecure_seed(struct wasi_p2 *p2, weir_store *store,
                                                       struct wasi_tuple_u64_u64 *ret) {
  return wasi_random_insecure_seed_get_insecure_seed(p2->random, store, ret);
}
