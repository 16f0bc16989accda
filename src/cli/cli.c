/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Reporting: error lines, and how a failure of the library becomes a message and an exit code. */
#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void print_line(const char *prefix, const char *format, va_list args) {
  fflush(stdout);
  fputs(prefix, stderr);
  vfprintf(stderr, format, args);
  fputc('\n', stderr);
}

void cli_error(const char *format, ...) {
  va_list args;
  va_start(args, format);
  print_line("weir: error: ", format, args);
  va_end(args);
}

void cli_hint(const char *format, ...) {
  va_list args;
  va_start(args, format);
  print_line("  hint: ", format, args);
  va_end(args);
}

int cli_exit_code(weir_status status) {
  switch (status) {
    case WEIR_OK:
      return CLI_OK;
    case WEIR_ERR_MALFORMED:
    case WEIR_ERR_INVALID:
    case WEIR_ERR_COMPILE:
    case WEIR_ERR_UNSUPPORTED:
      return CLI_BAD_INPUT;
    case WEIR_ERR_LINK:
      return CLI_LINK;
    case WEIR_ERR_NOT_FOUND:
    case WEIR_ERR_TYPE:
    case WEIR_ERR_PARSE:
      return CLI_USAGE;
    case WEIR_ERR_DEADLOCK:
      return CLI_DEADLOCK;
    case WEIR_ERR_TRAP:
      return CLI_TRAP;
    case WEIR_ERR_TIMEOUT:
      return CLI_TIMEOUT;
    default:
      return CLI_INTERNAL;
  }
}

/* What the reader should know besides the message of the library. */
static const char *status_words(weir_status status) {
  switch (status) {
    case WEIR_ERR_MALFORMED:
      return "not a well-formed component: ";
    case WEIR_ERR_INVALID:
      return "invalid component: ";
    case WEIR_ERR_COMPILE:
      return "a core module cannot be compiled: ";
    case WEIR_ERR_UNSUPPORTED:
      return "not supported: ";
    case WEIR_ERR_TRAP:
      return "the guest trapped: ";
    case WEIR_ERR_HOST:
      return "a host function failed: ";
    case WEIR_ERR_DEADLOCK:
      return "the guest is deadlocked: ";
    case WEIR_ERR_LIMIT:
      return "a limit was reached: ";
    case WEIR_ERR_TIMEOUT:
      return "the time is over: ";
    default:
      return "";
  }
}

static void print_backtrace(const weir_error *error) {
  const char *backtrace = weir_error_backtrace(error);
  if (backtrace[0] != '\0')
    fprintf(stderr, "wasm backtrace:\n%s\n", backtrace);
}

static void print_hint(weir_status status, const char *message) {
  bool input = status == WEIR_ERR_INVALID || status == WEIR_ERR_MALFORMED;
  if (input && (strstr(message, "feature") != NULL || strstr(message, "require") != NULL))
    cli_hint("`--features all` switches on the features that are not released yet");
}

int cli_fail(const char *where, weir_status status, weir_error *take_error) {
  const char *message = take_error == NULL ? "(no details)" : weir_error_message(take_error);
  size_t offset = 0;
  if (status == WEIR_ERR_EXIT) {
    int code = take_error == NULL ? 1 : weir_error_exit_code(take_error);
    weir_error_free(take_error);
    return code;
  }
  if (take_error != NULL && weir_error_offset(take_error, &offset) && strstr(message, "offset") == NULL)
    cli_error("%s: %s%s (at byte %zu)", where, status_words(status), message, offset);
  else
    cli_error("%s: %s%s", where, status_words(status), message);
  if (take_error != NULL)
    print_backtrace(take_error);
  print_hint(status, message);
  weir_error_free(take_error);
  return cli_exit_code(status);
}
