/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See sized.h. */
#include "base/sized.h"

#include <string.h>

/* No struct comes near this: a larger size is none. */
enum { SIZE_MAX_SANE = 4096 };

/* The size that the struct names. */
static size_t size_of(const void *sized) {
  size_t size;
  memcpy(&size, sized, sizeof(size));
  return size;
}

static bool all_zero(const unsigned char *bytes, size_t size) {
  for (size_t i = 0; i < size; i++)
    if (bytes[i] != 0)
      return false;
  return true;
}

weir_status sized_check(const void *ret, const char *name, struct diag *d) {
  size_t size = size_of(ret);
  if (size < sizeof(size) || size > SIZE_MAX_SANE)
    return diag_set(d, WEIR_ERR_MISUSE, "%s.size is %zu: begin with the struct's WEIR_..._INIT", name, size);
  return WEIR_OK;
}

weir_status sized_read(const void *given, void *ret, size_t own, const char *name, struct diag *d) {
  if (sized_check(given, name, d) != WEIR_OK)
    return WEIR_ERR_MISUSE;
  size_t size = size_of(given), common = size < own ? size : own;
  if (!all_zero((const unsigned char *)given + common, size - common))
    return diag_set(d, WEIR_ERR_MISUSE, "%s has a member set that this version of weir does not know", name);
  memset(ret, 0, own);
  memcpy(ret, given, common);
  memcpy(ret, &own, sizeof(own));
  return WEIR_OK;
}

void sized_clear(void *ret) {
  memset((unsigned char *)ret + sizeof(size_t), 0, size_of(ret) - sizeof(size_t));
}

void sized_fill(void *ret, size_t size, const void *from, size_t own) {
  size_t common = size < own ? size : own;
  memcpy(ret, from, common);
  memset((unsigned char *)ret + common, 0, size - common);
}

void sized_write(void *ret, const void *from, size_t own) {
  size_t said = size_of(ret);
  sized_fill(ret, said, from, own);
  memcpy(ret, &said, sizeof(said));
}
