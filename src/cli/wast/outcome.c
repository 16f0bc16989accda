/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See runner.h. */
#include "cli/wast/runner.h"

const char *wast_outcome_message(const struct wast_outcome *o) {
  return o->error ? weir_error_message(o->error) : weir_status_name(o->status);
}

bool wast_outcome_is_trap(const struct wast_outcome *o) {
  return o->status == WEIR_ERR_TRAP || o->status == WEIR_ERR_DEADLOCK;
}

bool wast_outcome_is_refusal(const struct wast_outcome *o) {
  return o->status == WEIR_ERR_INVALID || o->status == WEIR_ERR_MALFORMED;
}

weir_status wast_mismatch(struct wast_runner *r, const char *expected, const struct wast_outcome *o) {
  if (o->status == WEIR_OK)
    return diag_set(r->diag, WEIR_ERR_TYPE, "expected %s, but it succeeded", expected);
  return diag_set(r->diag, WEIR_ERR_TYPE, "expected %s, got %s: %s", expected, weir_status_name(o->status),
                  wast_outcome_message(o));
}

weir_status wast_message_mismatch(struct wast_runner *r, struct str expected, const struct wast_outcome *o) {
  return diag_set(r->diag, WEIR_ERR_TYPE, "expected the message \"" STR_FMT "\", got \"%s\"", STR_ARG(expected),
                  wast_outcome_message(o));
}

weir_status wast_unexpected_failure(struct wast_runner *r, const char *what, const struct wast_outcome *o) {
  return diag_set(r->diag, o->status, "%s failed: %s: %s", what, weir_status_name(o->status), wast_outcome_message(o));
}

weir_status wast_bad_script(struct wast_runner *r, const struct sexp *at, const char *message) {
  return diag_set(r->diag, WEIR_ERR_PARSE, "%u:%u: %s", at->line, at->column, message);
}
