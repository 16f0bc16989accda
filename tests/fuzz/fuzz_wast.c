/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Property: any bytes are read as forms, or refused with an offset inside of them; each form read again from its own
 * source has the same shape; and components, modules and constants are taken apart without touching what is not there.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "wit/signature.h"

/* The command is no part of the library that fuzzed properties link with: what is under test is compiled in. */
#include "cli/wast/form.c"   /* NOLINT */
#include "cli/wast/number.c" /* NOLINT */
#include "cli/wast/read.c"   /* NOLINT */
#include "cli/wast/value.c"  /* NOLINT */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char signature[] =
    "func(a: list<u8>, b: record { a: string, b: option<f32> }, c: variant { x(s64), y }, d: tuple<char, bool>, "
    "e: flags { p, q }, f: enum { g, h }, i: result<list<f64, 2>, u16>, j: map<string, s8>)";

static void must(int condition) {
  if (!condition)
    abort();
}

static bool same_shape(const struct sexp *a, const struct sexp *b) {
  if (a->kind != b->kind || a->end - a->start != b->end - b->start || !str_eq(a->text, b->text))
    return false;
  const struct sexp *x = a->first, *y = b->first;
  for (; x && y; x = x->next, y = y->next)
    if (x->kind != y->kind || x->end - x->start != y->end - y->start || !str_eq(x->text, y->text))
      return false;
  return !x && !y;
}

static void check_form(struct arena *arena, struct str source, const struct sexp *s, const struct weir_type *params) {
  const struct sexp *again = NULL;
  struct wast_form form;
  struct diag d;
  must(s->start < s->end && s->end <= source.size);
  must(wast_read(arena, (struct str){source.data + s->start, s->end - s->start}, &again, NULL) == WEIR_OK);
  must(again && !again->next && same_shape(s, again));
  if (wast_form_read(s, source, &form, NULL) == WEIR_OK)
    must(form.is_instance || form.code);
  wast_form_done(&form);
  for (uint32_t i = 0; i < params->field_count; i++) {
    weir_value value;
    diag_init(&d);
    weir_status status = wast_value(s, params->fields[i].type, &value, &d);
    must((status == WEIR_OK) == (value.kind != WEIR_VALUE_NONE) && status == d.status);
    weir_value_clear(&value);
    diag_done(&d);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct arena arena;
  struct diag d;
  struct str source = {(const char *)data, size};
  const struct sexp *first = NULL;
  const struct func_type *func = NULL;
  arena_init(&arena, &mem_system);
  diag_init(&d);
  must(signature_parse(type_table_new(&arena), STR(signature), NULL, NULL, &func, NULL) == WEIR_OK);
  weir_status status = wast_read(&arena, source, &first, &d);
  must(status == d.status && (status == WEIR_OK || (!first && d.has_offset && d.offset <= size)));
  for (const struct sexp *s = first; s; s = s->next)
    check_form(&arena, source, s, func->params);
  diag_done(&d);
  arena_done(&arena);
  return 0;
}
