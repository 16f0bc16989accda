/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Puts the segments of all instances, one instance after another. A segment that merge_order.c has deferred becomes
 * passive. Behind the element segments of the modules stands one of the merger, where the result needs it. The
 * validator wants each function of a `ref.func` in code to be named outside of the code too: in an export, a segment
 * or an initial value. A module may name it in an export alone, and the result may not have that export.
 */
#include "fuse/merge_segments.h"

#include "wasm/put.h"

static void begin(uint32_t count, struct text *body) {
  if (count != 0)
    put_u32(body, count);
}

/* Leaves in m->refs the functions that an export of a module names, and no export of the result. */
static weir_status find_undeclared(struct merge *m, uint32_t *ret_count) {
  uint8_t *exported = ARENA_ARRAY(&m->arena, uint8_t, m->count[SPACE_FUNC]);
  if (!exported)
    return diag_nomem(m->d);
  for (uint32_t n = 0; n < m->plan->instance_count; n++) {
    const struct wasm_sections *s = merged_sections(m, n);
    const struct index_map *map = &m->instances[n].maps.of[SPACE_FUNC];
    for (uint32_t i = 0; i < s->export_count; i++)
      if (s->exports[i].space == SPACE_FUNC && s->exports[i].index < map->count)
        exported[map->to[s->exports[i].index]] = 1;
  }
  *ret_count = 0;
  for (uint32_t i = 0; i < m->count[SPACE_FUNC]; i++)
    *ret_count += m->refs[i] &= exported[i];
  return WEIR_OK;
}

/* One segment, which declares these functions and does nothing else. */
static void put_declared(const struct merge *m, uint32_t count, struct text *body) {
  enum { DECLARED = 3 };
  put_u32(body, DECLARED);
  put_byte(body, SPACE_FUNC);
  put_u32(body, count);
  for (uint32_t i = 0; i < m->count[SPACE_FUNC]; i++)
    if (m->refs[i])
      put_u32(body, i);
}

weir_status merge_put_elems(struct merge *m, struct text *body) {
  uint32_t undeclared;
  WEIR_TRY(find_undeclared(m, &undeclared));
  begin(m->count[SPACE_ELEM] + (undeclared != 0), body);
  for (uint32_t n = 0; n < m->plan->instance_count; n++) {
    struct writer w = merged_writer(m, n);
    for (uint32_t i = 0; i < w.s->count[SPACE_ELEM]; i++) {
      bool deferred = m->deferred[ELEMS][m->instances[n].to[SPACE_ELEM][i]];
      WEIR_TRY(
          write_elem(&w, &w.s->elems[i], deferred ? SEGMENT_PASSIVE : (enum segment_mode)w.s->elems[i].mode, body));
    }
  }
  if (undeclared != 0)
    put_declared(m, undeclared, body);
  return WEIR_OK;
}

weir_status merge_put_datas(const struct merge *m, struct text *body) {
  begin(m->count[SPACE_DATA], body);
  for (uint32_t n = 0; n < m->plan->instance_count; n++) {
    struct writer w = merged_writer(m, n);
    for (uint32_t i = 0; i < w.s->count[SPACE_DATA]; i++) {
      bool deferred = m->deferred[DATAS][m->instances[n].to[SPACE_DATA][i]];
      WEIR_TRY(
          write_data(&w, &w.s->datas[i], deferred ? SEGMENT_PASSIVE : (enum segment_mode)w.s->datas[i].mode, body));
    }
  }
  return WEIR_OK;
}
