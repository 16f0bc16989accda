/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The parser of HTTP/1.1. Its phases: METHOD (a request's, read here), HEAD, BODY (with what frames chunks, and
 * trailers), OVER. llhttp is paused at each event. It is stricter than llhttp in these: folded lines and bare line
 * feeds anywhere, `transfer-encoding` that is not just "chunked" or is HTTP/1.0's, `host` that is missing, double or
 * strange, targets of a form that the method does not have, and sizes. Parts: faults; fields; targets; heads; llhttp's
 * callbacks; methods; going on.
 */
#include "http/h1_parse.h"

#include "base/mem.h"

enum { PHASE_METHOD, PHASE_HEAD, PHASE_BODY, PHASE_OVER };
enum { NAMED_MOST = 16 /* fields that one `connection` names */ };

/* ---- faults ------------------------------------------------------------------------------------------------------ */

static int bad_with(struct h1_parser *p, uint16_t status, const struct http_failure *why) {
  p->event = H1_BAD;
  p->status = status;
  p->failure = *why;
  p->phase = PHASE_OVER;
  return HPE_USER;
}

static int bad(struct h1_parser *p, uint16_t status) {
  struct http_failure why = http_failure(HTTP_PROTOCOL_ERROR);
  return bad_with(p, status, &why);
}

static int bad_nomem(struct h1_parser *p) {
  struct http_failure why = http_failure_nomem();
  return bad_with(p, 503, &why);
}

static int bad_section(struct h1_parser *p) {
  static const uint8_t codes[2][2] = {{HTTP_REQUEST_HEADER_SECTION_SIZE, HTTP_REQUEST_TRAILER_SECTION_SIZE},
                                      {HTTP_RESPONSE_HEADER_SECTION_SIZE, HTTP_RESPONSE_TRAILER_SECTION_SIZE}};
  struct http_failure why = http_failure(codes[p->is_response][p->is_in_trailers]);
  return bad_with(p, 431, &why);
}

/* ---- fields ------------------------------------------------------------------------------------------------------ */

static int hold(struct h1_parser *p, const char *bytes, size_t size) {
  if (size == 0)
    return 0;
  if (p->held.count + size > p->limits.head_bytes)
    return bad_section(p);
  while (p->held.capacity - p->held.count < size) {
    if (!vec_room(p->s->loop->alloc, &p->held.data, &p->held.capacity, p->held.capacity, 1))
      return bad_nomem(p);
  }
  memcpy(p->held.data + p->held.count, bytes, size);
  p->held.count += (uint32_t)size;
  return 0;
}

static int add_field(struct h1_parser *p, struct http_fields *to, struct http_field field) {
  to->most_bytes = p->limits.head_bytes;
  to->most_count = p->limits.head_count;
  enum http_field_fault fault = http_fields_add(to, field.name, field.value);
  if (fault == HTTP_FIELD_NOMEM)
    return bad_nomem(p);
  if (fault == HTTP_FIELD_SIZE)
    return bad_section(p);
  return fault == HTTP_FIELD_SYNTAX ? bad(p, 400) : 0;
}

static struct str trimmed(struct str s) {
  while (s.size > 0 && (s.data[s.size - 1] == ' ' || s.data[s.size - 1] == '\t'))
    s.size--;
  return s;
}

static int take_host(struct h1_parser *p, struct str value) {
  static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=%[]:";
  p->hosts++;
  if (p->hosts > 1)
    return bad(p, 400);
  for (size_t i = 0; i < value.size; i++) {
    if (value.data[i] == 0 || !strchr(allowed, value.data[i]))
      return bad(p, 400);
  }
  p->host_start = p->s->line.count;
  if (!http_stream_line(p->s, value.data, value.size))
    return bad_nomem(p);
  p->host_end = p->s->line.count;
  return 0;
}

/* RFC 9112, section 6.1: one coding, `chunked`; others are not known here. */
static int take_coding(struct h1_parser *p, struct str value) {
  p->codings++;
  if (p->codings == 1 && http_name_eq(value, STR("chunked")))
    return 0;
  if (!p->is_response)
    return bad(p, p->codings > 1 ? 400 : 501);
  struct http_failure why = http_failure_text(HTTP_RESPONSE_TRANSFER_CODING, value);
  return bad_with(p, 502, &why);
}

static int take_head_field(struct h1_parser *p, struct http_field field) {
  if (!p->is_response && http_name_eq(field.name, STR("host")))
    return take_host(p, field.value);
  if (http_name_eq(field.name, STR("transfer-encoding")))
    return take_coding(p, field.value);
  if (!p->is_response && http_name_eq(field.name, STR("expect"))) {
    p->expects_continue = http_name_eq(field.value, STR("100-continue"));
    return p->expects_continue ? 0 : bad(p, 417);
  }
  bool is_kept = http_name_eq(field.name, STR("connection")) || http_name_eq(field.name, STR("content-length"));
  if (!is_kept && http_field_is_framing(field))
    return 0;
  return add_field(p, &p->s->fields, field);
}

static int take_field(struct h1_parser *p) {
  if (p->name_size == 0)
    return bad(p, 400);
  struct http_field field = {{p->held.data, p->name_size}, {p->held.data + p->name_size, p->held.count - p->name_size}};
  field.value = trimmed(field.value);
  if (!p->is_in_trailers)
    return take_head_field(p, field);
  if (!http_name_may_trail(field.name))
    return 0;
  p->s->has_trailers = true;
  return add_field(p, &p->s->trailers, field);
}

/* Removes what the field `connection` names: it is of this connection only (RFC 9110, section 7.6.1). */
static int drop_named(struct h1_parser *p) {
  struct http_fields *fields = &p->s->fields;
  char names[256];
  int64_t at;
  for (unsigned count = 0; (at = http_fields_find(fields, STR("connection"), 0)) != HTTP_FIELD_NONE;) {
    struct str value = http_fields_at(fields, (uint32_t)at).value;
    struct str list = {names, value.size};
    if (value.size >= sizeof(names))
      return bad(p, 400);
    memcpy(names, value.data, value.size);
    http_fields_remove(fields, STR("connection")); /* one after another: there is seldom a second */
    for (struct str name; http_list_next(&list, &name); count++) {
      if (count == NAMED_MOST)
        return bad(p, 400);
      if (!http_name_eq(name, STR("content-length")) && !http_name_eq(name, STR("te")))
        http_fields_remove(fields, name);
    }
  }
  return 0;
}

/* ---- targets ----------------------------------------------------------------------------------------------------- */

/* "http://authority/path": the authority goes before `host` (RFC 9112, section 3.2.2). */
static int take_absolute(struct h1_parser *p, struct str target) {
  static const struct str schemes[] = {{"http://", 7}, {"https://", 8}};
  struct http_head *head = &p->s->head;
  size_t scheme = 0;
  for (size_t i = 0; i < 2; i++) {
    if (target.size > schemes[i].size && http_name_eq((struct str){target.data, schemes[i].size}, schemes[i]))
      scheme = schemes[i].size;
  }
  size_t end = scheme;
  while (end < target.size && !strchr("/?", target.data[end]))
    end++;
  head->authority = (struct str){target.data + scheme, end - scheme};
  if (scheme == 0 || end == scheme || memchr(head->authority.data, '@', head->authority.size))
    return bad(p, 400);
  head->path = (struct str){target.data + end, target.size - end};
  if (head->path.size == 0)
    head->path = STR("/");
  return head->path.data[0] == '/' ? 0 : bad(p, 400);
}

static int take_target(struct h1_parser *p) {
  struct http_stream *s = p->s;
  struct str target = http_stream_text(s, p->method_end, p->target_end);
  s->head.method = http_stream_text(s, 0, p->method_end);
  s->head.authority = http_stream_text(s, p->host_start, p->host_end);
  s->head.path = target;
  if (target.size == 0 || memchr(target.data, '#', target.size) || (p->hosts == 0 && !p->is_http10))
    return bad(p, 400);
  if (target.data[0] == '/')
    return 0;
  if (str_eq(target, STR("*")))
    return str_eq(s->head.method, STR("OPTIONS")) ? 0 : bad(p, 400);
  return take_absolute(p, target);
}

/* ---- heads ------------------------------------------------------------------------------------------------------- */

/* The length of the body, by RFC 9112, section 6.3; llhttp follows it with the flags that are set here. */
static int take_length(struct h1_parser *p) {
  struct http_head *head = &p->s->head;
  uint64_t length = 0;
  enum http_length_rule rule = http_fields_length(&p->s->fields, &length);
  if (rule == HTTP_LENGTH_WRONG || (p->codings > 0 && (p->is_http10 || rule != HTTP_LENGTH_ABSENT)))
    return bad(p, 400);
  p->is_chunked = p->codings > 0;
  head->length = rule == HTTP_LENGTH_SAID ? length : p->is_chunked || p->is_response ? HTTP_LENGTH_UNKNOWN : 0;
  bool has_none =
      p->is_response && (p->s->is_head_request || head->status < 200 || head->status == 204 || head->status == 304);
  if (has_none) {
    p->ll.flags |= F_SKIPBODY;
    head->length = 0;
  }
  return 0;
}

static int on_headers_complete(llhttp_t *ll) {
  struct h1_parser *p = ll->data;
  if (ll->http_major != 1 || ll->http_minor > 1)
    return bad(p, 505);
  p->is_http10 = ll->http_minor == 0;
  p->s->head.status = p->is_response ? ll->status_code : 0;
  if (take_length(p) != 0 || (!p->is_response && take_target(p) != 0) || drop_named(p) != 0)
    return -1;
  p->keeps_alive = llhttp_should_keep_alive(ll);
  ll->upgrade = 0; /* an upgrade is an offer; nobody takes it (RFC 9110, section 7.8) */
  p->event = H1_HEAD;
  p->phase = PHASE_BODY;
  p->is_in_trailers = true;
  return HPE_PAUSED;
}

/* ---- llhttp's callbacks ------------------------------------------------------------------------------------------ */

static int on_url(llhttp_t *ll, const char *bytes, size_t size) {
  struct h1_parser *p = ll->data;
  if (p->s->line.count - p->method_end + size > p->limits.target_bytes) {
    struct http_failure why = http_failure(HTTP_REQUEST_URI_TOO_LONG);
    return bad_with(p, 414, &why);
  }
  if (!http_stream_line(p->s, bytes, size))
    return bad_nomem(p);
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
  int fault = take_field(p);
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
  p->phase = PHASE_OVER;
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
    return bad(p, 400);
  if (str_eq(method, STR("CONNECT"))) {
    struct http_failure why = http_failure(HTTP_REQUEST_METHOD_INVALID);
    return bad_with(p, 501, &why);
  }
  p->phase = PHASE_HEAD;
  return llhttp_execute(&p->ll, "PUT ", 4) == HPE_OK ? 0 : bad(p, 400);
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
      bad(p, 400);
      return i;
    }
    if (!http_stream_line(p->s, &c, 1)) {
      bad_nomem(p);
      return i;
    }
  }
  return size;
}

/* ---- going on ---------------------------------------------------------------------------------------------------- */

void h1_parser_init(struct h1_parser *p, bool is_response, const struct h1_limits *limits) {
  *p = (struct h1_parser){.is_response = is_response, .limits = *limits, .phase = PHASE_OVER};
}

void h1_parser_done(struct h1_parser *p, const struct weir_alloc *alloc) {
  VEC_DONE(alloc, &p->held);
}

void h1_parser_begin(struct h1_parser *p, struct http_stream *s) {
  llhttp_init(&p->ll, p->is_response ? HTTP_RESPONSE : HTTP_REQUEST, &settings);
  p->ll.data = p;
  p->s = s;
  p->phase = p->is_response ? PHASE_HEAD : PHASE_METHOD;
  p->expects_continue = p->keeps_alive = p->is_http10 = p->is_chunked = p->is_in_trailers = false;
  p->blank = p->hosts = p->codings = p->last = 0;
  p->head_size = p->method_end = p->target_end = p->host_start = p->host_end = p->name_size = 0;
  p->held.count = 0;
}

bool h1_parser_has_begun(const struct h1_parser *p) {
  return p->phase == PHASE_BODY || (p->phase != PHASE_OVER && (p->head_size > 0 || p->s->line.count > 0));
}

/* Looks at lines that llhttp took: each ends with CR LF, and none begins with white space (RFC 9112, section 5.2). */
static int check_lines(struct h1_parser *p, const uint8_t *bytes, size_t size) {
  p->head_size += (uint32_t)size;
  if (p->head_size > p->limits.head_bytes)
    return bad_section(p);
  if (size > 0 && p->last == '\n' && (bytes[0] == ' ' || bytes[0] == '\t'))
    return bad(p, 400);
  const uint8_t *end = bytes + size;
  for (const uint8_t *at = bytes; at < end && (at = memchr(at, '\n', (size_t)(end - at))); at++) {
    uint8_t before = at > bytes ? at[-1] : p->last;
    bool is_folded = at + 1 < end && (at[1] == ' ' || at[1] == '\t');
    if (before != '\r' || is_folded)
      return bad(p, 400);
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
    bad(p, fault == HPE_INVALID_VERSION ? 505 : 400);
  return at ? (size_t)((const uint8_t *)at - bytes) : 0;
}

enum h1_event h1_parse(struct h1_parser *p, const uint8_t *bytes, size_t size, size_t *ret_used) {
  size_t used = 0;
  p->event = H1_MORE;
  *ret_used = 0;
  if (p->phase == PHASE_METHOD)
    used = read_method(p, bytes, size);
  if (p->phase == PHASE_HEAD || p->phase == PHASE_BODY) {
    bool was_head = p->phase == PHASE_HEAD;
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
  if (p->phase == PHASE_OVER || !h1_parser_has_begun(p))
    return H1_MORE;
  if (p->phase == PHASE_METHOD)
    bad(p, 400);
  else {
    llhttp_resume(&p->ll);
    llhttp_errno_t fault = llhttp_finish(&p->ll);
    if (fault != HPE_OK && fault != HPE_PAUSED && p->event != H1_BAD)
      bad(p, 400);
  }
  return p->event;
}
