/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The imports of a fused module as JSON, for those who provide them. docs/fused.md describes the members. */
#ifndef FUSE_IMPORT_MAP_H
#define FUSE_IMPORT_MAP_H

#include "base/diag.h"
#include "base/text.h"
#include "component/graph.h"
#include "weir/alloc.h"

/*
 * `version`: 1 or 2. `module`: the fused module, of whose component `g` is the graph. WEIR_ERR_INVALID: an import is
 * none that the component needs. WEIR_ERR_MALFORMED, WEIR_ERR_NOMEM.
 */
weir_status import_map_write(const struct weir_alloc *alloc, const struct graph *g, struct str module, uint32_t version,
                             struct text *out, struct diag *d);

#endif
