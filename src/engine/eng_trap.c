/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Puts the engine's reports into a diag: message and wasm backtrace apart. Wasmtime reports its own traps as a trap
 * object and all other failures, host functions' traps included, as an error object; here the two are one.
 */
#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "engine/eng_private.h"

static void explain(const wasm_trap_t *trap, const wasmtime_error_t *error, struct eng_explained *ret) {
  *ret = (struct eng_explained){0};
  if (trap)
    weir_engine_trap_explain(trap, ret);
  else
    weir_engine_error_explain(error, ret);
}

static void explained_done(struct eng_explained *x) {
  weir_engine_bytes_free(x->message.data, x->message.size);
  weir_engine_bytes_free(x->backtrace.data, x->backtrace.size);
}

/* The setting behind the limit. */
static const char *hint_of(weir_status status) {
  if (status == WEIR_ERR_LIMIT)
    return " (weir_store_config says how much there may be)";
  return status == WEIR_ERR_TIMEOUT ? " (the deadline of the store has passed)" : "";
}

static void record(struct diag *d, weir_status status, const struct eng_explained *x) {
  int length = x->message.size < INT_MAX ? (int)x->message.size : INT_MAX;
  diag_set(d, status, "%.*s%s", length, (const char *)x->message.data, hint_of(status));
  if (x->backtrace.size > 0)
    diag_backtrace(d, (const char *)x->backtrace.data, x->backtrace.size);
}

/*
 * The two ends that the embedder causes, and not the guest, have statuses of their own. Where they come through a start
 * function only their words tell, so this goes by the words everywhere; tests/unit/engine fails if the words change.
 */
static weir_status status_of_trap(const struct eng_explained *x) {
  static const char fuel[] = "wasm trap: all fuel consumed by WebAssembly", deadline[] = "wasm trap: interrupt";
  if (x->message.size == sizeof(fuel) - 1 && memcmp(x->message.data, fuel, sizeof(fuel) - 1) == 0)
    return WEIR_ERR_LIMIT;
  if (x->message.size == sizeof(deadline) - 1 && memcmp(x->message.data, deadline, sizeof(deadline) - 1) == 0)
    return WEIR_ERR_TIMEOUT;
  return WEIR_ERR_TRAP;
}

static void release(wasm_trap_t *trap, wasmtime_error_t *error) {
  if (trap)
    wasm_trap_delete(trap);
  if (error)
    wasmtime_error_delete(error);
}

weir_status trap_take(struct eng_store *s, wasm_trap_t *take_trap, wasmtime_error_t *take_error, struct diag *d) {
  /* An exception stays in the store until somebody takes it out. */
  weir_engine_clear_exception(s->cx);
  weir_status status = WEIR_ERR_TRAP;
  if (d) {
    struct eng_explained x;
    explain(take_trap, take_error, &x);
    status = status_of_trap(&x);
    record(d, status, &x);
    explained_done(&x);
  }
  release(take_trap, take_error);
  return status;
}

weir_status trap_take_error(wasm_trap_t *take_trap, wasmtime_error_t *take_error, weir_status other, struct diag *d) {
  struct eng_explained x;
  explain(take_trap, take_error, &x);
  weir_status status = other;
  if (x.failure == ENG_FAILURE_TRAP)
    status = status_of_trap(&x);
  else if (x.failure == ENG_FAILURE_LIMIT)
    status = WEIR_ERR_LIMIT;
  else if (x.failure == ENG_FAILURE_NOMEM)
    status = WEIR_ERR_NOMEM;
  record(d, status, &x);
  explained_done(&x);
  release(take_trap, take_error);
  return status;
}

weir_status trap_code(wasmtime_trap_code_t code, struct diag *d) {
  return trap_take_error(wasmtime_trap_new_code(code), NULL, WEIR_ERR_TRAP, d);
}

struct wasm_trap_t *eng_trap(const char *message, size_t size) {
  return wasmtime_trap_new(message, size);
}
