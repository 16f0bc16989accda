/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Values into bytes. Every value has one encoding: a list of u8 is bytes, a number has no leading zeros, an absent
 * payload is no payload.
 *
 * In order: lists and bytes; variants; handles; numbers; put(), which chooses among them. log_value_read.c is the way
 * back, and log_value_print.c has the form for people.
 */
#include "record/log_value.h"

#include "abi/value_packed.h"
#include "embed/resource.h"
#include "embed/stream.h"

static bool put(struct text *b, const weir_value *v, int depth);

bool log_value_is_bytes(const weir_value *v) {
  for (size_t i = 0; i < v->of.list.count; i++)
    if (v->of.list.items[i].kind != WEIR_VALUE_U8)
      return false;
  return v->of.list.count > 0;
}

static bool put_items(struct text *b, const weir_value *v, int depth) {
  size_t count = v->of.list.count;
  if (v->kind == WEIR_VALUE_LIST && log_value_is_bytes(v)) {
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
