/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Shared by wit.c and wit_item.c. Printing stops at a size beyond which nobody reads: types are graphs, and text is
 * not.
 */
#ifndef WIT_WIT_TEXT_H
#define WIT_WIT_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "weir/error.h"

struct func_type;

enum { WIT_TEXT_LIMIT = 1 << 20 };

/* An identifier, with a % in front of a keyword. */
void wit_label(struct text *out, struct str label);
/* `(a: u32) -> string` without the first `skip` parameters; the result is left out where `with_result` is false. */
void wit_signature(struct text *out, const struct func_type *f, uint32_t skip, bool with_result);

/* The text for a caller of the public interface; WEIR_ERR_NOMEM. */
weir_status wit_take(struct text *out, char **ret_text, size_t *ret_size);

#endif
