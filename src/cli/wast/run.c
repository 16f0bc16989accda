/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Directives of scripts. Each has a function that returns WEIR_OK where it holds; otherwise the diag says what was
 * expected and what came. An unknown directive fails: nothing in a script is skipped silently.
 */
#include "cli/wast/run.h"

#include <stdlib.h>

#include "base/mem.h"
#include "cli/invoke.h"
#include "cli/wast/form.h"
#include "cli/wast/value.h"
#include "cli/wast/world.h"
#include "engine/eng.h"
#include "weir/call.h"

struct runner {
  const struct wast_options *options;
  struct wast_world world;
  struct str source;
  struct diag *diag; /* of the directive that runs */
};

typedef weir_status directive_fn(struct runner *r, const struct sexp *s);

/* ---- outcomes ---------------------------------------------------------------------------------------------------- */

/* How an operation of the library ended. */
struct outcome {
  weir_status status;
  weir_error *error;
};

static const char *outcome_message(const struct outcome *o) {
  return o->error ? weir_error_message(o->error) : weir_status_name(o->status);
}

static bool outcome_is_trap(const struct outcome *o) {
  return o->status == WEIR_ERR_TRAP || o->status == WEIR_ERR_DEADLOCK;
}

static bool outcome_is_refusal(const struct outcome *o) {
  return o->status == WEIR_ERR_INVALID || o->status == WEIR_ERR_MALFORMED;
}

static bool contains(const char *text, struct str part) {
  return part.size == 0 || memmem(text, strlen(text), part.data, part.size);
}

/* What was expected and what came. */
static weir_status mismatch(struct runner *r, const char *expected, const struct outcome *o) {
  if (o->status == WEIR_OK)
    return diag_set(r->diag, WEIR_ERR_TYPE, "expected %s, but it succeeded", expected);
  return diag_set(r->diag, WEIR_ERR_TYPE, "expected %s, got %s: %s", expected, weir_status_name(o->status),
                  outcome_message(o));
}

static weir_status message_mismatch(struct runner *r, struct str expected, const struct outcome *o) {
  return diag_set(r->diag, WEIR_ERR_TYPE, "expected the message \"" STR_FMT "\", got \"%s\"", STR_ARG(expected),
                  outcome_message(o));
}

static weir_status unexpected_failure(struct runner *r, const char *what, const struct outcome *o) {
  return diag_set(r->diag, o->status, "%s failed: %s: %s", what, weir_status_name(o->status), outcome_message(o));
}

static weir_status bad_script(struct runner *r, const struct sexp *at, const char *message) {
  return diag_set(r->diag, WEIR_ERR_PARSE, "%u:%u: %s", at->line, at->column, message);
}

/* ---- components -------------------------------------------------------------------------------------------------- */

/* A core module is only checked: its actions belong to other runners. */
static void check_module(struct runner *r, const struct wast_form *form, struct outcome *ret) {
  struct diag d;
  uint8_t *binary = NULL;
  size_t size = 0;
  diag_init(&d);
  ret->status = eng_text_to_binary((const uint8_t *)form->code, form->code_size, &binary, &size, &d);
  if (ret->status == WEIR_OK) {
    ret->status = eng_validate(binary, size, r->options->features, &d);
    eng_bytes_free(binary, size);
  }
  if (ret->status != WEIR_OK)
    diag_raise(&d, &ret->error);
}

/* Makes what a form says; with `instantiate` also the instance. A script error is returned, all else is in `*ret`. */
static weir_status run_form(struct runner *r, const struct sexp *s, bool instantiate, struct outcome *ret) {
  struct wast_form form;
  const weir_component *component = NULL;
  *ret = (struct outcome){0};
  WEIR_TRY(wast_form_read(s, r->source, &form, r->diag));
  if (form.is_module)
    check_module(r, &form, ret);
  else if (form.is_instance)
    component = wast_world_find_component(&r->world, form.of);
  else
    ret->status = wast_world_component(&r->world, form.name, form.code, form.code_size, &component, &ret->error);
  weir_status status = WEIR_OK;
  if (form.is_instance && !component)
    status = bad_script(r, s, "there is no component definition of that name");
  else if (component && instantiate && !form.is_definition)
    ret->status = wast_world_instance(&r->world, form.name, component, &ret->error);
  wast_form_done(&form);
  return status;
}

static weir_status run_component(struct runner *r, const struct sexp *s) {
  struct outcome o;
  WEIR_TRY(run_form(r, s, true, &o));
  weir_status status = o.status == WEIR_OK ? WEIR_OK : unexpected_failure(r, "it", &o);
  weir_error_free(o.error);
  return status;
}

/* ---- actions ----------------------------------------------------------------------------------------------------- */

struct action {
  const struct wast_instance *instance;
  const weir_func *func;
  weir_value *args;
  size_t arg_count;
};

static void action_done(struct action *a) {
  for (size_t i = 0; i < a->arg_count; i++)
    weir_value_clear(&a->args[i]);
  free(a->args);
  *a = (struct action){0};
}

static size_t count_forms(const struct sexp *first) {
  size_t n = 0;
  for (; first; first = first->next)
    n++;
  return n;
}

static weir_status read_arguments(struct runner *r, const struct sexp *first, struct action *a) {
  size_t count = count_forms(first), wanted = weir_func_param_count(a->func);
  if (count != wanted)
    return diag_set(r->diag, WEIR_ERR_TYPE, "the function takes %zu arguments, but %zu are given", wanted, count);
  a->args = calloc(count + 1, sizeof(*a->args));
  if (!a->args)
    return diag_nomem(r->diag);
  for (const struct sexp *s = first; s; s = s->next) {
    const weir_type *type = weir_func_param_type(a->func, a->arg_count);
    WEIR_TRY(wast_value(s, type, &a->args[a->arg_count], r->diag));
    a->arg_count++;
  }
  return WEIR_OK;
}

/* (invoke $instance? "function" constants) */
static weir_status read_action(struct runner *r, const struct sexp *s, struct action *ret) {
  *ret = (struct action){0};
  if (!str_eq(sexp_head(s), STR("invoke")))
    return bad_script(r, s, "expected (invoke ...)");
  const struct sexp *next = s->first->next;
  struct str name = {"", 0};
  if (sexp_is_name(next)) {
    name = next->text;
    next = next->next;
  }
  ret->instance = wast_world_find_instance(&r->world, name);
  if (!next || next->kind != SEXP_STRING)
    return bad_script(r, s, "expected the name of a function as a string");
  if (!ret->instance)
    return diag_set(r->diag, WEIR_ERR_NOT_FOUND, "there is no instance to invoke \"" STR_FMT "\" of",
                    STR_ARG(next->text));
  ret->func = invoke_find(ret->instance->component, next->text.data, next->text.size);
  if (!ret->func)
    return diag_set(r->diag, WEIR_ERR_NOT_FOUND, "the instance exports no function \"" STR_FMT "\"",
                    STR_ARG(next->text));
  return read_arguments(r, next->next, ret);
}

/* Runs an action. A script error is returned, all else is in `*ret`. */
static weir_status run_action(struct runner *r, const struct sexp *s, const weir_func **ret_func, weir_value *ret_value,
                              struct outcome *ret) {
  struct action a;
  *ret = (struct outcome){0};
  weir_status status = read_action(r, s, &a);
  *ret_func = a.func;
  *ret_value = (weir_value){0};
  if (status == WEIR_OK)
    ret->status = weir_call_run(a.instance->instance, a.func, a.args, a.arg_count, ret_value, &ret->error);
  action_done(&a);
  return status;
}

static weir_status run_invoke(struct runner *r, const struct sexp *s) {
  struct outcome o;
  weir_value value;
  const weir_func *func;
  WEIR_TRY(run_action(r, s, &func, &value, &o));
  weir_status status = o.status == WEIR_OK ? WEIR_OK : unexpected_failure(r, "the call", &o);
  weir_value_clear(&value);
  weir_error_free(o.error);
  return status;
}

/* ---- assertions about calls -------------------------------------------------------------------------------------- */

static weir_status value_mismatch(struct runner *r, const weir_type *type, const weir_value *expected,
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
static weir_status check_result(struct runner *r, const struct sexp *constants, const weir_func *func,
                                const weir_value *value) {
  const weir_type *type = weir_func_result_type(func);
  weir_value expected;
  if ((!type) != (!constants) || (constants && constants->next))
    return diag_set(r->diag, WEIR_ERR_TYPE, "the function has %s result, but %zu are expected", !type ? "no" : "one",
                    count_forms(constants));
  if (!type)
    return WEIR_OK;
  WEIR_TRY(wast_value(constants, type, &expected, r->diag));
  weir_status status = weir_value_equal(&expected, value) ? WEIR_OK : value_mismatch(r, type, &expected, value);
  weir_value_clear(&expected);
  return status;
}

static weir_status assert_return(struct runner *r, const struct sexp *s) {
  struct outcome o;
  weir_value value;
  const weir_func *func;
  const struct sexp *action = s->first->next;
  if (!action)
    return bad_script(r, s, "expected an action");
  WEIR_TRY(run_action(r, action, &func, &value, &o));
  weir_status status =
      o.status == WEIR_OK ? check_result(r, action->next, func, &value) : unexpected_failure(r, "the call", &o);
  weir_value_clear(&value);
  weir_error_free(o.error);
  return status;
}

/* `form "message"`: the two operands of the assertions about failures. */
static weir_status read_operands(struct runner *r, const struct sexp *s, const struct sexp **ret_form,
                                 struct str *ret_message) {
  const struct sexp *form = s->first->next;
  const struct sexp *message = !form ? NULL : form->next;
  if (!message || message->kind != SEXP_STRING || message->next)
    return bad_script(r, s, "expected a form and a message");
  *ret_form = form;
  *ret_message = message->text;
  return WEIR_OK;
}

/* An action or an instantiation that is to fail. */
static weir_status run_any(struct runner *r, const struct sexp *form, struct outcome *ret) {
  const weir_func *func;
  weir_value value;
  if (!str_eq(sexp_head(form), STR("invoke")))
    return run_form(r, form, true, ret);
  WEIR_TRY(run_action(r, form, &func, &value, ret));
  weir_value_clear(&value);
  return WEIR_OK;
}

/* The end of an assertion that a failure comes: its kind first, then its message. */
static weir_status check_failure(struct runner *r, struct outcome *take, bool right_kind, const char *expected,
                                 struct str message, bool compare) {
  weir_status status = WEIR_OK;
  if (!right_kind)
    status = mismatch(r, expected, take);
  else if (compare && !contains(outcome_message(take), message))
    status = message_mismatch(r, message, take);
  weir_error_free(take->error);
  return status;
}

static weir_status assert_trap(struct runner *r, const struct sexp *s) {
  const struct sexp *form;
  struct str message;
  struct outcome o;
  WEIR_TRY(read_operands(r, s, &form, &message));
  WEIR_TRY(run_any(r, form, &o));
  return check_failure(r, &o, outcome_is_trap(&o), "a trap", message, true);
}

static weir_status assert_unlinkable(struct runner *r, const struct sexp *s) {
  const struct sexp *form;
  struct str message;
  struct outcome o;
  WEIR_TRY(read_operands(r, s, &form, &message));
  WEIR_TRY(run_form(r, form, true, &o));
  return check_failure(r, &o, o.status == WEIR_ERR_LINK, "a failure to link", message, r->options->strict);
}

/* assert_invalid and assert_malformed: the validator's words differ between releases, so they count with --strict. */
static weir_status assert_refused(struct runner *r, const struct sexp *s) {
  const struct sexp *form;
  struct str message;
  struct outcome o;
  WEIR_TRY(read_operands(r, s, &form, &message));
  WEIR_TRY(run_form(r, form, false, &o));
  return check_failure(r, &o, outcome_is_refusal(&o), "that it is refused", message, r->options->strict);
}

/* ---- the script -------------------------------------------------------------------------------------------------- */

static const struct {
  const char *name;
  directive_fn *run;
} directives[] = {
    {"component", run_component},
    {"module", run_component},
    {"invoke", run_invoke},
    {"assert_return", assert_return},
    {"assert_trap", assert_trap},
    {"assert_exhaustion", assert_trap},
    {"assert_uninstantiable", assert_trap},
    {"assert_unlinkable", assert_unlinkable},
    {"assert_invalid", assert_refused},
    {"assert_malformed", assert_refused},
};

static weir_status run_directive(struct runner *r, const struct sexp *s) {
  struct str head = sexp_head(s);
  for (size_t i = 0; i < sizeof(directives) / sizeof(directives[0]); i++)
    if (str_eq(head, str_from(directives[i].name)))
      return directives[i].run(r, s);
  return bad_script(r, s, "unknown directive");
}

/* Annotations, `(@name ...)`, say nothing here. */
static bool is_annotation(const struct sexp *s) {
  return str_starts_with(sexp_head(s), STR("@"));
}

static void run_forms(struct runner *r, const struct sexp *first, struct wast_report *report) {
  for (const struct sexp *s = first; s; s = s->next) {
    struct diag d;
    if (is_annotation(s))
      continue;
    diag_init(&d);
    r->diag = &d;
    if (run_directive(r, s) == WEIR_OK)
      wast_report_passed(report);
    else
      wast_report_failed(report, s, diag_message(&d));
    diag_done(&d);
  }
}

void wast_run(weir_engine *engine, const struct wast_options *options, struct str source, struct wast_report *report) {
  struct runner r = {.options = options, .source = source};
  weir_store_config config = WEIR_STORE_CONFIG_INIT;
  config.schedule_seed = options->schedule_seed;
  config.schedule_keep = options->schedule_keep;
  config.slice = options->slice;
  struct arena arena;
  struct diag d;
  const struct sexp *first = NULL;
  arena_init(&arena, &mem_system);
  diag_init(&d);
  wast_world_open(&r.world, engine, &config);
  r.world.replay = options->replay;
  if (wast_read(&arena, source, &first, &d) == WEIR_OK)
    run_forms(&r, first, report);
  else
    wast_report_failed(report, NULL, diag_message(&d));
  wast_world_close(&r.world);
  if (r.world.diverged > 0)
    wast_report_failed(report, NULL, "a replay was not the same");
  diag_done(&d);
  arena_done(&arena);
}
