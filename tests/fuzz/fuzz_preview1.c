/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Property: any bytes either become a component of a program of WASI preview 1 or are refused; the component has room
 * for the bytes and the adapter, and no more. Without the code of its modules a valid component is valid, and there is
 * nothing left to leave out.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/eng.h"
#include "load/code_strip.h"
#include "wasi/preview1/preview1.h"

enum { ADAPTER_MOST = 64 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds, const char *what, const struct diag *d) {
  if (holds)
    return;
  fprintf(stderr, "fuzz_preview1: %s: %s\n", what, d ? diag_message(d) : "");
  abort();
}

static void strip_twice(const struct text *component) {
  struct text once, twice;
  struct diag d;
  diag_init(&d);
  text_init(&once);
  text_init(&twice);
  require(code_strip(text_bytes(component), component->size, &once, &d) == WEIR_OK, "a component is stripped", &d);
  require(once.size <= component->size, "stripping leaves out", NULL);
  require(eng_validate(text_bytes(&once), once.size, ENG_FEATURES_RELEASED, &d) == WEIR_OK, "what is left is valid",
          &d);
  require(code_strip(text_bytes(&once), once.size, &twice, &d) == WEIR_OK, "what is left is stripped", &d);
  require(once.size == twice.size && memcmp(once.data, twice.data, once.size) == 0, "nothing is left to leave out",
          NULL);
  text_done(&once);
  text_done(&twice);
  diag_done(&d);
}

/* The validator speaks of a module that it does not take where the module is in the component, too. */
static void adapt(const uint8_t *data, size_t size) {
  struct text component;
  struct diag d;
  diag_init(&d);
  text_init(&component);
  bool adapted = wasi_preview1_adapt(&mem_system, data, size, &component, &d) == WEIR_OK;
  require(component.size <= 2 * size + ADAPTER_MOST, "the component is in proportion to the module", NULL);
  if (adapted && eng_validate(text_bytes(&component), component.size, ENG_FEATURES_RELEASED, &d) == WEIR_OK)
    strip_twice(&component);
  text_done(&component);
  diag_done(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  adapt(data, size);
  return 0;
}
