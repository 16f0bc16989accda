/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Structural equality of types from different tables. Types are directed acyclic graphs, so a naive walk can take
 * exponential time. A small cache remembers equal pairs, and a budget ends walks that the cache does not shorten.
 */
#include "base/str.h"
#include "component/types.h"

enum { MATCH_CACHE = 256, MATCH_BUDGET = 1 << 20, MATCH_DEPTH = 128 };

struct match {
  type_resource_same same;
  void *data;
  uint32_t budget;
  struct {
    const struct weir_type *want, *offer;
  } cache[MATCH_CACHE];
};

static bool match_type(struct match *m, const struct weir_type *want, const struct weir_type *offer, int depth);

static bool match_optional(struct match *m, const struct weir_type *want, const struct weir_type *offer, int depth) {
  if (!want || !offer)
    return want == offer;
  return match_type(m, want, offer, depth);
}

static bool match_parts(struct match *m, const struct weir_type *want, const struct weir_type *offer, int depth) {
  if (want->kind != offer->kind || want->length != offer->length || want->field_count != offer->field_count)
    return false;
  if (want->kind == TYPE_OWN || want->kind == TYPE_BORROW)
    return m->same(m->data, want->resource, offer->resource);
  if (!match_optional(m, want->elem, offer->elem, depth + 1))
    return false;
  for (uint32_t i = 0; i < want->field_count; i++) {
    if (!str_eq(want->fields[i].label, offer->fields[i].label))
      return false;
    if (!match_optional(m, want->fields[i].type, offer->fields[i].type, depth + 1))
      return false;
  }
  return true;
}

static bool match_type(struct match *m, const struct weir_type *want, const struct weir_type *offer, int depth) {
  if (depth > MATCH_DEPTH || m->budget == 0)
    return false;
  m->budget--;
  uint32_t slot = (want->id * 31u + offer->id) % MATCH_CACHE;
  if (m->cache[slot].want == want && m->cache[slot].offer == offer)
    return true;
  if (!match_parts(m, want, offer, depth))
    return false;
  m->cache[slot].want = want;
  m->cache[slot].offer = offer;
  return true;
}

/* Has nothing below it. Most streams carry bytes: for them no cache has to be made. */
static bool is_leaf(const struct weir_type *t) {
  return !t->elem && t->field_count == 0 && t->kind != TYPE_OWN && t->kind != TYPE_BORROW;
}

bool type_matches(const struct weir_type *want, const struct weir_type *offer, type_resource_same same, void *data) {
  if (is_leaf(want) && is_leaf(offer))
    return want->kind == offer->kind;
  struct match m = {.same = same, .data = data, .budget = MATCH_BUDGET};
  return match_type(&m, want, offer, 0);
}
