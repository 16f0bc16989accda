/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Core modules that a host gives to components which import them: compiled when they are defined. See linker.h. */
#include "component/ast.h"
#include "embed/linker.h"
#include "load/bytes.h"
#include "wasm/skeleton.h"

/* `*ret_converted`: what text has become, for eng_bytes_free(). */
static weir_status take_binary(const weir_linker *l, struct str *bytes, uint8_t **ret_converted, struct diag *d) {
  size_t size;
  WEIR_TRY(bytes_to_binary(l->engine, (const uint8_t *)bytes->data, bytes->size, ret_converted, &size, d));
  if (*ret_converted)
    *bytes = (struct str){(const char *)*ret_converted, size};
  if (ast_layer((const uint8_t *)bytes->data, bytes->size) != AST_LAYER_CORE_MODULE)
    return diag_set(d, WEIR_ERR_MALFORMED, "this is not a core module");
  return WEIR_OK;
}

static weir_status compile(const weir_linker *l, struct str bytes, struct linker_def *def, struct text *skeleton,
                           struct diag *d) {
  const uint8_t *data = (const uint8_t *)bytes.data;
  WEIR_TRY(eng_module_compile(l->engine->eng, data, bytes.size, &def->module, d));
  WEIR_TRY(skeleton_write(data, bytes.size, skeleton, d));
  def->skeleton = (struct str){skeleton->data, skeleton->size};
  def->binary = bytes;
  return WEIR_OK;
}

weir_status weir_linker_define_module(weir_linker *linker, const char *interface_name, const char *name,
                                      const void *bytes, size_t size, weir_error **ret_error) {
  struct linker_def template = {.kind = LINKER_MODULE};
  struct text skeleton = {0};
  struct str binary = {bytes, size};
  uint8_t *converted = NULL;
  struct diag d;
  diag_init(&d);
  weir_status status = take_binary(linker, &binary, &converted, &d);
  if (status == WEIR_OK)
    status = compile(linker, binary, &template, &skeleton, &d);
  if (status != WEIR_OK) {
    diag_prefix(&d, "core module `%s`: ", name);
    diag_raise(&d, ret_error);
  } else {
    status = linker_define(linker, interface_name, name, NULL, &template, ret_error);
  }
  if (status != WEIR_OK)
    eng_module_unref(template.module);
  if (converted)
    eng_bytes_free(converted, binary.size);
  text_done(&skeleton);
  diag_done(&d);
  return status;
}
