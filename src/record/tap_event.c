/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Making events. What always holds: the event under way is in `event`, behind tap_begin(), and its fields follow in the
 * order of its shape (log_event.c). tap_end() compares it (a replay) and writes it (a record).
 */
#include <stdio.h>

#include "record/log_value.h"
#include "record/tap.h"
#include "runtime/trap.h"

void tap_begin(struct tap *t, enum log_kind kind) {
  t->event.size = 0;
  t->tell.interface_name = STR("");
  log_put_byte(&t->event, (uint8_t)kind);
  log_put_number(&t->event, t->store->turn);
  log_put_number(&t->event, log_event_is_hosts((uint8_t)kind) ? t->store->cause : 0);
}

void tap_number(struct tap *t, uint64_t n) {
  log_put_number(&t->event, n);
}

void tap_name(struct tap *t, struct str interface_name, struct str function) {
  t->tell.interface_name = interface_name;
  log_put_str(&t->event, interface_name);
  log_put_str(&t->event, function);
}

static bool left_out(struct tap *t, const struct tap_place *p, const void *data, size_t size) {
  char interface_name[256], function[256];
  if (!t->redact)
    return false;
  snprintf(interface_name, sizeof(interface_name), STR_FMT, STR_ARG(p->interface_name));
  snprintf(function, sizeof(function), STR_FMT, STR_ARG(p->name));
  return t->redact(t->redact_data, log_event_kind_name((uint8_t)p->kind), interface_name, function, data, size);
}

void tap_payload(struct tap *t, const struct tap_place *p, const void *data, size_t size) {
  uint8_t digest[SHA256_SIZE];
  bool out = left_out(t, p, data, size);
  t->tell.interface_name = p->interface_name;
  log_put_byte(&t->event, out ? LOG_FORM_REDACTED : t->form == WEIR_LOG_HASH ? LOG_FORM_HASH : LOG_FORM_FULL);
  log_put_number(&t->event, size);
  if (out)
    return;
  if (t->form == WEIR_LOG_FULL) {
    log_put_bytes(&t->event, data, size);
    return;
  }
  sha256_of(data, size, digest);
  log_put_bytes(&t->event, digest, sizeof(digest));
}

void tap_value(struct tap *t, const struct tap_place *p, const weir_value *v) {
  t->payload.size = 0;
  if (!log_value_put(&t->payload, v))
    t->payload.failed = true;
  tap_payload(t, p, t->payload.data, t->payload.size);
}

void tap_break(struct tap *t, weir_status status) {
  t->broken = true;
  rt_fail(&t->store->rt, status);
}

/* Sends the event; returns its number. */
uint64_t tap_end(struct tap *t) {
  struct diag *d = &t->store->rt.failure;
  if (t->broken)
    return 0;
  if (t->event.failed || t->payload.failed) {
    tap_break(t, diag_nomem(d));
    return 0;
  }
  enum tap_check is = t->check ? t->check(t->check_data, text_bytes(&t->event), t->event.size, d) : TAP_SAME;
  if (is == TAP_OTHER) {
    tap_break(t, WEIR_ERR_DIVERGED);
    return 0;
  }
  if (t->writing && log_writer_add(&t->writer, t->event.data, t->event.size) != WEIR_OK) {
    tap_break(t, log_writer_report(&t->writer, d));
    return 0;
  }
  if (tell_event(&t->tell, &t->event, t->next) != WEIR_OK) {
    tap_break(t, diag_nomem(d));
    return 0;
  }
  if (is == TAP_LAST)
    tap_break(t, d->status);
  return t->next++;
}
