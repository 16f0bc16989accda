/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See error.h. The cases of both have the same numbers; failure.def says what each carries. */
#include "wasi/http/error.h"

_Static_assert((int)HTTP_FAILURES == (int)WASI_HTTP_ERROR_CODE_INTERNAL_ERROR + 1, "the cases of error-code");

static struct wasi_option_text text_in(const struct http_failure *f) {
  size_t size = strlen(f->text);
  return (struct wasi_option_text){size > 0, {f->text, size}};
}

static struct wasi_option_u32 number_in(const struct http_failure *f) {
  return (struct wasi_option_u32){f->has_number, f->number < UINT32_MAX ? (uint32_t)f->number : UINT32_MAX};
}

static struct wasi_http_field_size_payload field_in(const struct http_failure *f) {
  return (struct wasi_http_field_size_payload){text_in(f), number_in(f)};
}

/* Members of the union that have one type are one here. */
struct wasi_http_error_code wasi_http_error_of(const struct http_failure *f) {
  struct wasi_http_error_code e = {.tag = (enum wasi_http_error_code_tag)f->code};
  switch (http_failure_payload(f->code)) {
    case HTTP_PAYLOAD_NOTHING:
      break;
    case HTTP_PAYLOAD_DNS:
      e.of.dns_error.rcode = text_in(f);
      e.of.dns_error.info_code = (struct wasi_option_u16){f->has_number, (uint16_t)f->number};
      break;
    case HTTP_PAYLOAD_ALERT:
      e.of.tls_alert_received.alert_id = (struct wasi_option_u8){f->has_number, (uint8_t)f->number};
      e.of.tls_alert_received.alert_message = text_in(f);
      break;
    case HTTP_PAYLOAD_SIZE32:
      e.of.http_request_header_section_size = number_in(f);
      break;
    case HTTP_PAYLOAD_SIZE64:
      e.of.http_request_body_size = (struct wasi_option_u64){f->has_number, f->number};
      break;
    case HTTP_PAYLOAD_FIELD:
      e.of.http_request_trailer_size = field_in(f);
      break;
    case HTTP_PAYLOAD_MAYBE_FIELD:
      e.of.http_request_header_size.value = field_in(f);
      e.of.http_request_header_size.some = f->has_number || f->text[0];
      break;
    case HTTP_PAYLOAD_TEXT:
      e.of.internal_error = text_in(f);
      break;
  }
  return e;
}

static void take_text(struct http_failure *f, const struct wasi_option_text *text) {
  if (text->some)
    *f = http_failure_text(f->code, (struct str){text->value.data, text->value.size});
}

static void take_number(struct http_failure *f, bool some, uint64_t number) {
  f->has_number = some;
  f->number = some ? number : 0;
}

static void take_field(struct http_failure *f, const struct wasi_http_field_size_payload *field) {
  take_text(f, &field->field_name);
  take_number(f, field->field_size.some, field->field_size.value);
}

struct http_failure wasi_http_failure_of(const struct wasi_http_error_code *e) {
  struct http_failure f = http_failure((enum http_failure_code)e->tag);
  switch (http_failure_payload(f.code)) {
    case HTTP_PAYLOAD_NOTHING:
      break;
    case HTTP_PAYLOAD_DNS:
      take_text(&f, &e->of.dns_error.rcode);
      take_number(&f, e->of.dns_error.info_code.some, e->of.dns_error.info_code.value);
      break;
    case HTTP_PAYLOAD_ALERT:
      take_text(&f, &e->of.tls_alert_received.alert_message);
      take_number(&f, e->of.tls_alert_received.alert_id.some, e->of.tls_alert_received.alert_id.value);
      break;
    case HTTP_PAYLOAD_SIZE32:
      take_number(&f, e->of.http_request_header_section_size.some, e->of.http_request_header_section_size.value);
      break;
    case HTTP_PAYLOAD_SIZE64:
      take_number(&f, e->of.http_request_body_size.some, e->of.http_request_body_size.value);
      break;
    case HTTP_PAYLOAD_FIELD:
      take_field(&f, &e->of.http_request_trailer_size);
      break;
    case HTTP_PAYLOAD_MAYBE_FIELD:
      if (e->of.http_request_header_size.some)
        take_field(&f, &e->of.http_request_header_size.value);
      break;
    case HTTP_PAYLOAD_TEXT:
      take_text(&f, &e->of.internal_error);
      break;
  }
  return f;
}
