/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Greets its first argument, or the world: `hello, NAME`. The environment variable GREETING replaces the word.
 */
#include "guest.h"
#include "out.h"

#include <string.h>

static guest_waitable_set_t set;

static bool is_text(const guest_string_t *string, const char *text) {
  return string->len == strlen(text) && memcmp(string->ptr, text, string->len) == 0;
}

static void print_greeting(void) {
  guest_list_tuple2_string_string_t environment;
  wasi_cli_environment_get_environment(&environment);
  guest_string_t greeting;
  guest_string_set(&greeting, "hello");
  for (size_t i = 0; i < environment.len; i++) {
    if (is_text(&environment.ptr[i].f0, "GREETING"))
      greeting = environment.ptr[i].f1;
  }
  out_bytes(greeting.ptr, greeting.len);
  guest_list_tuple2_string_string_free(&environment);
}

/* The first of the arguments is the program itself. */
static void print_name(void) {
  guest_list_string_t arguments;
  wasi_cli_environment_get_arguments(&arguments);
  if (arguments.len > 1)
    out_bytes(arguments.ptr[1].ptr, arguments.ptr[1].len);
  else
    out_text("world");
  guest_list_string_free(&arguments);
}

static guest_callback_code_t advance(void) {
  if (!out_done())
    return GUEST_CALLBACK_CODE_WAIT(set);
  guest_waitable_set_drop(set);
  exports_wasi_cli_run_run_return((exports_wasi_cli_run_result_void_void_t){.is_err = out_failed()});
  return GUEST_CALLBACK_CODE_EXIT;
}

guest_callback_code_t exports_wasi_cli_run_run(void) {
  set = guest_waitable_set_new();
  out_start(set);
  print_greeting();
  out_text(", ");
  print_name();
  out_text("\n");
  out_finish();
  return advance();
}

guest_callback_code_t exports_wasi_cli_run_run_callback(guest_event_t *event) {
  (void)out_event(event);
  return advance();
}
