/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Lists of fields, which several handles share until a message has them. In order: the life of a list; the rules for
 * guests; changing; lists for results; handles.
 */
#include "wasi/http/headers.h"

#include "base/diag.h"
#include "base/mem.h"
#include "wasi/wit.h"

/* Of all guests of a host together. */
enum { WASI_HTTP_FIELD_BYTES = 64 << 20 };

static void recount(struct wasi_http_headers *headers) {
  uint32_t now = http_fields_size(&headers->fields);
  headers->http->field_bytes += (uint64_t)now - headers->counted;
  headers->counted = now;
}

static bool has_room(const struct wasi_http_headers *headers, uint64_t bytes) {
  return headers->http->field_bytes + bytes <= WASI_HTTP_FIELD_BYTES;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

struct wasi_http_headers *wasi_http_headers_new(struct wasi_http *http) {
  const struct weir_alloc *alloc = http->alloc;
  struct wasi_http_headers *headers = mem_zalloc(alloc, sizeof(*headers));
  if (!headers)
    return NULL;
  headers->http = http;
  headers->alloc = alloc;
  headers->holders = 1;
  http_fields_init(&headers->fields, alloc);
  return headers;
}

struct wasi_http_headers *wasi_http_headers_copy(struct wasi_http *http, const struct http_fields *from) {
  struct wasi_http_headers *headers = wasi_http_headers_new(http);
  if (!headers || !from)
    return headers;
  /* What came may be more than a guest may make; a copy of it grows no further. */
  uint32_t bytes = http_fields_size(from), count = http_fields_count(from);
  if (bytes > headers->fields.most_bytes)
    headers->fields.most_bytes = bytes;
  if (count > headers->fields.most_count)
    headers->fields.most_count = count;
  if (http->field_bytes + bytes <= WASI_HTTP_FIELD_BYTES &&
      http_fields_add_all(&headers->fields, from) == HTTP_FIELD_OK) {
    recount(headers);
    return headers;
  }
  wasi_http_headers_release(headers);
  return NULL;
}

struct wasi_http_headers *wasi_http_headers_hold(struct wasi_http_headers *headers) {
  headers->holders++;
  return headers;
}

void wasi_http_headers_release(struct wasi_http_headers *headers) {
  if (!headers || --headers->holders > 0)
    return;
  headers->http->field_bytes -= headers->counted;
  http_fields_done(&headers->fields);
  mem_free(headers->alloc, headers, sizeof(*headers));
}

/* ---- rules ------------------------------------------------------------------------------------------------------- */

/* What the host writes, and what is between two neighbours only: no guest may. */
static bool is_forbidden(struct str name) {
  static const char *const names[] = {"connection",
                                      "host",
                                      "http2-settings",
                                      "keep-alive",
                                      "proxy-connection",
                                      "proxy-authenticate",
                                      "proxy-authorization",
                                      "transfer-encoding",
                                      "upgrade"};
  for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
    if (http_name_eq(name, str_from(names[i])))
      return true;
  }
  return false;
}

static enum wasi_http_header_fault name_fault(const struct wasi_http_headers *headers, struct str name) {
  if (headers->frozen)
    return WASI_HTTP_HEADER_IMMUTABLE;
  if (!http_is_token(name))
    return WASI_HTTP_HEADER_SYNTAX;
  return is_forbidden(name) ? WASI_HTTP_HEADER_FORBIDDEN : WASI_HTTP_HEADER_OK;
}

static enum wasi_http_header_fault fault_of(enum http_field_fault fault) {
  switch (fault) {
    case HTTP_FIELD_OK:
      return WASI_HTTP_HEADER_OK;
    case HTTP_FIELD_SIZE:
      return WASI_HTTP_HEADER_SIZE;
    case HTTP_FIELD_NOMEM:
      return WASI_HTTP_HEADER_NOMEM;
    default:
      return WASI_HTTP_HEADER_SYNTAX;
  }
}

static struct str bytes_of(const weir_value *value) {
  return (struct str){value->of.string.data, value->of.string.size};
}

/* ---- changing ---------------------------------------------------------------------------------------------------- */

enum wasi_http_header_fault wasi_http_headers_append(struct wasi_http_headers *headers, struct str name,
                                                     struct str value) {
  enum wasi_http_header_fault fault = name_fault(headers, name);
  if (fault == WASI_HTTP_HEADER_OK && !has_room(headers, name.size + value.size + HTTP_FIELD_COST))
    fault = WASI_HTTP_HEADER_SIZE;
  if (fault == WASI_HTTP_HEADER_OK)
    fault = fault_of(http_fields_add(&headers->fields, name, value));
  recount(headers);
  return fault;
}

enum wasi_http_header_fault wasi_http_headers_delete(struct wasi_http_headers *headers, struct str name) {
  enum wasi_http_header_fault fault = name_fault(headers, name);
  if (fault == WASI_HTTP_HEADER_FORBIDDEN)
    return WASI_HTTP_HEADER_OK; /* there are none */
  if (fault == WASI_HTTP_HEADER_OK)
    http_fields_remove(&headers->fields, name);
  recount(headers);
  return fault;
}

/* The new values in a list of their own: nothing is removed unless all of them fit. */
static enum wasi_http_header_fault values_check(const struct wasi_http_headers *headers, struct str name,
                                                const struct wasi_values *values) {
  const struct http_fields *fields = &headers->fields;
  uint64_t size = http_fields_size(fields), count = http_fields_count(fields);
  for (int64_t at = http_fields_find(fields, name, 0); at >= 0; at = http_fields_find(fields, name, (uint32_t)at + 1)) {
    size -= name.size + http_fields_at(fields, (uint32_t)at).value.size + HTTP_FIELD_COST;
    count--;
  }
  for (size_t i = 0; i < values->count; i++) {
    if (!http_is_value(bytes_of(&values->items[i])))
      return WASI_HTTP_HEADER_SYNTAX;
    size += name.size + values->items[i].of.string.size + HTTP_FIELD_COST;
  }
  bool fits = size <= fields->most_bytes && count + values->count <= fields->most_count;
  fits = fits && (size <= headers->counted || has_room(headers, size - headers->counted));
  return fits ? WASI_HTTP_HEADER_OK : WASI_HTTP_HEADER_SIZE;
}

enum wasi_http_header_fault wasi_http_headers_set(struct wasi_http_headers *headers, struct str name,
                                                  const struct wasi_values *values) {
  enum wasi_http_header_fault fault = name_fault(headers, name);
  if (fault == WASI_HTTP_HEADER_OK)
    fault = values_check(headers, name, values);
  if (fault != WASI_HTTP_HEADER_OK)
    return fault;
  http_fields_remove(&headers->fields, name);
  for (size_t i = 0; i < values->count && fault == WASI_HTTP_HEADER_OK; i++)
    fault = fault_of(http_fields_add(&headers->fields, name, bytes_of(&values->items[i])));
  recount(headers);
  return fault;
}

enum wasi_http_header_fault wasi_http_headers_append_all(struct wasi_http_headers *headers,
                                                         const struct wasi_values *entries) {
  enum wasi_http_header_fault fault = WASI_HTTP_HEADER_OK;
  for (size_t i = 0; i < entries->count && fault == WASI_HTTP_HEADER_OK; i++) {
    const weir_value *pair = entries->items[i].of.list.items;
    fault = wasi_http_headers_append(headers, bytes_of(&pair[0]), bytes_of(&pair[1]));
  }
  return fault;
}

/* ---- lists for results ------------------------------------------------------------------------------------------- */

static uint32_t count_of(const struct http_fields *fields, struct str name) {
  uint32_t count = 0;
  for (int64_t at = http_fields_find(fields, name, 0); at >= 0; at = http_fields_find(fields, name, (uint32_t)at + 1))
    count++;
  return count;
}

weir_status wasi_http_headers_get(const struct wasi_http_headers *headers, struct str name,
                                  struct wasi_list_bytes *ret) {
  const struct http_fields *fields = &headers->fields;
  *ret = (struct wasi_list_bytes){.count = count_of(fields, name)};
  if (ret->count == 0)
    return WEIR_OK;
  ret->items = mem_array(headers->alloc, ret->count, sizeof(*ret->items));
  weir_status status = ret->items ? WEIR_OK : WEIR_ERR_NOMEM;
  int64_t at = -1;
  for (size_t i = 0; i < ret->count && status == WEIR_OK; i++) {
    at = http_fields_find(fields, name, (uint32_t)(at + 1));
    struct str value = http_fields_at(fields, (uint32_t)at).value;
    status = weir_value_new_bytes(value.data, value.size, &ret->items[i]);
  }
  if (status != WEIR_OK)
    wasi_http_headers_values_done(headers, ret);
  return status;
}

void wasi_http_headers_values_done(const struct wasi_http_headers *headers, struct wasi_list_bytes *list) {
  for (size_t i = 0; list->items && i < list->count; i++)
    weir_value_clear(&list->items[i]);
  mem_free(headers->alloc, list->items, list->count * sizeof(*list->items));
  *list = (struct wasi_list_bytes){0};
}

weir_status wasi_http_headers_entries(const struct wasi_http_headers *headers, struct wasi_list_tuple_text_bytes *ret) {
  *ret = (struct wasi_list_tuple_text_bytes){.count = http_fields_count(&headers->fields)};
  if (ret->count == 0)
    return WEIR_OK;
  ret->items = mem_array(headers->alloc, ret->count, sizeof(*ret->items));
  weir_status status = ret->items ? WEIR_OK : WEIR_ERR_NOMEM;
  for (uint32_t i = 0; i < ret->count && status == WEIR_OK; i++) {
    struct http_field field = http_fields_at(&headers->fields, i);
    ret->items[i].f0 = (struct wasi_text){field.name.data, field.name.size};
    status = weir_value_new_bytes(field.value.data, field.value.size, &ret->items[i].f1);
  }
  if (status != WEIR_OK)
    wasi_http_headers_entries_done(headers, ret);
  return status;
}

void wasi_http_headers_entries_done(const struct wasi_http_headers *headers, struct wasi_list_tuple_text_bytes *list) {
  for (size_t i = 0; list->items && i < list->count; i++)
    weir_value_clear(&list->items[i].f1);
  mem_free(headers->alloc, list->items, list->count * sizeof(*list->items));
  *list = (struct wasi_list_tuple_text_bytes){0};
}

/* ---- handles ----------------------------------------------------------------------------------------------------- */

struct fields {
  struct wasi_object object;
  struct wasi_http_headers *headers; /* held */
};

static void fields_free(struct wasi_object *object) {
  struct fields *f = (struct fields *)object;
  wasi_http_headers_release(f->headers);
  mem_free(object->objects->alloc, f, sizeof(*f));
}

static const struct wasi_object_type fields_type = {.free = fields_free};

weir_status wasi_http_fields_make(struct wasi_http *http, weir_store *store, struct wasi_http_headers *take_headers,
                                  uint64_t *ret) {
  struct fields *f = take_headers ? mem_zalloc(http->alloc, sizeof(*f)) : NULL;
  weir_status status = f ? wasi_object_init(http->objects, &fields_type, store, &f->object) : WEIR_ERR_NOMEM;
  if (status != WEIR_OK) {
    mem_free(http->alloc, f, sizeof(*f));
    wasi_http_headers_release(take_headers);
    return status;
  }
  f->headers = take_headers;
  *ret = f->object.number;
  return WEIR_OK;
}

struct wasi_http_headers *wasi_http_fields_of(const struct wasi_http *http, uint64_t number) {
  const struct fields *f = (const struct fields *)wasi_object_get(http->objects, &fields_type, number);
  return f ? f->headers : NULL;
}
