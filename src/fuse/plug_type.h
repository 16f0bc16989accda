/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Types of a linked component, written anew for another one: for functions that are exported, whose types may name only
 * what has a name in the result (so that it has to name the exports and not what they were made of), and for canonical
 * definitions, which may use any type.
 */
#ifndef FUSE_PLUG_TYPE_H
#define FUSE_PLUG_TYPE_H

#include "base/diag.h"
#include "base/text.h"
#include "component/graph.h"

struct plug_types;

/* Gives a name to a type or resource (the other one is NULL) that has none; *ret is its index. */
typedef weir_status plug_name_fn(void *data, const struct weir_type *type, const struct weir_resource_type *resource,
                                 uint32_t *ret);

struct plug_types {
  struct diag *d;
  struct text *out;    /* type sections are put here */
  uint32_t *count;     /* of all types of the result, so far */
  uint32_t *declared;  /* not NULL: `out` is the inside of an instance type, and counts its declarators here */
  uint32_t *types;     /* by weir_type.id: the index in the result, or GRAPH_NONE */
  uint32_t *resources; /* the same, by weir_resource_type.index */
  bool nameless;       /* types that an export has to name are defined like others */
  plug_name_fn *name;  /* else: makes the name of one that has none; NULL: that is refused */
  void *data;
};

/* For the types of a graph. `count` is shared by all who add types to the result. WEIR_ERR_NOMEM. */
weir_status plug_types_init(struct plug_types *p, struct arena *arena, const struct graph *g, struct text *out,
                            uint32_t *count, struct diag *d);

/* A type or resource has a name in the result, which is the one to take from here on. Other items have none. */
void plug_types_name(struct plug_types *p, const struct weir_extern *item, uint32_t index);

/*
 * Puts the types that are needed, each once, the function's last; *ret is its index. WEIR_ERR_UNSUPPORTED: a type or
 * resource has no name in the result. Types nest only as deeply as type tables allow.
 */
weir_status plug_types_put(struct plug_types *p, const struct func_type *type, uint32_t *ret);

/* Puts a value type with its parts, unless it is there; *ret is its index. */
weir_status plug_types_value(struct plug_types *p, const struct weir_type *type, uint32_t *ret);

/* The same of a type that is about to get a name: the type itself is defined, whether it has one or not. */
weir_status plug_types_structure(struct plug_types *p, const struct weir_type *type, uint32_t *ret);

/* A value type where a valtype stands, in `body`; its parts are put before. */
weir_status plug_types_valtype(struct plug_types *p, const struct weir_type *type, struct text *body);

#endif
