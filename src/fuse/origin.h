/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The section "weir:origin" of a fused module: what it was made of, by whom, and how. It is told, and proves nothing
 * alone: to verify it is to fuse again.
 *
 *   name       weir's version
 *   u32        bits: 1, no adapters; 2, a component was made
 *   u32        number of components: 1
 *   of each    size (u64, LEB128), SHA-256 (32 bytes)
 */
#ifndef FUSE_ORIGIN_H
#define FUSE_ORIGIN_H

#include "base/diag.h"
#include "base/text.h"
#include "engine/sha256.h"

struct fuse_origin {
  struct str version; /* of weir */
  bool no_adapters;
  bool component; /* a component was made, not a core module */
  uint64_t size;  /* of the component */
  uint8_t digest[SHA256_SIZE];
};

/* What is told of a component that is fused now. */
void origin_of(struct str component, bool no_adapters, bool makes_component, struct fuse_origin *ret);
void origin_write(const struct fuse_origin *origin, struct text *out);

/* Texts point into the module. WEIR_ERR_INVALID: there is no such section; WEIR_ERR_MALFORMED. */
weir_status origin_read(struct str module, struct fuse_origin *ret, struct diag *d);

#endif
