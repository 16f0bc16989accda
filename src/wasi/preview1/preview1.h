/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Programs of WASI preview 1: core modules that import functions which take addresses. Such a program becomes a
 * component of WASI 0.2: it is put into one that is there already (preview1/ at the top of the sources), where an
 * adapter of core wasm, with a memory of its own, does preview 1 over 0.2. So limits, records, traces and rules need to
 * know nothing of preview 1.
 */
#ifndef WASI_PREVIEW1_PREVIEW1_H
#define WASI_PREVIEW1_PREVIEW1_H

#include <stdbool.h>

#include "base/diag.h"
#include "base/text.h"
#include "weir/alloc.h"

/*
 * Writes the component. WEIR_ERR_LINK: the module is no program of preview 1, and the message says why not;
 * WEIR_ERR_MALFORMED; WEIR_ERR_NOMEM. The module is not validated.
 */
weir_status wasi_preview1_adapt(const struct weir_alloc *alloc, const uint8_t *bytes, size_t size, struct text *out,
                                struct diag *d);

#endif
