/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The kinds of bytes, text to binary, and validating (bytes.h, weir/bytes.h). */
#include "load/bytes.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "component/weigh.h"
#include "load/engine.h"
#include "weir/code.h"

/* ---- kinds ------------------------------------------------------------------------------------------------------- */

const uint8_t bytes_code_magic[BYTES_MAGIC] = {0, 'w', 'e', 'i', 'r', 'c', '\r', '\n'};

bool weir_code_is_artefact(const void *bytes, size_t size) {
  return size >= BYTES_MAGIC && memcmp(bytes, bytes_code_magic, BYTES_MAGIC) == 0;
}

weir_bytes_kind weir_bytes_kind_of(const void *bytes, size_t size) {
  if (size == 0)
    return WEIR_BYTES_UNKNOWN;
  if (weir_code_is_artefact(bytes, size))
    return WEIR_BYTES_CODE;
  switch (ast_layer(bytes, size)) {
    case AST_LAYER_COMPONENT:
      return WEIR_BYTES_COMPONENT;
    case AST_LAYER_CORE_MODULE:
      return WEIR_BYTES_MODULE;
    default: /* no text begins with a zero */
      return *(const uint8_t *)bytes ? WEIR_BYTES_TEXT : WEIR_BYTES_UNKNOWN;
  }
}

weir_status bytes_check_component(const uint8_t *bytes, size_t size, struct diag *d) {
  if (size == 0)
    return diag_set(d, WEIR_ERR_MALFORMED, "the input is empty: not a component");
  switch (weir_bytes_kind_of(bytes, size)) {
    case WEIR_BYTES_CODE:
      return diag_set(d, WEIR_ERR_MALFORMED,
                      "this is compiled code, not a component; weir_code_deserialize() reads it");
    case WEIR_BYTES_MODULE:
      return diag_set(d, WEIR_ERR_MALFORMED,
                      "this is a core module, not a component; make one of it with `wasm-tools component new`");
    default:
      return WEIR_OK;
  }
}

/* ---- text -------------------------------------------------------------------------------------------------------- */

weir_status bytes_to_binary(const weir_engine *engine, const uint8_t *bytes, size_t size, uint8_t **ret,
                            size_t *ret_size, struct diag *d) {
  *ret = NULL;
  *ret_size = size;
  if (size > engine->max_component_size)
    return diag_set(d, WEIR_ERR_LIMIT,
                    "a component of %zu bytes, where %llu are allowed (weir_engine_config.max_component_size)", size,
                    (unsigned long long)engine->max_component_size);
  if (weir_bytes_kind_of(bytes, size) != WEIR_BYTES_TEXT)
    return WEIR_OK;
  if (!utf8_valid(bytes, size))
    return diag_set(d, WEIR_ERR_MALFORMED, "neither a WebAssembly binary, which begins with 0x00 \"asm\", nor text");
  return eng_text_to_binary(bytes, size, ret, ret_size, d);
}

/* The caller's own copy, from malloc(). */
static weir_status copy_binary(const weir_engine *engine, const uint8_t *text, size_t size, void **ret,
                               size_t *ret_size, struct diag *d) {
  uint8_t *binary;
  size_t binary_size;
  WEIR_TRY(bytes_to_binary(engine, text, size, &binary, &binary_size, d));
  void *copy = malloc(binary_size ? binary_size : 1);
  if (copy && binary_size)
    memcpy(copy, binary ? binary : text, binary_size);
  if (binary)
    eng_bytes_free(binary, binary_size);
  if (!copy)
    return diag_nomem(d);
  *ret = copy;
  *ret_size = binary_size;
  return WEIR_OK;
}

weir_status weir_bytes_from_text(weir_engine *engine, const void *text, size_t size, void **ret, size_t *ret_size,
                                 weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  weir_status status = copy_binary(engine, text, size, ret, ret_size, &d);
  return status == WEIR_OK ? status : diag_raise(&d, ret_error);
}

void weir_bytes_free(void *bytes) {
  free(bytes);
}

/* ---- validating -------------------------------------------------------------------------------------------------- */

/* Bad bytes are the validator's to refuse: it has better words for them and stops at the same place. */
static weir_status weigh(struct arena *arena, const struct ast_component *ast, const struct diag *decoding,
                         struct diag *d) {
  switch (decoding->status) {
    case WEIR_ERR_NOMEM:
      return diag_nomem(d);
    case WEIR_ERR_LIMIT:
      return diag_set(d, WEIR_ERR_LIMIT, "%s", diag_message(decoding));
    default:
      return ast ? ast_weigh(arena->alloc, ast, d) : WEIR_OK;
  }
}

weir_status bytes_decode(struct arena *arena, const uint8_t *bytes, size_t size, uint32_t features,
                         const struct ast_component **ret, struct diag *d) {
  struct diag decoding;
  diag_init(&decoding);
  ast_decode(arena, bytes, size, ret, &decoding);
  weir_status status = weigh(arena, *ret, &decoding, d);
  if (status == WEIR_OK)
    status = eng_validate(bytes, size, features, d);
  if (status == WEIR_OK && decoding.status != WEIR_OK) /* the validator accepts a form that the decoder does not know */
    status = diag_at(d, decoding.status, decoding.offset, "%s", diag_message(&decoding));
  diag_done(&decoding);
  return status;
}

weir_status bytes_validate(const struct weir_alloc *alloc, const uint8_t *bytes, size_t size, uint32_t features,
                           struct diag *d) {
  struct arena arena;
  const struct ast_component *ast;
  if (weir_bytes_kind_of(bytes, size) != WEIR_BYTES_COMPONENT)
    return eng_validate(bytes, size, features, d);
  arena_init(&arena, alloc);
  weir_status status = bytes_decode(&arena, bytes, size, features, &ast, d);
  arena_done(&arena);
  return status;
}

weir_status weir_bytes_validate(weir_engine *engine, const void *bytes, size_t size, weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  weir_status status = bytes_validate(&engine->alloc, bytes, size, engine->features, &d);
  return status == WEIR_OK ? status : diag_raise(&d, ret_error);
}
