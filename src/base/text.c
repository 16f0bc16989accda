/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The buffer always has room for a terminating zero. The result leaves weir through the public interface, so malloc()
 * makes it, and no engine's allocator.
 */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "weir/value.h"

enum { TEXT_FIRST = 64 };

void text_init(struct text *t) {
  *t = (struct text){0};
}

void text_done(struct text *t) {
  free(t->data);
  text_init(t);
}

/* Remembers that memory ran out, and leaves no room, so that nothing is added any more. */
static bool text_fail(struct text *t) {
  t->failed = true;
  t->capacity = t->size;
  return false;
}

bool text_grow(struct text *t, size_t more) {
  size_t need, capacity = t->capacity < TEXT_FIRST ? TEXT_FIRST : t->capacity;
  if (t->failed || __builtin_add_overflow(t->size, more, &need) || need >= PTRDIFF_MAX)
    return text_fail(t);
  while (capacity <= need)
    capacity *= 2;
  char *grown = realloc(t->data, capacity);
  if (!grown)
    return text_fail(t);
  t->data = grown;
  t->capacity = capacity;
  return true;
}

void text_printf(struct text *t, const char *format, ...) {
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  int n = vsnprintf(NULL, 0, format, args);
  if (n < 0)
    t->failed = true;
  else if (text_room(t, (size_t)n)) {
    vsnprintf(t->data + t->size, (size_t)n + 1, format, again);
    t->size += (size_t)n;
  }
  va_end(again);
  va_end(args);
}

void text_scalar(struct text *t, uint32_t scalar) {
  uint8_t bytes[4];
  int n = utf8_encode(scalar, bytes);
  text_add(t, (struct str){(const char *)bytes, (size_t)n});
}

char *text_take(struct text *t, size_t *ret_size) {
  if (t->failed || !text_room(t, 0)) {
    text_done(t);
    return NULL;
  }
  char *data = t->data;
  data[t->size] = '\0';
  if (ret_size)
    *ret_size = t->size;
  text_init(t);
  return data;
}

void weir_text_free(char *text) {
  free(text);
}
