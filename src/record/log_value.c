/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Values as bytes, both ways. Every value has one encoding, and everything else is refused: a list of u8 is bytes, a
 * number has no leading zeros, an absent payload is no payload. Nesting and memory are bounded before anything is
 * made.
 *
 * In order: writing; reading. The form for people is in log_value_print.c.
 */
#include "record/log_value.h"

#include "abi/value_packed.h"
#include "base/utf8.h"
#include "embed/resource.h"
#include "embed/stream.h"

enum { MOST_MEMORY = 1 << 30 };

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static bool put(struct text *b, const weir_value *v, int depth);

static bool all_u8(const weir_value *v) {
  for (size_t i = 0; i < v->of.list.count; i++)
    if (v->of.list.items[i].kind != WEIR_VALUE_U8)
      return false;
  return v->of.list.count > 0;
}

static bool put_items(struct text *b, const weir_value *v, int depth) {
  size_t count = v->of.list.count;
  if (v->kind == WEIR_VALUE_LIST && all_u8(v)) {
    log_put_byte(b, WEIR_VALUE_BYTES);
    log_put_number(b, count);
    for (size_t i = 0; i < count; i++)
      log_put_byte(b, v->of.list.items[i].of.u8);
    return true;
  }
  log_put_byte(b, (uint8_t)v->kind);
  log_put_number(b, count);
  for (size_t i = 0; i < count; i++)
    if (!put(b, &v->of.list.items[i], depth + 1))
      return false;
  return true;
}

static void put_bytes(struct text *b, const weir_value *v) {
  bool empty = v->kind == WEIR_VALUE_BYTES && v->of.string.size == 0; /* as the list that it equals */
  log_put_byte(b, empty ? WEIR_VALUE_LIST : (uint8_t)v->kind);
  log_put_str(b, (struct str){v->of.string.data, v->of.string.size});
}

/* As the list of its elements; packed is only how it lies in memory. */
static bool put_packed(struct text *b, const weir_value *v, int depth) {
  struct value_packed p = value_packed_of(v);
  if (p.count && value_packed_size(p.kind) == 0)
    return false;
  if (p.kind == WEIR_VALUE_U8) {
    put_bytes(b, &(weir_value){.kind = WEIR_VALUE_BYTES, .of.string = {v->of.packed.data, p.count}});
    return true;
  }
  log_put_byte(b, WEIR_VALUE_LIST);
  log_put_number(b, p.count);
  for (size_t i = 0; i < p.count; i++) {
    weir_value item = value_packed_item(&p, i);
    if (!put(b, &item, depth + 1))
      return false;
  }
  return true;
}

static bool put_variant(struct text *b, const weir_value *v, int depth) {
  const weir_value *payload = v->of.payload;
  bool has = payload && payload->kind != WEIR_VALUE_NONE;
  log_put_byte(b, WEIR_VALUE_VARIANT);
  log_put_number(b, value_tag(v));
  log_put_byte(b, has);
  return !has || put(b, payload, depth + 1);
}

static void put_resource(struct text *b, const weir_value *v) {
  static const struct host_resource stale = {0};
  const struct host_resource *found = resource_get(v->of.resource), *r = found ? found : &stale;
  bool host = r->type && !r->type->impl;
  log_put_byte(b, WEIR_VALUE_RESOURCE);
  log_put_number(b, r->id);
  log_put_byte(b, (uint8_t)((r->own ? 1 : 0) | (host ? 2 : 0)));
  if (host)
    log_put_number(b, r->rep);
}

static void put_end(struct text *b, const weir_value *v) {
  const struct host_end *end = host_end_get(v->of.stream);
  log_put_byte(b, (uint8_t)v->kind);
  log_put_number(b, end ? end->id : 0);
}

static void put_signed(struct text *b, weir_value_kind kind, int64_t n) {
  log_put_byte(b, (uint8_t)kind);
  log_put_number(b, log_zigzag(n));
}

static void put_unsigned(struct text *b, weir_value_kind kind, uint64_t n) {
  log_put_byte(b, (uint8_t)kind);
  log_put_number(b, n);
}

static void put_raw(struct text *b, weir_value_kind kind, const void *bits, size_t size) {
  log_put_byte(b, (uint8_t)kind);
  log_put_bytes(b, bits, size);
}

static bool put_scalar(struct text *b, const weir_value *v) {
  switch (v->kind) {
    case WEIR_VALUE_BOOL:
      put_unsigned(b, v->kind, v->of.boolean);
      return true;
    case WEIR_VALUE_S8:
      put_signed(b, v->kind, v->of.s8);
      return true;
    case WEIR_VALUE_U8:
      put_unsigned(b, v->kind, v->of.u8);
      return true;
    case WEIR_VALUE_S16:
      put_signed(b, v->kind, v->of.s16);
      return true;
    case WEIR_VALUE_U16:
      put_unsigned(b, v->kind, v->of.u16);
      return true;
    case WEIR_VALUE_S32:
      put_signed(b, v->kind, v->of.s32);
      return true;
    case WEIR_VALUE_S64:
      put_signed(b, v->kind, v->of.s64);
      return true;
    case WEIR_VALUE_U64:
      put_unsigned(b, v->kind, v->of.u64);
      return true;
    case WEIR_VALUE_F32:
      put_raw(b, v->kind, &v->of.f32, 4);
      return true;
    case WEIR_VALUE_F64:
      put_raw(b, v->kind, &v->of.f64, 8);
      return true;
    case WEIR_VALUE_U32:
    case WEIR_VALUE_CHAR:
    case WEIR_VALUE_FLAGS:
      put_unsigned(b, v->kind, v->of.u32);
      return true;
    default:
      log_put_byte(b, (uint8_t)v->kind); /* NONE, ERROR_CONTEXT */
      return true;
  }
}

static bool put(struct text *b, const weir_value *v, int depth) {
  if (depth > LOG_VALUE_DEPTH)
    return false;
  switch (v->kind) {
    case WEIR_VALUE_LIST:
    case WEIR_VALUE_RECORD:
      return put_items(b, v, depth);
    case WEIR_VALUE_VARIANT:
      return put_variant(b, v, depth);
    case WEIR_VALUE_STRING:
    case WEIR_VALUE_BYTES:
      put_bytes(b, v);
      return true;
    case WEIR_VALUE_PACKED:
      return put_packed(b, v, depth);
    case WEIR_VALUE_RESOURCE:
      put_resource(b, v);
      return true;
    case WEIR_VALUE_STREAM:
    case WEIR_VALUE_FUTURE:
      put_end(b, v);
      return true;
    default:
      return put_scalar(b, v);
  }
}

bool log_value_put(struct text *b, const weir_value *value) {
  static const weir_value none = {0};
  return put(b, value ? value : &none, 0) && !b->failed;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

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
  return kind == WEIR_VALUE_LIST && all_u8(ret) ? WEIR_ERR_MALFORMED : WEIR_OK;
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
