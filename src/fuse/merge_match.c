/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Compares the type of an item with the type of an import. Both come under merged numbers first, where equal types
 * have equal numbers. A defined type matches another one where the chain of its supertypes reaches it; the hierarchy
 * of the abstract heap types is a table here.
 *
 * The parts: heap types, value types, one function for each space, the choice among them.
 */
#include "fuse/merge_match.h"

/* An item with its type under merged numbers. */
struct side {
  const struct wasm_sections *s;
  const struct index_maps *types;
  uint32_t index;
};

static weir_status mismatch(const struct merge *m, const struct wasm_import *import, const char *what) {
  return diag_set(m->d, WEIR_ERR_LINK, "import \"" STR_FMT "\" \"" STR_FMT "\": the %s", STR_ARG(import->module),
                  STR_ARG(import->name), what);
}

/* In a valid module a chain ends; in any other one it is followed no further than the validator would. */
static bool type_matches(const struct merge *m, uint32_t type, uint32_t wanted) {
  enum { DEEPEST = 64 };
  for (uint32_t i = 0; i < DEEPEST && type != wanted && type != SUBTYPE_NO_SUPER; i++)
    type = m->types.data[type].super;
  return type == wanted;
}

/* The abstract heap type directly above; 0: none. */
static uint8_t heap_above(uint8_t heap) {
  switch (heap) {
    case HEAP_NOCONT:
      return HEAP_CONT;
    case HEAP_NOEXN:
      return HEAP_EXN;
    case HEAP_NOFUNC:
      return HEAP_FUNC;
    case HEAP_NOEXTERN:
      return HEAP_EXTERN;
    case HEAP_EQ:
      return HEAP_ANY;
    case HEAP_I31:
    case HEAP_STRUCT:
    case HEAP_ARRAY:
      return HEAP_EQ;
    default:
      return 0;
  }
}

static uint8_t heap_of_form(uint8_t form) {
  switch (form) {
    case TYPE_FUNC:
      return HEAP_FUNC;
    case TYPE_STRUCT:
      return HEAP_STRUCT;
    case TYPE_ARRAY:
      return HEAP_ARRAY;
    default:
      return HEAP_CONT;
  }
}

/* The lowest type of the hierarchy that an abstract heap type belongs to. */
static uint8_t heap_bottom(uint8_t heap) {
  switch (heap) {
    case HEAP_FUNC:
      return HEAP_NOFUNC;
    case HEAP_EXTERN:
      return HEAP_NOEXTERN;
    case HEAP_EXN:
      return HEAP_NOEXN;
    case HEAP_CONT:
      return HEAP_NOCONT;
    default:
      return HEAP_NONE;
  }
}

static bool abstract_matches(uint8_t heap, uint8_t wanted) {
  if (heap == HEAP_NONE)
    return heap_bottom(wanted) == HEAP_NONE;
  while (heap != wanted && heap != 0)
    heap = heap_above(heap);
  return heap == wanted;
}

static bool heap_matches(const struct merge *m, const struct wasm_heaptype *heap, const struct wasm_heaptype *wanted) {
  if (heap->shared != wanted->shared)
    return false;
  if (heap->code == HEAP_TYPE && wanted->code == HEAP_TYPE) {
    if (wanted->exact)
      return heap->exact && heap->index == wanted->index;
    return type_matches(m, heap->index, wanted->index);
  }
  if (wanted->code == HEAP_TYPE)
    return heap->code == heap_bottom(heap_of_form(m->types.data[wanted->index].form));
  return abstract_matches(heap->code == HEAP_TYPE ? heap_of_form(m->types.data[heap->index].form) : heap->code,
                          wanted->code);
}

static bool value_matches(const struct merge *m, const struct wasm_valtype *type, const struct wasm_valtype *wanted) {
  if (!valtype_is_ref(type) || !valtype_is_ref(wanted))
    return type->code == wanted->code;
  if (type->code == VALTYPE_REF_NULL && wanted->code == VALTYPE_REF)
    return false;
  return heap_matches(m, &type->heap, &wanted->heap);
}

static weir_status func_type(const struct merge *m, const struct side *side, const uint32_t *types, uint32_t *ret) {
  return index_map_get(side->types, SPACE_TYPE, types[side->index], 0, m->d, ret);
}

static weir_status match_func(const struct merge *m, const struct wasm_import *import, const struct side *have,
                              const struct side *want) {
  uint32_t type, wanted;
  WEIR_TRY(func_type(m, have, have->s->funcs, &type));
  WEIR_TRY(func_type(m, want, want->s->funcs, &wanted));
  bool matches = import->exact ? type == wanted : type_matches(m, type, wanted);
  return matches ? WEIR_OK : mismatch(m, import, "function has another type");
}

static weir_status match_tag(const struct merge *m, const struct wasm_import *import, const struct side *have,
                             const struct side *want) {
  uint32_t type, wanted;
  WEIR_TRY(func_type(m, have, have->s->tags, &type));
  WEIR_TRY(func_type(m, want, want->s->tags, &wanted));
  return type == wanted ? WEIR_OK : mismatch(m, import, "tag has another type");
}

static bool limits_match(const struct wasm_limits *have, const struct wasm_limits *want) {
  enum { SAME = LIMITS_SHARED | LIMITS_64 };
  if (((have->flags ^ want->flags) & SAME) != 0 || have->min < want->min)
    return false;
  return (want->flags & LIMITS_MAX) == 0 || ((have->flags & LIMITS_MAX) != 0 && have->max <= want->max);
}

static weir_status match_memory(const struct merge *m, const struct wasm_import *import, const struct side *have,
                                const struct side *want) {
  const struct wasm_limits *type = &have->s->memories[have->index], *wanted = &want->s->memories[want->index];
  if (!limits_match(type, wanted) || limits_page_log2(type) != limits_page_log2(wanted))
    return mismatch(m, import, "memory has other limits");
  return WEIR_OK;
}

static weir_status mapped_type(const struct merge *m, const struct side *side, struct wasm_valtype *type) {
  return valtype_map(type, side->types, 0, m->d);
}

static weir_status match_table(const struct merge *m, const struct wasm_import *import, const struct side *have,
                               const struct side *want) {
  struct wasm_table table = have->s->tables[have->index], wanted = want->s->tables[want->index];
  WEIR_TRY(mapped_type(m, have, &table.type));
  WEIR_TRY(mapped_type(m, want, &wanted.type));
  if (!valtype_equal(&table.type, &wanted.type))
    return mismatch(m, import, "table has another type");
  return limits_match(&table.limits, &wanted.limits) ? WEIR_OK : mismatch(m, import, "table has other limits");
}

static weir_status match_global(const struct merge *m, const struct wasm_import *import, const struct side *have,
                                const struct side *want) {
  struct wasm_global global = have->s->globals[have->index], wanted = want->s->globals[want->index];
  WEIR_TRY(mapped_type(m, have, &global.type));
  WEIR_TRY(mapped_type(m, want, &wanted.type));
  bool matches = (global.flags & GLOBAL_MUTABLE) != 0 ? valtype_equal(&global.type, &wanted.type)
                                                      : value_matches(m, &global.type, &wanted.type);
  return matches && global.flags == wanted.flags ? WEIR_OK : mismatch(m, import, "global has another type");
}

weir_status merge_match(const struct merge *m, uint32_t importer, const struct wasm_import *import,
                        struct merged_item item) {
  const struct merged_module *from = m->instances[item.instance].module, *to = m->instances[importer].module;
  const struct side have = {&from->s, &from->by_type, item.local}, want = {&to->s, &to->by_type, import->index};
  switch (import->space) {
    case SPACE_FUNC:
      return match_func(m, import, &have, &want);
    case SPACE_TABLE:
      return match_table(m, import, &have, &want);
    case SPACE_MEMORY:
      return match_memory(m, import, &have, &want);
    case SPACE_GLOBAL:
      return match_global(m, import, &have, &want);
    default:
      return match_tag(m, import, &have, &want);
  }
}
