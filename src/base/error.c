/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The public error object: one block that holds the fields and both texts. Nobody changes an error after its making.
 * Where memory is out, one of the static errors below stands in for the object: it has the same status, which a caller
 * must not lose, and freeing it does nothing.
 */
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

struct weir_error {
  weir_status status;
  int exit_code;
  bool has_offset;
  bool is_static;
  size_t offset;
  const char *message;
  const char *backtrace;
  char texts[];
};

#define STATUS_LIST(X)       \
  X(WEIR_OK)                 \
  X(WEIR_ERR_NOMEM)          \
  X(WEIR_ERR_MISUSE)         \
  X(WEIR_ERR_LIMIT)          \
  X(WEIR_ERR_UNSUPPORTED)    \
  X(WEIR_ERR_IO)             \
  X(WEIR_ERR_MALFORMED)      \
  X(WEIR_ERR_INVALID)        \
  X(WEIR_ERR_COMPILE)        \
  X(WEIR_ERR_LINK)           \
  X(WEIR_ERR_NOT_FOUND)      \
  X(WEIR_ERR_TYPE)           \
  X(WEIR_ERR_PARSE)          \
  X(WEIR_ERR_TRAP)           \
  X(WEIR_ERR_HOST)           \
  X(WEIR_ERR_DEADLOCK)       \
  X(WEIR_ERR_CANCELLED)      \
  X(WEIR_ERR_EXIT)           \
  X(WEIR_ERR_WOULD_DEADLOCK) \
  X(WEIR_ERR_TIMEOUT)        \
  X(WEIR_ERR_GONE)           \
  X(WEIR_ERR_LOST)           \
  X(WEIR_ERR_DIVERGED)

#define STATIC_TEXT "(there was no memory for the details)"
#define STATIC_ERROR(s) {.status = s, .exit_code = 1, .is_static = true, .message = STATIC_TEXT, .backtrace = ""},

static const struct weir_error static_errors[] = {STATUS_LIST(STATIC_ERROR)};

/* The last resort. The const is cast away for the type's sake only: errors are never written to. */
static weir_error *static_error(weir_status status) {
  size_t found = 1; /* WEIR_ERR_NOMEM, which is also true */
  for (size_t i = 0; i < sizeof(static_errors) / sizeof(static_errors[0]); i++)
    if (static_errors[i].status == status)
      found = i;
  return (weir_error *)(uintptr_t)&static_errors[found];
}

/* Copies a text with its end, as UTF-8: names of files and words of hosts may be anything. Returns the size. */
static size_t mended(const char *text, char *out) {
  size_t size = utf8_mend(text, strlen(text), out);
  if (out)
    out[size] = 0;
  return size + 1;
}

weir_error *error_new(const struct error_detail *detail) {
  const char *message = !detail->message ? "" : detail->message;
  const char *backtrace = !detail->backtrace ? "" : detail->backtrace;
  size_t message_size = mended(message, NULL), backtrace_size = mended(backtrace, NULL);
  weir_error *error = malloc(sizeof(*error) + message_size + backtrace_size);
  if (!error)
    return static_error(detail->status);
  mended(message, error->texts);
  mended(backtrace, error->texts + message_size);
  error->status = detail->status;
  error->exit_code = detail->status == WEIR_ERR_EXIT ? detail->exit_code : 1;
  error->has_offset = detail->has_offset;
  error->is_static = false;
  error->offset = detail->offset;
  error->message = error->texts;
  error->backtrace = error->texts + message_size;
  return error;
}

weir_status weir_error_status(const weir_error *error) {
  return error->status;
}

const char *weir_error_message(const weir_error *error) {
  return error->message;
}

bool weir_error_offset(const weir_error *error, size_t *ret_offset) {
  if (error->has_offset && ret_offset)
    *ret_offset = error->offset;
  return error->has_offset;
}

const char *weir_error_backtrace(const weir_error *error) {
  return error->backtrace;
}

int weir_error_exit_code(const weir_error *error) {
  return error->exit_code;
}

void weir_error_free(weir_error *error) {
  if (error && !error->is_static)
    free(error);
}

#define STATUS_CASE(s) \
  case s:              \
    return #s;

const char *weir_status_name(weir_status status) {
  switch (status) {
    STATUS_LIST(STATUS_CASE)
    default:
      return "unknown status";
  }
}
