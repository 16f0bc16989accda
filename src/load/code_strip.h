/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A component as compiled code carries it: core modules without their code and data, of which only the types matter. */
#ifndef LOAD_CODE_STRIP_H
#define LOAD_CODE_STRIP_H

#include "base/diag.h"
#include "base/text.h"

/*
 * Writes a valid component, in binary form, with skeleton_write() of each core module. The same graph is linked from
 * both, but for the modules' bytes. Without effect on what is stripped already. WEIR_ERR_MALFORMED, WEIR_ERR_NOMEM.
 */
weir_status code_strip(const uint8_t *data, size_t size, struct text *out, struct diag *d);

#endif
