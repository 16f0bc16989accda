/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * `weir fuse --component`: a linked component becomes one component with one core module in it, which any runtime can
 * run: no component is nested in it, but for those that only give names to types (shell_inner.c). Canonical definitions
 * keep their meaning as long as nobody can tell that several component instances have become one; component_fits()
 * decides that. docs/fused.md has the rules.
 */
#ifndef FUSE_COMPONENT_H
#define FUSE_COMPONENT_H

#include "adapter/adapter.h"
#include "fuse/core.h"

/*
 * Whether the instances of a graph may become one. WEIR_ERR_UNSUPPORTED, with the reason in the diag: they may not.
 * `plan`: with the adapters of a shell.
 */
weir_status component_fits(const struct graph *g, const struct adapter_plan *plan, struct diag *d);

/* The same with a runtime inside (glue.h), which keeps the instances apart. */
weir_status component_fits_inside(const struct graph *g, const struct adapter_plan *adapters, struct diag *d);

/* And whether the outer runtime ends the waits of exports as it would unfused (outside_fits.c). */
weir_status component_fits_outside(struct arena *arena, const struct graph *g, struct diag *d);

/*
 * Puts the component into `out`, which the caller has made. WEIR_ERR_UNSUPPORTED, with the reason in the diag: the
 * components have to stay nested. It has not been validated. Otherwise as fuse_core().
 */
weir_status fuse_component(const struct weir_alloc *alloc, const struct fuse_core_input *input, struct text *out,
                           struct fuse_core_stats *ret, struct diag *d);

#endif
