/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The engine: the only door to the code generator. No other folder knows that the code generator is Wasmtime.
 * tests/engine proves the promises of this file about suspended stacks before any other test runs.
 *
 * Threads: an eng and an eng_module may be used from every thread (reference-counted, immutable). One thread at a time
 * uses an eng_store and its objects.
 */
#ifndef ENGINE_ENG_H
#define ENGINE_ENG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/str.h"
#include "base/text.h"
#include "weir/alloc.h"
#include "weir/engine.h"

struct eng;
struct eng_module;
struct eng_store;
struct eng_stack;
struct wasm_trap_t; /* an engine's trap object; made by eng_trap(), consumed by returning it from a host function */

/* ---- engine -------------------------------------------------------------------------------------------------- */

enum { ENG_MAX_WASM_STACK = 256 << 10, ENG_STACK_SIZE = 1 << 20 };

struct eng_config {
  const struct weir_alloc *alloc; /* NULL: mem_system */
  uint32_t max_wasm_stack;        /* bytes of stack that a guest may use in one entry; 0: ENG_MAX_WASM_STACK */
  uint32_t stack_size;            /* bytes of a suspendable stack; 0: ENG_STACK_SIZE */
  bool pooling;                   /* pooled memories and stacks: for many short-lived stores */
  bool fuel;                      /* count instructions (eng_store_set_fuel) */
  bool epochs;                    /* deadlines (eng_store_set_deadline) */
  bool optimize_for_compile_time; /* less optimisation */
  bool canonical_nans;            /* every computed NaN has the same bits */
  weir_profile profile;           /* who is told where code lies */
};

weir_status eng_new(const struct eng_config *config, struct eng **ret, struct diag *d);
struct eng *eng_ref(struct eng *e);
void eng_unref(struct eng *e); /* NULL allowed */
const struct weir_alloc *eng_alloc(const struct eng *e);
/* Lets deadlines pass: any thread, signal-safe. */
void eng_tick(struct eng *e);
/* The code generator and its version, for people. */
const char *eng_version(void);
/*
 * Everything that decides whether code compiled by one engine is right for another: the code generator with its
 * version, the kind of machine, and all settings. Another engine may take code over if the two texts are equal.
 */
void eng_fingerprint(const struct eng *e, struct text *out);

/*
 * Validates a core module or a component with the validator that goes with the code generator. All features that the
 * validator knows are on, except those that the mask leaves out. WEIR_ERR_MALFORMED or WEIR_ERR_INVALID with message
 * and byte offset.
 */
enum eng_feature {
  ENG_FEATURE_CM_ASYNC = 1 << 0, /* released */
  ENG_FEATURE_CM_ASYNC_STACKFUL = 1 << 1,
  ENG_FEATURE_CM_MORE_ASYNC_BUILTINS = 1 << 2,
  ENG_FEATURE_CM_THREADING = 1 << 3,
  ENG_FEATURE_CM_ERROR_CONTEXT = 1 << 4,
  ENG_FEATURE_CM_FIXED_LENGTH_LISTS = 1 << 5,
  ENG_FEATURE_CM_MAP = 1 << 6,        /* released */
  ENG_FEATURE_CM_IMPLEMENTS = 1 << 7, /* released */
  ENG_FEATURE_CM_MEMORY64 = 1 << 8,
  ENG_FEATURE_CM_GC = 1 << 9,
  ENG_FEATURE_CM_VALUES = 1 << 10,
  ENG_FEATURE_CM_NESTED_NAMES = 1 << 11,
  ENG_FEATURES_RELEASED = ENG_FEATURE_CM_ASYNC | ENG_FEATURE_CM_MAP | ENG_FEATURE_CM_IMPLEMENTS,
};
weir_status eng_validate(const uint8_t *bytes, size_t size, uint32_t features, struct diag *d);

/* Text format to binary; copies bytes that are binary already. Release with eng_bytes_free(). */
weir_status eng_text_to_binary(const uint8_t *text, size_t size, uint8_t **ret, size_t *ret_size, struct diag *d);
void eng_bytes_free(uint8_t *bytes, size_t size);

/* ---- modules ------------------------------------------------------------------------------------------------- */

enum eng_kind { ENG_FUNC, ENG_TABLE, ENG_MEMORY, ENG_GLOBAL, ENG_TAG };

weir_status eng_module_compile(struct eng *e, const uint8_t *bytes, size_t size, struct eng_module **ret,
                               struct diag *d);
struct eng_module *eng_module_ref(struct eng_module *m);
void eng_module_unref(struct eng_module *m);
struct eng *eng_module_engine(const struct eng_module *m);
/* Bytes of memory that the compiled code occupies. */
size_t eng_module_size(const struct eng_module *m);
weir_status eng_module_serialize(const struct eng_module *m, uint8_t **ret, size_t *ret_size, struct diag *d);
/* Trusts its input: the caller has checked the origin of the bytes. */
weir_status eng_module_deserialize(struct eng *e, const uint8_t *bytes, size_t size, struct eng_module **ret,
                                   struct diag *d);

struct eng_import {
  struct str module, name;
  enum eng_kind kind;
};
/* Imports in order; the strings live as long as the module. */
uint32_t eng_module_import_count(const struct eng_module *m);
const struct eng_import *eng_module_import(const struct eng_module *m, uint32_t i);

/* ---- stores -------------------------------------------------------------------------------------------------- */

struct eng_store_limits { /* weir/limits.h says what they count; 0: no limit */
#define ENGINE_LIMIT(name, type, usual, field) type name;
#include "base/limits.def"
};

weir_status eng_store_new(struct eng *e, const struct eng_store_limits *limits, struct eng_store **ret, struct diag *d);
/* Suspended stacks are dropped first: their C frames run to their end with WEIR_ERR_CANCELLED from eng_suspend(). */
void eng_store_free(struct eng_store *s);
weir_status eng_store_set_fuel(struct eng_store *s, uint64_t fuel);
weir_status eng_store_fuel(struct eng_store *s, uint64_t *ret);
void eng_store_set_deadline(struct eng_store *s, uint64_t ticks_from_now);
/* For work of the host in a guest's time: fails as guest code would, once the deadline has passed. */
weir_status eng_store_check_deadline(const struct eng_store *s, struct diag *d);
/*
 * Guest code looks at the deadline at every tick from now on. Otherwise code that runs already does not notice an
 * earlier deadline: it keeps the deadline of its entry.
 */
void eng_store_set_attentive(struct eng_store *s);

/*
 * Time slices: when a guest has run on a suspendable stack for so many ticks, the stack is set aside in the middle of
 * the guest's code: eng_stack_start() or eng_stack_resume() returns as if the job had suspended. A stack that another
 * stack starts or resumes shares the slice of that one. 0: none. A guest on the caller's own stack runs on.
 * WEIR_ERR_MISUSE: the engine has no epochs.
 */
#define ENG_SLICE_EVERYWHERE UINT64_MAX /* at every function's entry and every loop's head; needs no ticks */
weir_status eng_store_set_slice(struct eng_store *s, uint64_t ticks);

/* A function, table, memory, global or tag of one store. Plain bits, copied freely, dead with the store. */
struct eng_extern {
  uint8_t kind; /* enum eng_kind */
  _Alignas(8) unsigned char bits[40];
};
struct eng_func {
  _Alignas(8) unsigned char bits[16];
};
struct eng_memory {
  _Alignas(8) unsigned char bits[24];
};
struct eng_table {
  _Alignas(8) unsigned char bits[24];
};
struct eng_instance {
  _Alignas(8) unsigned char bits[16];
};

/* One core value, untyped: the engine's raw layout. */
union eng_val {
  int32_t i32;
  uint32_t u32;
  int64_t i64;
  uint64_t u64;
  float f32;
  double f64;
  _Alignas(16) unsigned char v128[16];
};

enum eng_valtype { ENG_I32, ENG_I64, ENG_F32, ENG_F64 };

/*
 * A host function. The object begins with this header (embed it); it must stay where it is for as long as the store.
 * `vals` holds the parameters and takes the results. Returns NULL, or a trap to raise in the guest.
 */
struct eng_host;
typedef struct wasm_trap_t *(*eng_host_fn)(struct eng_host *host, union eng_val *vals);
struct eng_host {
  eng_host_fn fn;
};

/* A signature made once, to make many host functions of it. */
struct eng_signature;
struct eng_signature *eng_signature_new(const uint8_t *params, uint32_t param_count, const uint8_t *results,
                                        uint32_t result_count); /* enum eng_valtype each; NULL: out of memory */
void eng_signature_free(struct eng_signature *s);
void eng_host_func(struct eng_store *s, const struct eng_signature *sig, struct eng_host *host, struct eng_extern *ret);

/* Makes a trap object. The text is for the innermost frame; eng_call() reports it. Never NULL (aborts never). */
struct wasm_trap_t *eng_trap(const char *message, size_t size);

/*
 * Instantiates; runs the start function on the current stack. `imports` in the order of eng_module_import().
 * WEIR_ERR_LINK an import has another type (message of the engine), WEIR_ERR_TRAP where the start function traps.
 */
weir_status eng_instantiate(struct eng_store *s, const struct eng_module *m, const struct eng_extern *imports,
                            uint32_t import_count, struct eng_instance *ret, struct diag *d);
/* The same for a module of weir's own, with so many memories and no start function: no limit counts any of that. */
weir_status eng_instantiate_uncounted(struct eng_store *s, const struct eng_module *m, uint32_t memories,
                                      const struct eng_extern *imports, uint32_t import_count, struct eng_instance *ret,
                                      struct diag *d);
/* false: no such export. */
bool eng_instance_export(struct eng_store *s, const struct eng_instance *i, struct str name, struct eng_extern *ret);

/* The parts of an extern; its kind must fit. */
struct eng_func eng_extern_func(const struct eng_extern *x);
struct eng_memory eng_extern_memory(const struct eng_extern *x);
struct eng_table eng_extern_table(const struct eng_extern *x);
bool eng_memory_same(const struct eng_memory *a, const struct eng_memory *b);
/* A number that is the same for the same memory, for an index. */
uint64_t eng_memory_number(const struct eng_memory *m);
bool eng_memory_is64(struct eng_store *s, const struct eng_memory *m);

/* Puts a function into a mutable global that holds one of its type, in the place of the function there. */
weir_status eng_global_set_func(struct eng_store *s, const struct eng_extern *global, const struct eng_func *f,
                                struct diag *d);

/* Base and size now; they change when the memory grows, so ask again after every call into the guest. */
uint8_t *eng_memory_view(struct eng_store *s, const struct eng_memory *m, size_t *ret_size);

/*
 * The function at index `i` of a table, which must have the signature (i32) -> () (or (i64) -> () with `is64`).
 * WEIR_ERR_TRAP with the engine's words: out of bounds, null, or another signature.
 */
weir_status eng_table_func(struct eng_store *s, const struct eng_table *t, uint64_t i, bool is64, struct eng_func *ret,
                           struct diag *d);

/*
 * Calls a wasm function: parameters in `vals`, results out of it (room for the larger of the two). 13 ns. May be called
 * from a host function and on every stack. WEIR_ERR_TRAP: `d` holds message and wasm backtrace (the first error wins,
 * so a trap raised by eng_trap() with `d` already set keeps its words). Refuses with a trap ("wasm trap: call stack
 * exhausted") where the native stack has less room than a guest may use.
 */
weir_status eng_call(struct eng_store *s, const struct eng_func *f, union eng_val *vals, uint32_t count,
                     struct diag *d);

/* ---- suspendable stacks ---------------------------------------------------------------------------------------- */

/*
 * A stack runs one job at a time, C and wasm frames mixed. eng_suspend() inside the job gives control back to the
 * caller of eng_stack_start() or eng_stack_resume(). Meanwhile other stacks may start, go on and end, in any order,
 * also inside another stack's job. A finished stack is kept for the next job. Measured: 167 ns a job.
 */
typedef void (*eng_job)(void *arg);

/*
 * Starts a job on a fresh or kept stack. `*ret` is the stack of a job that has suspended; NULL: the job has ended.
 * WEIR_ERR_NOMEM or WEIR_ERR_LIMIT: the job did not start.
 */
weir_status eng_stack_start(struct eng_store *s, eng_job job, void *arg, struct eng_stack **ret, struct diag *d);

/* Goes on with a suspended job. true: the job has ended, and the caller must not use the stack again. */
bool eng_stack_resume(struct eng_stack *stack);

/*
 * Inside a job only (eng_stack_current() != NULL): gives control back. WEIR_OK when resumed. WEIR_ERR_CANCELLED: the
 * stack is being dropped, so the caller releases what it holds and returns a trap, without suspending again.
 */
weir_status eng_suspend(struct eng_store *s);

/* The stack whose job is running now, or NULL on the caller's own stack. */
struct eng_stack *eng_stack_current(struct eng_store *s);

/*
 * Runs `errand` on the caller's own stack and returns when it has returned: the stacks in between wait meanwhile, each
 * in the call that started or resumed it. At once where no stack's job runs. For code that knows the bounds of its
 * thread's stack (another language's runtime). The errand must not run or drop stacks of this store. Two switches for
 * each stack in between. On a stack that is being dropped, and where no room is left to suspend, the errand runs there.
 */
void eng_errand(struct eng_store *s, eng_job errand, void *arg);

/*
 * Runs a job that does not suspend itself to its end, so that eng_errand() inside it leads to the caller's own stack: a
 * start function of a store that has stacks would run on one of Wasmtime's, which nobody can leave. WEIR_ERR_NOMEM or
 * WEIR_ERR_LIMIT: the job did not start.
 */
weir_status eng_stack_run(struct eng_store *s, eng_job job, void *arg, struct diag *d);

/* Whether a suspended job was set aside in guest code (eng_store_set_slice()), and is not in eng_suspend(). */
bool eng_stack_set_aside(const struct eng_stack *stack);

/* Ends a suspended job: its eng_suspend() returns WEIR_ERR_CANCELLED and its frames unwind. */
void eng_stack_drop(struct eng_stack *stack);

/*
 * The number of stacks with a suspended job; with a job that runs (all but one wait for the stacks above them); kept.
 */
uint32_t eng_stack_suspended(const struct eng_store *s);
uint32_t eng_stack_running(const struct eng_store *s);
uint32_t eng_stack_kept(const struct eng_store *s);

#endif
