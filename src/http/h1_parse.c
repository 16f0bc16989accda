/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The parser of HTTP/1.1. Its phases: the method of a request, which is read here; the head; the body, with what frames
 * chunks, and trailers. llhttp is paused at each event. This file is stricter than llhttp about lines (folded ones,
 * bare line feeds) and sizes; h1_head.c about what heads say. Parts: fields; llhttp's callbacks; methods; going on.
 */
#include "http/h1_parse.h"

#include "http/h1_head.h"

/* ---- fields ------------------------------------------------------------------------------------------------------ */

static int hold(struct h1_parser *p, const char *bytes, size_t size) {
  if (size == 0)
    return 0;
  if (p->held.count + size > p->limits.head_bytes)
    return h1_bad_section(p);
  while (p->held.capacity - p->held.count < size) {
    if (!vec_room(p->s->loop->alloc, &p->held.data, &p->held.capacity, p->held.capacity, 1))
      return h1_bad_nomem(p);
  }
  memcpy(p->held.data + p->held.count, bytes, size);
  p->held.count += (uint32_t)size;
  return 0;
}

/* ---- llhttp's callbacks ------------------------------------------------------------------------------------------ */

static int on_headers_complete(llhttp_t *ll) {
  struct h1_parser *p = ll->data;
  if (ll->http_major != 1 || ll->http_minor > 1)
    return h1_bad(p, 505);
  p->is_http10 = ll->http_minor == 0;
  p->s->head.status = p->is_response ? ll->status_code : 0;
  if (h1_take_head(p) != 0)
    return -1;
  p->keeps_alive = llhttp_should_keep_alive(ll);
  ll->upgrade = 0; /* an upgrade is an offer; nobody takes it (RFC 9110, section 7.8) */
  p->event = H1_HEAD;
  p->phase = H1_AT_BODY;
  p->is_in_trailers = true;
  return HPE_PAUSED;
}

static int on_url(llhttp_t *ll, const char *bytes, size_t size) {
  struct h1_parser *p = ll->data;
  if (p->s->line.count - p->method_end + size > p->limits.target_bytes) {
    struct http_failure why = http_failure(HTTP_REQUEST_URI_TOO_LONG);
    return h1_bad_with(p, 414, &why);
  }
  if (!http_stream_line(p->s, bytes, size))
    return h1_bad_nomem(p);
  p->target_end = p->s->line.count;
  return 0;
}

static int on_name(llhttp_t *ll, const char *bytes, size_t size) {
  return hold(ll->data, bytes, size);
}

static int on_name_complete(llhttp_t *ll) {
  struct h1_parser *p = ll->data;
  p->name_size = p->held.count;
  return 0;
}

static int on_value_complete(llhttp_t *ll) {
  struct h1_parser *p = ll->data;
  int fault = h1_take_field(p);
  p->held.count = p->name_size = 0;
  return fault == 0 ? 0 : -1;
}

static int on_body(llhttp_t *ll, const char *bytes, size_t size) {
  struct h1_parser *p = ll->data;
  if (size == 0)
    return 0;
  p->body = (const uint8_t *)bytes;
  p->body_size = size;
  p->event = H1_BODY;
  return HPE_PAUSED;
}

static int on_message_complete(llhttp_t *ll) {
  struct h1_parser *p = ll->data;
  p->event = H1_END;
  p->phase = H1_IS_OVER;
  return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_url = on_url,
    .on_header_field = on_name,
    .on_header_field_complete = on_name_complete,
    .on_header_value = on_name,
    .on_header_value_complete = on_value_complete,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

/* ---- methods ----------------------------------------------------------------------------------------------------- */

/* The method is whole: llhttp gets "PUT", which it knows in HTTP only. */
static int end_method(struct h1_parser *p) {
  p->method_end = p->s->line.count;
  struct str method = http_stream_text(p->s, 0, p->method_end);
  if (!http_is_token(method))
    return h1_bad(p, 400);
  if (str_eq(method, STR("CONNECT"))) {
    struct http_failure why = http_failure(HTTP_REQUEST_METHOD_INVALID);
    return h1_bad_with(p, 501, &why);
  }
  p->phase = H1_AT_HEAD;
  return llhttp_execute(&p->ll, "PUT ", 4) == HPE_OK ? 0 : h1_bad(p, 400);
}

/* Reads empty lines, the method and the space behind it; returns how many bytes that were. */
static size_t read_method(struct h1_parser *p, const uint8_t *bytes, size_t size) {
  for (size_t i = 0; i < size; i++) {
    char c = (char)bytes[i];
    bool is_blank = p->s->line.count == 0 && (c == '\r' || c == '\n');
    if (is_blank && ++p->blank <= H1_BLANK_MOST)
      continue;
    if (c == ' ') {
      end_method(p);
      return i + 1;
    }
    if (p->s->line.count >= H1_METHOD_MOST || !http_is_token((struct str){&c, 1})) {
      h1_bad(p, 400);
      return i;
    }
    if (!http_stream_line(p->s, &c, 1)) {
      h1_bad_nomem(p);
      return i;
    }
  }
  return size;
}

/* ---- going on ---------------------------------------------------------------------------------------------------- */

void h1_parser_init(struct h1_parser *p, bool is_response, const struct h1_limits *limits) {
  *p = (struct h1_parser){.is_response = is_response, .limits = *limits, .phase = H1_IS_OVER};
}

void h1_parser_done(struct h1_parser *p, const struct weir_alloc *alloc) {
  VEC_DONE(alloc, &p->held);
}

void h1_parser_begin(struct h1_parser *p, struct http_stream *s) {
  llhttp_init(&p->ll, p->is_response ? HTTP_RESPONSE : HTTP_REQUEST, &settings);
  p->ll.data = p;
  p->s = s;
  p->phase = p->is_response ? H1_AT_HEAD : H1_AT_METHOD;
  p->expects_continue = p->keeps_alive = p->is_http10 = p->is_chunked = p->is_in_trailers = false;
  p->blank = p->hosts = p->codings = p->last = 0;
  p->head_size = p->method_end = p->target_end = p->host_start = p->host_end = p->name_size = 0;
  p->held.count = 0;
}

bool h1_parser_has_begun(const struct h1_parser *p) {
  return p->phase == H1_AT_BODY || (p->phase != H1_IS_OVER && (p->head_size > 0 || p->s->line.count > 0));
}

/* Looks at lines that llhttp took: each ends with CR LF, and none begins with white space (RFC 9112, section 5.2). */
static int check_lines(struct h1_parser *p, const uint8_t *bytes, size_t size) {
  p->head_size += (uint32_t)size;
  if (p->head_size > p->limits.head_bytes)
    return h1_bad_section(p);
  if (size > 0 && p->last == '\n' && (bytes[0] == ' ' || bytes[0] == '\t'))
    return h1_bad(p, 400);
  const uint8_t *end = bytes + size;
  for (const uint8_t *at = bytes; at < end && (at = memchr(at, '\n', (size_t)(end - at))); at++) {
    uint8_t before = at > bytes ? at[-1] : p->last;
    bool is_folded = at + 1 < end && (at[1] == ' ' || at[1] == '\t');
    if (before != '\r' || is_folded)
      return h1_bad(p, 400);
  }
  p->last = size > 0 ? bytes[size - 1] : p->last;
  return 0;
}

/* Feeds llhttp, and returns how many bytes it took up to an event. */
static size_t feed(struct h1_parser *p, const uint8_t *bytes, size_t size) {
  llhttp_resume(&p->ll);
  llhttp_errno_t fault = llhttp_execute(&p->ll, (const char *)bytes, size);
  if (fault == HPE_OK)
    return size;
  const char *at = llhttp_get_error_pos(&p->ll);
  if (fault != HPE_PAUSED && p->event != H1_BAD)
    h1_bad(p, fault == HPE_INVALID_VERSION ? 505 : 400);
  return at ? (size_t)((const uint8_t *)at - bytes) : 0;
}

enum h1_event h1_parse(struct h1_parser *p, const uint8_t *bytes, size_t size, size_t *ret_used) {
  size_t used = 0;
  p->event = H1_MORE;
  *ret_used = 0;
  if (p->phase == H1_AT_METHOD)
    used = read_method(p, bytes, size);
  if (p->phase == H1_AT_HEAD || p->phase == H1_AT_BODY) {
    bool was_head = p->phase == H1_AT_HEAD;
    size_t taken = feed(p, bytes + used, size - used);
    if (p->event == H1_BODY) {
      *ret_used = (size_t)(p->body - bytes); /* what frames chunks is before it */
      if (p->is_chunked)
        check_lines(p, bytes + used, *ret_used - used);
      p->last = 0;
      p->head_size = 0;
      return p->event;
    }
    if (p->event != H1_BAD && (was_head || p->is_chunked))
      check_lines(p, bytes + used, taken);
    used += taken;
  }
  *ret_used = used;
  return p->event;
}

enum h1_event h1_parse_end(struct h1_parser *p) {
  p->event = H1_MORE;
  if (p->phase == H1_IS_OVER || !h1_parser_has_begun(p))
    return H1_MORE;
  if (p->phase == H1_AT_METHOD)
    h1_bad(p, 400);
  else {
    llhttp_resume(&p->ll);
    llhttp_errno_t fault = llhttp_finish(&p->ll);
    if (fault != HPE_OK && fault != HPE_PAUSED && p->event != H1_BAD)
      h1_bad(p, 400);
  }
  return p->event;
}
