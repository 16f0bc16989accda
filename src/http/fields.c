/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The fields of fields.h, and the rules about their names and values. Parts: rules; memory; adding and removing;
 * finding; content-length.
 */
#include "http/fields.h"

#include "base/mem.h"

/* ---- rules ------------------------------------------------------------------------------------------------------- */

static char lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool http_name_eq(struct str a, struct str b) {
  if (a.size != b.size)
    return false;
  for (size_t i = 0; i < a.size; i++) {
    if (lower(a.data[i]) != lower(b.data[i]))
      return false;
  }
  return true;
}

/* A bit for each character of a token: letters, digits, and !#$%&'*+-.^_`|~ */
static bool is_token_char(char c) {
  static const uint32_t bits[8] = {0, 0x03ff6cfa, 0xc7fffffe, 0x57ffffff};
  uint8_t u = (uint8_t)c;
  return bits[u >> 5] >> (u & 31) & 1;
}

bool http_is_token(struct str s) {
  for (size_t i = 0; i < s.size; i++) {
    if (!is_token_char(s.data[i]))
      return false;
  }
  return s.size > 0;
}

bool http_is_value(struct str s) {
  for (size_t i = 0; i < s.size; i++) {
    unsigned char c = (unsigned char)s.data[i];
    if ((c < 0x20 && c != '\t') || c == 0x7f)
      return false;
  }
  return true;
}

bool http_is_host(struct str s) {
  static const char others[] = "-._~!$&'()*+,;=%[]:";
  for (size_t i = 0; i < s.size; i++) {
    char c = s.data[i];
    bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!is_plain && (c == 0 || !strchr(others, c)))
      return false;
  }
  return true;
}

static bool is_space(char c) {
  return c == ' ' || c == '\t';
}

static struct str trim(struct str s) {
  while (s.size > 0 && is_space(s.data[0]))
    s = (struct str){s.data + 1, s.size - 1};
  while (s.size > 0 && is_space(s.data[s.size - 1]))
    s.size--;
  return s;
}

bool http_list_next(struct str *list, struct str *ret) {
  if (list->size == 0)
    return false;
  const char *comma = memchr(list->data, ',', list->size);
  struct str element = {list->data, comma ? (size_t)(comma - list->data) : list->size};
  size_t cut = element.size + (comma ? 1 : 0);
  *list = (struct str){list->data + cut, list->size - cut};
  *ret = trim(element);
  return true;
}

bool http_list_has(struct str list, struct str token) {
  for (struct str element; http_list_next(&list, &element);) {
    if (http_name_eq(element, token))
      return true;
  }
  return false;
}

static bool is_one_of(struct str name, const char *const *names, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (http_name_eq(name, str_from(names[i])))
      return true;
  }
  return false;
}

bool http_field_is_framing(struct http_field field) {
  static const char *const names[] = {"connection", "keep-alive",     "proxy-connection", "transfer-encoding",
                                      "upgrade",    "http2-settings", "content-length"};
  if (http_name_eq(field.name, STR("te")))
    return !http_name_eq(trim(field.value), STR("trailers"));
  return is_one_of(field.name, names, sizeof(names) / sizeof(names[0]));
}

bool http_name_may_trail(struct str name) {
  static const char *const names[] = {"connection",
                                      "keep-alive",
                                      "proxy-connection",
                                      "transfer-encoding",
                                      "upgrade",
                                      "te",
                                      "http2-settings",
                                      "content-length",
                                      "host",
                                      "trailer",
                                      "authorization",
                                      "cookie",
                                      "set-cookie",
                                      "content-encoding",
                                      "content-type",
                                      "content-range",
                                      "expect",
                                      "max-forwards",
                                      "cache-control",
                                      "www-authenticate",
                                      "range",
                                      "proxy-authorization",
                                      "if-match",
                                      "if-none-match",
                                      "if-modified-since",
                                      "if-unmodified-since"};
  return !is_one_of(name, names, sizeof(names) / sizeof(names[0]));
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

void http_fields_init(struct http_fields *f, const struct weir_alloc *alloc) {
  *f = (struct http_fields){.alloc = alloc, .most_bytes = HTTP_FIELDS_BYTES, .most_count = HTTP_FIELDS_COUNT};
}

void http_fields_done(struct http_fields *f) {
  VEC_DONE(f->alloc, &f->bytes);
  VEC_DONE(f->alloc, &f->places);
}

void http_fields_clear(struct http_fields *f) {
  f->bytes.count = 0;
  f->places.count = 0;
}

uint32_t http_fields_size(const struct http_fields *f) {
  return f->bytes.count + f->places.count * HTTP_FIELD_COST;
}

/* Room for `more` bytes behind those that are there. */
static bool room(struct http_fields *f, size_t more) {
  while (f->bytes.capacity - f->bytes.count < more) {
    if (!vec_room(f->alloc, &f->bytes.data, &f->bytes.capacity, f->bytes.capacity, 1))
      return false;
  }
  return true;
}

/* ---- adding and removing ----------------------------------------------------------------------------------------- */

static uint32_t append(struct http_fields *f, struct str s) {
  uint32_t at = f->bytes.count;
  if (s.size > 0)
    memcpy(f->bytes.data + at, s.data, s.size);
  f->bytes.count += (uint32_t)s.size;
  return at;
}

static bool fits(const struct http_fields *f, struct str name, struct str value) {
  uint64_t used = http_fields_size(f);
  if (f->places.count >= f->most_count || used > f->most_bytes)
    return false;
  uint64_t left = f->most_bytes - used;
  return left >= HTTP_FIELD_COST && name.size <= left - HTTP_FIELD_COST &&
         value.size <= left - HTTP_FIELD_COST - name.size;
}

enum http_field_fault http_fields_add(struct http_fields *f, struct str name, struct str value) {
  value = trim(value);
  if (!http_is_token(name) || !http_is_value(value))
    return HTTP_FIELD_SYNTAX;
  if (!fits(f, name, value))
    return HTTP_FIELD_SIZE;
  struct http_field_place place = {.name_size = (uint32_t)name.size, .value_size = (uint32_t)value.size};
  if (!room(f, name.size + value.size) || !VEC_PUSH(f->alloc, &f->places, place))
    return HTTP_FIELD_NOMEM;
  struct http_field_place *added = &f->places.data[f->places.count - 1];
  added->name = append(f, name);
  added->value = append(f, value);
  return HTTP_FIELD_OK;
}

enum http_field_fault http_fields_add_all(struct http_fields *f, const struct http_fields *from) {
  for (uint32_t i = 0; i < http_fields_count(from); i++) {
    struct http_field field = http_fields_at(from, i);
    enum http_field_fault fault = http_fields_add(f, field.name, field.value);
    if (fault != HTTP_FIELD_OK)
      return fault;
  }
  return HTTP_FIELD_OK;
}

/* Names and values lie in the order of their places, so what stays only moves down. */
uint32_t http_fields_remove(struct http_fields *f, struct str name) {
  uint32_t kept = 0, removed = 0, end = 0;
  for (uint32_t i = 0; i < f->places.count; i++) {
    struct http_field_place place = f->places.data[i];
    uint32_t size = place.name_size + place.value_size;
    if (http_name_eq(http_fields_at(f, i).name, name)) {
      removed++;
      continue;
    }
    memmove(f->bytes.data + end, f->bytes.data + place.name, size);
    place.name = end;
    place.value = end + place.name_size;
    end += size;
    f->places.data[kept++] = place;
  }
  f->places.count = kept;
  f->bytes.count = end;
  return removed;
}

/* ---- finding ----------------------------------------------------------------------------------------------------- */

int64_t http_fields_find(const struct http_fields *f, struct str name, uint32_t from) {
  for (uint32_t i = from; i < f->places.count; i++) {
    if (http_name_eq(http_fields_at(f, i).name, name))
      return i;
  }
  return HTTP_FIELD_NONE;
}

/* ---- content-length ---------------------------------------------------------------------------------------------- */

static bool read_number(struct str s, uint64_t *ret) {
  uint64_t number = 0;
  for (size_t i = 0; i < s.size; i++) {
    if (s.data[i] < '0' || s.data[i] > '9' || __builtin_mul_overflow(number, 10, &number) ||
        __builtin_add_overflow(number, (uint64_t)(s.data[i] - '0'), &number))
      return false;
  }
  *ret = number;
  return s.size > 0 && number != UINT64_MAX;
}

enum http_length_rule http_fields_length(const struct http_fields *f, uint64_t *ret) {
  enum http_length_rule rule = HTTP_LENGTH_ABSENT;
  for (int64_t at = 0; (at = http_fields_find(f, STR("content-length"), (uint32_t)at)) != HTTP_FIELD_NONE; at++) {
    uint64_t number = 0;
    if (!read_number(http_fields_at(f, (uint32_t)at).value, &number) || (rule == HTTP_LENGTH_SAID && number != *ret))
      return HTTP_LENGTH_WRONG;
    rule = HTTP_LENGTH_SAID;
    *ret = number;
  }
  return rule;
}
