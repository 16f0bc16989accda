/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The actions of scripts: defining components and instances, and invoking functions. A failure of the library is an
 * outcome, which an assertion may want; a mistake of the script fails the directive.
 */
#include <stdlib.h>

#include "cli/invoke.h"
#include "cli/wast/form.h"
#include "cli/wast/run.h"
#include "cli/wast/runner.h"
#include "cli/wast/value.h"
#include "engine/eng.h"
#include "weir/call.h"

/* ---- components -------------------------------------------------------------------------------------------------- */

/* A core module is only checked: its actions belong to other runners. */
static void check_module(struct wast_runner *r, const struct wast_form *form, struct wast_outcome *ret) {
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

weir_status wast_run_form(struct wast_runner *r, const struct sexp *s, bool instantiate, struct wast_outcome *ret) {
  struct wast_form form;
  const weir_component *component = NULL;
  *ret = (struct wast_outcome){0};
  WEIR_TRY(wast_form_read(s, r->source, &form, r->diag));
  if (form.is_module)
    check_module(r, &form, ret);
  else if (form.is_instance)
    component = wast_world_find_component(&r->world, form.of);
  else
    ret->status = wast_world_component(&r->world, form.name, form.code, form.code_size, &component, &ret->error);
  weir_status status = WEIR_OK;
  if (form.is_instance && !component)
    status = wast_bad_script(r, s, "there is no component definition of that name");
  else if (component && instantiate && !form.is_definition)
    ret->status = wast_world_instance(&r->world, form.name, component, &ret->error);
  wast_form_done(&form);
  return status;
}

weir_status wast_do_component(struct wast_runner *r, const struct sexp *s) {
  struct wast_outcome o;
  WEIR_TRY(wast_run_form(r, s, true, &o));
  weir_status status = o.status == WEIR_OK ? WEIR_OK : wast_unexpected_failure(r, "it", &o);
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

size_t wast_count_forms(const struct sexp *first) {
  size_t n = 0;
  for (; first; first = first->next)
    n++;
  return n;
}

static weir_status read_arguments(struct wast_runner *r, const struct sexp *first, struct action *a) {
  size_t count = wast_count_forms(first), wanted = weir_func_param_count(a->func);
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
static weir_status read_action(struct wast_runner *r, const struct sexp *s, struct action *ret) {
  *ret = (struct action){0};
  if (!str_eq(sexp_head(s), STR("invoke")))
    return wast_bad_script(r, s, "expected (invoke ...)");
  const struct sexp *next = s->first->next;
  struct str name = {"", 0};
  if (sexp_is_name(next)) {
    name = next->text;
    next = next->next;
  }
  ret->instance = wast_world_find_instance(&r->world, name);
  if (!next || next->kind != SEXP_STRING)
    return wast_bad_script(r, s, "expected the name of a function as a string");
  if (!ret->instance)
    return diag_set(r->diag, WEIR_ERR_NOT_FOUND, "there is no instance to invoke \"" STR_FMT "\" of",
                    STR_ARG(next->text));
  ret->func = invoke_find(ret->instance->component, next->text.data, next->text.size);
  if (!ret->func)
    return diag_set(r->diag, WEIR_ERR_NOT_FOUND, "the instance exports no function \"" STR_FMT "\"",
                    STR_ARG(next->text));
  return read_arguments(r, next->next, ret);
}

weir_status wast_run_action(struct wast_runner *r, const struct sexp *s, const weir_func **ret_func,
                            weir_value *ret_value, struct wast_outcome *ret) {
  struct action a;
  *ret = (struct wast_outcome){0};
  weir_status status = read_action(r, s, &a);
  *ret_func = a.func;
  *ret_value = (weir_value){0};
  if (status == WEIR_OK)
    ret->status = weir_call_run(a.instance->instance, a.func, a.args, a.arg_count, ret_value, &ret->error);
  action_done(&a);
  return status;
}

weir_status wast_do_invoke(struct wast_runner *r, const struct sexp *s) {
  struct wast_outcome o;
  weir_value value;
  const weir_func *func;
  WEIR_TRY(wast_run_action(r, s, &func, &value, &o));
  weir_status status = o.status == WEIR_OK ? WEIR_OK : wast_unexpected_failure(r, "the call", &o);
  weir_value_clear(&value);
  weir_error_free(o.error);
  return status;
}
