/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Bytes of events: a growing buffer with the few encodings that events are made of, and the bounded reader of the same.
 * Numbers are LEB128 of minimal length, so that there is one encoding of everything. Once memory is out the buffer is
 * `failed` and takes no more.
 */
#ifndef RECORD_LOG_BUF_H
#define RECORD_LOG_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"

struct log_buf {
  uint8_t *data; /* from malloc() */
  size_t size, capacity;
  bool failed;
};

bool log_buf_grow(struct log_buf *b, size_t more);
void log_buf_done(struct log_buf *b);

static inline bool log_buf_room(struct log_buf *b, size_t more) {
  return b->capacity - b->size >= more || log_buf_grow(b, more);
}

static inline void log_put_byte(struct log_buf *b, uint8_t byte) {
  if (log_buf_room(b, 1))
    b->data[b->size++] = byte;
}

static inline void log_put_bytes(struct log_buf *b, const void *data, size_t size) {
  if (size == 0 || !log_buf_room(b, size))
    return;
  memcpy(b->data + b->size, data, size);
  b->size += size;
}

static inline void log_put_number(struct log_buf *b, uint64_t n) {
  if (!log_buf_room(b, 10))
    return;
  while (n >= 0x80) {
    b->data[b->size++] = (uint8_t)(n | 0x80);
    n >>= 7;
  }
  b->data[b->size++] = (uint8_t)n;
}

static inline void log_put_str(struct log_buf *b, struct str s) {
  log_put_number(b, s.size);
  log_put_bytes(b, s.data, s.size);
}

static inline uint64_t log_zigzag(int64_t n) {
  return ((uint64_t)n << 1) ^ (uint64_t)(n >> 63);
}

static inline int64_t log_unzigzag(uint64_t n) {
  return (int64_t)(n >> 1) ^ -(int64_t)(n & 1);
}

/* ---- reading: hostile bytes; false means that they are not an encoding of anything ------------------------------------ */

struct log_view {
  const uint8_t *at, *end;
};

static inline size_t log_left(const struct log_view *v) {
  return (size_t)(v->end - v->at);
}

bool log_get_byte(struct log_view *v, uint8_t *ret);
bool log_get_number(struct log_view *v, uint64_t *ret);
bool log_get_bytes(struct log_view *v, uint64_t size, const uint8_t **ret);
bool log_get_str(struct log_view *v, struct str *ret);

#endif
