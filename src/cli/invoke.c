/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A call in text: the function is found by name, its arguments are read by its types, and the result is printed. In
 * order: finding, messages (with the signature, and a mark under the place), reading, printing.
 */
#include "cli/invoke.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/exports.h"

static char *copy_text(const char *text, size_t size) {
  char *copy = malloc(size + 1);
  if (!copy)
    return NULL;
  memcpy(copy, text, size);
  copy[size] = '\0';
  return copy;
}

const weir_func *invoke_find(const weir_component *component, const char *name, size_t size) {
  char *copy = copy_text(name, size);
  if (!copy)
    return NULL;
  char *hash = strrchr(copy, '#');
  const weir_func *func;
  if (!hash) {
    func = weir_component_find_func(component, NULL, copy);
  } else {
    *hash = '\0';
    func = weir_component_find_func(component, copy, hash + 1);
  }
  free(copy);
  return func;
}

/* ---- messages ---------------------------------------------------------------------------------------------------- */

static void add_type(struct text *out, const weir_type *type) {
  char *text = NULL;
  if (weir_type_print(type, &text, NULL) == WEIR_OK)
    text_add(out, str_from(text));
  weir_text_free(text);
}

/* `name: async func(a: u32) -> string`. */
static char *signature_text(const char *name, size_t size, const weir_func *func) {
  struct text out;
  text_init(&out);
  text_printf(&out, "%.*s: %sfunc(", (int)size, name, weir_func_is_async(func) ? "async " : "");
  for (size_t i = 0; i < weir_func_param_count(func); i++) {
    text_printf(&out, i == 0 ? "%s: " : ", %s: ", weir_func_param_name(func, i));
    add_type(&out, weir_func_param_type(func, i));
  }
  text_char(&out, ')');
  if (weir_func_result_type(func)) {
    text_add(&out, STR(" -> "));
    add_type(&out, weir_func_result_type(func));
  }
  return text_take(&out, NULL);
}

/* Shows the text with a mark below byte `at`; tabs and line breaks become spaces, so that the mark stands right. */
static void show_place(const char *text, size_t at) {
  fputs("  ", stderr);
  for (const char *c = text; *c != '\0'; c++)
    fputc((unsigned char)*c < 0x20 ? ' ' : *c, stderr);
  fputs("\n  ", stderr);
  for (size_t i = 0; i < at && text[i] != '\0'; i++)
    if ((text[i] & 0xc0) != 0x80)
      fputc(' ', stderr);
  fputs("^\n", stderr);
}

static int report_arguments(const char *text, size_t name_size, const weir_func *func, weir_error *take_error) {
  char *signature = signature_text(text, name_size, func);
  weir_status status = !take_error ? WEIR_ERR_NOMEM : weir_error_status(take_error);
  size_t offset = 0;
  cli_error("--invoke: %s", !take_error ? "out of memory" : weir_error_message(take_error));
  if (take_error && weir_error_offset(take_error, &offset))
    show_place(text, text[name_size] == '\0' ? name_size : name_size + offset);
  cli_hint("the function is %s", !signature ? "(no memory)" : signature);
  free(signature);
  weir_error_free(take_error);
  return status == WEIR_ERR_NOMEM ? CLI_INTERNAL : CLI_USAGE;
}

void invoke_list_functions(const weir_component *component) {
  struct text out;
  text_init(&out);
  exports_list_functions(component, "    ", &out);
  char *list = text_take(&out, NULL);
  if (!list || list[0] == '\0')
    cli_hint("it exports no functions; `weir inspect` shows what it has");
  else
    cli_hint("call one of its functions with --invoke 'NAME(ARGUMENTS)':\n%.*s", (int)strlen(list) - 1, list);
  free(list);
}

static int unknown_function(const char *text, size_t name_size, const weir_component *component) {
  cli_error("--invoke: the component exports no function `%.*s`", (int)name_size, text);
  invoke_list_functions(component);
  return CLI_USAGE;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static weir_status read_arguments(const char *text, struct invoke *ret, weir_error **ret_error) {
  if (*text == '\0')
    text = "()"; /* `name` alone is `name()` */
  ret->args = calloc(ret->arg_count + 1, sizeof(*ret->args));
  if (!ret->args)
    return WEIR_ERR_NOMEM;
  return weir_func_parse_args(ret->func, text, strlen(text), ret->args, ret_error);
}

int invoke_parse(const char *text, const weir_component *component, struct invoke *ret) {
  size_t name_size = strcspn(text, "(");
  while (name_size > 0 && text[name_size - 1] == ' ')
    name_size--;
  *ret = (struct invoke){.func = invoke_find(component, text, name_size)};
  if (!ret->func)
    return unknown_function(text, name_size, component);
  weir_error *error = NULL;
  ret->arg_count = weir_func_param_count(ret->func);
  if (read_arguments(text + name_size, ret, &error) == WEIR_OK)
    return CLI_OK;
  int code = report_arguments(text, name_size, ret->func, error);
  free(ret->args); /* all empty */
  *ret = (struct invoke){0};
  return code;
}

void invoke_done(struct invoke *invoke) {
  for (size_t i = 0; i < invoke->arg_count; i++)
    weir_value_clear(&invoke->args[i]);
  free(invoke->args);
  *invoke = (struct invoke){0};
}

int invoke_print_result(const weir_func *func, const weir_value *value) {
  const weir_type *type = weir_func_result_type(func);
  char *text = NULL;
  size_t size = 0;
  if (!type)
    return CLI_OK;
  weir_status status = weir_value_print(type, value, &text, &size, NULL);
  if (status == WEIR_ERR_TYPE) {
    char *name = NULL;
    weir_type_print(type, &name, NULL);
    cli_error("the call returned, but a result of type %s has no text form", !name ? "?" : name);
    weir_text_free(name);
    return CLI_INTERNAL;
  }
  if (status != WEIR_OK)
    return cli_fail("--invoke", status, NULL);
  printf("%s\n", text);
  weir_text_free(text);
  return CLI_OK;
}
