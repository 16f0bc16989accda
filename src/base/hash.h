/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* SipHash-1-3: a hash under a key, for tables whose keys come from hostile input. Not for identifying content. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t hash_keyed(uint64_t key0, uint64_t key1, const void *data, size_t size);

#endif
