/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See log_buf.h. */
#include "record/log_buf.h"

#include <stdlib.h>

bool log_buf_grow(struct log_buf *b, size_t more) {
  size_t capacity = b->capacity < 256 ? 256 : b->capacity;
  if (b->failed || more > SIZE_MAX / 4 || b->size > SIZE_MAX / 4) {
    b->failed = true;
    return false;
  }
  while (capacity < b->size + more)
    capacity *= 2;
  uint8_t *data = realloc(b->data, capacity);
  if (!data) {
    b->failed = true;
    return false;
  }
  b->data = data;
  b->capacity = capacity;
  return true;
}

void log_buf_done(struct log_buf *b) {
  free(b->data);
  *b = (struct log_buf){0};
}

bool log_get_byte(struct log_view *v, uint8_t *ret) {
  if (v->at == v->end)
    return false;
  *ret = *v->at++;
  return true;
}

bool log_get_number(struct log_view *v, uint64_t *ret) {
  uint64_t n = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    uint8_t byte;
    if (!log_get_byte(v, &byte) || (shift == 63 && byte > 1))
      return false;
    n |= (uint64_t)(byte & 0x7f) << shift;
    if (byte & 0x80)
      continue;
    *ret = n;
    return byte != 0 || shift == 0; /* no shorter form */
  }
  return false;
}

bool log_get_bytes(struct log_view *v, uint64_t size, const uint8_t **ret) {
  if (size > log_left(v))
    return false;
  *ret = v->at;
  v->at += size;
  return true;
}

bool log_get_str(struct log_view *v, struct str *ret) {
  uint64_t size;
  const uint8_t *data;
  if (!log_get_number(v, &size) || !log_get_bytes(v, size, &data))
    return false;
  *ret = (struct str){(const char *)data, (size_t)size};
  return true;
}
