/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A heap type is a signed number of 33 bits: not negative, it is the index of a type; negative, one byte stands for an
 * abstract heap type, or is a prefix (shared, exact). Value types share the space of these bytes.
 */
#include "wasm/valtype.h"

#include "wasm/put.h"

static weir_status malformed(const struct cursor *c, const char *what) {
  return diag_at(c->diag, WEIR_ERR_MALFORMED, cursor_offset(c), "malformed %s", what);
}

static weir_status abstract_read(struct cursor *c, struct wasm_heaptype *ret) {
  uint8_t byte;
  WEIR_TRY(cursor_peek(c, &byte));
  if (byte == PREFIX_SHARED) {
    ret->shared = true;
    c->pos++;
    WEIR_TRY(cursor_peek(c, &byte));
  }
  if (byte < HEAP_CONT || byte > HEAP_NOCONT)
    return malformed(c, "heap type");
  ret->code = byte;
  c->pos++;
  return WEIR_OK;
}

weir_status heaptype_read(struct cursor *c, struct wasm_heaptype *ret) {
  uint8_t byte;
  *ret = (struct wasm_heaptype){0};
  WEIR_TRY(cursor_peek(c, &byte));
  if (byte == PREFIX_EXACT) {
    ret->exact = true;
    c->pos++;
    return cursor_u32_leb(c, &ret->index);
  }
  if ((byte & 0xc0) == 0x40) /* one byte, negative */
    return abstract_read(c, ret);
  int64_t index;
  WEIR_TRY(cursor_s33_leb(c, &index));
  if (index < 0)
    return malformed(c, "heap type");
  ret->index = (uint32_t)index;
  return WEIR_OK;
}

weir_status valtype_read_ref(struct cursor *c, struct wasm_valtype *ret) {
  uint8_t byte;
  *ret = (struct wasm_valtype){.code = VALTYPE_REF_NULL};
  WEIR_TRY(cursor_peek(c, &byte));
  if (byte != VALTYPE_REF && byte != VALTYPE_REF_NULL)
    return abstract_read(c, &ret->heap);
  ret->code = byte;
  c->pos++;
  return heaptype_read(c, &ret->heap);
}

weir_status valtype_read(struct cursor *c, struct wasm_valtype *ret) {
  uint8_t byte;
  WEIR_TRY(cursor_peek(c, &byte));
  if (byte < VALTYPE_V128 || byte > VALTYPE_I32)
    return valtype_read_ref(c, ret);
  *ret = (struct wasm_valtype){.code = byte};
  c->pos++;
  return WEIR_OK;
}

weir_status valtype_read_storage(struct cursor *c, struct wasm_valtype *ret) {
  uint8_t byte;
  WEIR_TRY(cursor_peek(c, &byte));
  if (byte != VALTYPE_I8 && byte != VALTYPE_I16)
    return valtype_read(c, ret);
  *ret = (struct wasm_valtype){.code = byte};
  c->pos++;
  return WEIR_OK;
}

void heaptype_put(struct text *t, const struct wasm_heaptype *type) {
  if (type->shared)
    put_byte(t, PREFIX_SHARED);
  if (type->code != HEAP_TYPE) {
    put_byte(t, type->code);
  } else if (type->exact) {
    put_byte(t, PREFIX_EXACT);
    put_u32(t, type->index);
  } else {
    put_s64(t, type->index);
  }
}

void valtype_put(struct text *t, const struct wasm_valtype *type) {
  if (type->code != VALTYPE_REF_NULL || type->heap.code == HEAP_TYPE)
    put_byte(t, type->code);
  if (valtype_is_ref(type))
    heaptype_put(t, &type->heap);
}

weir_status heaptype_map(struct wasm_heaptype *type, const struct index_maps *maps, size_t at, struct diag *d) {
  if (type->code != HEAP_TYPE)
    return WEIR_OK;
  return index_map_get(maps, SPACE_TYPE, type->index, at, d, &type->index);
}

weir_status valtype_map(struct wasm_valtype *type, const struct index_maps *maps, size_t at, struct diag *d) {
  return valtype_is_ref(type) ? heaptype_map(&type->heap, maps, at, d) : WEIR_OK;
}

bool heaptype_equal(const struct wasm_heaptype *a, const struct wasm_heaptype *b) {
  return a->code == b->code && a->shared == b->shared && a->exact == b->exact && a->index == b->index;
}

bool valtype_equal(const struct wasm_valtype *a, const struct wasm_valtype *b) {
  return a->code == b->code && (!valtype_is_ref(a) || heaptype_equal(&a->heap, &b->heap));
}
