/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The writer of JSON. It owns nothing: the text belongs to the caller. The writer puts a comma when the next thing
 * comes, so the caller need not know which thing is the last. Parts: objects and arrays; strings with their escapes;
 * values; members, which are a key and a value in one call.
 */
#include "base/json.h"

#include <inttypes.h>

#include "base/utf8.h"

struct json json_begin(struct text *out) {
  return (struct json){.out = out};
}

/* Comes before a value, or before the key of one. */
static void next(struct json *j) {
  if (j->comma)
    text_add(j->out, STR(", "));
  j->comma = false;
}

static void open(struct json *j, char bracket) {
  next(j);
  text_char(j->out, bracket);
}

static void close(struct json *j, char bracket) {
  text_char(j->out, bracket);
  j->comma = true;
}

void json_object(struct json *j) {
  open(j, '{');
}

void json_object_end(struct json *j) {
  close(j, '}');
}

void json_array(struct json *j) {
  open(j, '[');
}

void json_array_end(struct json *j) {
  close(j, ']');
}

/* ---- strings ----------------------------------------------------------------------------------------------------- */

/* The letter of the two-character escape of `c`; 0: there is none. */
static char escape_of(uint32_t c) {
  switch (c) {
    case '"':
    case '\\':
      return (char)c;
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    default:
      return 0;
  }
}

static void add_scalar(struct text *out, uint32_t scalar) {
  char letter = escape_of(scalar);
  if (letter != 0) {
    text_char(out, '\\');
    text_char(out, letter);
  } else if (scalar < 0x20) {
    text_printf(out, "\\u%04x", (unsigned)scalar);
  } else {
    text_scalar(out, scalar);
  }
}

void json_quote(struct text *out, struct str s) {
  text_char(out, '"');
  for (size_t i = 0; i < s.size && !out->failed;) {
    uint32_t scalar;
    int n = utf8_decode((const uint8_t *)s.data + i, s.size - i, &scalar);
    add_scalar(out, n > 0 ? scalar : 0xfffd); /* JSON has no way to say a byte that is not UTF-8 */
    i += n > 0 ? (size_t)n : 1;
  }
  text_char(out, '"');
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

void json_key(struct json *j, const char *key) {
  next(j);
  json_quote(j->out, str_from(key));
  text_add(j->out, STR(": "));
}

void json_string(struct json *j, struct str value) {
  next(j);
  json_quote(j->out, value);
  j->comma = true;
}

void json_number(struct json *j, uint64_t value) {
  next(j);
  text_printf(j->out, "%" PRIu64, value);
  j->comma = true;
}

void json_signed(struct json *j, int64_t value) {
  next(j);
  text_printf(j->out, "%" PRId64, value);
  j->comma = true;
}

void json_ready(struct json *j, struct str value) {
  next(j);
  text_add(j->out, value);
  j->comma = true;
}

void json_bool(struct json *j, bool value) {
  json_ready(j, value ? STR("true") : STR("false"));
}

void json_null(struct json *j) {
  json_ready(j, STR("null"));
}

/* ---- members ----------------------------------------------------------------------------------------------------- */

void json_member(struct json *j, const char *key, struct str value) {
  json_key(j, key);
  json_string(j, value);
}

void json_member_text(struct json *j, const char *key, struct str value) {
  if (value.size > 0)
    json_member(j, key, value);
}

void json_member_number(struct json *j, const char *key, uint64_t value) {
  json_key(j, key);
  json_number(j, value);
}

void json_member_bool(struct json *j, const char *key, bool value) {
  json_key(j, key);
  json_bool(j, value);
}
