/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See log_hash.h. */
#include "record/log_hash.h"

#include <string.h>

enum { DOMAIN = 17 };

static void put64(uint8_t *at, uint64_t n) {
  for (int i = 0; i < 8; i++)
    at[i] = (uint8_t)(n >> (8 * i));
}

static void hash(const struct log_hash *c, const char *domain, const void *event, size_t size, uint8_t *ret) {
  uint8_t prefix[DOMAIN + 8 + 8 + SHA256_SIZE];
  struct sha256 h;
  memcpy(prefix, domain, DOMAIN);
  put64(prefix + DOMAIN, c->count);
  put64(prefix + DOMAIN + 8, size);
  memcpy(prefix + DOMAIN + 16, c->head, SHA256_SIZE);
  sha256_begin(&h);
  sha256_add(&h, prefix, sizeof(prefix));
  sha256_add(&h, event, size);
  sha256_end(&h, ret);
}

void log_hash_begin(struct log_hash *c) {
  memset(c, 0, sizeof(*c));
}

void log_hash_add(struct log_hash *c, const void *event, size_t size) {
  uint8_t head[SHA256_SIZE];
  hash(c, "weir.log.event.1", event, size, head);
  memcpy(c->head, head, sizeof(head));
  c->count++;
}

void log_hash_frame(const struct log_hash *c, const void *event, size_t size, uint8_t ret[LOG_CHECK]) {
  uint8_t digest[SHA256_SIZE];
  hash(c, "weir.log.frame.1", event, size, digest);
  memcpy(ret, digest, LOG_CHECK);
}
