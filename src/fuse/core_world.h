/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A component without the code of its core modules: what is left says how all is linked, and of which types it is. */
#ifndef FUSE_CORE_WORLD_H
#define FUSE_CORE_WORLD_H

#include "base/diag.h"
#include "base/text.h"

/*
 * Adds to `out` a valid component of the same graph: its core modules are what skeleton_write() leaves of them, those
 * of nested components too. Of the custom sections, names of components stay. The component has been decoded, which
 * bounds how deeply components are nested. WEIR_ERR_MALFORMED, WEIR_ERR_NOMEM.
 */
weir_status core_world_write(const uint8_t *data, size_t size, struct text *out, struct diag *d);

#endif
