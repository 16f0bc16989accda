/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See adapter.h: signatures and words. */
#include "adapter/adapter.h"

const struct core_signature *adapter_helper_signature(enum adapter_helper helper) {
  static const struct core_signature signatures[ADAPTER_HELPER_COUNT] = {
      [ADAPTER_TRAP] = {{CORE_I32, CORE_I32}, {0}, 2, 0},
      [ADAPTER_UTF8] = {{CORE_I32, CORE_I32, CORE_I32}, {0}, 3, 0},
      [ADAPTER_TRANSCODE] = {{CORE_I32, CORE_I32, CORE_I32}, {CORE_I64}, 3, 1},
      [ADAPTER_ENTER] = {{CORE_I32}, {0}, 1, 0},
      [ADAPTER_LEAVE] = {{CORE_I32}, {0}, 1, 0},
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
