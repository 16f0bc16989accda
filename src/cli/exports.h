/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Exports of a component for messages, read from the public interface. */
#ifndef CLI_EXPORTS_H
#define CLI_EXPORTS_H

#include "base/text.h"
#include "weir/component.h"

/* The name of an exported instance that begins with `prefix`; NULL: there is none. */
const char *exports_find_instance(const weir_component *component, const char *prefix);

/* All functions that can be called, one a line, as `indent` "interface#name: func(...)". */
void exports_list_functions(const weir_component *component, const char *indent, struct text *out);

#endif
