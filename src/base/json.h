/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The one writer of JSON: the writer knows commas, quotes and escapes, its caller knows the order of things. The output
 * is always UTF-8: a byte that is none becomes U+FFFD. One line; `": "` and `", "` between members.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* A string alone, quoted and escaped. Texts for readers quote with it too. */
void json_quote(struct text *out, struct str s);

struct json {
  struct text *out;
  bool comma; /* the next member or element is not the first */
};

/* Begins to write at the end of `out`. */
struct json json_begin(struct text *out);

void json_object(struct json *j);
void json_object_end(struct json *j);
void json_array(struct json *j);
void json_array_end(struct json *j);

/* The name of the member whose value comes next. */
void json_key(struct json *j, const char *key);

void json_string(struct json *j, struct str value);
void json_number(struct json *j, uint64_t value);
void json_signed(struct json *j, int64_t value);
void json_bool(struct json *j, bool value);
void json_null(struct json *j);
/* A value that is JSON already. */
void json_ready(struct json *j, struct str value);

/* Member and value in one. json_member_text() writes nothing where there are no bytes. */
void json_member(struct json *j, const char *key, struct str value);
void json_member_text(struct json *j, const char *key, struct str value);
void json_member_number(struct json *j, const char *key, uint64_t value);
void json_member_bool(struct json *j, const char *key, bool value);

#endif
