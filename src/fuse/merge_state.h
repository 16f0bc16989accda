/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What the parts of the merger share while they work, one after another (merge.c):
 *
 *   merge_read    modules -> sections
 *   merge_types   types of all modules -> one list, equal ones once
 *   merge_wire    imports -> what satisfies them; every item of every instance gets its number in the result
 *   merge_order   active segments and start functions -> what stays as it is, what the merged start function does
 *   merge_write   the sections of the result, with merge_code and merge_names
 *
 * "Merged" numbers are those of the result, "local" ones those of a module.
 */
#ifndef FUSE_MERGE_STATE_H
#define FUSE_MERGE_STATE_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/name_index.h"
#include "base/text.h"
#include "base/vec.h"
#include "fuse/merge_plan.h"
#include "wasm/index_map.h"
#include "wasm/sections.h"
#include "wasm/write.h"

struct merged_module {
  bool used;
  struct wasm_sections s;
  uint32_t *types;           /* local type -> merged type */
  struct name_index exports; /* name -> position in s.exports */
  struct index_maps by_type; /* maps types alone */
};

struct merged_instance {
  const struct merge_instance *plan;
  const struct merged_module *module;
  uint32_t *to[SPACE_COUNT]; /* local -> merged */
  struct index_maps maps;    /* the same, to write with */
};

/* Where an item of the result comes from. For an import of the result: the first import that is wired to it. */
struct merged_item {
  uint32_t instance, local;
};

struct merged_import {
  uint32_t outside;         /* of the plan: the names */
  uint32_t instance, local; /* whose import gives the type: position in its module's imports */
  uint32_t number;          /* merged, in its space */
};

/* What is known of an immutable global's value without running anything. */
struct merged_value {
  bool known;
  uint64_t bits;
};

/* The kinds of segments, as in merge.deferred. */
enum { ELEMS, DATAS };

/* What the merged start function does, in order. */
enum merge_action_kind { ACTION_ELEM, ACTION_DATA, ACTION_START };
struct merge_action {
  enum merge_action_kind kind;
  uint32_t instance, local; /* the segment; of ACTION_START the function */
};

/* A function that the merger adds: it does what `count` actions say, beginning with `first`. */
struct merge_start {
  uint32_t first, count;
  struct str export; /* size 0: it is not exported */
};

struct merge {
  const struct weir_alloc *alloc;
  const struct merge_plan *plan;
  struct diag *d;
  struct arena arena;
  struct merged_module *modules;
  struct merged_instance *instances;

  struct text type_section; /* the groups, without their count */
  uint32_t group_count;
  struct name_index type_keys; /* a group in its canonical form -> its first merged type */
  VEC(struct wasm_subtype) types;
  uint32_t start_type; /* of the merged start function: no parameters, no results */

  VEC(struct merged_import) imports;
  uint32_t *first_import;                   /* of what the plan has outside: position in `imports`, or UINT32_MAX */
  uint32_t outside[SPACE_EXTERNS];          /* how many of each space the result imports */
  uint32_t count[SPACE_COUNT];              /* of the result, without what the merger itself adds */
  struct merged_item *items[SPACE_EXTERNS]; /* by merged number */

  struct merged_value *values; /* of merged globals */
  VEC(struct merge_action) actions;
  VEC(struct merge_start) starts; /* their numbers are the last ones of the functions */
  uint8_t *deferred[2];           /* ELEMS, DATAS: by merged number, whether an active segment becomes passive */
  uint8_t *refs;                  /* by merged function: named by ref.func in code */

  struct merge_stats stats;
};

/* Passes a status on; an error gets the module in front of its words. */
static inline weir_status merge_in_module(const struct merge *m, uint32_t module, weir_status status) {
  if (status != WEIR_OK && m->d)
    diag_prefix(m->d, "module %u: ", (unsigned)module);
  return status;
}

/* An entry of the module that a merged item comes from. */
static inline const struct wasm_sections *merged_sections(const struct merge *m, uint32_t instance) {
  return &m->instances[instance].module->s;
}

/* To write what an instance has under merged numbers. */
static inline struct writer merged_writer(const struct merge *m, uint32_t instance) {
  return (struct writer){merged_sections(m, instance), &m->instances[instance].maps, m->d};
}

#endif
