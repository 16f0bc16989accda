/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See trace_context.h. "00-" trace "-" parent "-" flags; later versions may add more behind another "-". */
#include "serve/trace_context.h"

#include <stdio.h>
#include <string.h>

#include "base/number.h"

static bool is_lower_hex(const char *digits, size_t count) {
  bool some = false;
  for (size_t i = 0; i < count; i++) {
    if (hex_digit(digits[i]) < 0 || (digits[i] >= 'A' && digits[i] <= 'F'))
      return false;
    some = some || digits[i] != '0';
  }
  return some;
}

static int byte_at(const char *digits) {
  int high = hex_digit(digits[0]), low = hex_digit(digits[1]);
  bool upper = (digits[0] >= 'A' && digits[0] <= 'F') || (digits[1] >= 'A' && digits[1] <= 'F');
  return high < 0 || low < 0 || upper ? -1 : high * 16 + low;
}

bool trace_read(struct str t, struct trace_context *ret) {
  if (t.size < TRACE_PARENT || t.data[2] != '-' || t.data[35] != '-' || t.data[52] != '-')
    return false;
  int version = byte_at(t.data), flags = byte_at(t.data + 53);
  bool longer = t.size > TRACE_PARENT;
  if (version < 0 || version == 0xff || flags < 0 || (longer && (version == 0 || t.data[TRACE_PARENT] != '-')))
    return false;
  if (!is_lower_hex(t.data + 3, TRACE_ID) || !is_lower_hex(t.data + 36, TRACE_SPAN))
    return false;
  memcpy(ret->trace, t.data + 3, TRACE_ID);
  memcpy(ret->parent, t.data + 36, TRACE_SPAN);
  ret->trace[TRACE_ID] = ret->parent[TRACE_SPAN] = '\0';
  ret->flags = (uint8_t)flags;
  return true;
}

/* xorshift128+, never zero. */
static uint64_t next(struct trace_source *s) {
  uint64_t a = s->state[0], b = s->state[1];
  s->state[0] = b;
  a ^= a << 23;
  s->state[1] = a ^ b ^ (a >> 17) ^ (b >> 26);
  uint64_t n = s->state[1] + b;
  return n ? n : 1;
}

static void write_number(char *ret, uint64_t n) {
  uint8_t bytes[8];
  for (int i = 0; i < 8; i++)
    bytes[i] = (uint8_t)(n >> (56 - 8 * i));
  hex_write(bytes, sizeof(bytes), ret);
}

void trace_begin(struct trace_context *t, struct str traceparent, struct trace_source *source) {
  *t = (struct trace_context){0};
  if (!trace_read(traceparent, t)) {
    write_number(t->trace, next(source));
    write_number(t->trace + TRACE_ID / 2, next(source));
  }
  write_number(t->span, next(source));
}

void trace_write(const struct trace_context *t, char ret[TRACE_PARENT + 1]) {
  snprintf(ret, TRACE_PARENT + 1, "00-%s-%s-%02x", t->trace, t->span, (unsigned)t->flags);
}
