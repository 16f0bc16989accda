/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The reader of encodings. A failed read leaves its place undefined: whatever is read is refused as a whole. */
#include "record/log_view.h"

bool log_view_byte(struct log_view *v, uint8_t *ret) {
  if (v->at == v->end)
    return false;
  *ret = *v->at++;
  return true;
}

bool log_view_number(struct log_view *v, uint64_t *ret) {
  size_t size;
  if (leb128_get(v->at, log_view_left(v), 64, false, ret, &size) != LEB128_OK)
    return false;
  v->at += size;
  return size == 1 || v->at[-1] != 0; /* no shorter form */
}

bool log_view_bytes(struct log_view *v, uint64_t size, const uint8_t **ret) {
  if (size > log_view_left(v))
    return false;
  *ret = v->at;
  v->at += size;
  return true;
}

bool log_view_str(struct log_view *v, struct str *ret) {
  uint64_t size;
  const uint8_t *data;
  if (!log_view_number(v, &size) || !log_view_bytes(v, size, &data))
    return false;
  *ret = (struct str){(const char *)data, (size_t)size};
  return true;
}
