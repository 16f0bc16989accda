/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Code from a fused module (adapter/fused.h). The module may come from anybody: nothing in it is believed. */
#ifndef LOAD_CODE_FUSED_H
#define LOAD_CODE_FUSED_H

#include "adapter/fused.h"
#include "base/diag.h"

/*
 * Whether a core module is a fused one; `ret` is the component in its section then. WEIR_ERR_UNSUPPORTED: of another
 * version. WEIR_ERR_MALFORMED: its sections do not end where they say.
 */
weir_status code_fused_find(const uint8_t *bytes, size_t size, bool *ret_found, struct str *ret, struct diag *d);

/* A module that has been validated, and what goes with it. */
struct code_fused_input {
  struct str bytes;
  const struct graph *graph;           /* of the component in it */
  const struct adapter_plan *adapters; /* that this engine has for that component */
};

/*
 * Reads the module; `*ret` is in `arena`. It is checked that all definitions that the graph names are exports of the
 * same types, and that all imports are trampolines or helpers.
 * WEIR_ERR_INVALID: the module does not fit the component in it. WEIR_ERR_UNSUPPORTED: it has an adapter that this
 * engine has none for. WEIR_ERR_NOMEM.
 */
weir_status code_fused_read(struct arena *arena, const struct code_fused_input *input, struct fused **ret,
                            struct diag *d);

#endif
