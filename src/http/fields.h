/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Fields: names and values in order, as headers and trailers have them (RFC 9110, section 5). Names keep their case and
 * are compared without. All bytes lie in one buffer, and all places in one array, so fields that are cleared and filled
 * again allocate nothing once they are warm. Each name is a token and each value a field-value; the size of all is
 * bounded.
 */
#ifndef HTTP_FIELDS_H
#define HTTP_FIELDS_H

#include "base/str.h"
#include "base/vec.h"

struct http_field_place {
  uint32_t name, name_size, value, value_size; /* in the bytes */
};

struct http_fields {
  const struct weir_alloc *alloc;
  VEC(char) bytes;
  VEC(struct http_field_place) places;
  uint32_t most_bytes; /* of names and values, and HTTP_FIELD_COST for each field */
  uint32_t most_count;
};

struct http_field {
  struct str name, value; /* good until the fields change */
};

/* What a field costs beside its bytes, as HTTP/2 counts (RFC 9113, section 6.5.2). */
enum { HTTP_FIELD_COST = 32, HTTP_FIELDS_BYTES = 65536, HTTP_FIELDS_COUNT = 256, HTTP_FIELD_NONE = -1 };

enum http_field_fault {
  HTTP_FIELD_OK,
  HTTP_FIELD_SYNTAX, /* the name is no token, or the value has bytes that no value may have */
  HTTP_FIELD_SIZE,   /* the fields would be more, or larger, than they may */
  HTTP_FIELD_NOMEM
};

/* Empty ones with the usual bounds; they allocate nothing yet. */
void http_fields_init(struct http_fields *f, const struct weir_alloc *alloc);
void http_fields_done(struct http_fields *f);
/* Empties; keeps the memory. */
void http_fields_clear(struct http_fields *f);

static inline uint32_t http_fields_count(const struct http_fields *f) {
  return f->places.count;
}

/* The field at a position below the count. */
static inline struct http_field http_fields_at(const struct http_fields *f, uint32_t at) {
  const struct http_field_place *p = &f->places.data[at];
  return (struct http_field){{f->bytes.data + p->name, p->name_size}, {f->bytes.data + p->value, p->value_size}};
}

/* Bytes and costs of all fields: what `most_bytes` bounds. Time: constant, but for what was removed. */
uint32_t http_fields_size(const struct http_fields *f);

/* Copies a field to the end. White space around the value is dropped. On a fault nothing has changed. */
enum http_field_fault http_fields_add(struct http_fields *f, struct str name, struct str value);
/* Copies all of `from`; on a fault those before it stay. */
enum http_field_fault http_fields_add_all(struct http_fields *f, const struct http_fields *from);
/* Removes all fields of that name and returns their number. */
uint32_t http_fields_remove(struct http_fields *f, struct str name);

/* The position of the first field of that name at or behind `from`; HTTP_FIELD_NONE. */
int64_t http_fields_find(const struct http_fields *f, struct str name, uint32_t from);
static inline bool http_fields_has(const struct http_fields *f, struct str name) {
  return http_fields_find(f, name, 0) != HTTP_FIELD_NONE;
}

/* Cuts the first element off a comma-separated list; false: the list is empty. */
bool http_list_next(struct str *list, struct str *ret);
/* Whether `list`, a comma-separated value, has the token; without case. */
bool http_list_has(struct str list, struct str token);

/* ---- rules ------------------------------------------------------------------------------------------------------- */

/* Equal but for the case of ASCII letters. */
bool http_name_eq(struct str a, struct str b);
/* RFC 9110, section 5.6.2: field names and methods. */
bool http_is_token(struct str s);
/* RFC 9110, section 5.5: visible characters, space, tab, and bytes from 0x80. */
bool http_is_value(struct str s);
/* A host with a port, without userinfo (RFC 3986, section 3.2): of its characters only; "" is one. */
bool http_is_host(struct str s);
/*
 * Whether the field belongs to one connection, or frames the message, so that the core writes it itself and sends none
 * of a caller's: connection, keep-alive, proxy-connection, transfer-encoding, upgrade, http2-settings, content-length,
 * and `te` but for "trailers".
 */
bool http_field_is_framing(struct http_field field);
/* Whether trailers may have a field of that name: none that frames, routes, authenticates, or describes content. */
bool http_name_may_trail(struct str name);

/* What the content-length among the fields says: */
enum http_length_rule { HTTP_LENGTH_ABSENT, HTTP_LENGTH_SAID, HTTP_LENGTH_WRONG };
/* HTTP_LENGTH_WRONG: no number, or fields that differ. */
enum http_length_rule http_fields_length(const struct http_fields *f, uint64_t *ret);

#endif
