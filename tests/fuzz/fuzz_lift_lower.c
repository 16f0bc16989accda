/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Property: the two back ends of the translator agree on any memory of a guest. The input is a type, the encodings, and
 * the memory. Lifting to the host gives a trap, or a value that has the type; copying to another guest gives the same
 * outcome; and what was copied, or lowered from the value, lifts to that value again.
 */
#include <stdlib.h>
#include <string.h>

#include "abi/abi.h"
#include "abi/value.h"
#include "base/mem.h"
#include "fuzz/type_maker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MEMORY_MAX = 1024, LISTS_MAX = 2, DEPTH_MAX = 4, ROOM = 1 << 22 };

/* ---- guests ------------------------------------------------------------------------------------------------------ */

struct guest {
  struct abi_cx cx; /* first */
  uint64_t next;
};

static weir_status guest_reallocate(struct abi_cx *cx, uint64_t old, uint64_t old_size, uint32_t align, uint64_t size,
                                    uint64_t *ret) {
  struct guest *g = (struct guest *)cx;
  (void)align;
  *ret = g->next;
  if (size > cx->size - g->next)
    return WEIR_ERR_LIMIT;
  g->next += (size + 7) & ~UINT64_C(7);
  if (g->next > cx->size)
    g->next = cx->size;
  memmove(cx->base + *ret, cx->base + old, old_size < size ? old_size : size);
  return WEIR_OK;
}

static const struct abi_ops ops = {.reallocate = guest_reallocate};

static bool guest_init(struct guest *g, uint8_t options, size_t size) {
  *g =
      (struct guest){.cx = {.ops = &ops, .has_realloc = true, .memory64 = options >> 7, .size = size}, .next = 1 << 16};
  g->cx.encoding = (enum ast_encoding)(options % 3);
  g->cx.packed_lists = options >> 6 & 1;
  g->cx.base = calloc(1, size);
  return g->cx.base;
}

static void require(bool holds) {
  if (!holds)
    abort();
}

/* What stands at the beginning of the guest's memory is `value`. */
static void require_value(struct guest *g, const struct weir_type *t, const weir_value *value) {
  weir_value again;
  weir_status status = abi_lift_value(&g->cx, (struct abi_place){NULL, 0}, t, &again);
  if (status == WEIR_ERR_NOMEM)
    return;
  require(status == WEIR_OK && weir_value_equal(value, &again));
  weir_value_clear(&again);
}

static void check(struct guest *a, struct guest *b, const struct weir_type *t) {
  const struct abi_place start = {NULL, 0};
  weir_value value;
  weir_status lifted = abi_lift_value(&a->cx, start, t, &value);
  require(lifted == WEIR_OK || value.kind == WEIR_VALUE_NONE);
  require(lifted == WEIR_OK || lifted == WEIR_ERR_TRAP || lifted == WEIR_ERR_LIMIT || lifted == WEIR_ERR_NOMEM);
  weir_status copied = abi_copy(&a->cx, start, &b->cx, start, t);
  require((lifted == WEIR_ERR_TRAP) == (copied == WEIR_ERR_TRAP) || copied == WEIR_ERR_LIMIT);
  if (lifted == WEIR_OK) {
    require(value_check(t, &value, NULL) == WEIR_OK);
    if (copied == WEIR_OK)
      require_value(b, t, &value);
    b->next = 1 << 16;
    if (abi_lower_value(&b->cx, start, t, &value) == WEIR_OK)
      require_value(b, t, &value);
  }
  weir_value_clear(&value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct input in = {data, size};
  struct arena arena;
  struct guest a, b;
  arena_init(&arena, &mem_system);
  struct maker m = {.in = &in, .table = type_table_new(&arena)};
  const struct weir_type *t = m.table ? make_type(&m, DEPTH_MAX, LISTS_MAX) : NULL;
  uint8_t options_a = take(&in), options_b = take(&in);
  size_t room = in.size < MEMORY_MAX ? in.size : MEMORY_MAX;
  if (t && t->layout[options_a >> 7].size <= room && t->layout[options_b >> 7].size <= 1 << 16 && room != 0) {
    bool made = guest_init(&a, options_a, room);
    made = guest_init(&b, options_b, ROOM) && made;
    if (made) {
      memcpy(a.cx.base, in.data, room);
      check(&a, &b, t);
    }
    free(a.cx.base);
    free(b.cx.base);
  }
  arena_done(&arena);
  return 0;
}
