/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Initial values of tables. They stand before the globals of a module, so that they can name imported globals only; in
 * the result an imported global may have become one that is defined. Then its own initial value is written in its
 * place.
 */
#ifndef FUSE_MERGE_INIT_H
#define FUSE_MERGE_INIT_H

#include "fuse/merge_state.h"

/*
 * Puts the expression for a table's initial value, with its end. WEIR_ERR_UNSUPPORTED: it reads a defined global as
 * part of something larger, or one whose value is a new object, which cannot be written twice without being two
 * objects.
 */
weir_status merge_init(const struct merge *m, uint32_t instance, struct wasm_span init, struct text *out);

#endif
