/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The canonical ABI: one type-driven translator with two back ends, guest <-> guest copies and host value <-> guest.
 * Origin: CanonicalABI.md#loading to #lifting-and-lowering-values. All of the text's traps are kept, in the words of
 * the specification's tests. Layout and flattening come with the types (component/types.h).
 *
 * A translation reads from one `abi_cx` and writes to another. A translation may call the guest (realloc, through ops),
 * never suspends, and asks for the memory's base again after every such call. Recursion is bounded by the depth of
 * types.
 */
#ifndef ABI_ABI_H
#define ABI_ABI_H

#include "base/diag.h"
#include "component/ast.h"
#include "component/types.h"
#include "engine/eng.h"
#include "weir/value.h"

struct abi_cx;

/* A handle between two tables: a resource's representation, or the shared part of a stream or future. */
union abi_handle {
  uint64_t rep;
  void *shared;
};

/*
 * Functions that the translator needs from above. Every function reports through cx->diag; WEIR_ERR_TRAP for the
 * guest's faults.
 */
struct abi_ops {
  /* Calls the guest's realloc (may_leave is off meanwhile). The result is not yet checked. */
  weir_status (*reallocate)(struct abi_cx *cx, uint64_t old, uint64_t old_size, uint32_t align, uint64_t new_size,
                            uint64_t *ret);
  /* lift_own, lift_borrow, lift_stream, lift_future, lift_error_context: index in cx's table -> handle. */
  weir_status (*lift_handle)(struct abi_cx *cx, const struct weir_type *t, uint32_t index, union abi_handle *ret);
  /* lower_*: handle -> new index in cx's table. */
  weir_status (*lower_handle)(struct abi_cx *cx, const struct weir_type *t, union abi_handle handle, uint32_t *ret);
  /* The same between a handle and a host's value. from_value consumes an own, stream or future (empties the value). */
  weir_status (*handle_to_value)(struct abi_cx *cx, const struct weir_type *t, union abi_handle handle,
                                 weir_value *ret);
  weir_status (*handle_from_value)(struct abi_cx *cx, const struct weir_type *t, weir_value *value,
                                   union abi_handle *ret);
};

/* LiftLowerContext. Made on the stack for one translation; the runtime embeds it in a struct of its own. */
struct abi_cx {
  const struct abi_ops *ops;
  struct eng_store *store;
  const struct eng_memory *memory; /* NULL: none */
  bool has_realloc;
  bool memory64;
  bool packed_lists; /* lists of scalars are lifted packed, to WEIR_VALUE_PACKED */
  enum ast_encoding encoding;
  uint8_t *base; /* view of the memory, or NULL and 0 before the first address is checked; see abi_refresh() */
  size_t size;
  uint64_t lift_limit; /* bytes of host values that one lift may make; 0: ABI_LIFT_LIMIT */
  struct diag *diag;
};

/* Asks for the memory's base and size again. Without a memory both stay as the maker of the context has set them. */
void abi_refresh(struct abi_cx *cx);

/* Forgets the view: the guest has run, so the memory may have moved. */
static inline void abi_forget(struct abi_cx *cx) {
  if (cx->memory) {
    cx->base = NULL;
    cx->size = 0;
  }
}

/* A place of values: flat core values, or an address in linear memory (where flat is NULL). */
struct abi_place {
  union eng_val *flat;
  uint64_t address;
};

/* Records a trap with these words in cx->diag and returns WEIR_ERR_TRAP. */
weir_status abi_trap(struct abi_cx *cx, const char *words);

/*
 * The first half of lift_flat_values: the place of the values of `t`. They are flat in `vals` if they fit `max_flat`,
 * else behind the pointer vals[0], whose alignment and bounds are checked. `t` may be NULL (no value).
 */
weir_status abi_source(struct abi_cx *cx, const struct weir_type *t, uint32_t max_flat, union eng_val *vals,
                       struct abi_place *ret);

/*
 * The first half of lower_flat_values: the place for the values of `t`. Flat in `vals` if they fit `max_flat`; else
 * behind *out_param; or, where out_param is NULL, in memory from realloc, whose address goes into vals[0]. The address
 * is checked.
 */
weir_status abi_target(struct abi_cx *cx, const struct weir_type *t, uint32_t max_flat, union eng_val *vals,
                       const uint64_t *out_param, struct abi_place *ret);

/* Copies one value of type `t` from guest to guest, lifting and lowering in one pass. t == NULL: nothing to do. */
weir_status abi_copy(struct abi_cx *src, struct abi_place from, struct abi_cx *dst, struct abi_place to,
                     const struct weir_type *t);

/* `count` elements of type `t` between two ranges that abi_check_range() has accepted. */
weir_status abi_copy_array(struct abi_cx *src, uint64_t from, struct abi_cx *dst, uint64_t to,
                           const struct weir_type *t, uint64_t count);

/* The checks of BufferGuestImpl: alignment and bounds of `count` elements at `address`. t == NULL: always fine. */
weir_status abi_check_range(struct abi_cx *cx, const struct weir_type *t, uint64_t address, uint64_t count);

/* Bytes of host values that one lift may make, if nothing else is said: a guest can refer to a range many times. */
#define ABI_LIFT_LIMIT (UINT64_C(1) << 30)

/*
 * Lifts one value to a host's value. On failure *ret is empty. t == NULL gives WEIR_VALUE_NONE. WEIR_ERR_LIMIT beyond
 * the context's limit.
 */
weir_status abi_lift_value(struct abi_cx *src, struct abi_place from, const struct weir_type *t, weir_value *ret);
/* The same of each field of a record or tuple, into an array of the caller's. */
weir_status abi_lift_fields(struct abi_cx *src, struct abi_place from, const struct weir_type *t, weir_value *ret);

/* Lowers a host's value that value_check() has accepted. Handles are moved out of `value`; the rest stays. */
weir_status abi_lower_value(struct abi_cx *dst, struct abi_place to, const struct weir_type *t, weir_value *value);

/* `count` elements at `address` to and from an array of host values (stream buffers of non-numeric types). */
weir_status abi_lift_values(struct abi_cx *src, uint64_t address, const struct weir_type *t, uint64_t count,
                            weir_value *ret);
weir_status abi_lower_values(struct abi_cx *dst, uint64_t address, const struct weir_type *t, uint64_t count,
                             weir_value *values);

/*
 * Scalars (bool to char) as 64 bits each, in the form of a flat slot: a narrower integer is in 32 bits of two's
 * complement. abi_all_scalars: of parameters, no more than travel flat. abi_scalar_fits: whether a host may give these
 * bits; wider ones than the type's wrap. Places as from abi_source() and abi_target().
 */
bool abi_is_scalar(const struct weir_type *t);
bool abi_all_scalars(const struct weir_type *params);
bool abi_scalar_fits(const struct weir_type *t, uint64_t bits);
weir_status abi_lift_scalar(struct abi_cx *src, struct abi_place from, const struct weir_type *t, uint64_t *ret);
void abi_lower_scalar(struct abi_cx *dst, struct abi_place to, const struct weir_type *t, uint64_t bits);
weir_status abi_lift_scalars(struct abi_cx *src, struct abi_place from, const struct weir_type *params, uint64_t *ret);
void abi_lower_scalars(struct abi_cx *dst, struct abi_place to, const struct weir_type *params, const uint64_t *bits);
/* Parameters that are flat, and no characters. */
void abi_unpack_numbers(const struct weir_type *params, const union eng_val *vals, uint64_t *ret);

/* A string of the guest as UTF-8 in a host value (error-context.new); checks as load_string_from_range. */
weir_status abi_load_string(struct abi_cx *cx, uint64_t address, uint64_t tagged_units, weir_value *ret);
/* Stores a host string with realloc and writes pointer and length to `address` (error-context.debug-message). */
weir_status abi_store_string(struct abi_cx *cx, const weir_value *string, uint64_t address);

#endif
