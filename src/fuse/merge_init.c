/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Follows globals to an expression that names none that is defined. Each step goes to a lower number, so it ends. */
#include "fuse/merge_init.h"

#include "wasm/renumber.h"
#include "wasm/walk.h"

/* What an initial value is made of. */
struct makeup {
  uint32_t instructions; /* without the end */
  uint32_t global;       /* a defined global that it reads, by its merged number; UINT32_MAX: none */
  bool plain;            /* null, a function, or what is outside: the same however often it is made */
};

static weir_status look(const struct merge *m, uint32_t instance, struct wasm_span init, struct makeup *ret) {
  const struct index_maps *maps = &m->instances[instance].maps;
  struct walk w = walk_start(sections_cursor(merged_sections(m, instance), init, m->d));
  struct walk_instr instr = {0};
  *ret = (struct makeup){.global = UINT32_MAX, .plain = true};
  while (w.depth != 0) {
    WEIR_TRY(walk_next(&w, &instr));
    ret->instructions++;
    enum wasm_op op = instr.op->op;
    if (op == OP_GLOBAL_GET) {
      uint32_t merged;
      WEIR_TRY(index_map_get(maps, SPACE_GLOBAL, (uint32_t)instr.imms[0].value, init.at + instr.at, m->d, &merged));
      if (merged >= m->outside[SPACE_GLOBAL])
        ret->global = merged;
    } else if (op != OP_END && op != OP_REF_NULL && op != OP_REF_FUNC) {
      ret->plain = false;
    }
  }
  ret->instructions--;
  return WEIR_OK;
}

static weir_status unsupported(const struct merge *m, const char *what) {
  return diag_set(m->d, WEIR_ERR_UNSUPPORTED, "the initial value of a table %s", what);
}

weir_status merge_init(const struct merge *m, uint32_t instance, struct wasm_span init, struct text *out) {
  struct makeup made;
  uint32_t before = UINT32_MAX;
  WEIR_TRY(look(m, instance, init, &made));
  while (made.global != UINT32_MAX) {
    if (made.instructions != 1)
      return unsupported(m, "is computed from another module's global");
    if (made.global >= before)
      return diag_set(m->d, WEIR_ERR_MALFORMED, "a global's initial value reads a later global");
    before = made.global;
    const struct merged_item *item = &m->items[SPACE_GLOBAL][made.global];
    instance = item->instance;
    init = merged_sections(m, instance)->globals[item->local].init;
    WEIR_TRY(look(m, instance, init, &made));
    if (made.global == UINT32_MAX && !made.plain)
      return unsupported(m, "is a new object of another module's global");
  }
  return renumber_expr(&m->instances[instance].maps, sections_cursor(merged_sections(m, instance), init, m->d), out);
}
