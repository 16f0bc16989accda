/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A small stack machine over the integer instructions that constant expressions may have. What it does not know, or
 * what goes deeper than its stack, is an unknown value: that costs the caller a little speed, and nothing else.
 */
#include "fuse/merge_value.h"

#include "wasm/walk.h"

enum { STACK = 16 };

struct machine {
  const struct merge *m;
  const struct merged_instance *instance;
  uint64_t stack[STACK];
  uint32_t depth;
  bool known;
};

static void push(struct machine *k, uint64_t bits) {
  if (k->depth == STACK)
    k->known = false;
  else
    k->stack[k->depth++] = bits;
}

static void push_global(struct machine *k, uint64_t local) {
  const struct index_map *map = &k->instance->maps.of[SPACE_GLOBAL];
  const struct merged_value *value = local < map->count ? &k->m->values[map->to[local]] : NULL;
  if (value && value->known)
    push(k, value->bits);
  else
    k->known = false;
}

static uint64_t compute(enum wasm_op op, uint64_t a, uint64_t b) {
  switch (op) {
    case OP_I32_ADD:
      return (uint32_t)(a + b);
    case OP_I32_SUB:
      return (uint32_t)(a - b);
    case OP_I32_MUL:
      return (uint32_t)(a * b);
    case OP_I64_ADD:
      return a + b;
    case OP_I64_SUB:
      return a - b;
    default:
      return a * b;
  }
}

static void step(struct machine *k, const struct walk_instr *instr) {
  enum wasm_op op = instr->op->op;
  switch ((unsigned)op) {
    case OP_I32_CONST:
      push(k, (uint32_t)instr->imms[0].value);
      return;
    case OP_I64_CONST:
      push(k, instr->imms[0].value);
      return;
    case OP_GLOBAL_GET:
      push_global(k, instr->imms[0].value);
      return;
    case OP_I32_ADD:
    case OP_I32_SUB:
    case OP_I32_MUL:
    case OP_I64_ADD:
    case OP_I64_SUB:
    case OP_I64_MUL:
      k->known &= k->depth >= 2;
      if (k->known) {
        k->depth--;
        k->stack[k->depth - 1] = compute(op, k->stack[k->depth - 1], k->stack[k->depth]);
      }
      return;
    case OP_END:
      return;
    default:
      k->known = false;
  }
}

weir_status merge_value_of(const struct merge *m, uint32_t instance, struct wasm_span expr, struct merged_value *ret) {
  struct machine k = {.m = m, .instance = &m->instances[instance], .known = true};
  struct walk w = walk_start(sections_cursor(&k.instance->module->s, expr, m->d));
  struct walk_instr instr = {0};
  while (w.depth != 0) {
    WEIR_TRY(walk_next(&w, &instr));
    if (k.known)
      step(&k, &instr);
  }
  *ret = (struct merged_value){.known = k.known && k.depth == 1, .bits = k.stack[0]};
  return WEIR_OK;
}

weir_status merge_values(struct merge *m) {
  m->values = ARENA_ARRAY(&m->arena, struct merged_value, m->count[SPACE_GLOBAL]);
  if (!m->values)
    return diag_nomem(m->d);
  for (uint32_t i = m->outside[SPACE_GLOBAL]; i < m->count[SPACE_GLOBAL]; i++) {
    const struct merged_item *item = &m->items[SPACE_GLOBAL][i];
    const struct wasm_global *global = &merged_sections(m, item->instance)->globals[item->local];
    if ((global->flags & GLOBAL_MUTABLE) == 0 && (global->type.code == VALTYPE_I32 || global->type.code == VALTYPE_I64))
      WEIR_TRY(merge_value_of(m, item->instance, global->init, &m->values[i]));
  }
  return WEIR_OK;
}
