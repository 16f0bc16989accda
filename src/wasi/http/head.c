/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The head of a message: its texts are owned here, and each that a guest sets is checked first. In order: texts;
 * methods and schemes by name; the life of a head; what guests ask; what they set, with the rules for each text.
 */
#include "wasi/http/head.h"

#include "base/diag.h"
#include "base/mem.h"

/* ---- texts ------------------------------------------------------------------------------------------------------- */

static void text_free(const struct weir_alloc *alloc, struct wasi_http_text *text) {
  mem_free(alloc, text->data, text->size);
  *text = (struct wasi_http_text){0};
}

/* Replaces; on failure the text is as it was. */
static weir_status text_set(const struct weir_alloc *alloc, struct wasi_http_text *text, struct str from) {
  char *data = from.size > 0 ? mem_alloc(alloc, from.size) : NULL;
  if (!data && from.size > 0)
    return WEIR_ERR_NOMEM;
  if (data)
    memcpy(data, from.data, from.size);
  text_free(alloc, text);
  *text = (struct wasi_http_text){data, from.size};
  return WEIR_OK;
}

static struct str str_of(struct wasi_http_text text) {
  return (struct str){text.data, text.size};
}

static struct wasi_text wasi_text_of(struct wasi_http_text text) {
  return (struct wasi_text){text.data, text.size};
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

static const char *const methods[] = {[WASI_HTTP_METHOD_GET] = "GET",         [WASI_HTTP_METHOD_HEAD] = "HEAD",
                                      [WASI_HTTP_METHOD_POST] = "POST",       [WASI_HTTP_METHOD_PUT] = "PUT",
                                      [WASI_HTTP_METHOD_DELETE] = "DELETE",   [WASI_HTTP_METHOD_CONNECT] = "CONNECT",
                                      [WASI_HTTP_METHOD_OPTIONS] = "OPTIONS", [WASI_HTTP_METHOD_TRACE] = "TRACE",
                                      [WASI_HTTP_METHOD_PATCH] = "PATCH"};
static const char *const schemes[] = {[WASI_HTTP_SCHEME_HTTP] = "http", [WASI_HTTP_SCHEME_HTTPS] = "https"};

/* Methods have case. */
static enum wasi_http_method_tag method_of(struct str name) {
  unsigned tag = 0;
  while (tag < WASI_HTTP_METHOD_OTHER && !str_eq(str_from(methods[tag]), name))
    tag++;
  return (enum wasi_http_method_tag)tag;
}

static enum wasi_http_scheme_tag scheme_of(struct str name) {
  unsigned tag = 0;
  while (tag < WASI_HTTP_SCHEME_OTHER && !http_name_eq(str_from(schemes[tag]), name))
    tag++;
  return (enum wasi_http_scheme_tag)tag;
}

static struct str method_name(const struct wasi_http_head *head) {
  return head->method == WASI_HTTP_METHOD_OTHER ? str_of(head->other_method) : str_from(methods[head->method]);
}

static struct str scheme_name(const struct wasi_http_head *head) {
  if (!head->has_scheme)
    return STR("");
  return head->scheme == WASI_HTTP_SCHEME_OTHER ? str_of(head->other_scheme) : str_from(schemes[head->scheme]);
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

void wasi_http_head_init(struct wasi_http_head *head, const struct weir_alloc *alloc,
                         struct wasi_http_headers *headers) {
  *head = (struct wasi_http_head){.alloc = alloc, .method = WASI_HTTP_METHOD_GET, .status = 200};
  head->headers = wasi_http_headers_hold(headers);
  headers->frozen = true;
}

static weir_status receive_texts(struct wasi_http_head *head, const struct http_head *received) {
  head->method = method_of(received->method);
  if (head->method == WASI_HTTP_METHOD_OTHER)
    WEIR_TRY(text_set(head->alloc, &head->other_method, received->method));
  head->has_scheme = received->scheme.size > 0;
  head->scheme = scheme_of(received->scheme);
  if (head->has_scheme && head->scheme == WASI_HTTP_SCHEME_OTHER)
    WEIR_TRY(text_set(head->alloc, &head->other_scheme, received->scheme));
  head->has_authority = received->authority.size > 0;
  WEIR_TRY(text_set(head->alloc, &head->authority, received->authority));
  head->has_path = received->path.size > 0;
  return text_set(head->alloc, &head->path, received->path);
}

static weir_status receive_headers(struct wasi_http_head *head, struct wasi_http *http,
                                   const struct http_head *received) {
  head->headers = wasi_http_headers_new(http);
  if (!head->headers)
    return WEIR_ERR_NOMEM;
  struct http_fields *fields = &head->headers->fields;
  head->headers->frozen = true;
  fields->most_count = received->fields ? received->fields->most_count + 1 : fields->most_count;
  fields->most_bytes = UINT32_MAX; /* the core has bounded what came */
  enum http_field_fault fault = HTTP_FIELD_OK;
  if (head->has_authority && !(received->fields && http_fields_has(received->fields, STR("host"))))
    fault = http_fields_add(fields, STR("host"), received->authority);
  if (fault == HTTP_FIELD_OK && received->fields)
    fault = http_fields_add_all(fields, received->fields);
  return fault == HTTP_FIELD_OK ? WEIR_OK : WEIR_ERR_NOMEM;
}

weir_status wasi_http_head_receive(struct wasi_http_head *head, struct wasi_http *http,
                                   const struct http_head *received) {
  *head = (struct wasi_http_head){.alloc = http->alloc, .status = received->status};
  weir_status status = received->status == 0 ? receive_texts(head, received) : WEIR_OK;
  if (status == WEIR_OK)
    status = receive_headers(head, http, received);
  if (status != WEIR_OK)
    wasi_http_head_done(head);
  return status;
}

void wasi_http_head_done(struct wasi_http_head *head) {
  if (!head->alloc)
    return;
  text_free(head->alloc, &head->other_method);
  text_free(head->alloc, &head->other_scheme);
  text_free(head->alloc, &head->authority);
  text_free(head->alloc, &head->path);
  wasi_http_headers_release(head->headers);
  *head = (struct wasi_http_head){0};
}

void wasi_http_head_texts(const struct wasi_http_head *head, struct http_head *ret) {
  *ret = (struct http_head){.method = method_name(head),
                            .scheme = scheme_name(head),
                            .authority = str_of(head->authority),
                            .path = str_of(head->path)};
}

bool wasi_http_head_to_send(const struct wasi_http_head *head, struct http_head *ret) {
  const struct http_fields *fields = &head->headers->fields;
  wasi_http_head_texts(head, ret);
  ret->status = head->status;
  ret->length = HTTP_LENGTH_UNKNOWN;
  ret->fields = fields;
  return http_fields_length(fields, &ret->length) != HTTP_LENGTH_WRONG;
}

/* ---- what guests ask --------------------------------------------------------------------------------------------- */

struct wasi_http_method wasi_http_head_method(const struct wasi_http_head *head) {
  return (struct wasi_http_method){.tag = head->method, .of.other = wasi_text_of(head->other_method)};
}

struct wasi_option_http_scheme wasi_http_head_scheme(const struct wasi_http_head *head) {
  struct wasi_option_http_scheme scheme = {.some = head->has_scheme, .value.tag = head->scheme};
  scheme.value.of.other = wasi_text_of(head->other_scheme);
  return scheme;
}

struct wasi_option_text wasi_http_head_authority(const struct wasi_http_head *head) {
  return (struct wasi_option_text){head->has_authority, wasi_text_of(head->authority)};
}

struct wasi_option_text wasi_http_head_path(const struct wasi_http_head *head) {
  return (struct wasi_option_text){head->has_path, wasi_text_of(head->path)};
}

/* ---- what they set ----------------------------------------------------------------------------------------------- */

static struct str given(struct wasi_text text) {
  return (struct str){text.data, text.size};
}

/* Whether all bytes are visible and none is in `never`. */
static bool is_visible_without(struct str s, const char *never) {
  for (size_t i = 0; i < s.size; i++) {
    if (s.data[i] <= ' ' || s.data[i] >= 0x7f || strchr(never, s.data[i]))
      return false;
  }
  return s.size <= WASI_HTTP_TEXT_MAX;
}

static bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* RFC 3986, section 3.1. */
static bool is_scheme(struct str s) {
  if (s.size == 0 || s.size > WASI_HTTP_TEXT_MAX || !is_letter(s.data[0]))
    return false;
  for (size_t i = 0; i < s.size; i++) {
    char c = s.data[i];
    if (!is_letter(c) && !(c >= '0' && c <= '9') && c != '+' && c != '-' && c != '.')
      return false;
  }
  return true;
}

static bool is_port(struct str s) {
  uint32_t port = 0;
  for (size_t i = 0; i < s.size; i++) {
    if (s.data[i] < '0' || s.data[i] > '9')
      return false;
    port = port * 10 + (uint32_t)(s.data[i] - '0');
    if (port > UINT16_MAX)
      return false;
  }
  return true;
}

/* RFC 3986, section 3.2: [user@]host[:port], a host of version 6 in brackets. */
static bool is_authority(struct str s) {
  if (s.size == 0 || !is_visible_without(s, "/?#\\<>\"^`{|}"))
    return false;
  const char *at = memchr(s.data, '@', s.size);
  if (at)
    s = (struct str){at + 1, s.size - (size_t)(at + 1 - s.data)};
  if (s.size == 0 || memchr(s.data, '@', s.size))
    return false;
  const char *end = s.data[0] == '[' ? memchr(s.data, ']', s.size) : s.data - 1;
  if (!end)
    return false;
  struct str rest = {end + 1, s.size - (size_t)(end + 1 - s.data)};
  const char *colon = memchr(rest.data, ':', rest.size);
  size_t host = colon ? (size_t)(colon - rest.data) : rest.size;
  bool bracketed = s.data[0] == '[';
  if (bracketed ? host != 0 : host == 0 || memchr(rest.data, '[', host) || memchr(rest.data, ']', host))
    return false;
  return !colon || is_port((struct str){colon + 1, rest.size - host - 1});
}

/* RFC 9112, section 3.2: an absolute path with a query, or "*". */
static bool is_path(struct str s) {
  bool begins = s.size == 0 || s.data[0] == '/' || s.data[0] == '?' || str_eq(s, STR("*"));
  return begins && is_visible_without(s, "#<>");
}

weir_status wasi_http_head_set_method(struct wasi_http_head *head, struct wasi_http_method method, bool *ret_failed) {
  struct str name = given(method.of.other);
  bool other = method.tag == WASI_HTTP_METHOD_OTHER;
  *ret_failed = other && (!http_is_token(name) || name.size > WASI_HTTP_TEXT_MAX);
  if (*ret_failed)
    return WEIR_OK;
  enum wasi_http_method_tag tag = other ? method_of(name) : method.tag;
  if (tag == WASI_HTTP_METHOD_OTHER)
    WEIR_TRY(text_set(head->alloc, &head->other_method, name));
  head->method = tag;
  return WEIR_OK;
}

weir_status wasi_http_head_set_scheme(struct wasi_http_head *head, struct wasi_option_http_scheme scheme,
                                      bool *ret_failed) {
  struct str name = given(scheme.value.of.other);
  bool other = scheme.some && scheme.value.tag == WASI_HTTP_SCHEME_OTHER;
  *ret_failed = other && !is_scheme(name);
  if (*ret_failed)
    return WEIR_OK;
  enum wasi_http_scheme_tag tag = other ? scheme_of(name) : scheme.value.tag;
  if (scheme.some && tag == WASI_HTTP_SCHEME_OTHER)
    WEIR_TRY(text_set(head->alloc, &head->other_scheme, name));
  head->has_scheme = scheme.some;
  head->scheme = tag;
  return WEIR_OK;
}

static weir_status set_text(struct wasi_http_head *head, struct wasi_http_text *text, bool *has,
                            struct wasi_option_text from) {
  WEIR_TRY(text_set(head->alloc, text, from.some ? given(from.value) : STR("")));
  *has = from.some;
  return WEIR_OK;
}

weir_status wasi_http_head_set_authority(struct wasi_http_head *head, struct wasi_option_text authority,
                                         bool *ret_failed) {
  *ret_failed = authority.some && !is_authority(given(authority.value));
  return *ret_failed ? WEIR_OK : set_text(head, &head->authority, &head->has_authority, authority);
}

weir_status wasi_http_head_set_path(struct wasi_http_head *head, struct wasi_option_text path, bool *ret_failed) {
  *ret_failed = path.some && !is_path(given(path.value));
  return *ret_failed ? WEIR_OK : set_text(head, &head->path, &head->has_path, path);
}

bool wasi_http_status_is_valid(uint16_t status) {
  return status >= 100 && status <= 999;
}
