/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Decides, in one walk over the instances in their order, which segments are deferred. The walk knows the last
 * instance with a start function so far, whether anything was deferred or started at all, and over which tables and
 * memories a segment was deferred.
 *
 * The parts: the rule (cannot_trap, unseen), the two kinds of segments, an instance, the functions that do what is
 * left.
 */
#include "fuse/merge_order.h"

#include "fuse/merge_value.h"

struct ordering {
  struct merge *m;
  uint32_t instance;     /* whose turn it is */
  bool started;          /* a start function stands before */
  uint32_t last_start;   /* the instance that has it; with `started` */
  bool quiet;            /* nothing has been started or deferred */
  uint8_t *disturbed[2]; /* by merged table, by merged memory: a segment over it is deferred */
};

/* A segment's place, whatever its kind. */
struct place {
  uint32_t kind; /* ELEMS, DATAS */
  uint32_t local;
  enum wasm_space space; /* of what it is over */
  uint32_t target;       /* merged number of that */
  uint64_t least;        /* its least size, in elements or bytes */
  uint64_t length;
  struct wasm_span offset;
};

static uint64_t least_bytes(const struct wasm_limits *memory) {
  uint64_t bytes;
  uint32_t log2 = limits_page_log2(memory);
  if (log2 > 16 || __builtin_mul_overflow(memory->min, UINT64_C(1) << log2, &bytes))
    return 0;
  return bytes;
}

/* Whether the segment ends within the least size of its target, wherever it is applied. */
static weir_status cannot_trap(const struct ordering *k, const struct place *p, bool *ret) {
  struct merged_value offset;
  WEIR_TRY(merge_value_of(k->m, k->instance, p->offset, &offset));
  *ret = offset.known && offset.bits <= p->least && p->length <= p->least - offset.bits;
  return WEIR_OK;
}

static bool unseen(const struct ordering *k, const struct place *p) {
  const struct merge *m = k->m;
  if (k->disturbed[p->kind][p->target])
    return false;
  if (p->target < m->outside[p->space])
    return k->quiet;
  return !k->started || k->last_start < m->items[p->space][p->target].instance;
}

static weir_status add_action(struct ordering *k, enum merge_action_kind kind, uint32_t local) {
  struct merge_action action = {kind, k->instance, local};
  return ARENA_PUSH(&k->m->arena, &k->m->actions, action) ? WEIR_OK : diag_nomem(k->m->d);
}

static weir_status place_segment(struct ordering *k, const struct place *p) {
  struct merge *m = k->m;
  bool safe;
  WEIR_TRY(cannot_trap(k, p, &safe));
  if (safe && unseen(k, p))
    return WEIR_OK;
  enum wasm_space space = p->kind == ELEMS ? SPACE_ELEM : SPACE_DATA;
  m->deferred[p->kind][m->instances[k->instance].to[space][p->local]] = 1;
  m->stats.deferred++;
  k->disturbed[p->kind][p->target] = 1;
  k->quiet = false;
  return add_action(k, p->kind == ELEMS ? ACTION_ELEM : ACTION_DATA, p->local);
}

static weir_status find_target(const struct ordering *k, uint32_t local, struct place *p) {
  return index_map_get(&k->m->instances[k->instance].maps, p->space, local, 0, k->m->d, &p->target);
}

static weir_status place_elem(struct ordering *k, uint32_t local) {
  const struct wasm_elem *elem = &merged_sections(k->m, k->instance)->elems[local];
  struct place p = {.kind = ELEMS, .local = local, .space = SPACE_TABLE, .length = elem->count, .offset = elem->offset};
  if (elem->mode != SEGMENT_ACTIVE)
    return WEIR_OK;
  WEIR_TRY(find_target(k, elem->table, &p));
  const struct merged_item *item = &k->m->items[SPACE_TABLE][p.target];
  p.least = merged_sections(k->m, item->instance)->tables[item->local].limits.min;
  return place_segment(k, &p);
}

static weir_status place_data(struct ordering *k, uint32_t local) {
  const struct wasm_data *data = &merged_sections(k->m, k->instance)->datas[local];
  struct place p = {
      .kind = DATAS, .local = local, .space = SPACE_MEMORY, .length = data->bytes.size, .offset = data->offset};
  if (data->mode != SEGMENT_ACTIVE)
    return WEIR_OK;
  WEIR_TRY(find_target(k, data->memory, &p));
  const struct merged_item *item = &k->m->items[SPACE_MEMORY][p.target];
  p.least = least_bytes(&merged_sections(k->m, item->instance)->memories[item->local]);
  return place_segment(k, &p);
}

static weir_status order_instance(struct ordering *k) {
  struct merge *m = k->m;
  const struct wasm_sections *s = merged_sections(m, k->instance);
  for (uint32_t i = 0; i < s->count[SPACE_ELEM]; i++)
    WEIR_TRY(place_elem(k, i));
  if (!s->datas && s->count[SPACE_DATA] != 0)
    return diag_set(m->d, WEIR_ERR_MALFORMED, "data count without data");
  for (uint32_t i = 0; i < s->count[SPACE_DATA]; i++)
    WEIR_TRY(place_data(k, i));
  if (!s->has_start)
    return WEIR_OK;
  m->stats.starts++;
  k->started = true;
  k->last_start = k->instance;
  k->quiet = false;
  return add_action(k, ACTION_START, s->start);
}

/* ---- the functions that do it ------------------------------------------------------------------------------------ */

static weir_status add_start(struct merge *m, uint32_t first, uint32_t count, struct str export) {
  struct merge_start start = {first, count, export};
  return ARENA_PUSH(&m->arena, &m->starts, start) ? WEIR_OK : diag_nomem(m->d);
}

/* One for each instance that has actions; these stand in the order of instances. */
static weir_status start_each(struct merge *m) {
  uint32_t first = 0;
  for (uint32_t i = 1; i <= m->actions.count; i++) {
    uint32_t instance = m->actions.data[first].instance;
    if (i < m->actions.count && m->actions.data[i].instance == instance)
      continue;
    WEIR_TRY(add_start(m, first, i - first, m->plan->start_exports[instance]));
    first = i;
  }
  return WEIR_OK;
}

static weir_status find_starts(struct merge *m) {
  const struct str export = m->plan->start_export;
  if (m->plan->start_exports)
    return start_each(m);
  bool single = m->actions.count == 1 && m->actions.data[0].kind == ACTION_START;
  if (export.size == 0 && (m->actions.count == 0 || single))
    return WEIR_OK;
  return add_start(m, 0, m->actions.count, export);
}

weir_status merge_order(struct merge *m) {
  struct ordering k = {.m = m, .quiet = true};
  WEIR_TRY(merge_values(m));
  m->deferred[ELEMS] = ARENA_ARRAY(&m->arena, uint8_t, m->count[SPACE_ELEM]);
  m->deferred[DATAS] = ARENA_ARRAY(&m->arena, uint8_t, m->count[SPACE_DATA]);
  k.disturbed[ELEMS] = ARENA_ARRAY(&m->arena, uint8_t, m->count[SPACE_TABLE]);
  k.disturbed[DATAS] = ARENA_ARRAY(&m->arena, uint8_t, m->count[SPACE_MEMORY]);
  if (!m->deferred[ELEMS] || !m->deferred[DATAS] || !k.disturbed[ELEMS] || !k.disturbed[DATAS])
    return diag_nomem(m->d);
  for (k.instance = 0; k.instance < m->plan->instance_count; k.instance++)
    WEIR_TRY(merge_in_module(m, m->plan->instances[k.instance].module, order_instance(&k)));
  return find_starts(m);
}
