/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Bytes into values. What is not the one encoding of a value (log_value.c) is refused; nesting and memory are bounded
 * before anything is made.
 */
#include "base/diag.h"
#include "record/log_value.h"

enum { MOST_MEMORY = 1 << 30 };

struct reading {
  struct log_view *v;
  const struct log_handles *handles;
};

static weir_status get(struct reading *r, int depth, weir_value *ret);

static weir_status get_items(struct reading *r, weir_value_kind kind, int depth, weir_value *ret) {
  uint64_t count;
  /* each item is a byte or more: what does not fit is refused before anything is allocated */
  if (!log_view_number(r->v, &count) || count > log_view_left(r->v) || count > MOST_MEMORY / sizeof(weir_value))
    return WEIR_ERR_MALFORMED;
  WEIR_TRY(kind == WEIR_VALUE_LIST ? weir_value_new_list((size_t)count, ret)
                                   : weir_value_new_record((size_t)count, ret));
  for (size_t i = 0; i < count; i++)
    WEIR_TRY(get(r, depth + 1, &ret->of.list.items[i]));
  return kind == WEIR_VALUE_LIST && log_value_is_bytes(ret) ? WEIR_ERR_MALFORMED : WEIR_OK;
}

static weir_status get_variant(struct reading *r, int depth, weir_value *ret) {
  uint64_t tag;
  uint8_t has;
  weir_value payload = {0};
  if (!log_view_number(r->v, &tag) || tag >= WEIR_VALUE_LENT || !log_view_byte(r->v, &has) || has > 1)
    return WEIR_ERR_MALFORMED;
  weir_status status = has ? get(r, depth + 1, &payload) : WEIR_OK;
  if (status == WEIR_OK && has && payload.kind == WEIR_VALUE_NONE)
    status = WEIR_ERR_MALFORMED;
  if (status == WEIR_OK)
    status = weir_value_new_variant((uint32_t)tag, has ? &payload : NULL, ret);
  weir_value_clear(&payload);
  return status;
}

static weir_status get_bytes(struct reading *r, weir_value_kind kind, weir_value *ret) {
  struct str s;
  if (!log_view_str(r->v, &s) || (kind == WEIR_VALUE_BYTES && s.size == 0))
    return WEIR_ERR_MALFORMED;
  if (kind == WEIR_VALUE_BYTES)
    return weir_value_new_bytes(s.data, s.size, ret);
  weir_status status = weir_value_new_string(s.data, s.size, ret);
  return status == WEIR_ERR_TYPE ? WEIR_ERR_MALFORMED : status;
}

static weir_status get_handle(struct reading *r, weir_value_kind kind, weir_value *ret) {
  uint64_t id, rep;
  uint8_t bits = 1;
  if (!log_view_number(r->v, &id))
    return WEIR_ERR_MALFORMED;
  if (kind == WEIR_VALUE_RESOURCE && (!log_view_byte(r->v, &bits) || bits > 3))
    return WEIR_ERR_MALFORMED;
  if ((bits & 2) && !log_view_number(r->v, &rep))
    return WEIR_ERR_MALFORMED;
  if (!r->handles)
    return WEIR_ERR_UNSUPPORTED;
  return r->handles->take(r->handles->data, kind, id, (bits & 1) != 0, ret);
}

static weir_status get_signed(struct reading *r, weir_value_kind kind, weir_value *ret) {
  uint64_t n;
  unsigned bits = kind == WEIR_VALUE_S8 ? 8 : kind == WEIR_VALUE_S16 ? 16 : kind == WEIR_VALUE_S32 ? 32 : 64;
  if (!log_view_number(r->v, &n) || (bits < 64 && n >> bits))
    return WEIR_ERR_MALFORMED;
  ret->kind = kind;
  ret->of.s64 = log_unzigzag(n);
  return WEIR_OK;
}

static uint64_t most_of(weir_value_kind kind) {
  switch (kind) {
    case WEIR_VALUE_BOOL:
      return 1;
    case WEIR_VALUE_U8:
      return UINT8_MAX;
    case WEIR_VALUE_U16:
      return UINT16_MAX;
    case WEIR_VALUE_U64:
      return UINT64_MAX;
    case WEIR_VALUE_CHAR:
      return 0x10ffff;
    default:
      return UINT32_MAX;
  }
}

static weir_status get_unsigned(struct reading *r, weir_value_kind kind, weir_value *ret) {
  uint64_t n;
  if (!log_view_number(r->v, &n) || n > most_of(kind) || (kind == WEIR_VALUE_CHAR && n >= 0xd800 && n <= 0xdfff))
    return WEIR_ERR_MALFORMED;
  ret->kind = kind;
  ret->of.u64 = n;
  return WEIR_OK;
}

static weir_status get_raw(struct reading *r, weir_value_kind kind, size_t size, weir_value *ret) {
  const uint8_t *bits;
  if (!log_view_bytes(r->v, size, &bits))
    return WEIR_ERR_MALFORMED;
  ret->kind = kind;
  memcpy(&ret->of, bits, size);
  return WEIR_OK;
}

static weir_status get(struct reading *r, int depth, weir_value *ret) {
  uint8_t byte;
  *ret = (weir_value){0};
  if (depth > LOG_VALUE_DEPTH || !log_view_byte(r->v, &byte) || byte > WEIR_VALUE_BYTES)
    return WEIR_ERR_MALFORMED;
  weir_value_kind kind = (weir_value_kind)byte;
  switch (kind) {
    case WEIR_VALUE_LIST:
    case WEIR_VALUE_RECORD:
      return get_items(r, kind, depth, ret);
    case WEIR_VALUE_VARIANT:
      return get_variant(r, depth, ret);
    case WEIR_VALUE_STRING:
    case WEIR_VALUE_BYTES:
      return get_bytes(r, kind, ret);
    case WEIR_VALUE_RESOURCE:
    case WEIR_VALUE_STREAM:
    case WEIR_VALUE_FUTURE:
      return get_handle(r, kind, ret);
    case WEIR_VALUE_S8:
    case WEIR_VALUE_S16:
    case WEIR_VALUE_S32:
    case WEIR_VALUE_S64:
      return get_signed(r, kind, ret);
    case WEIR_VALUE_F32:
      return get_raw(r, kind, 4, ret);
    case WEIR_VALUE_F64:
      return get_raw(r, kind, 8, ret);
    case WEIR_VALUE_NONE:
    case WEIR_VALUE_ERROR_CONTEXT:
      ret->kind = kind;
      return WEIR_OK;
    default:
      return get_unsigned(r, kind, ret);
  }
}

weir_status log_value_get(struct log_view *v, const struct log_handles *handles, weir_value *ret) {
  struct reading r = {v, handles};
  weir_status status = get(&r, 0, ret);
  if (status != WEIR_OK)
    weir_value_clear(ret);
  return status;
}
