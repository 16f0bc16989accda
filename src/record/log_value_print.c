/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Values of events for people: close to WAVE, but labels are not known: cases are #1, records ( ). See log_value.h. */
#include <inttypes.h>

#include "base/json.h"
#include "base/number.h"
#include "record/log_value.h"

enum { BYTES_SHOWN = 32 };

static bool print(struct log_view *v, struct text *out, int depth);

static void print_bytes(struct text *out, struct str s) {
  struct str shown = {s.data, s.size < BYTES_SHOWN ? s.size : (size_t)BYTES_SHOWN};
  text_printf(out, s.size > 0 ? "bytes(%zu: " : "bytes(%zu", s.size);
  text_hex(out, shown);
  text_add(out, s.size > BYTES_SHOWN ? STR("...)") : STR(")"));
}

static bool print_items(struct log_view *v, struct text *out, bool list, int depth) {
  uint64_t count;
  if (!log_view_number(v, &count) || count > log_view_left(v))
    return false;
  text_char(out, list ? '[' : '(');
  for (uint64_t i = 0; i < count; i++) {
    if (i > 0)
      text_add(out, STR(", "));
    if (!print(v, out, depth + 1))
      return false;
  }
  text_char(out, list ? ']' : ')');
  return true;
}

static bool print_variant(struct log_view *v, struct text *out, int depth) {
  uint64_t tag;
  uint8_t has;
  if (!log_view_number(v, &tag) || !log_view_byte(v, &has) || has > 1)
    return false;
  text_printf(out, "#%" PRIu64, tag);
  if (!has)
    return true;
  text_char(out, '(');
  bool good = print(v, out, depth + 1);
  text_char(out, ')');
  return good;
}

static bool print_handle(struct log_view *v, struct text *out, weir_value_kind kind) {
  uint64_t id, rep;
  uint8_t bits = 1;
  if (!log_view_number(v, &id) || (kind == WEIR_VALUE_RESOURCE && !log_view_byte(v, &bits)))
    return false;
  if ((bits & 2) && !log_view_number(v, &rep))
    return false;
  if (kind != WEIR_VALUE_RESOURCE)
    text_printf(out, "%s %" PRIu64, kind == WEIR_VALUE_STREAM ? "stream" : "future", id);
  else if (bits & 2)
    text_printf(out, "%s %" PRIu64 " (host's %" PRIu64 ")", bits & 1 ? "own" : "borrow", id, rep);
  else
    text_printf(out, "%s %" PRIu64, bits & 1 ? "own" : "borrow", id);
  return true;
}

static bool print_float(struct log_view *v, struct text *out, bool wide) {
  const uint8_t *bits;
  float f;
  double d;
  if (!log_view_bytes(v, wide ? 8 : 4, &bits))
    return false;
  memcpy(wide ? (void *)&d : (void *)&f, bits, wide ? 8 : 4);
  text_float(out, wide ? d : (double)f, !wide);
  return true;
}

static bool print_number(struct log_view *v, struct text *out, weir_value_kind kind) {
  uint64_t n;
  if (!log_view_number(v, &n))
    return false;
  switch (kind) {
    case WEIR_VALUE_BOOL:
      text_add(out, n ? STR("true") : STR("false"));
      return true;
    case WEIR_VALUE_S8:
    case WEIR_VALUE_S16:
    case WEIR_VALUE_S32:
    case WEIR_VALUE_S64:
      text_printf(out, "%" PRId64, log_unzigzag(n));
      return true;
    case WEIR_VALUE_CHAR:
      text_printf(out, "u+%04" PRIx64, n);
      return true;
    case WEIR_VALUE_FLAGS:
      text_printf(out, "flags 0x%" PRIx64, n);
      return true;
    default:
      text_printf(out, "%" PRIu64, n);
      return true;
  }
}

static bool print_text(struct log_view *v, struct text *out, weir_value_kind kind) {
  struct str s;
  if (!log_view_str(v, &s))
    return false;
  if (kind == WEIR_VALUE_BYTES)
    print_bytes(out, s);
  else
    json_quote(out, s);
  return true;
}

static bool print(struct log_view *v, struct text *out, int depth) {
  uint8_t byte;
  if (depth > LOG_VALUE_DEPTH || !log_view_byte(v, &byte) || byte > WEIR_VALUE_BYTES)
    return false;
  weir_value_kind kind = (weir_value_kind)byte;
  switch (kind) {
    case WEIR_VALUE_NONE:
      return text_char(out, '-'), true;
    case WEIR_VALUE_ERROR_CONTEXT:
      return text_add(out, STR("error-context")), true;
    case WEIR_VALUE_LIST:
    case WEIR_VALUE_RECORD:
      return print_items(v, out, kind == WEIR_VALUE_LIST, depth);
    case WEIR_VALUE_VARIANT:
      return print_variant(v, out, depth);
    case WEIR_VALUE_STRING:
    case WEIR_VALUE_BYTES:
      return print_text(v, out, kind);
    case WEIR_VALUE_RESOURCE:
    case WEIR_VALUE_STREAM:
    case WEIR_VALUE_FUTURE:
      return print_handle(v, out, kind);
    case WEIR_VALUE_F32:
    case WEIR_VALUE_F64:
      return print_float(v, out, kind == WEIR_VALUE_F64);
    default:
      return print_number(v, out, kind);
  }
}

bool log_value_print(struct log_view *v, struct text *out) {
  return print(v, out, 0) && !out->failed;
}
