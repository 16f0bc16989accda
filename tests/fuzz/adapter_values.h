/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Out of the input of fuzz_adapter.c: types, as structs and as text, and values of them in the memory of a guest. */
#ifndef FUZZ_ADAPTER_VALUES_H
#define FUZZ_ADAPTER_VALUES_H

#include <string.h>

#include "base/text.h"
#include "fuzz/type_maker.h"

enum {
  LISTS_MAX = 2,
  DEPTH_MAX = 3,
  IMAGE = 4096, /* of a memory: what the input makes */
  VALUE = 16    /* where it begins */
};

static void print_type(const struct maker *m, struct text *out, const struct weir_type *t);

static void print_part(const struct maker *m, struct text *out, const char *before, const struct weir_type *t) {
  text_printf(out, "%s", before);
  print_type(m, out, t);
  text_printf(out, ")");
}

static void print_fields(const struct maker *m, struct text *out, const struct weir_type *t) {
  static const char *const heads[] = {
      [TYPE_RECORD] = "record", [TYPE_VARIANT] = "variant", [TYPE_ENUM] = "enum", [TYPE_FLAGS] = "flags"};
  text_printf(out, "(%s", heads[t->kind]);
  for (uint32_t i = 0; i < t->field_count; i++) {
    const char *item = t->kind == TYPE_RECORD ? "(field " : t->kind == TYPE_VARIANT ? "(case " : "";
    text_printf(out, " %s\"%c\"", item, 'a' + (int)i);
    if (t->fields[i].type) {
      text_char(out, ' ');
      print_type(m, out, t->fields[i].type);
    }
    text_printf(out, "%s", *item ? ")" : "");
  }
  text_printf(out, ")");
}

static void print_result(const struct maker *m, struct text *out, const struct weir_type *t) {
  text_printf(out, "(result ");
  if (t->fields[0].type)
    print_type(m, out, t->fields[0].type);
  if (t->fields[1].type)
    print_part(m, out, " (error ", t->fields[1].type);
  text_printf(out, ")");
}

static void print_type(const struct maker *m, struct text *out, const struct weir_type *t) {
  static const char *const names[] = {
      [TYPE_BOOL] = "bool", [TYPE_S8] = "s8",     [TYPE_U8] = "u8",        [TYPE_S16] = "s16", [TYPE_U16] = "u16",
      [TYPE_S32] = "s32",   [TYPE_U32] = "u32",   [TYPE_S64] = "s64",      [TYPE_U64] = "u64", [TYPE_F32] = "f32",
      [TYPE_F64] = "f64",   [TYPE_CHAR] = "char", [TYPE_STRING] = "string"};
  if (has_name(t)) {
    text_printf(out, "$t%u", name_of(m, t));
  } else if (t->kind <= TYPE_STRING) {
    text_printf(out, "%s", names[t->kind]);
  } else if (t->kind == TYPE_OPTION) {
    print_part(m, out, "(option ", t->fields[1].type);
  } else if (t->kind == TYPE_RESULT) {
    print_result(m, out, t);
  } else if (t->kind == TYPE_LIST) {
    print_part(m, out, "(list ", t->elem);
  } else if (t->kind == TYPE_FIXED_LIST) {
    text_printf(out, "(list ");
    print_type(m, out, t->elem);
    text_printf(out, " %u)", t->length);
  } else { /* maps and tuples */
    const struct weir_type *parts = t->kind == TYPE_MAP ? t->elem : t;
    text_printf(out, t->kind == TYPE_MAP ? "(map" : "(tuple");
    for (uint32_t i = 0; i < parts->field_count; i++) {
      text_char(out, ' ');
      print_type(m, out, parts->fields[i].type);
    }
    text_printf(out, ")");
  }
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

struct image { /* the beginning of a guest's memory */
  uint8_t bytes[IMAGE];
  uint32_t end;
  struct input *in;
  uint8_t encoding;
};

static uint32_t image_take(struct image *m, uint32_t size, uint32_t align) {
  uint32_t at = (m->end + align - 1) & -align;
  if (at + size > IMAGE)
    return 0;
  m->end = at + size;
  return at;
}

static void put(struct image *m, uint32_t at, uint32_t size, uint64_t v) {
  for (uint32_t i = 0; i < size && at + i < IMAGE; i++)
    m->bytes[at + i] = (uint8_t)(v >> (8 * i));
}

static uint64_t get(const struct image *m, uint32_t at, uint32_t size) {
  uint64_t v = 0;
  for (uint32_t i = 0; i < size && at + i < IMAGE; i++)
    v |= (uint64_t)m->bytes[at + i] << (8 * i);
  return v;
}

static void put_value(struct image *m, uint32_t at, const struct weir_type *t);

/* Mostly ASCII; sometimes a sequence of several bytes, or what is none. */
static void put_string(struct image *m, uint32_t at) {
  static const char *const wide[] = {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xed\xa0\x80", "\xff"};
  uint32_t shape = take(m->in), n = take(m->in) % (shape % 8 == 7 ? 250u : 40u);
  uint32_t size = n * (m->encoding == 1 ? 2 : 1), begin = image_take(m, size, 2);
  for (uint32_t i = 0; i < size; i++)
    put(m, begin + i, 1, m->encoding == 1 && i % 2 ? 0 : 'a' + i % 26);
  if (shape & 0x10 && n >= 4)
    memcpy(m->bytes + begin + (n - 4), wide[shape % 5], strlen(wide[shape % 5]));
  put(m, at, 4, begin);
  put(m, at + 4, 4, n | (m->encoding == 2 && shape % 16 == 3 ? 0x80000000u : 0));
}

static void put_list(struct image *m, uint32_t at, const struct weir_type *elem) {
  uint32_t n = take(m->in) % 5, step = elem->layout[0].size;
  uint32_t begin = image_take(m, n * step, elem->layout[0].align);
  for (uint32_t i = 0; i < n && begin; i++)
    put_value(m, begin + i * step, elem);
  put(m, at, 4, begin);
  put(m, at + 4, 4, begin ? n : 0);
}

static void put_scalar(struct image *m, uint32_t at, const struct weir_type *t) {
  static const uint32_t chars[] = {'a', 0xd7ff, 0xe000, 0x10ffff, 0x110000, 0xd800, 0xdfff, 0x20ac};
  uint64_t v = 0;
  for (uint32_t i = 0; i < t->layout[0].size; i++)
    v = v << 8 | take(m->in);
  if (t->kind == TYPE_CHAR)
    v = v % 32 ? v % 0xd800 : chars[v / 32 % 8];
  put(m, at, t->layout[0].size, v);
}

static void put_variant(struct image *m, uint32_t at, const struct weir_type *t) {
  uint8_t choice = take(m->in);
  uint32_t number = choice == 255 ? t->field_count : choice % t->field_count;
  put(m, at, t->disc_size, number);
  if (number < t->field_count && t->fields[number].type)
    put_value(m, at + t->layout[0].payload, t->fields[number].type);
}

static void put_value(struct image *m, uint32_t at, const struct weir_type *t) {
  switch (t->kind) {
    case TYPE_STRING:
      put_string(m, at);
      return;
    case TYPE_LIST:
    case TYPE_MAP:
      put_list(m, at, t->elem);
      return;
    case TYPE_FIXED_LIST:
      for (uint32_t i = 0; i < t->length; i++)
        put_value(m, at + i * t->elem->layout[0].size, t->elem);
      return;
    case TYPE_RECORD:
    case TYPE_TUPLE:
      for (uint32_t i = 0; i < t->field_count; i++)
        put_value(m, at + t->fields[i].offset[0], t->fields[i].type);
      return;
    case TYPE_VARIANT:
    case TYPE_ENUM:
    case TYPE_OPTION:
    case TYPE_RESULT:
      put_variant(m, at, t);
      return;
    default:
      put_scalar(m, at, t);
  }
}

/* The flat form of what stands at `at`; what a case does not use is 0. */
static void flatten(const struct image *m, uint32_t at, const struct weir_type *t, uint64_t *slots) {
  if (t->kind == TYPE_STRING || t->kind == TYPE_LIST || t->kind == TYPE_MAP) {
    slots[0] = get(m, at, 4);
    slots[1] = get(m, at + 4, 4);
  } else if (t->kind == TYPE_FIXED_LIST) {
    for (uint32_t i = 0; i < t->length; i++)
      flatten(m, at + i * t->elem->layout[0].size, t->elem, slots + i * t->elem->flat_count[0]);
  } else if (t->kind == TYPE_RECORD || t->kind == TYPE_TUPLE) {
    for (uint32_t i = 0; i < t->field_count; slots += t->fields[i++].type->flat_count[0])
      flatten(m, at + t->fields[i].offset[0], t->fields[i].type, slots);
  } else if (t->disc_size) {
    slots[0] = get(m, at, t->disc_size);
    if (slots[0] < t->field_count && t->fields[slots[0]].type)
      flatten(m, at + t->layout[0].payload, t->fields[slots[0]].type, slots + 1);
  } else {
    slots[0] = get(m, at, t->layout[0].size);
  }
}

/* The core values that stand for a value in the image: flat, or its address. */
static void core_values(const struct image *m, const struct weir_type *t, uint32_t max_flat, uint64_t *slots) {
  if (t->flat_count[0] <= max_flat)
    flatten(m, VALUE, t, slots);
  else
    slots[0] = VALUE;
}

#endif
