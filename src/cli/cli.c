/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Reporting: error lines, and how a failure of the library becomes a message and an exit code.
 *
 * In order: exit codes and the texts about weir as a whole; errors and hints; failures of the library; inputs that an
 * output may not replace.
 */
#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

const struct cli_exit_code cli_exit_codes[] = {
    {"0", "success"},
    {"1", "the program's `run` returned an error, a script of `weir wast` failed, or two records differ"},
    {"2", "the command line is wrong, or names a function or arguments that the component does not have"},
    {"65", "bad input: a component or record that is malformed or invalid, or uses a feature that is not supported"},
    {"66", "a file cannot be read"},
    {"69", "imports are missing or have other types than what weir provides"},
    {"70", "an error of the host: memory, a limit, output that cannot be written, a defect of weir"},
    {"71", "deadlock: the program waits, and nothing that it waits for can come"},
    {"124", "the time that `--timeout` allows is over, or that `--drain` allows for work after the program's return"},
    {"134", "the program trapped"},
    {"others", "the code with which the program ended itself (`wasi:cli/exit`), which is never changed"},
};

const size_t cli_exit_code_count = sizeof(cli_exit_codes) / sizeof(cli_exit_codes[0]);

const char cli_description[] =
    "weir runs WebAssembly components that use the asynchronous functions, streams and futures of the Component Model, "
    "and gives them WASI 0.3 and 0.2. A component is a file in binary or in text form (.wat); which of the two is seen "
    "from its first bytes, not its name, and `-` is the standard input. Options stand before the file; what begins "
    "with a dash but is a file comes after `--`.";

const char cli_diagnostics[] =
    "What weir has to say goes to the standard error, begins with `weir: error:`, and names the file, the byte offset "
    "or the import that it is about. A trap is followed by the backtrace of the guest. The standard output belongs to "
    "the program or carries the result.";

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

void cli_warning(const char *format, ...) {
  va_list args;
  va_start(args, format);
  print_line("weir: warning: ", format, args);
  va_end(args);
}

void cli_notice(void *data, weir_notice kind, const char *text) {
  (void)data;
  if (kind == WEIR_NOTICE_MISUSE)
    cli_warning("the command misuses the library: %s", text);
}

void cli_hint(const char *format, ...) {
  va_list args;
  va_start(args, format);
  print_line("  hint: ", format, args);
  va_end(args);
}

int cli_print(struct text *take_text) {
  bool whole = !take_text->failed;
  if (whole) {
    fwrite(take_text->data, 1, take_text->size, stdout);
    putchar('\n');
  }
  text_done(take_text);
  return whole ? CLI_OK : cli_fail("output", WEIR_ERR_NOMEM, NULL);
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

/* Hints for the reader besides the message of the library. */
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
  if (input && (strstr(message, "feature") || strstr(message, "require")))
    cli_hint("`--features all` switches on the features that are not released yet");
}

int cli_fail(const char *where, weir_status status, weir_error *take_error) {
  const char *message = !take_error ? "(no details)" : weir_error_message(take_error);
  size_t offset = 0;
  if (status == WEIR_ERR_EXIT) {
    int code = !take_error ? 1 : weir_error_exit_code(take_error);
    weir_error_free(take_error);
    return code;
  }
  if (take_error && weir_error_offset(take_error, &offset) && !strstr(message, "offset"))
    cli_error("%s: %s%s (at byte %zu)", where, status_words(status), message, offset);
  else
    cli_error("%s: %s%s", where, status_words(status), message);
  if (take_error)
    print_backtrace(take_error);
  print_hint(status, message);
  weir_error_free(take_error);
  return cli_exit_code(status);
}

bool cli_would_replace(const char *output, const char *input) {
  struct stat out, in;
  if (!output || stat(output, &out) != 0 || stat(input, &in) != 0 || !S_ISREG(out.st_mode))
    return false;
  if (out.st_dev != in.st_dev || out.st_ino != in.st_ino)
    return false;
  cli_error("%s would be written over: it is %s", input, strcmp(output, input) == 0 ? "also the output" : output);
  cli_hint("give the output another name");
  return true;
}
