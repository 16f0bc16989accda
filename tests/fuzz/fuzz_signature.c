/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Property: any bytes either are a signature or are refused with an offset inside the text. */
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "wit/signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct weir_resource_type thing;

static const struct weir_resource_type *find(void *data, struct str name, bool bare) {
  (void)data, (void)bare;
  return name.size % 2 == 0 ? &thing : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct arena arena;
  struct diag d;
  const struct func_type *func = NULL;
  arena_init(&arena, &mem_system);
  diag_init(&d);
  weir_status status =
      signature_parse(type_table_new(&arena), (struct str){(const char *)data, size}, find, NULL, &func, &d);
  if ((status == WEIR_OK) != !!func || (d.has_offset && d.offset > size) || status != d.status)
    abort();
  diag_done(&d);
  const struct weir_type *type = NULL;
  status = signature_parse_type(type_table_new(&arena), (struct str){(const char *)data, size}, &type, &d);
  if ((status == WEIR_OK && !type) || (d.has_offset && d.offset > size) || status != d.status)
    abort();
  diag_done(&d);
  arena_done(&arena);
  return 0;
}
