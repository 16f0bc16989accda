/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Writes heads, chunks and trailers. The size of a head is bounded before it is written, so that writing goes without
 * checks. Parts: pieces; heads; bodies.
 */
#include "http/h1_write.h"

#include <string.h>

enum { PIECES_MOST = 512 /* bytes of a head beside its texts and fields */, NUMBER_MOST = 20 };

/* ---- pieces ------------------------------------------------------------------------------------------------------ */

/* Where the next byte goes; there is room. */
struct pen {
  uint8_t *at;
};

static void put(struct pen *pen, struct str s) {
  if (s.size > 0)
    memcpy(pen->at, s.data, s.size);
  pen->at += s.size;
}

static void put_number(struct pen *pen, uint64_t number) {
  char digits[NUMBER_MOST];
  size_t at = sizeof(digits);
  do {
    digits[--at] = (char)('0' + number % 10);
    number /= 10;
  } while (number > 0);
  put(pen, (struct str){digits + at, sizeof(digits) - at});
}

static void put_field(struct pen *pen, struct http_field field) {
  put(pen, field.name);
  put(pen, STR(": "));
  put(pen, field.value);
  put(pen, STR("\r\n"));
}

static size_t fields_room(const struct http_fields *fields) {
  return fields ? fields->bytes.count + 4 * (size_t)http_fields_count(fields) : 0;
}

/* The caller's fields without those that the carrier writes. Returns whether there is a `date` among them. */
static bool put_fields(struct pen *pen, const struct http_fields *fields, bool skips_host) {
  bool has_date = false;
  for (uint32_t i = 0; fields && i < http_fields_count(fields); i++) {
    struct http_field field = http_fields_at(fields, i);
    if (http_field_is_framing(field) || (skips_host && http_name_eq(field.name, STR("host"))))
      continue;
    has_date = has_date || http_name_eq(field.name, STR("date"));
    put_field(pen, field);
  }
  return has_date;
}

static struct str reason_of(uint16_t status) {
  switch (status) {
#define STATUS(code, text) \
  case code:               \
    return STR(text);
#include "http/status.def"
    default:
      return STR("");
  }
}

static void put_status_line(struct pen *pen, uint16_t status) {
  put(pen, STR("HTTP/1.1 "));
  put_number(pen, status);
  put(pen, STR(" "));
  put(pen, reason_of(status));
  put(pen, STR("\r\n"));
}

/* ---- heads ------------------------------------------------------------------------------------------------------- */

static bool is_printable(struct str s) {
  for (size_t i = 0; i < s.size; i++) {
    if ((unsigned char)s.data[i] <= ' ' || s.data[i] == 0x7f)
      return false;
  }
  return true;
}

bool h1_head_is_valid(const struct http_head *head) {
  if (head->status != 0)
    return head->status >= 200 && head->status <= 999;
  return http_is_token(head->method) && is_printable(head->authority) && is_printable(head->path) &&
         is_printable(head->scheme);
}

static void put_framing(struct pen *pen, const struct h1_head_out *out) {
  if (out->has_length) {
    put(pen, STR("content-length: "));
    put_number(pen, out->head->length);
    put(pen, STR("\r\n"));
  } else if (out->framing == H1_CHUNKED) {
    put(pen, STR("transfer-encoding: chunked\r\n"));
  }
  if (out->closes)
    put(pen, STR("connection: close\r\n"));
  else if (out->keeps_http10)
    put(pen, STR("connection: keep-alive\r\n"));
}

static size_t head_room(const struct http_head *head) {
  return PIECES_MOST + head->method.size + head->scheme.size + 2 * head->authority.size + head->path.size +
         fields_room(head->fields);
}

bool h1_write_response(struct http_bytes *to, struct http_loop *loop, const struct h1_head_out *out) {
  struct pen pen = {http_bytes_room(to, loop, head_room(out->head))};
  const uint8_t *start = pen.at;
  if (!start)
    return false;
  put_status_line(&pen, out->head->status);
  if (!put_fields(&pen, out->head->fields, false))
    put_field(&pen, (struct http_field){STR("date"), http_loop_date(loop)});
  put_framing(&pen, out);
  put(&pen, STR("\r\n"));
  http_bytes_added(to, (size_t)(pen.at - start));
  return true;
}

bool h1_write_request(struct http_bytes *to, struct http_loop *loop, const struct h1_head_out *out) {
  const struct http_head *head = out->head;
  struct pen pen = {http_bytes_room(to, loop, head_room(head))};
  const uint8_t *start = pen.at;
  if (!start)
    return false;
  put(&pen, head->method);
  put(&pen, STR(" "));
  if (out->is_absolute) {
    put(&pen, head->scheme);
    put(&pen, STR("://"));
    put(&pen, head->authority);
  }
  put(&pen, head->path.size > 0 ? head->path : STR("/"));
  put(&pen, STR(" HTTP/1.1\r\n"));
  put_field(&pen, (struct http_field){STR("host"), head->authority});
  put_fields(&pen, head->fields, true);
  put_framing(&pen, out);
  put(&pen, STR("\r\n"));
  http_bytes_added(to, (size_t)(pen.at - start));
  return true;
}

bool h1_write_interim(struct http_bytes *to, struct http_loop *loop, uint16_t status,
                      const struct http_fields *fields) {
  struct pen pen = {http_bytes_room(to, loop, PIECES_MOST + fields_room(fields))};
  const uint8_t *start = pen.at;
  if (!start)
    return false;
  put_status_line(&pen, status);
  put_fields(&pen, fields, false);
  put(&pen, STR("\r\n"));
  http_bytes_added(to, (size_t)(pen.at - start));
  return true;
}

/* ---- bodies ------------------------------------------------------------------------------------------------------ */

static void put_hex(struct pen *pen, size_t number) {
  char digits[NUMBER_MOST];
  size_t at = sizeof(digits);
  do {
    digits[--at] = "0123456789abcdef"[number & 15];
    number >>= 4;
  } while (number > 0);
  put(pen, (struct str){digits + at, sizeof(digits) - at});
}

bool h1_write_body(struct http_bytes *to, struct http_loop *loop, enum h1_framing framing, const void *bytes,
                   size_t size) {
  if (framing != H1_CHUNKED)
    return framing == H1_NO_BODY || http_bytes_add(to, loop, bytes, size);
  struct pen pen = {http_bytes_room(to, loop, size + NUMBER_MOST + 4)};
  const uint8_t *start = pen.at;
  if (!start)
    return false;
  put_hex(&pen, size);
  put(&pen, STR("\r\n"));
  put(&pen, (struct str){bytes, size});
  put(&pen, STR("\r\n"));
  http_bytes_added(to, (size_t)(pen.at - start));
  return true;
}

bool h1_write_last_chunk(struct http_bytes *to, struct http_loop *loop, const struct http_fields *trailers) {
  struct pen pen = {http_bytes_room(to, loop, PIECES_MOST + fields_room(trailers))};
  const uint8_t *start = pen.at;
  if (!start)
    return false;
  put(&pen, STR("0\r\n"));
  for (uint32_t i = 0; trailers && i < http_fields_count(trailers); i++) {
    struct http_field field = http_fields_at(trailers, i);
    if (http_name_may_trail(field.name))
      put_field(&pen, field);
  }
  put(&pen, STR("\r\n"));
  http_bytes_added(to, (size_t)(pen.at - start));
  return true;
}
