/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Values that lend (weir/value.h) become weir's own where they come in. What a value lends is copied in one block: the
 * value owns the block, and the values in the block lend from it, so they are for weir's own eyes. Where values are
 * shown to others, or hold handles, the copy is made value by value instead.
 */
#include <string.h>

#include "abi/value.h"
#include "abi/value_packed.h"

struct block {
  char *next; /* room that is left begins here */
};

/* Pieces are aligned for every element and value. */
static size_t padded(size_t size) {
  return (size + 7) & ~(size_t)7;
}

/* The array that a value has, and bytes of it; the values in an array of values are looked at besides. */
static const void *content(const weir_value *v, size_t *ret_size) {
  switch (v->kind) {
    case WEIR_VALUE_STRING:
    case WEIR_VALUE_BYTES:
      *ret_size = v->of.string.size;
      return v->of.string.data;
    case WEIR_VALUE_PACKED:
      *ret_size = v->of.packed.count * value_packed_size((weir_value_kind)value_tag(v));
      return v->of.packed.data;
    case WEIR_VALUE_LIST:
    case WEIR_VALUE_RECORD:
      *ret_size = v->of.list.count * sizeof(weir_value);
      return v->of.list.items;
    case WEIR_VALUE_VARIANT:
      *ret_size = v->of.payload ? sizeof(weir_value) : 0;
      return v->of.payload;
    default:
      *ret_size = 0;
      return NULL;
  }
}

/* The values right below one; NULL: none. */
static weir_value *below(const weir_value *v, size_t *ret_count) {
  *ret_count = 0;
  if (v->kind == WEIR_VALUE_LIST || v->kind == WEIR_VALUE_RECORD) {
    *ret_count = v->of.list.count;
    return v->of.list.items;
  }
  if (v->kind != WEIR_VALUE_VARIANT || !v->of.payload)
    return NULL;
  *ret_count = 1;
  return v->of.payload;
}

/* false: more than there are addresses, which only values that are made wrongly have. */
static bool measure(const weir_value *v, size_t *size) {
  size_t own, count;
  content(v, &own);
  if (__builtin_add_overflow(*size, padded(own), size))
    return false;
  const weir_value *values = below(v, &count);
  for (size_t i = 0; i < count; i++)
    if (value_has_content(&values[i]) && !measure(&values[i], size))
      return false;
  return true;
}

static void set_content(weir_value *v, void *data) {
  if (v->kind == WEIR_VALUE_VARIANT)
    v->of.payload = data;
  else if (v->kind == WEIR_VALUE_LIST || v->kind == WEIR_VALUE_RECORD)
    v->of.list.items = data;
  else
    v->of.string.data = data; /* of.packed has the same members */
}

_Static_assert(offsetof(weir_value, of.string.data) == offsetof(weir_value, of.packed.data), "one member for both");

/* Moves what `v` leads to into the block, and makes `v` lend from there. */
static void move_in(struct block *b, weir_value *v) {
  size_t size, count;
  const void *from = content(v, &size);
  void *to = b->next;
  b->next += padded(size);
  if (size)
    memcpy(to, from, size);
  set_content(v, size ? to : NULL);
  v->tag |= WEIR_VALUE_LENT;
  weir_value *values = below(v, &count);
  for (size_t i = 0; i < count; i++)
    if (value_has_content(&values[i]))
      move_in(b, &values[i]);
}

/* `v` lends: its content begins the block, so that releasing the one releases the other. */
static weir_status keep_in_block(weir_value *v) {
  size_t size = 0;
  if (!measure(v, &size))
    return WEIR_ERR_NOMEM;
  struct block b = {size ? value_alloc(size) : NULL};
  if (!b.next && size)
    return WEIR_ERR_NOMEM;
  move_in(&b, v);
  v->tag &= ~WEIR_VALUE_LENT;
  return WEIR_OK;
}

static weir_status keep_one(weir_value *v, bool plain) {
  weir_value copy;
  if (!plain)
    return keep_in_block(v);
  WEIR_TRY(value_copy_with_handles(v, &copy));
  *v = copy;
  return WEIR_OK;
}

/* All values of a list have one type: where the first has no content none has. */
weir_status value_keep(weir_value *v, bool plain) {
  size_t count;
  if (!value_has_content(v))
    return WEIR_OK;
  if (value_lends(v))
    return keep_one(v, plain);
  weir_value *values = below(v, &count);
  if (v->kind == WEIR_VALUE_LIST && count && !value_has_content(&values[0]))
    return WEIR_OK;
  for (size_t i = 0; i < count; i++)
    WEIR_TRY(value_keep(&values[i], plain));
  return WEIR_OK;
}
