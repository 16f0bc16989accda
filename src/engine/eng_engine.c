/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The engine object: its configuration, and the two services that need no engine (validation, text to binary).
 *
 * Every feature of the code generator is on, with two exceptions. Its own stack switching stays off (open reports of
 * crashes where traps meet suspended stacks), and so does every tracing collector: the library is built with the null
 * collector alone, because a tracing one would miss the roots on suspended stacks.
 */
#include "engine/eng.h"

#include <limits.h>
#include <string.h>

#include "base/mem.h"
#include "engine/eng_private.h"

/* Wasmtime would abort on a configuration that contradicts itself, and the room rule needs space to work in. */
static weir_status sizes_check(const struct eng_config *c, struct eng *e, struct diag *d) {
  e->max_wasm_stack = c->max_wasm_stack != 0 ? c->max_wasm_stack : ENG_MAX_WASM_STACK;
  e->stack_size = c->stack_size != 0 ? c->stack_size : ENG_STACK_SIZE;
  uint64_t least = (uint64_t)e->max_wasm_stack + ENG_STACK_MARGIN + ENG_STACK_TOP + (32 << 10);
  if (e->stack_size < least)
    return diag_set(d, WEIR_ERR_MISUSE, "stack size %u is too small for a wasm stack of %u: at least %llu is needed",
                    (unsigned)e->stack_size, (unsigned)e->max_wasm_stack, (unsigned long long)least);
  return WEIR_OK;
}

static void config_features(wasm_config_t *w) {
  wasmtime_config_wasm_reference_types_set(w, true);
  wasmtime_config_wasm_function_references_set(w, true);
  wasmtime_config_wasm_gc_set(w, true);
  wasmtime_config_wasm_exceptions_set(w, true);
  wasmtime_config_wasm_bulk_memory_set(w, true);
  wasmtime_config_wasm_multi_value_set(w, true);
  wasmtime_config_wasm_multi_memory_set(w, true);
  wasmtime_config_wasm_memory64_set(w, true);
  wasmtime_config_wasm_stack_switching_set(w, false);
}

/*
 * The pool only reserves address space; the counts bound how many stores live at once. A module of a fused component
 * may have many memories and tables.
 */
static void config_pool(wasm_config_t *w) {
  wasmtime_pooling_allocation_config_t *p = wasmtime_pooling_allocation_config_new();
  wasmtime_pooling_allocation_config_total_core_instances_set(p, 20000);
  wasmtime_pooling_allocation_config_total_memories_set(p, 4000);
  wasmtime_pooling_allocation_config_total_tables_set(p, 10000);
  wasmtime_pooling_allocation_config_total_stacks_set(p, 10000);
  wasmtime_pooling_allocation_config_max_memories_per_module_set(p, 64);
  wasmtime_pooling_allocation_config_max_tables_per_module_set(p, 64);
  wasmtime_pooling_allocation_config_table_elements_set(p, 65536);
  wasmtime_pooling_allocation_strategy_set(w, p);
  wasmtime_pooling_allocation_config_delete(p);
}

static void config_profile(wasm_config_t *w, weir_profile profile) {
  if (profile == WEIR_PROFILE_PERFMAP)
    wasmtime_config_profiler_set(w, WASMTIME_PROFILING_STRATEGY_PERFMAP);
  else if (profile == WEIR_PROFILE_JITDUMP)
    wasmtime_config_profiler_set(w, WASMTIME_PROFILING_STRATEGY_JITDUMP);
}

static wasm_config_t *config_new(const struct eng_config *c, const struct eng *e) {
  wasm_config_t *w = wasm_config_new();
  config_features(w);
  wasmtime_config_strategy_set(w, WASMTIME_STRATEGY_CRANELIFT);
  wasmtime_config_cranelift_nan_canonicalization_set(w, c->canonical_nans);
  wasmtime_config_parallel_compilation_set(w, true);
  config_profile(w, c->profile);
  wasmtime_config_max_wasm_stack_set(w, e->max_wasm_stack);
  wasmtime_config_async_stack_size_set(w, e->stack_size);
  wasmtime_config_consume_fuel_set(w, c->fuel);
  wasmtime_config_epoch_interruption_set(w, c->epochs);
  if (c->optimize_for_compile_time)
    wasmtime_config_cranelift_opt_level_set(w, WASMTIME_OPT_LEVEL_NONE);
  if (c->pooling)
    config_pool(w);
  return w;
}

weir_status eng_new(const struct eng_config *config, struct eng **ret, struct diag *d) {
  const struct eng_config defaults = {0};
  const struct eng_config *c = config ? config : &defaults;
  const struct weir_alloc *alloc = c->alloc ? c->alloc : &mem_system;
  struct eng *e = mem_zalloc(alloc, sizeof(*e));
  if (!e)
    return diag_nomem(d);
  e->alloc = alloc;
  e->fuel = c->fuel;
  e->epochs = c->epochs;
  e->pooling = c->pooling;
  e->optimize_for_compile_time = c->optimize_for_compile_time;
  e->canonical_nans = c->canonical_nans;
  atomic_init(&e->refs, 1);
  atomic_init(&e->ticks, 0);
  weir_status status = sizes_check(c, e, d);
  if (status != WEIR_OK)
    goto fail;
  struct eng_bytes reason = {0};
  e->engine = weir_engine_build(config_new(c, e), &reason);
  if (!e->engine) {
    status = diag_set(d, WEIR_ERR_UNSUPPORTED, "%.*s", (int)reason.size, (const char *)reason.data);
    weir_engine_bytes_free(reason.data, reason.size);
    goto fail;
  }
  status = runner_new(e, d);
  if (status != WEIR_OK)
    goto fail;
  *ret = e;
  return WEIR_OK;
fail:
  eng_unref(e);
  return status;
}

struct eng *eng_ref(struct eng *e) {
  atomic_fetch_add_explicit(&e->refs, 1, memory_order_relaxed);
  return e;
}

void eng_unref(struct eng *e) {
  if (!e || atomic_fetch_sub_explicit(&e->refs, 1, memory_order_acq_rel) != 1)
    return;
  if (e->runner)
    wasmtime_instance_pre_delete(e->runner);
  if (e->linker)
    wasmtime_linker_delete(e->linker);
  if (e->engine)
    wasm_engine_delete(e->engine);
  mem_free(e->alloc, e, sizeof(*e));
}

const struct weir_alloc *eng_alloc(const struct eng *e) {
  return e->alloc;
}

void eng_tick(struct eng *e) {
  atomic_fetch_add_explicit(&e->ticks, 1, memory_order_relaxed);
  wasmtime_engine_increment_epoch(e->engine);
}

static const char *machine(void) {
#if defined(__x86_64__)
  return "x86_64";
#elif defined(__aarch64__)
  return "aarch64";
#elif defined(__riscv) && __riscv_xlen == 64
  return "riscv64";
#elif defined(__s390x__)
  return "s390x";
#else
  return "other";
#endif
}

const char *eng_version(void) {
  return "wasmtime " WASMTIME_VERSION;
}

/* The fingerprint leaves out the processor's extensions: the code generator checks them when it reads a module. */
void eng_fingerprint(const struct eng *e, struct text *out) {
  text_printf(out, "%s %s wasm-stack=%u stack=%u", eng_version(), machine(), (unsigned)e->max_wasm_stack,
              (unsigned)e->stack_size);
  text_printf(out, " pooling=%d fuel=%d epochs=%d fast-compile=%d canonical-nans=%d", e->pooling, e->fuel, e->epochs,
              e->optimize_for_compile_time, e->canonical_nans);
}

static bool looks_like_text(const uint8_t *bytes, size_t size) {
  size_t i = 0;
  while (i < size && (bytes[i] == ' ' || bytes[i] == '\t' || bytes[i] == '\r' || bytes[i] == '\n'))
    i++;
  return i < size && (bytes[i] == '(' || bytes[i] == ';');
}

weir_status eng_validate(const uint8_t *bytes, size_t size, uint32_t features, struct diag *d) {
  if (size == 0)
    return diag_at(d, WEIR_ERR_MALFORMED, 0, "the input is empty");
  if (size < 4 || memcmp(bytes, "\0asm", 4) != 0)
    return diag_at(d, WEIR_ERR_MALFORMED, 0,
                   looks_like_text(bytes, size) ? "not a WebAssembly binary but, by its looks, WebAssembly text"
                                                : "not a WebAssembly binary: the magic number \\0asm is missing");
  struct eng_bytes reason = {0};
  size_t offset = 0;
  int32_t kind = weir_engine_validate(bytes, size, features, &reason, &offset);
  if (kind == 0)
    return WEIR_OK;
  int length = reason.size < INT_MAX ? (int)reason.size : INT_MAX;
  weir_status status = kind == 1 ? WEIR_ERR_MALFORMED : WEIR_ERR_INVALID;
  diag_at(d, status, offset, "%.*s", length, (const char *)reason.data);
  weir_engine_bytes_free(reason.data, reason.size);
  return status;
}

weir_status eng_text_to_binary(const uint8_t *text, size_t size, uint8_t **ret, size_t *ret_size, struct diag *d) {
  struct eng_bytes out = {0};
  if (weir_engine_text(text, size, &out) == 0) {
    *ret = out.data;
    *ret_size = out.size;
    return WEIR_OK;
  }
  int length = out.size < INT_MAX ? (int)out.size : INT_MAX;
  diag_set(d, WEIR_ERR_MALFORMED, "%.*s", length, (const char *)out.data);
  weir_engine_bytes_free(out.data, out.size);
  return WEIR_ERR_MALFORMED;
}

void eng_bytes_free(uint8_t *bytes, size_t size) {
  weir_engine_bytes_free(bytes, size);
}
