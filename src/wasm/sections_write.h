/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Writes a module as it was read. */
#ifndef WASM_SECTIONS_WRITE_H
#define WASM_SECTIONS_WRITE_H

#include "base/text.h"
#include "wasm/sections.h"

/*
 * In the shortest form, under the same numbers; custom sections stand at the end. WEIR_ERR_MALFORMED, WEIR_ERR_NOMEM.
 */
weir_status sections_write(const struct wasm_sections *s, struct text *out, struct diag *d);

#endif
