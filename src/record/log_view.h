/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The few encodings that events are made of: written into a growing text, read from hostile bytes within their bounds.
 * Numbers are LEB128 of minimal length, so that there is one encoding of everything.
 */
#ifndef RECORD_LOG_VIEW_H
#define RECORD_LOG_VIEW_H

#include "base/leb128.h"

static inline void log_put_byte(struct text *t, uint8_t byte) {
  text_char(t, (char)byte);
}

static inline void log_put_bytes(struct text *t, const void *data, size_t size) {
  text_add(t, (struct str){data, size});
}

static inline void log_put_number(struct text *t, uint64_t n) {
  leb128_put(t, n);
}

static inline void log_put_str(struct text *t, struct str s) {
  log_put_number(t, s.size);
  log_put_bytes(t, s.data, s.size);
}

static inline uint64_t log_zigzag(int64_t n) {
  return ((uint64_t)n << 1) ^ (uint64_t)(n >> 63);
}

static inline int64_t log_unzigzag(uint64_t n) {
  return (int64_t)(n >> 1) ^ -(int64_t)(n & 1);
}

/* ---- reading: hostile bytes; false means that they are not an encoding of anything ------------------------------- */

struct log_view {
  const uint8_t *at, *end;
};

static inline struct log_view log_view(const void *data, size_t size) {
  return (struct log_view){data, (const uint8_t *)data + size};
}

static inline size_t log_view_left(const struct log_view *v) {
  return (size_t)(v->end - v->at);
}

bool log_view_byte(struct log_view *v, uint8_t *ret);
bool log_view_number(struct log_view *v, uint64_t *ret);
bool log_view_bytes(struct log_view *v, uint64_t size, const uint8_t **ret);
bool log_view_str(struct log_view *v, struct str *ret);

#endif
