/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Recording of the first error. A message that fits stays in the diag's own buffer; a longer one goes to the heap, or
 * is cut at a character boundary where memory is out. So no function here can fail, and none changes the status.
 */
#include "base/diag.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

void diag_init(struct diag *d) {
  if (!d)
    return;
  d->status = WEIR_OK;
  d->has_offset = false;
  d->offset = 0;
  d->exit_code = 0;
  d->message = NULL;
  d->backtrace = NULL;
  d->inline_text[0] = '\0';
}

void diag_done(struct diag *d) {
  if (!d)
    return;
  free(d->message);
  free(d->backtrace);
  diag_init(d);
}

/* Drops a character that the end of the full buffer has cut in two. */
static void trim_cut(char *text, size_t size) {
  size_t start = size;
  while (start > 0 && size - start < 4 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
    start--;
  if (start == 0 || (unsigned char)text[start - 1] < 0xc0)
    return;
  unsigned char lead = (unsigned char)text[start - 1];
  size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (size - (start - 1) < length)
    text[start - 1] = '\0';
}

static void message_format(struct diag *d, const char *format, va_list args) {
  va_list again;
  va_copy(again, args);
  int n = vsnprintf(d->inline_text, sizeof(d->inline_text), format, args);
  if (n < 0) {
    d->inline_text[0] = '\0';
  } else if ((size_t)n >= sizeof(d->inline_text)) {
    d->message = malloc((size_t)n + 1);
    if (d->message)
      vsnprintf(d->message, (size_t)n + 1, format, again);
    else
      trim_cut(d->inline_text, sizeof(d->inline_text) - 1);
  }
  va_end(again);
}

weir_status diag_vset(struct diag *d, weir_status status, const char *format, va_list args) {
  if (!d || status == WEIR_OK || d->status != WEIR_OK)
    return status;
  d->status = status;
  message_format(d, format, args);
  return status;
}

weir_status(diag_set)(struct diag *d, weir_status status, const char *format, ...) {
  va_list args;
  va_start(args, format);
  diag_vset(d, status, format, args);
  va_end(args);
  return status;
}

weir_status(diag_at)(struct diag *d, weir_status status, size_t offset, const char *format, ...) {
  bool first = d && d->status == WEIR_OK && status != WEIR_OK;
  va_list args;
  va_start(args, format);
  diag_vset(d, status, format, args);
  va_end(args);
  if (first) {
    d->has_offset = true;
    d->offset = offset;
  }
  return status;
}

weir_status(diag_nomem)(struct diag *d) {
  return diag_set(d, WEIR_ERR_NOMEM, "out of memory");
}

/*
 * Replaces the message by `a` and `b`; one of the two may be the message itself. Cuts the result to the inline buffer
 * where memory is out.
 */
static void message_join(struct diag *d, const char *a, const char *b) {
  size_t first = strlen(a), rest = strlen(b);
  char *joined = malloc(first + rest + 1);
  if (joined) {
    memcpy(joined, a, first);
    memcpy(joined + first, b, rest + 1);
    free(d->message);
    d->message = joined;
    return;
  }
  char cut[DIAG_INLINE];
  int n = snprintf(cut, sizeof(cut), "%s%s", a, b);
  if (n >= DIAG_INLINE)
    trim_cut(cut, sizeof(cut) - 1);
  free(d->message);
  d->message = NULL;
  memcpy(d->inline_text, cut, sizeof(cut));
}

/* Formats a part of a message; false: there is no message to add the part to. */
static bool part_format(const struct diag *d, char *ret, const char *format, va_list args) {
  if (!d || d->status == WEIR_OK)
    return false;
  int n = vsnprintf(ret, DIAG_INLINE, format, args);
  if (n >= DIAG_INLINE)
    trim_cut(ret, DIAG_INLINE - 1);
  return n >= 0;
}

void diag_prefix(struct diag *d, const char *format, ...) {
  char part[DIAG_INLINE];
  va_list args;
  va_start(args, format);
  bool some = part_format(d, part, format, args);
  va_end(args);
  if (some)
    message_join(d, part, diag_message(d));
}

void diag_suffix(struct diag *d, const char *format, ...) {
  char part[DIAG_INLINE];
  va_list args;
  va_start(args, format);
  bool some = part_format(d, part, format, args);
  va_end(args);
  if (some)
    message_join(d, diag_message(d), part);
}

void diag_backtrace(struct diag *d, const char *text, size_t size) {
  if (!d || d->backtrace || size == 0 || size == SIZE_MAX)
    return;
  d->backtrace = malloc(size + 1);
  if (!d->backtrace)
    return;
  memcpy(d->backtrace, text, size);
  d->backtrace[size] = '\0';
}

const char *diag_message(const struct diag *d) {
  if (!d)
    return "";
  return d->message ? d->message : d->inline_text;
}

static weir_error *make_error(const struct diag *d) {
  struct error_detail detail = {
      .status = d->status,
      .exit_code = d->exit_code,
      .has_offset = d->has_offset,
      .offset = d->offset,
      .message = diag_message(d),
      .backtrace = d->backtrace,
  };
  return error_new(&detail);
}

weir_status diag_raise(struct diag *d, weir_error **ret) {
  if (!d)
    return WEIR_OK;
  weir_status status = d->status;
  if (status != WEIR_OK && ret)
    *ret = make_error(d);
  diag_done(d);
  return status;
}
