/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The queue of bytes: moves what is left to the front where that makes room, and doubles where not. */
#include "http/bytes.h"

#include <string.h>

#include "base/mem.h"

static void free_block(struct http_loop *loop, uint8_t *data, uint32_t capacity) {
  if (capacity == HTTP_PAGE)
    http_page_give(loop, data);
  else
    mem_free(loop->alloc, data, capacity);
}

void http_bytes_done(struct http_bytes *b, struct http_loop *loop) {
  if (b->data)
    free_block(loop, b->data, b->capacity);
  *b = (struct http_bytes){0};
}

/* Moves the queue into a block that holds `size` bytes. */
static bool grow(struct http_bytes *b, struct http_loop *loop, size_t size) {
  size_t capacity = b->capacity < HTTP_PAGE ? HTTP_PAGE : b->capacity;
  while (capacity < size)
    capacity *= 2;
  if (capacity > UINT32_MAX)
    return false;
  uint8_t *data = capacity == HTTP_PAGE ? http_page_take(loop) : mem_alloc(loop->alloc, capacity);
  if (!data)
    return false;
  uint32_t used = http_bytes_size(b);
  if (used > 0)
    memcpy(data, http_bytes_front(b), used);
  http_bytes_done(b, loop);
  *b = (struct http_bytes){.data = data, .end = used, .capacity = (uint32_t)capacity};
  return true;
}

uint8_t *http_bytes_room(struct http_bytes *b, struct http_loop *loop, size_t size) {
  uint32_t used = http_bytes_size(b);
  if (b->capacity - b->end >= size && b->data)
    return b->data + b->end;
  if (size > UINT32_MAX / 2)
    return NULL;
  if (b->capacity - used >= size && b->start >= used && b->data) {
    memcpy(b->data, http_bytes_front(b), used); /* they do not overlap */
    b->start = 0;
    b->end = used;
  } else if (!grow(b, loop, used + size)) {
    return NULL;
  }
  return b->data + b->end;
}

bool http_bytes_add(struct http_bytes *b, struct http_loop *loop, const void *bytes, size_t size) {
  if (size == 0)
    return true;
  uint8_t *room = http_bytes_room(b, loop, size);
  if (!room)
    return false;
  memcpy(room, bytes, size);
  http_bytes_added(b, size);
  return true;
}

void http_bytes_take(struct http_bytes *b, struct http_loop *loop, size_t size) {
  b->start += (uint32_t)size;
  if (b->start == b->end)
    http_bytes_done(b, loop);
}
