/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Several components become one: the first with the others in it, which take the place of its imports. Whatever it
 * imports and none of them exports stays an import; its exports are those of the result.
 */
#ifndef FUSE_PLUG_H
#define FUSE_PLUG_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/text.h"
#include "component/graph.h"

struct plug_input {
  struct str name; /* for messages */
  struct str stem; /* for links: the name without folder and ending */
  struct str bytes;
  const struct ast_component *ast;
  const struct graph *graph;
};

/* What an import of a component is given. */
struct plug_wire {
  uint32_t provider;                /* a component, or GRAPH_NONE: an import of the first one */
  const struct weir_extern *export; /* of the provider */
};

struct plug {
  const struct plug_input *inputs;
  uint32_t count;
  const char *const *links; /* as weir_fuse_link_config.links */
  size_t link_count;
  struct plug_wire **wires; /* by input, by its graph's imports */
  struct arena *arena;
  struct diag *d;
};

/*
 * Fills `wires` (plug.c): what a link says, else an export of the same name, else of a compatible version.
 * WEIR_ERR_LINK: several components export it, or something else under its name. WEIR_ERR_NOT_FOUND: a link names what
 * is not there. WEIR_ERR_NOMEM.
 */
weir_status plug_wires(struct plug *p);

/*
 * Writes the component (plug_write.c). It is not validated. WEIR_ERR_LINK: a component imports what nobody gives it, or
 * components need each other in a circle. WEIR_ERR_UNSUPPORTED: see docs/fused.md. WEIR_ERR_MALFORMED, WEIR_ERR_NOMEM.
 */
weir_status plug_write(struct plug *p, struct text *out);

#endif
