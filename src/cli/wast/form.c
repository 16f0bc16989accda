/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Taking component and module forms apart, and making the bytes of each. */
#include "cli/wast/form.h"

#include <stdlib.h>

#include "base/text.h"

void wast_form_done(struct wast_form *form) {
  free(form->code);
  *form = (struct wast_form){0};
}

static weir_status form_error(const struct sexp *at, struct diag *d, const char *message) {
  return diag_set(d, WEIR_ERR_PARSE, "%u:%u: %s", at->line, at->column, message);
}

static weir_status take_code(struct text *text, struct wast_form *ret, struct diag *d) {
  ret->code = text_take(text, &ret->code_size);
  return !ret->code ? diag_nomem(d) : WEIR_OK;
}

/* The strings of a `binary` or `quote` form, joined. */
static weir_status join_strings(const struct sexp *first, struct str between, struct text *out, struct diag *d) {
  for (const struct sexp *s = first; s; s = s->next) {
    if (s->kind != SEXP_STRING)
      return form_error(s, d, "expected a string");
    text_add(out, s->text);
    text_add(out, between);
  }
  return WEIR_OK;
}

static weir_status read_binary(const struct sexp *strings, struct wast_form *ret, struct diag *d) {
  struct text out;
  text_init(&out);
  weir_status status = join_strings(strings, STR(""), &out, d);
  if (status == WEIR_OK)
    return take_code(&out, ret, d);
  text_done(&out);
  return status;
}

/* Quoted text is the inside of the component's parentheses. */
static weir_status read_quote(const struct sexp *strings, struct wast_form *ret, struct diag *d) {
  struct text out;
  text_init(&out);
  text_add(&out, ret->is_module ? STR("(module ") : STR("(component "));
  weir_status status = join_strings(strings, STR(" "), &out, d);
  text_char(&out, ')');
  if (status == WEIR_OK)
    return take_code(&out, ret, d);
  text_done(&out);
  return status;
}

/* The source of the form without the word `definition`, at its line and column. */
static weir_status read_inline(const struct sexp *form, const struct sexp *definition, struct str source,
                               struct wast_form *ret, struct diag *d) {
  struct text out;
  text_init(&out);
  for (uint32_t i = 1; i < form->line; i++)
    text_char(&out, '\n');
  for (uint32_t i = 1; i < form->column; i++)
    text_char(&out, ' ');
  size_t at = out.size;
  text_add(&out, (struct str){source.data + form->start, form->end - form->start});
  WEIR_TRY(take_code(&out, ret, d));
  if (definition)
    memset(ret->code + at + (definition->start - form->start), ' ', definition->text.size);
  return WEIR_OK;
}

/* (component instance $name $definition); the instance may go without a name. */
static weir_status read_instance(const struct sexp *names, const struct sexp *form, struct wast_form *ret,
                                 struct diag *d) {
  if (!sexp_is_name(names))
    return form_error(form, d, "expected (component instance $name $definition)");
  ret->is_instance = true;
  ret->of = names->text;
  if (sexp_is_name(names->next)) {
    ret->name = names->text;
    ret->of = names->next->text;
    names = names->next;
  }
  return !names->next ? WEIR_OK : form_error(names->next, d, "unexpected after the name of the definition");
}

weir_status wast_form_read(const struct sexp *form, struct str source, struct wast_form *ret, struct diag *d) {
  struct str head = sexp_head(form);
  *ret = (struct wast_form){.is_module = str_eq(head, STR("module"))};
  if (!ret->is_module && !str_eq(head, STR("component")))
    return form_error(form, d, "expected (component ...) or (module ...)");
  const struct sexp *next = form->first->next, *definition = NULL;
  if (sexp_is(next, "instance"))
    return read_instance(next->next, form, ret, d);
  if (sexp_is(next, "definition")) {
    ret->is_definition = true;
    definition = next;
    next = next->next;
  }
  if (sexp_is_name(next)) {
    ret->name = next->text;
    next = next->next;
  }
  if (sexp_is(next, "binary"))
    return read_binary(next->next, ret, d);
  if (sexp_is(next, "quote"))
    return read_quote(next->next, ret, d);
  return read_inline(form, definition, source, ret, d);
}
