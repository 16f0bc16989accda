/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The one place that decides what bytes are, and the way from any bytes to a validated component. */
#ifndef LOAD_BYTES_H
#define LOAD_BYTES_H

#include "base/arena.h"
#include "component/ast.h"
#include "weir/bytes.h"

/* The first bytes of compiled code; no module, component or text begins with them. */
enum { BYTES_MAGIC = 8 };
extern const uint8_t bytes_code_magic[BYTES_MAGIC];

/*
 * Text in binary form, for eng_bytes_free(); *ret is NULL where the bytes are no text. WEIR_ERR_LIMIT: too many bytes.
 */
weir_status bytes_to_binary(const weir_engine *engine, const uint8_t *bytes, size_t size, uint8_t **ret,
                            size_t *ret_size, struct diag *d);

/* WEIR_ERR_MALFORMED, with a message for each other thing: nothing, compiled code, a core module. */
weir_status bytes_check_component(const uint8_t *bytes, size_t size, struct diag *d);

/*
 * Validates a component and decodes it into `arena`, once. WEIR_ERR_LIMIT: the component would take the validator too
 * much, and does not get that far. `bytes` must outlive the arena's use.
 */
weir_status bytes_decode(struct arena *arena, const uint8_t *bytes, size_t size, uint32_t features,
                         const struct ast_component **ret, struct diag *d);

/* Validates a component or a core module. */
weir_status bytes_validate(const struct weir_alloc *alloc, const uint8_t *bytes, size_t size, uint32_t features,
                           struct diag *d);

#endif
