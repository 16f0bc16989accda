/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The signatures of helpers, and the words of traps (adapter.h). */
#include "adapter/adapter.h"

const struct core_signature *adapter_helper_signature(enum adapter_helper helper) {
  static const struct core_signature signatures[ADAPTER_HELPER_COUNT] = {
      [ADAPTER_TRAP] = {{CORE_I32, CORE_I32}, {0}, 2, 0},
      [ADAPTER_UTF8] = {{CORE_I32, CORE_I32, CORE_I32}, {0}, 3, 0},
      [ADAPTER_TRANSCODE] = {{CORE_I32, CORE_I32, CORE_I32}, {CORE_I64}, 3, 1},
      [ADAPTER_HANDLE] = {{CORE_I32, CORE_I32, CORE_I32}, {CORE_I32}, 3, 1},
      [ADAPTER_FINISH] = {{CORE_I32, CORE_I64}, {CORE_I64}, 2, 1},
      [ADAPTER_LEAVE] = {{CORE_I32}, {0}, 1, 0},
      [ADAPTER_UNLEND] = {{CORE_I32}, {0}, 1, 0},
  };
  return &signatures[helper];
}

const char *adapter_trap_words(enum adapter_trap trap) {
  static const char *const words[ADAPTER_TRAP_COUNT] = {
      [ADAPTER_TRAP_UNALIGNED] = "wasm trap: unaligned pointer",
      [ADAPTER_TRAP_POINTER] = "wasm trap: pointer out-of-bounds",
      [ADAPTER_TRAP_LIST] = "wasm trap: list content out-of-bounds",
      [ADAPTER_TRAP_STRING] = "wasm trap: string content out-of-bounds",
      [ADAPTER_TRAP_CHAR] = "invalid `char` bit pattern",
      [ADAPTER_TRAP_DISCRIMINANT] = "invalid variant discriminant",
      [ADAPTER_TRAP_LEAVE] = "wasm trap: cannot leave component instance",
      [ADAPTER_TRAP_THROWN] = "wasm trap: uncaught exception",
  };
  return (uint32_t)trap < ADAPTER_TRAP_COUNT ? words[trap] : "an adapter failed";
}

const char *adapter_reason_words(enum adapter_reason reason) {
  static const char *const words[ADAPTER_REASON_COUNT] = {
      [ADAPTER_REASON_NONE] = "it has an adapter",
      [ADAPTER_REASON_NO_CALL] = "it is no call of another component",
      [ADAPTER_REASON_ASYNC_CALLEE] = "the callee is async, and has no callback, or a post-return",
      [ADAPTER_REASON_MEMORY64] = "a side has a 64-bit memory",
      [ADAPTER_REASON_TOO_MANY] = "there are too many calls",
      [ADAPTER_REASON_HANDLES] = "it lends handles of resources that are not the callee's own",
      [ADAPTER_REASON_OPTIONS] = "a side lacks a memory or a realloc",
      [ADAPTER_REASON_RELATED] = "one of the two components is inside the other",
      [ADAPTER_REASON_CONTEXT] = "a realloc could see the context slots of the call",
      [ADAPTER_REASON_BLOCKS] = "the callee's component can block",
      [ADAPTER_REASON_REENTRANCE] = "the callee may be entered again while it runs",
      [ADAPTER_REASON_LARGE] = "its types are too large",
  };
  return (uint32_t)reason < ADAPTER_REASON_COUNT ? words[reason] : "";
}

uint32_t adapter_handle_tag(const struct weir_type *t) {
  bool is_resource = t->kind == TYPE_OWN || t->kind == TYPE_BORROW;
  uint32_t kind = (uint32_t)t->kind - (is_resource ? TYPE_OWN : TYPE_STREAM - 2);
  return is_resource ? kind | t->resource->index << 2 | t->resource->instance << 24 : kind | t->id << 2;
}

uint32_t adapter_handle_numeric(const struct weir_type *t) {
  bool has_elem = t->kind == TYPE_STREAM || t->kind == TYPE_FUTURE;
  return has_elem && (!t->elem || t->elem->numeric) ? ADAPTER_NUMERIC : 0;
}
