/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Types of functions that a linked component exports by themselves, written anew: an exported function's type may name
 * only what is exported too, so that it has to name the exports and not what they were made of.
 */
#ifndef FUSE_PLUG_TYPE_H
#define FUSE_PLUG_TYPE_H

#include "base/diag.h"
#include "base/text.h"
#include "component/graph.h"

struct plug_types {
  struct diag *d;
  struct text *out;    /* type sections are put here */
  uint32_t count;      /* of all types of the result, so far */
  uint32_t *types;     /* by weir_type.id: the index in the result, or GRAPH_NONE */
  uint32_t *resources; /* the same, by weir_resource_type.index */
};

/* For the types of a graph. WEIR_ERR_NOMEM. */
weir_status plug_types_init(struct plug_types *p, struct arena *arena, const struct graph *g, struct text *out,
                            struct diag *d);

/* A type or resource has a name in the result, which is the one to take from here on. Other items have none. */
void plug_types_name(struct plug_types *p, const struct weir_extern *item, uint32_t index);

/*
 * Puts the types that are needed, each once, the function's last; *ret is its index. WEIR_ERR_UNSUPPORTED: a type or
 * resource has no name in the result. Types nest only as deeply as type tables allow.
 */
weir_status plug_types_put(struct plug_types *p, const struct func_type *type, uint32_t *ret);

#endif
