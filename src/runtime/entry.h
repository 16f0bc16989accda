/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The core functions of trampolines: the doors by which a guest enters the runtime. Each but those of quiet built-ins
 * first replaces the stand-ins of its root (standin.h), so that store.current is the thread that calls; then it asks
 * whether the instance may leave.
 */
#ifndef RUNTIME_ENTRY_H
#define RUNTIME_ENTRY_H

#include "runtime/state.h"

/* Of a built-in, by its line in canon.def. */
eng_host_fn entry_builtin(enum canon_kind kind);

/* Lowered functions; those whose calls are direct (direct.h); those whose host callee has call_at_once. */
struct wasm_trap_t *entry_lower(struct eng_host *host, union eng_val *vals);
struct wasm_trap_t *entry_direct(struct eng_host *host, union eng_val *vals);
struct wasm_trap_t *entry_at_once(struct eng_host *host, union eng_val *vals);

#endif
