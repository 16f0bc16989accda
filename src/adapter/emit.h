/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Inside adapter/: the third back end of the canonical ABI's translator. Emits as core wasm what src/abi does with a
 * value between two places, in the same order and with the same checks (CanonicalABI.md#loading, #storing,
 * #flat-lifting, #flat-lowering). Both sides have 32-bit memories. The writer knows a place when it emits code, except
 * for the contents of one local.
 */
#ifndef ADAPTER_EMIT_H
#define ADAPTER_EMIT_H

#include "adapter/model.h"
#include "wasm/put.h"

enum { EMIT_MAX_PARAMS = MAX_FLAT_PARAMS + 1 };

/* One function. From `src` to `dst`; results go the other way, so the sides change places there. */
struct emit {
  struct adapter_module *module;
  struct text code;
  struct text locals; /* without the parameters: an enum core_type each */
  uint8_t params[EMIT_MAX_PARAMS];
  uint32_t param_count;
  uint32_t site;       /* see enum adapter_helper */
  uint32_t site_local; /* the local with the site; GRAPH_NONE: `site` is a constant, or */
  uint32_t site_from;  /* the address of a stand-in, for a site on its call's way back; GRAPH_NONE: none */
  const struct adapter_side *src, *dst;
};

/* The place of a value: consecutive locals, or the memory of its side at a local's address and an offset. */
struct emit_place {
  bool flat;
  uint32_t local, offset;
};

static inline struct emit_place emit_at(struct emit_place from, uint32_t slots, uint32_t offset) {
  if (from.flat)
    from.local += slots;
  else
    from.offset += offset;
  return from;
}

void emit_init(struct emit *e, struct adapter_module *m, const uint8_t *params, uint32_t param_count);
void emit_done(struct emit *e);
uint32_t emit_local(struct emit *e, enum core_type type);
enum core_type emit_local_type(const struct emit *e, uint32_t local);
/* The finished body, for the code section. */
void emit_body(struct emit *e, struct text *out);

/* ---- emit.c: what all parts need --------------------------------------------------------------------------------- */

void emit_get(struct emit *e, uint32_t local);
void emit_set(struct emit *e, uint32_t local);
void emit_push_site(struct emit *e);
void emit_call_helper(struct emit *e, enum adapter_helper helper);
/* Words in the memory of flags: `op` loads one; a constant i32 is stored. */
void emit_load_shared(struct emit *e, enum wasm_op op, uint32_t address);
void emit_store_shared(struct emit *e, uint32_t address, uint32_t value);
/* Context slots in the memory of flags. */
void emit_clear_slots(struct emit *e, uint32_t address);
/* Before and after calls of realloc and post-return of a side: sets whether the side may leave. */
void emit_leaves(struct emit *e, const struct adapter_side *side, bool may_leave);
/*
 * Around a call of code of a side, its arguments included: an exception becomes a trap. The call's results stay on the
 * stack. Nothing is emitted where the side throws nothing.
 */
void emit_guard_begin(struct emit *e, const struct adapter_side *side, uint8_t result_count, uint8_t result);
void emit_guard_end(struct emit *e, const struct adapter_side *side);
/* Traps if the i32 on the stack is not 0. */
void emit_trap_if(struct emit *e, enum adapter_trap trap);
/*
 * range_check() of src/abi: traps unless the address in a local is aligned and its range is in the memory. The range
 * has `size` bytes; or, unless `size_local` is GRAPH_NONE, as many as that i32 local says.
 */
void emit_check_range(struct emit *e, const struct adapter_side *side, uint32_t address, uint32_t size,
                      uint32_t size_local, uint32_t align, enum adapter_trap outside);
/* block_resize(): memory of the receiver for that many bytes, its address checked, in a new local. */
uint32_t emit_allocate(struct emit *e, uint32_t size, uint32_t size_local, uint32_t align, enum adapter_trap outside);
/*
 * Loads from a place and stores to one; a store begins before its value is pushed. `op`: for memory; `type`: natural.
 */
void emit_load(struct emit *e, struct emit_place from, enum wasm_op op, enum core_type type);
void emit_store_begin(struct emit *e, struct emit_place to);
void emit_store_end(struct emit *e, struct emit_place to, enum wasm_op op, enum core_type type);

/* ---- emit_value.c, emit_pair.c ----------------------------------------------------------------------------------- */

void emit_copy(struct emit *e, struct emit_place from, struct emit_place to, const struct weir_type *t);
/* Bytes of memory to memory; both ranges are checked. */
void emit_copy_bytes(struct emit *e, struct emit_place from, struct emit_place to, uint32_t size);
void emit_copy_list(struct emit *e, struct emit_place from, struct emit_place to, const struct weir_type *t);
void emit_copy_elements(struct emit *e, uint32_t from, uint32_t to, const struct weir_type *elem, uint32_t size_local);
void emit_copy_string(struct emit *e, struct emit_place from, struct emit_place to);

/* ---- emit_standin.c: the parts of calls whose callee may need a task --------------------------------------------- */

/* Leaves the call, or the built-in, to the runtime, with the same core values, if the i32 on the stack is not 0. */
void emit_outside_if(struct emit *e, const struct adapter_func *f);
/* Leaves an i32 that is 0 if the call may do without a task. */
void emit_standin_closed(struct emit *e, const struct adapter_func *f);
/* Before the callee's code. */
void emit_standin_begin(struct emit *e, const struct adapter_func *f);
/* After that of a callee of synchronous type, and its result. */
void emit_standin_leave(struct emit *e, const struct adapter_func *f);
/*
 * After that of a callee of async type, which has left what is in the local `*packed`. In its place comes the first of
 * the locals with the callee's result. false: the runtime ends all such calls, and the adapter's own result is there.
 */
bool emit_standin_end(struct emit *e, const struct adapter_func *f, uint32_t *packed);

/* ---- emit_func.c, emit_builtin.c, emit_string.c: whole functions ------------------------------------------------- */

void emit_adapter(struct emit *e, const struct adapter_func *f);
void emit_task_return(struct emit *e, const struct adapter_func *f);
void emit_context(struct emit *e, const struct adapter_func *f);
void emit_string_function(struct emit *e, const struct adapter_string *s);

#endif
