/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Inside fuse/: a linked component in the making (plug_write.c), and what the imports of its parts become in it
 * (plug_import.c, plug_union.c). Imports are written in the order in which they are needed, each once. Want of memory
 * is sticky in `out`.
 */
#ifndef FUSE_PLUG_IMPORT_H
#define FUSE_PLUG_IMPORT_H

#include "fuse/part.h"
#include "fuse/plug.h"
#include "fuse/plug_type.h"

enum making { NOT_MADE, IN_WORK, MADE };

/* An import of a part. Several that are one import of the result share `leader_*`, the first of them. */
struct plug_place {
  enum making state;
  uint32_t index; /* in the result, among its sort */
  uint32_t leader_input, leader_import;
};

/* Where a part gets a type from: an import, or an item in one. `item` NULL: from nowhere. */
struct plug_source {
  uint32_t import;
  const struct weir_extern *item;
};

/* A component of those that are linked. */
struct plug_part {
  struct writing *w;
  uint32_t input;
  struct plug_types types;       /* outside of instance types */
  struct plug_source *types_of;  /* by weir_type.id */
  struct plug_source *resources; /* by weir_resource_type.index */
  struct plug_place *places;     /* by import */
};

struct writing {
  struct plug *p;
  struct text *out;
  struct diag *d;
  uint32_t instances, components, funcs, type_count; /* of the result, so far */
  uint32_t depth;                                    /* of imports that need each other */
  struct plug_part *parts;                           /* by input */
  enum making *states;                               /* by input: of its instance */
  uint32_t *made;                                    /* that instance */
};

/* Which imports are one, and where types come from. WEIR_ERR_NOMEM. */
weir_status plug_parts_init(struct writing *w);

/*
 * What an import is in the result, which is written now unless it was before. WEIR_ERR_LINK: it needs itself.
 * WEIR_ERR_LIMIT: imports need each other too deeply. WEIR_ERR_UNSUPPORTED, WEIR_ERR_NOMEM.
 */
weir_status plug_place(struct writing *w, uint32_t input, uint32_t import, uint32_t *ret);

/* The type that a part gets from an import: its index outside of instance types. As plug_place(). */
weir_status plug_part_type(struct plug_part *part, const struct weir_type *type,
                           const struct weir_resource_type *resource, uint32_t *ret);

/* Writes the import that all share that have this leader (plug_union.c); *ret is its index. */
weir_status plug_put_union(struct writing *w, uint32_t input, uint32_t import, uint32_t *ret);

/* Whether an import is one of those with a leader. */
static inline bool plug_is_led(const struct plug_place *place, uint32_t input, uint32_t import) {
  return place->leader_input == input && place->leader_import == import;
}

/* The component of an input and an instance of it, behind all that it needs (plug_import.c). */
weir_status plug_make_instance(struct writing *w, uint32_t input);

/* The next index of a sort; an alias of an export of an instance, and its index (plug_piece.c). */
uint32_t plug_count(struct writing *w, enum ast_sort sort);
uint32_t plug_put_alias(struct writing *w, enum ast_sort sort, uint32_t instance, struct str name);

static inline enum ast_sort plug_sort(const struct weir_extern *item) {
  if (item->kind == WEIR_EXTERN_FUNC)
    return AST_SORT_FUNC;
  return item->kind == WEIR_EXTERN_INSTANCE ? AST_SORT_INSTANCE : AST_SORT_TYPE;
}

#endif
