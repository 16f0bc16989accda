/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Assertions of scripts: an action returns a value, or something fails, in a way and perhaps with a message. In order:
 * results; what fails.
 */
#include <string.h>

#include "cli/wast/run.h"
#include "cli/wast/runner.h"
#include "cli/wast/value.h"
#include "weir/call.h"

static weir_status value_mismatch(struct wast_runner *r, const weir_type *type, const weir_value *expected,
                                  const weir_value *actual) {
  char *want = NULL, *got = NULL;
  weir_value_print(type, expected, &want, NULL, NULL);
  weir_value_print(type, actual, &got, NULL, NULL);
  diag_set(r->diag, WEIR_ERR_TYPE, "expected %s, got %s", !want ? "?" : want, !got ? "?" : got);
  weir_text_free(want);
  weir_text_free(got);
  return WEIR_ERR_TYPE;
}

/* Compares a result with the constants that follow the action: none or one. */
static weir_status check_result(struct wast_runner *r, const struct sexp *constants, const weir_func *func,
                                const weir_value *value) {
  const weir_type *type = weir_func_result_type(func);
  weir_value expected;
  if ((!type) != (!constants) || (constants && constants->next))
    return diag_set(r->diag, WEIR_ERR_TYPE, "the function has %s result, but %zu are expected", !type ? "no" : "one",
                    wast_count_forms(constants));
  if (!type)
    return WEIR_OK;
  WEIR_TRY(wast_value(constants, type, &expected, r->diag));
  weir_status status = weir_value_equal(&expected, value) ? WEIR_OK : value_mismatch(r, type, &expected, value);
  weir_value_clear(&expected);
  return status;
}

weir_status wast_assert_return(struct wast_runner *r, const struct sexp *s) {
  struct wast_outcome o;
  weir_value value;
  const weir_func *func;
  const struct sexp *action = s->first->next;
  if (!action)
    return wast_bad_script(r, s, "expected an action");
  WEIR_TRY(wast_run_action(r, action, &func, &value, &o));
  weir_status status =
      o.status == WEIR_OK ? check_result(r, action->next, func, &value) : wast_unexpected_failure(r, "the call", &o);
  weir_value_clear(&value);
  weir_error_free(o.error);
  return status;
}

/* `form "message"`: the two operands of the assertions about failures. */
static weir_status read_operands(struct wast_runner *r, const struct sexp *s, const struct sexp **ret_form,
                                 struct str *ret_message) {
  const struct sexp *form = s->first->next;
  const struct sexp *message = !form ? NULL : form->next;
  if (!message || message->kind != SEXP_STRING || message->next)
    return wast_bad_script(r, s, "expected a form and a message");
  *ret_form = form;
  *ret_message = message->text;
  return WEIR_OK;
}

/* An action or an instantiation that is to fail. */
static weir_status run_any(struct wast_runner *r, const struct sexp *form, struct wast_outcome *ret) {
  const weir_func *func;
  weir_value value;
  if (!str_eq(sexp_head(form), STR("invoke")))
    return wast_run_form(r, form, true, ret);
  WEIR_TRY(wast_run_action(r, form, &func, &value, ret));
  weir_value_clear(&value);
  return WEIR_OK;
}

static bool contains(const char *text, struct str part) {
  return part.size == 0 || memmem(text, strlen(text), part.data, part.size);
}

/* The end of an assertion that a failure comes: its kind first, then its message. */
static weir_status check_failure(struct wast_runner *r, struct wast_outcome *take, bool right_kind,
                                 const char *expected, struct str message, bool compare) {
  weir_status status = WEIR_OK;
  if (!right_kind)
    status = wast_mismatch(r, expected, take);
  else if (compare && !contains(wast_outcome_message(take), message))
    status = wast_message_mismatch(r, message, take);
  weir_error_free(take->error);
  return status;
}

weir_status wast_assert_trap(struct wast_runner *r, const struct sexp *s) {
  const struct sexp *form = NULL;
  struct str message = {0};
  struct wast_outcome o;
  WEIR_TRY(read_operands(r, s, &form, &message));
  WEIR_TRY(run_any(r, form, &o));
  return check_failure(r, &o, wast_outcome_is_trap(&o), "a trap", message, !r->options->fused_component);
}

weir_status wast_assert_unlinkable(struct wast_runner *r, const struct sexp *s) {
  const struct sexp *form = NULL;
  struct str message = {0};
  struct wast_outcome o;
  WEIR_TRY(read_operands(r, s, &form, &message));
  WEIR_TRY(wast_run_form(r, form, true, &o));
  return check_failure(r, &o, o.status == WEIR_ERR_LINK, "a failure to link", message, r->options->strict);
}

/* assert_invalid and assert_malformed: the validator's words differ between releases, so they count with --strict. */
weir_status wast_assert_refused(struct wast_runner *r, const struct sexp *s) {
  const struct sexp *form = NULL;
  struct str message = {0};
  struct wast_outcome o;
  WEIR_TRY(read_operands(r, s, &form, &message));
  WEIR_TRY(wast_run_form(r, form, false, &o));
  return check_failure(r, &o, wast_outcome_is_refusal(&o), "that it is refused", message, r->options->strict);
}
