/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See sha256.h. */
#include "engine/sha256.h"

#include "engine/eng_private.h"

void sha256_begin(struct sha256 *h) {
  weir_engine_sha256_begin(h);
}

void sha256_add(struct sha256 *h, const void *data, size_t size) {
  weir_engine_sha256_add(h, data, size);
}

void sha256_end(struct sha256 *h, uint8_t ret[SHA256_SIZE]) {
  weir_engine_sha256_end(h, ret);
}

void sha256_of(const void *data, size_t size, uint8_t ret[SHA256_SIZE]) {
  struct sha256 h;
  sha256_begin(&h);
  sha256_add(&h, data, size);
  sha256_end(&h, ret);
}
