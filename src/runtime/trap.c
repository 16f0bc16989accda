/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See trap.h. The words are those of the specification's tests where it has any. */
#include "runtime/trap.h"

#include <stdarg.h>
#include <string.h>

weir_status rt_trap(struct rt_store *s, const char *format, ...) {
  va_list args;
  va_start(args, format);
  diag_vset(&s->failure, WEIR_ERR_TRAP, format, args);
  va_end(args);
  s->failed = true;
  return WEIR_ERR_TRAP;
}

weir_status rt_fail(struct rt_store *s, weir_status status) {
  if (status == WEIR_OK)
    return WEIR_OK;
  s->failed = true;
  if (s->failure.status == WEIR_OK)
    diag_set(&s->failure, status, "%s", weir_status_name(status));
  return s->failure.status;
}

weir_status rt_trap_cannot_enter(struct rt_store *s) {
  return rt_trap(s, "wasm trap: cannot enter component instance");
}

struct wasm_trap_t *rt_raise(struct rt_store *s) {
  const char *words = diag_message(&s->failure);
  return eng_trap(words, strlen(words));
}
