/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Several core modules become one: instances of modules, and how they are wired, go in; out comes one module that does
 * the same when it is instantiated as they do when they are instantiated one after another, in the order given.
 * docs/fused.md says exactly what holds. A module that is instantiated k times is in the result k times; only types are
 * shared. The same input gives the same bytes.
 *
 * Modules have been validated; what is invalid is refused, or gives an invalid result, and nothing worse. Work and
 * memory are linear in the input times the number of instances of each module.
 */
#ifndef FUSE_MERGE_H
#define FUSE_MERGE_H

#include "base/diag.h"
#include "base/text.h"
#include "fuse/merge_plan.h"
#include "weir/alloc.h"

/*
 * Puts the module into `out`, which the caller has made. `ret` may be NULL. WEIR_ERR_MALFORMED: a module does not
 * decode, or names what it does not have (with the number of the module and the offset). WEIR_ERR_LINK: a source is
 * missing, or does not have the type that is imported. WEIR_ERR_MISUSE: the plan contradicts itself. WEIR_ERR_LIMIT:
 * the result would be larger than engines accept. WEIR_ERR_UNSUPPORTED: see docs/fused.md. WEIR_ERR_NOMEM.
 */
weir_status merge_modules(const struct weir_alloc *alloc, const struct merge_plan *plan, struct text *out,
                          struct merge_stats *ret, struct diag *d);

#endif
