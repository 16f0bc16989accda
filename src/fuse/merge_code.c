/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Bodies differ from the originals in their numbers only. The start function applies deferred segments and calls start
 * functions, in the original order: what an engine does for an active segment is spelled out (core specification,
 * instantiation): copy all of it, then drop it.
 */
#include "fuse/merge_code.h"

#include "wasm/put.h"
#include "wasm/renumber.h"

enum { BODY_MAX = 7654321 }; /* bytes; what the validator takes */

static weir_status put_body(struct merge *m, struct text *body, struct text *out) {
  if (body->size > BODY_MAX)
    return diag_set(m->d, WEIR_ERR_LIMIT, "a merged function would have more than %u bytes", (unsigned)BODY_MAX);
  put_sized(out, body);
  return WEIR_OK;
}

static weir_status instance_code(struct merge *m, uint32_t number, struct text *body, struct text *out) {
  const struct merged_instance *instance = &m->instances[number];
  const struct wasm_sections *s = &instance->module->s;
  uint32_t bodies = s->count[SPACE_FUNC] - s->imported[SPACE_FUNC];
  for (uint32_t i = 0; i < bodies; i++) {
    WEIR_TRY(renumber_body(&instance->maps, sections_cursor(s, s->bodies[i], m->d), body, m->refs));
    WEIR_TRY(put_body(m, body, out));
  }
  return WEIR_OK;
}

/* Offset, start and length of a copy from a segment: what memory.init and table.init take. */
static weir_status put_range(const struct merge *m, uint32_t instance, struct wasm_span offset, uint32_t length,
                             struct text *body) {
  const struct merged_instance *from = &m->instances[instance];
  WEIR_TRY(renumber_open_expr(&from->maps, sections_cursor(&from->module->s, offset, m->d), body));
  put_i32(body, 0);
  put_i32(body, length);
  return WEIR_OK;
}

static weir_status put_elem(const struct merge *m, const struct merge_action *action, struct text *body) {
  const struct merged_instance *instance = &m->instances[action->instance];
  const struct wasm_elem *elem = &instance->module->s.elems[action->local];
  uint32_t segment = instance->to[SPACE_ELEM][action->local];
  WEIR_TRY(put_range(m, action->instance, elem->offset, elem->count, body));
  put_op_u32(body, OP_TABLE_INIT, segment);
  put_u32(body, instance->to[SPACE_TABLE][elem->table]);
  put_op_u32(body, OP_ELEM_DROP, segment);
  return WEIR_OK;
}

static weir_status put_data(const struct merge *m, const struct merge_action *action, struct text *body) {
  const struct merged_instance *instance = &m->instances[action->instance];
  const struct wasm_data *data = &instance->module->s.datas[action->local];
  uint32_t segment = instance->to[SPACE_DATA][action->local];
  WEIR_TRY(put_range(m, action->instance, data->offset, data->bytes.size, body));
  put_op_u32(body, OP_MEMORY_INIT, segment);
  put_u32(body, instance->to[SPACE_MEMORY][data->memory]);
  put_op_u32(body, OP_DATA_DROP, segment);
  return WEIR_OK;
}

static weir_status put_action(const struct merge *m, const struct merge_action *action, struct text *body) {
  uint32_t func;
  switch (action->kind) {
    case ACTION_ELEM:
      return put_elem(m, action, body);
    case ACTION_DATA:
      return put_data(m, action, body);
    default:
      WEIR_TRY(index_map_get(&m->instances[action->instance].maps, SPACE_FUNC, action->local, 0, m->d, &func));
      put_op_u32(body, OP_CALL, func);
      return WEIR_OK;
  }
}

static weir_status start_code(struct merge *m, const struct merge_start *start, struct text *body, struct text *out) {
  put_u32(body, 0); /* locals */
  for (uint32_t i = 0; i < start->count; i++)
    WEIR_TRY(put_action(m, &m->actions.data[start->first + i], body));
  put_op(body, OP_END);
  return put_body(m, body, out);
}

static weir_status all_code(struct merge *m, struct text *body, struct text *out) {
  for (uint32_t i = 0; i < m->plan->instance_count; i++)
    WEIR_TRY(merge_in_module(m, m->plan->instances[i].module, instance_code(m, i, body, out)));
  for (uint32_t i = 0; i < m->starts.count; i++)
    WEIR_TRY(start_code(m, &m->starts.data[i], body, out));
  return WEIR_OK;
}

weir_status merge_code(struct merge *m, struct text *out) {
  struct text body;
  m->refs = ARENA_ARRAY(&m->arena, uint8_t, m->count[SPACE_FUNC]);
  if (!m->refs)
    return diag_nomem(m->d);
  text_init(&body);
  weir_status status = all_code(m, &body, out);
  text_done(&body);
  if (status == WEIR_OK && out->failed)
    return diag_nomem(m->d);
  return status;
}
