/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What a head means. This is stricter than llhttp in these: `transfer-encoding` that is not just "chunked", that comes
 * with a length or is HTTP/1.0's; `host` that is missing, double or strange; targets of a form that the method does not
 * have. Fields of the connection stay with it. Parts: faults; fields; targets; heads.
 */
#include "http/h1_head.h"

enum { NAMED_MOST = 16 /* fields that one `connection` names */ };

/* ---- faults ------------------------------------------------------------------------------------------------------ */

int h1_bad_with(struct h1_parser *p, uint16_t status, const struct http_failure *why) {
  p->event = H1_BAD;
  p->status = status;
  p->failure = *why;
  p->phase = H1_IS_OVER;
  return HPE_USER;
}

int h1_bad(struct h1_parser *p, uint16_t status) {
  struct http_failure why = http_failure(HTTP_PROTOCOL_ERROR);
  return h1_bad_with(p, status, &why);
}

int h1_bad_nomem(struct h1_parser *p) {
  struct http_failure why = http_failure_nomem();
  return h1_bad_with(p, 503, &why);
}

int h1_bad_section(struct h1_parser *p) {
  static const uint8_t codes[2][2] = {{HTTP_REQUEST_HEADER_SECTION_SIZE, HTTP_REQUEST_TRAILER_SECTION_SIZE},
                                      {HTTP_RESPONSE_HEADER_SECTION_SIZE, HTTP_RESPONSE_TRAILER_SECTION_SIZE}};
  struct http_failure why = http_failure(codes[p->is_response][p->is_in_trailers]);
  return h1_bad_with(p, 431, &why);
}

/* ---- fields ------------------------------------------------------------------------------------------------------ */

static int add_field(struct h1_parser *p, struct http_fields *to, struct http_field field) {
  to->most_bytes = p->limits.head_bytes;
  to->most_count = p->limits.head_count;
  enum http_field_fault fault = http_fields_add(to, field.name, field.value);
  if (fault == HTTP_FIELD_NOMEM)
    return h1_bad_nomem(p);
  if (fault == HTTP_FIELD_SIZE)
    return h1_bad_section(p);
  return fault == HTTP_FIELD_SYNTAX ? h1_bad(p, 400) : 0;
}

static struct str trimmed(struct str s) {
  while (s.size > 0 && (s.data[s.size - 1] == ' ' || s.data[s.size - 1] == '\t'))
    s.size--;
  return s;
}

static int take_host(struct h1_parser *p, struct str value) {
  p->hosts++;
  if (p->hosts > 1 || !http_is_host(value))
    return h1_bad(p, 400);
  p->host_start = p->s->line.count;
  if (!http_stream_line(p->s, value.data, value.size))
    return h1_bad_nomem(p);
  p->host_end = p->s->line.count;
  return 0;
}

/* RFC 9112, section 6.1: one coding, `chunked`; others are not known here. */
static int take_coding(struct h1_parser *p, struct str value) {
  p->codings++;
  if (p->codings == 1 && http_name_eq(value, STR("chunked")))
    return 0;
  if (!p->is_response)
    return h1_bad(p, p->codings > 1 ? 400 : 501);
  struct http_failure why = http_failure_text(HTTP_RESPONSE_TRANSFER_CODING, value);
  return h1_bad_with(p, 502, &why);
}

static int take_head_field(struct h1_parser *p, struct http_field field) {
  if (!p->is_response && http_name_eq(field.name, STR("host")))
    return take_host(p, field.value);
  if (http_name_eq(field.name, STR("transfer-encoding")))
    return take_coding(p, field.value);
  if (!p->is_response && http_name_eq(field.name, STR("expect"))) {
    p->expects_continue = http_name_eq(field.value, STR("100-continue"));
    return p->expects_continue ? 0 : h1_bad(p, 417);
  }
  bool is_kept = http_name_eq(field.name, STR("connection")) || http_name_eq(field.name, STR("content-length"));
  if (!is_kept && http_field_is_framing(field))
    return 0;
  return add_field(p, &p->s->fields, field);
}

int h1_take_field(struct h1_parser *p) {
  if (p->name_size == 0)
    return h1_bad(p, 400);
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
      return h1_bad(p, 400);
    memcpy(names, value.data, value.size);
    http_fields_remove(fields, STR("connection")); /* one after another: there is seldom a second */
    for (struct str name; http_list_next(&list, &name); count++) {
      if (count == NAMED_MOST)
        return h1_bad(p, 400);
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
  if (scheme == 0 || end == scheme || !http_is_host(head->authority))
    return h1_bad(p, 400);
  head->path = (struct str){target.data + end, target.size - end};
  if (head->path.size == 0)
    head->path = STR("/");
  return head->path.data[0] == '/' ? 0 : h1_bad(p, 400);
}

static int take_target(struct h1_parser *p) {
  struct http_stream *s = p->s;
  struct str target = http_stream_text(s, p->method_end, p->target_end);
  s->head.method = http_stream_text(s, 0, p->method_end);
  s->head.authority = http_stream_text(s, p->host_start, p->host_end);
  s->head.path = target;
  if (target.size == 0 || memchr(target.data, '#', target.size) || (p->hosts == 0 && !p->is_http10))
    return h1_bad(p, 400);
  if (target.data[0] == '/')
    return 0;
  if (str_eq(target, STR("*")))
    return str_eq(s->head.method, STR("OPTIONS")) ? 0 : h1_bad(p, 400);
  return take_absolute(p, target);
}

/* ---- heads ------------------------------------------------------------------------------------------------------- */

/* The length of the body, by RFC 9112, section 6.3; llhttp follows it with the flags that are set here. */
static int take_length(struct h1_parser *p) {
  struct http_head *head = &p->s->head;
  uint64_t length = 0;
  enum http_length_rule rule = http_fields_length(&p->s->fields, &length);
  if (rule == HTTP_LENGTH_WRONG || (p->codings > 0 && (p->is_http10 || rule != HTTP_LENGTH_ABSENT)))
    return h1_bad(p, 400);
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

int h1_take_head(struct h1_parser *p) {
  int fault = take_length(p);
  if (fault == 0 && !p->is_response)
    fault = take_target(p);
  return fault == 0 ? drop_named(p) : fault;
}
