/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A queue of bytes in one piece: appended at the end, taken from the front. Its memory is a page of the loop while that
 * is enough, and goes back as soon as the queue is empty.
 */
#ifndef HTTP_BYTES_H
#define HTTP_BYTES_H

#include "http/loop.h"

/* Begins zeroed. */
struct http_bytes {
  uint8_t *data;
  uint32_t start, end, capacity;
};

static inline uint32_t http_bytes_size(const struct http_bytes *b) {
  return b->end - b->start;
}
static inline const uint8_t *http_bytes_front(const struct http_bytes *b) {
  return b->data + b->start;
}

/* Where `size` bytes can be written, to be counted with http_bytes_added(); NULL: out of memory. */
uint8_t *http_bytes_room(struct http_bytes *b, struct http_loop *loop, size_t size);
static inline void http_bytes_added(struct http_bytes *b, size_t size) {
  b->end += (uint32_t)size;
}
/* false: out of memory, and nothing was added. */
bool http_bytes_add(struct http_bytes *b, struct http_loop *loop, const void *bytes, size_t size);
void http_bytes_take(struct http_bytes *b, struct http_loop *loop, size_t size);
/* Gives the memory back. */
void http_bytes_done(struct http_bytes *b, struct http_loop *loop);

#endif
