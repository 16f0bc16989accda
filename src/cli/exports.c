/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The exports of a component, listed for messages (exports.h). */
#include "cli/exports.h"

#include "weir/extern.h"

const char *exports_find_instance(const weir_component *component, const char *prefix) {
  for (size_t i = 0; i < weir_component_export_count(component); i++) {
    const weir_extern *item = weir_component_export(component, i);
    bool instance = weir_extern_kind_of(item) == WEIR_EXTERN_INSTANCE;
    if (instance && str_starts_with(str_from(weir_extern_name(item)), str_from(prefix)))
      return weir_extern_name(item);
  }
  return NULL;
}

static void list_function(const weir_func *func, const char *indent, struct text *out) {
  char *type = NULL;
  const char *in = weir_func_interface(func);
  if (weir_func_print(func, &type, NULL) != WEIR_OK)
    out->failed = true;
  text_printf(out, "%s%s%s%s: %s\n", indent, in ? in : "", in ? "#" : "", weir_func_name(func), type ? type : "");
  weir_text_free(type);
}

static void list(const weir_extern *item, const char *indent, struct text *out) {
  if (weir_extern_func(item))
    list_function(weir_extern_func(item), indent, out);
  for (size_t i = 0; i < weir_extern_count(item); i++)
    list(weir_extern_at(item, i), indent, out);
}

void exports_list_functions(const weir_component *component, const char *indent, struct text *out) {
  for (size_t i = 0; i < weir_component_export_count(component); i++)
    list(weir_component_export(component, i), indent, out);
}
