/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A call written as text: `name(a, b)` or `interface#name(a, b)`, arguments in WAVE. Errors are reported here, with the
 * function's signature and the place in the text.
 */
#ifndef CLI_INVOKE_H
#define CLI_INVOKE_H

#include "weir/component.h"

struct invoke {
  const weir_func *func;
  weir_value *args; /* the call takes the values */
  size_t arg_count;
};

/* Finds the function and reads the arguments. Returns an exit code. */
int invoke_parse(const char *text, const weir_component *component, struct invoke *ret);
void invoke_done(struct invoke *invoke);

/* Finds `name` or `interface#name`. NULL: there is none. */
const weir_func *invoke_find(const weir_component *component, const char *name, size_t size);

/* Prints a result in WAVE, and a line break, to the standard output; nothing for a function without result. */
int invoke_print_result(const weir_func *func, const weir_value *value);

/* Hints at the functions that can be called. */
void invoke_list_functions(const weir_component *component);

#endif
