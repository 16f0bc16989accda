/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Shared by the files of src/engine: the objects behind eng.h, the functions of the Rust crate in engine/, and three
 * rules about stacks.
 *
 * 1. Room. Where wasm runs on a suspendable stack, Wasmtime gives every entry from C a fresh `max_wasm_stack`, so a
 *    chain C -> wasm -> C -> wasm could run off the native stack. So each entry asks first whether `max_wasm_stack` and
 *    ENG_STACK_MARGIN, which is for the C code of host functions, are left (room_left()).
 * 2. One record a stack. A stack is one call of the runner module's loop that never returns: it waits in the one
 *    asynchronous host function, runs a job in an ordinary one, and waits again. The same asynchronous function
 *    suspends a job. The store always knows which stack runs (`current`).
 * 3. A stack that is being dropped runs C frames only: no entry into wasm, no suspension.
 */
#ifndef ENGINE_ENG_PRIVATE_H
#define ENGINE_ENG_PRIVATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wasmtime.h>

#include "base/arena.h"
#include "base/list.h"
#include "engine/eng.h"

#if defined(__SANITIZE_ADDRESS__)
#define ENG_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ENG_SANITIZED 1
#endif
#endif

enum {
#ifdef ENG_SANITIZED
  ENG_STACK_MARGIN = 256 << 10, /* instrumented frames are several times as large */
#else
  ENG_STACK_MARGIN = 64 << 10,
#endif
  ENG_STACK_TOP = 16 << 10, /* more than what lies above a job's first frame */
  ENG_STACKS_KEPT = 64,
};

/* ---- engine/src (Rust) ---------------------------------------------------------------------------------------- */

struct eng_bytes {
  uint8_t *data;
  size_t size;
};

enum eng_failure { ENG_FAILURE_OTHER, ENG_FAILURE_TRAP, ENG_FAILURE_LIMIT, ENG_FAILURE_NOMEM };

struct eng_explained {
  int32_t failure; /* enum eng_failure */
  struct eng_bytes message, backtrace;
};

/* In the layout of engine/src/limit.rs. No bound is UINT64_MAX. */
struct eng_sum {
  uint64_t bound, used;
  uint64_t granted; /* last of all */
  bool refused;     /* the last refusal was the sum's */
};
struct eng_limiter {
  uint64_t memory_bytes, table_elements, instances, tables, memories;
  struct eng_sum memory_sum, table_sum;
};

void weir_engine_bytes_free(uint8_t *data, size_t size);
wasm_engine_t *weir_engine_build(wasm_config_t *take_config, struct eng_bytes *ret_reason);
int32_t weir_engine_validate(const uint8_t *data, size_t size, uint32_t features, struct eng_bytes *ret_reason,
                             size_t *ret_offset);
int32_t weir_engine_text(const uint8_t *data, size_t size, struct eng_bytes *ret);
wasmtime_error_t *weir_engine_instantiate(wasmtime_context_t *cx, const wasmtime_module_t *m,
                                          const wasmtime_extern_t *imports, size_t count, wasmtime_instance_t *ret,
                                          bool (*wait)(void *env), void *env);
/* From now on `limiter` decides how much the store may have; the limiter outlives the store. */
void weir_engine_limit(wasmtime_store_t *store, struct eng_limiter *limiter);
void weir_engine_clear_exception(wasmtime_context_t *cx);
void weir_engine_trap_explain(const wasm_trap_t *trap, struct eng_explained *ret);
void weir_engine_error_explain(const wasmtime_error_t *error, struct eng_explained *ret);
struct sha256;
void weir_engine_sha256_begin(struct sha256 *ret);
void weir_engine_sha256_add(struct sha256 *h, const void *data, size_t size);
void weir_engine_sha256_end(struct sha256 *h, uint8_t *ret);

/* ---- objects -------------------------------------------------------------------------------------------------- */

struct eng {
  atomic_uint refs;
  atomic_ullong ticks;
  const struct weir_alloc *alloc;
  wasm_engine_t *engine;
  wasmtime_linker_t *linker;       /* the runner's two imports */
  wasmtime_instance_pre_t *runner; /* instantiated in a store when its first stack is wanted */
  uint32_t max_wasm_stack, stack_size;
  bool fuel, epochs;
  bool pooling, optimize_for_compile_time, canonical_nans; /* for the fingerprint */
};

struct eng_module {
  atomic_uint refs;
  struct eng *engine;
  wasmtime_module_t *module;
  struct arena arena; /* imports and their names */
  struct eng_import *imports;
  uint32_t import_count;
};

/* A native stack. */
struct eng_bounds {
  uintptr_t base;
  size_t size; /* 0: not known yet */
};

enum eng_room_kind {
  ENG_ROOM_CALLER,  /* the caller's own stack, whatever thread that is on */
  ENG_ROOM_UNKNOWN, /* a stack that Wasmtime made for a start function: its first host call finds out */
  ENG_ROOM_FIXED,   /* a suspendable stack */
};

/* Where the stack pointer may be when wasm is entered: from `low` to `low + span`. */
struct eng_room {
  uintptr_t low, span;
  enum eng_room_kind kind;
};

struct eng_store {
  struct eng_limiter limiter; /* of a store with limits, */
  bool limited;               /* which this one is */
  struct eng *engine;
  wasmtime_store_t *store;
  wasmtime_context_t *cx;
  struct eng_room room;      /* of the stack that runs now */
  struct eng_stack *current; /* NULL: the caller's own stack */
  wasmtime_func_t run, block;
  struct eng_store_limits limits;
  bool has_runner;    /* from here on Wasmtime asks for its asynchronous functions */
  bool lifted;        /* fuel and deadline are put aside while the runner's code runs */
  uint64_t fuel;      /* while lifted: the guest's fuel */
  uint64_t deadline;  /* tick, UINT64_MAX: none */
  bool attentive;     /* looks at its deadline at every tick */
  uint64_t slice;     /* ticks, 0: none */
  uint64_t slice_end; /* tick at which the slice of the outermost stack is over */
  struct list suspended, kept;
  uint32_t running_count;
  uint32_t suspended_count, kept_count;
};

enum eng_stack_state { ENG_STACK_KEPT, ENG_STACK_RUNNING, ENG_STACK_SUSPENDED };

struct eng_stack {
  struct list link; /* in the store's `suspended` or `kept`; in neither while it runs */
  struct eng_store *store;
  wasmtime_call_future_t *future;
  wasm_trap_t *trap;       /* of the future: how the runner ended, if it did */
  wasmtime_error_t *error; /* the same */
  eng_job job;             /* to be run; NULL once it has begun */
  void *arg;
  eng_job errand; /* what the suspended job wants done on the stack below; NULL: nothing, it is suspended for others */
  void *errand_arg;
  struct eng_room room;     /* while it does not run */
  struct eng_bounds bounds; /* the least that it has */
  enum eng_stack_state state;
  uint64_t fuel; /* while it is set aside: the store's fuel when the guest's code last looked */
  bool ended;    /* the job returned */
  bool waiting;  /* in `wait`; else it runs, or was set aside */
  bool resumed;  /* the pending wait may return */
  bool dropping; /* rule 3 */
};

struct eng_signature {
  wasm_functype_t *type;
};

/* ---- eng_trap.c ----------------------------------------------------------------------------------------------- */

/* Records message and backtrace, releases both objects (one may be NULL) and returns WEIR_ERR_TRAP. */
weir_status trap_take(struct eng_store *s, wasm_trap_t *take_trap, wasmtime_error_t *take_error, struct diag *d);
/*
 * The same for failures that need not be traps: `other` is the status of a failure that is neither a trap, nor a limit,
 * nor want of memory.
 */
weir_status trap_take_error(wasm_trap_t *take_trap, wasmtime_error_t *take_error, weir_status other, struct diag *d);
/* A failure in the engine's own words. */
weir_status trap_code(wasmtime_trap_code_t code, struct diag *d);

/* ---- eng_budget.c --------------------------------------------------------------------------------------------- */

/* No deadline and no slice yet. */
void budget_init(struct eng_store *s);

/* Puts fuel and deadline aside / back, so that the runner's code can neither use them up nor fail by them. */
void budget_lift(struct eng_store *s);
void budget_restore(struct eng_store *s);
/* The caller's own stack is left: a slice begins. */
void budget_begin_slice(struct eng_store *s);

/* ---- eng_runner.c --------------------------------------------------------------------------------------------- */

/* Compiles the runner. Once, for a new engine. */
weir_status runner_new(struct eng *e, struct diag *d);
/* Instantiates the runner in a store that has none yet. */
weir_status runner_start(struct eng_store *s, struct diag *d);

/* ---- eng_stack.c ---------------------------------------------------------------------------------------------- */

/* Drops all suspended stacks and releases the kept ones. */
void stack_drop_all(struct eng_store *s);

/* ---- eng_call.c ----------------------------------------------------------------------------------------------- */

/* No entry at all (rule 3). */
extern const struct eng_room room_none;
/* A room to be found out. */
extern const struct eng_room room_unknown;

static inline bool room_left(const struct eng_store *s) {
  return (uintptr_t)__builtin_frame_address(0) - s->room.low <= s->room.span;
}
/* Looks closer after room_left() has said no. WEIR_OK: wasm may be entered after all. */
weir_status room_check(struct eng_store *s, struct diag *d);
/* A suspendable stack's, seen from a frame on it: at most `above` bytes of the stack are in use above `here`. */
struct eng_bounds bounds_below(const struct eng *e, uintptr_t here, size_t above);
struct eng_room room_of(const struct eng *e, struct eng_bounds bounds, enum eng_room_kind kind);
/* Tells the thread its stack; returns the one before. So a host function of one store may use another store. */
struct eng_bounds thread_bounds_swap(struct eng_bounds now);
/* Learns the bounds of this thread's own stack now: later the process may not be allowed to ask. */
void thread_bounds_learn(void);

#endif
