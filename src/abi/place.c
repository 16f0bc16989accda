/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Places of values: the checks of addresses, the receiver's realloc, and the choice between flat values and memory.
 * Every address that a translator uses has passed range_check() here. Memories never shrink, so an address stays good
 * while the guest's realloc runs, although the base may move. Origin: CanonicalABI.md#loading, #storing,
 * #lifting-and-lowering-values.
 */
#include "abi/place.h"

/* The words are the specification's tests'; they tell calls between guests from calls with the host. */
const struct abi_words abi_words_pointer = {"wasm trap: unaligned pointer", "wasm trap: pointer out-of-bounds"};
static const struct abi_words list_guest = {"wasm trap: unaligned pointer", "wasm trap: list content out-of-bounds"};
static const struct abi_words string_guest = {"wasm trap: unaligned pointer",
                                              "wasm trap: string content out-of-bounds"};
static const struct abi_words list_lift = {"list pointer is not aligned",
                                           "list pointer/length out of bounds of memory"};
static const struct abi_words string_lift = {"string pointer is not aligned",
                                             "string pointer/length out of bounds of memory"};
static const struct abi_words realloc_host = {"realloc return: result not aligned",
                                              "realloc return: beyond end of memory"};

const struct abi_words *abi_words_list_source(const struct abi_pass *p) {
  return p->dst ? &list_guest : &list_lift;
}

const struct abi_words *abi_words_list_target(const struct abi_pass *p) {
  return p->src ? &list_guest : &realloc_host;
}

const struct abi_words *abi_words_string_source(const struct abi_pass *p) {
  return p->dst ? &string_guest : &string_lift;
}

const struct abi_words *abi_words_string_target(const struct abi_pass *p) {
  return p->src ? &string_guest : &realloc_host;
}

weir_status abi_trap(struct abi_cx *cx, const char *words) {
  return diag_set(cx->diag, WEIR_ERR_TRAP, "%s", words);
}

void abi_refresh(struct abi_cx *cx) {
  if (cx->memory)
    cx->base = eng_memory_view(cx->store, cx->memory, &cx->size);
}

static bool is_outside(const struct abi_cx *cx, uint64_t address, uint64_t bytes) {
  return address > cx->size || bytes > cx->size - address;
}

/* Gets the view when the first address needs it: flat calls never do. A stale view can only be too small. */
weir_status range_check(struct abi_cx *cx, uint64_t address, uint64_t bytes, uint32_t align,
                        const struct abi_words *words) {
  if ((address & (align - 1)) != 0)
    return abi_trap(cx, words->unaligned);
  if (!is_outside(cx, address, bytes))
    return WEIR_OK;
  abi_refresh(cx);
  return is_outside(cx, address, bytes) ? abi_trap(cx, words->outside) : WEIR_OK;
}

weir_status block_resize(const struct abi_pass *p, struct abi_block *block, uint64_t new_size,
                         const struct abi_words *words) {
  struct abi_cx *cx = p->dst;
  if (!cx->has_realloc)
    return abi_trap(cx, "a value needs memory, but there is no realloc function");
  if (new_size > UINT32_MAX) /* REALLOC_I32_MAX: only where a list's elements are larger in the receiver's layout */
    return abi_trap(cx, words->outside);
  uint64_t address = 0;
  WEIR_TRY(cx->ops->reallocate(cx, block->address, block->size, block->align, new_size, &address));
  abi_refresh(cx);
  if (p->src)
    abi_refresh(p->src);
  WEIR_TRY(range_check(cx, address, new_size, block->align, words));
  block->address = address;
  block->size = new_size;
  return WEIR_OK;
}

static bool is_flat(const struct abi_cx *cx, const struct weir_type *t, uint32_t max_flat) {
  return !t || t->flat_count[cx_ptr(cx)] <= max_flat;
}

weir_status abi_source(struct abi_cx *cx, const struct weir_type *t, uint32_t max_flat, union eng_val *vals,
                       struct abi_place *ret) {
  *ret = (struct abi_place){vals, 0};
  if (is_flat(cx, t, max_flat))
    return WEIR_OK;
  const struct type_layout *layout = &t->layout[cx_ptr(cx)];
  uint64_t address = place_load_ptr(cx, *ret);
  *ret = (struct abi_place){NULL, address};
  return range_check(cx, address, layout->size, layout->align, &abi_words_pointer);
}

weir_status abi_target(struct abi_cx *cx, const struct weir_type *t, uint32_t max_flat, union eng_val *vals,
                       const uint64_t *out_param, struct abi_place *ret) {
  *ret = (struct abi_place){vals, 0};
  if (is_flat(cx, t, max_flat))
    return WEIR_OK;
  const struct type_layout *layout = &t->layout[cx_ptr(cx)];
  if (out_param) {
    *ret = (struct abi_place){NULL, *out_param};
    return range_check(cx, *out_param, layout->size, layout->align, &abi_words_pointer);
  }
  struct abi_block block = {0, 0, layout->align};
  WEIR_TRY(block_resize(&(struct abi_pass){NULL, cx}, &block, layout->size, &abi_words_pointer));
  vals[0].u64 = block.address;
  *ret = (struct abi_place){NULL, block.address};
  return WEIR_OK;
}

weir_status abi_check_range(struct abi_cx *cx, const struct weir_type *t, uint64_t address, uint64_t count) {
  if (!t || count == 0)
    return WEIR_OK;
  if (count > MAX_LIST_BYTE_LENGTH)
    return abi_trap(cx, abi_words_pointer.outside);
  const struct type_layout *layout = &t->layout[cx_ptr(cx)];
  return range_check(cx, address, count * layout->size, layout->align, &abi_words_pointer);
}
