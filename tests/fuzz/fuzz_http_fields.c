/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Property: fields hold what was added and not removed, in order, within their bounds, as a plain list of them does.
 * The input is a list of steps: an operation, a name of a few, and a value up to the next line end.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "http/fields.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 24 };

static void must(int condition) {
  if (!condition)
    abort();
}

/* The plain list: pieces of the input. */
struct model {
  struct http_field fields[MOST];
  uint32_t count, size;
};

static struct str trim(struct str s) {
  while (s.size > 0 && (s.data[0] == ' ' || s.data[0] == '\t'))
    s = (struct str){s.data + 1, s.size - 1};
  while (s.size > 0 && (s.data[s.size - 1] == ' ' || s.data[s.size - 1] == '\t'))
    s.size--;
  return s;
}

static void check_same(const struct http_fields *f, const struct model *m) {
  must(http_fields_count(f) == m->count && http_fields_size(f) == m->size);
  for (uint32_t i = 0; i < m->count; i++) {
    struct http_field field = http_fields_at(f, i);
    must(str_eq(field.name, m->fields[i].name) && str_eq(field.value, m->fields[i].value));
    must(http_is_token(field.name) && http_is_value(field.value));
  }
}

static void add(struct http_fields *f, struct model *m, struct str name, struct str value) {
  struct http_field field = {name, trim(value)};
  uint32_t cost = (uint32_t)(name.size + field.value.size) + HTTP_FIELD_COST;
  bool is_right = http_is_token(name) && http_is_value(field.value);
  bool fits = m->count < f->most_count && m->size + cost <= f->most_bytes;
  enum http_field_fault fault = http_fields_add(f, name, value);
  must(fault == (!is_right ? HTTP_FIELD_SYNTAX : !fits ? HTTP_FIELD_SIZE : HTTP_FIELD_OK));
  if (fault != HTTP_FIELD_OK)
    return;
  m->fields[m->count++] = field;
  m->size += cost;
}

static void remove_name(struct http_fields *f, struct model *m, struct str name) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < m->count; i++) {
    if (!http_name_eq(m->fields[i].name, name))
      m->fields[kept++] = m->fields[i];
    else
      m->size -= (uint32_t)(m->fields[i].name.size + m->fields[i].value.size) + HTTP_FIELD_COST;
  }
  must(http_fields_remove(f, name) == m->count - kept);
  m->count = kept;
  must(http_fields_find(f, name, 0) == HTTP_FIELD_NONE);
}

/* A content-length that is said is the same number for each that says it. */
static void check_length(const struct http_fields *f) {
  uint64_t length = 0;
  if (http_fields_length(f, &length) != HTTP_LENGTH_SAID)
    return;
  for (int64_t at = 0; (at = http_fields_find(f, STR("content-length"), (uint32_t)at)) != HTTP_FIELD_NONE; at++) {
    struct str value = http_fields_at(f, (uint32_t)at).value;
    must(value.size > 0);
    for (size_t i = 0; i < value.size; i++)
      must(value.data[i] >= '0' && value.data[i] <= '9');
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const struct str names[] = {{"content-length", 14},
                                     {"Content-Length", 14},
                                     {"a", 1},
                                     {"A", 1},
                                     {"x y", 3},
                                     {"", 0},
                                     {"connection", 10},
                                     {"b", 1}};
  struct http_fields f;
  struct model m = {0};
  http_fields_init(&f, &mem_system);
  f.most_bytes = 700;
  f.most_count = MOST;
  while (size > 0) {
    uint8_t step = *data++;
    size--;
    const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
    size_t length = end ? (size_t)(end - data) : size;
    struct str name = names[step & 7], value = {(const char *)data, length};
    if (step & 0x40)
      remove_name(&f, &m, name);
    else
      add(&f, &m, step & 0x20 ? value : name, value);
    size_t used = length + (end ? 1 : 0);
    data += used;
    size -= used;
    check_same(&f, &m);
    check_length(&f);
  }
  http_fields_done(&f);
  return 0;
}
