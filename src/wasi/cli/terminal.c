/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The terminal interfaces of wasi:cli@0.3.0. The descriptor is asked each time, since it is asked rarely. */
#include "wasi/cli/terminal.h"

#include "wasi/wit.h"

enum { REP_STDIN = 1, REP_STDOUT, REP_STDERR };

weir_status wasi_cli_terminal_stdin_get_terminal_stdin(struct wasi_terminal *terminal, weir_store *store,
                                                       struct wasi_option_cli_terminal_input *ret) {
  (void)store;
  ret->some = wasi_fd_is_terminal(terminal->in);
  ret->value = REP_STDIN;
  return WEIR_OK;
}

weir_status wasi_cli_terminal_stdout_get_terminal_stdout(struct wasi_terminal *terminal, weir_store *store,
                                                         struct wasi_option_cli_terminal_output *ret) {
  (void)store;
  ret->some = wasi_fd_is_terminal(terminal->out);
  ret->value = REP_STDOUT;
  return WEIR_OK;
}

weir_status wasi_cli_terminal_stderr_get_terminal_stderr(struct wasi_terminal *terminal, weir_store *store,
                                                         struct wasi_option_cli_terminal_output *ret) {
  (void)store;
  ret->some = wasi_fd_is_terminal(terminal->err);
  ret->value = REP_STDERR;
  return WEIR_OK;
}
