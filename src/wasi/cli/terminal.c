/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The terminal interfaces of wasi:cli@0.3.0. The descriptor is asked each time, since it is asked rarely. */
#include "wasi/cli/terminal.h"

#include "base/diag.h"
#include "wasi/host/def.h"
#include "weir/resource.h"

#define INPUT "wasi:cli/terminal-input@0.3.0"
#define OUTPUT "wasi:cli/terminal-output@0.3.0"

enum { REP_STDIN = 1, REP_STDOUT, REP_STDERR };
enum { OPTION_NONE = 0, OPTION_SOME = 1 };

static void return_terminal(weir_host_call *call, const struct wasi_fd *fd, const char *interface_name,
                            const char *name, uint64_t rep) {
  weir_value handle = {0}, option = {0};
  bool terminal = wasi_fd_is_terminal(fd);
  weir_status status = terminal ? weir_resource_new(call, interface_name, name, rep, &handle) : WEIR_OK;
  if (status == WEIR_OK)
    status = weir_value_variant(terminal ? OPTION_SOME : OPTION_NONE, terminal ? &handle : NULL, &option);
  weir_value_clear(&handle);
  wasi_return(call, status, &option);
}

static void get_terminal_stdin(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)args, (void)count;
  return_terminal(call, ((struct wasi_terminal *)data)->in, INPUT, "terminal-input", REP_STDIN);
}

static void get_terminal_stdout(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)args, (void)count;
  return_terminal(call, ((struct wasi_terminal *)data)->out, OUTPUT, "terminal-output", REP_STDOUT);
}

static void get_terminal_stderr(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)args, (void)count;
  return_terminal(call, ((struct wasi_terminal *)data)->err, OUTPUT, "terminal-output", REP_STDERR);
}

static const struct wasi_def defs[] = {
    {"wasi:cli/terminal-stdin@0.3.0", "get-terminal-stdin", "func() -> option<own<terminal-input>>",
     get_terminal_stdin},
    {"wasi:cli/terminal-stdout@0.3.0", "get-terminal-stdout", "func() -> option<own<terminal-output>>",
     get_terminal_stdout},
    {"wasi:cli/terminal-stderr@0.3.0", "get-terminal-stderr", "func() -> option<own<terminal-output>>",
     get_terminal_stderr},
};

weir_status wasi_terminal_link(struct wasi_terminal *terminals, weir_linker *linker, weir_error **ret_error) {
  WEIR_TRY(weir_linker_resource(linker, INPUT, "terminal-input", NULL, NULL, NULL, ret_error));
  WEIR_TRY(weir_linker_resource(linker, OUTPUT, "terminal-output", NULL, NULL, NULL, ret_error));
  return wasi_define(linker, defs, sizeof(defs) / sizeof(defs[0]), terminals, ret_error);
}
