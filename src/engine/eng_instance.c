/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Instances and their externs: memories, tables, functions of the host.
 *
 * The objects of eng.h are Wasmtime's own structs kept as bits; the assertions below hold the two together. Wasmtime
 * aborts when an object meets a store that is not its own; the runtime never mixes stores.
 */
#include "engine/eng.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "engine/eng_private.h"

static_assert(sizeof(((struct eng_extern *)0)->bits) >= sizeof(wasmtime_extern_t), "eng_extern");
static_assert(sizeof(struct eng_func) == sizeof(wasmtime_func_t), "eng_func");
static_assert(sizeof(struct eng_memory) == sizeof(wasmtime_memory_t), "eng_memory");
static_assert(sizeof(struct eng_table) == sizeof(wasmtime_table_t), "eng_table");
static_assert(sizeof(struct eng_instance) == sizeof(wasmtime_instance_t), "eng_instance");
static_assert(sizeof(union eng_val) == sizeof(wasmtime_val_raw_t), "eng_val");

/* ---- externs --------------------------------------------------------------------------------------------------- */

static const uint8_t kinds[] = {[WASMTIME_EXTERN_FUNC] = ENG_FUNC,           [WASMTIME_EXTERN_GLOBAL] = ENG_GLOBAL,
                                [WASMTIME_EXTERN_TABLE] = ENG_TABLE,         [WASMTIME_EXTERN_MEMORY] = ENG_MEMORY,
                                [WASMTIME_EXTERN_SHAREDMEMORY] = ENG_MEMORY, [WASMTIME_EXTERN_TAG] = ENG_TAG};

static void extern_pack(const wasmtime_extern_t *from, struct eng_extern *ret) {
  memset(ret, 0, sizeof(*ret));
  ret->kind = kinds[from->kind];
  memcpy(ret->bits, from, sizeof(*from));
}

static wasmtime_extern_t extern_unpack(const struct eng_extern *x) {
  wasmtime_extern_t out;
  memcpy(&out, x->bits, sizeof(out));
  return out;
}

struct eng_func eng_extern_func(const struct eng_extern *x) {
  wasmtime_extern_t w = extern_unpack(x);
  struct eng_func out;
  memcpy(&out, &w.of.func, sizeof(out));
  return out;
}

struct eng_memory eng_extern_memory(const struct eng_extern *x) {
  wasmtime_extern_t w = extern_unpack(x);
  struct eng_memory out;
  memcpy(&out, &w.of.memory, sizeof(out));
  return out;
}

struct eng_table eng_extern_table(const struct eng_extern *x) {
  wasmtime_extern_t w = extern_unpack(x);
  struct eng_table out;
  memcpy(&out, &w.of.table, sizeof(out));
  return out;
}

/* ---- host functions -------------------------------------------------------------------------------------------- */

static wasm_valkind_t valkind_of(uint8_t type) {
  switch (type) {
    case ENG_I32:
      return WASM_I32;
    case ENG_I64:
      return WASM_I64;
    case ENG_F32:
      return WASM_F32;
    default:
      return WASM_F64;
  }
}

static void valtypes_new(wasm_valtype_vec_t *ret, const uint8_t *types, uint32_t count) {
  wasm_valtype_vec_new_uninitialized(ret, count);
  for (uint32_t i = 0; i < count; i++)
    ret->data[i] = wasm_valtype_new(valkind_of(types[i]));
}

struct eng_signature *eng_signature_new(const uint8_t *params, uint32_t param_count, const uint8_t *results,
                                        uint32_t result_count) {
  struct eng_signature *sig = mem_zalloc(&mem_system, sizeof(*sig));
  if (!sig)
    return NULL;
  wasm_valtype_vec_t p, r;
  valtypes_new(&p, params, param_count);
  valtypes_new(&r, results, result_count);
  sig->type = wasm_functype_new(&p, &r);
  return sig;
}

void eng_signature_free(struct eng_signature *s) {
  if (!s)
    return;
  wasm_functype_delete(s->type);
  mem_free(&mem_system, s, sizeof(*s));
}

static wasm_trap_t *host_call(void *env, wasmtime_caller_t *caller, wasmtime_val_raw_t *vals, size_t count) {
  (void)caller;
  (void)count;
  struct eng_host *host = env;
  return host->fn(host, (union eng_val *)(void *)vals);
}

void eng_host_func(struct eng_store *s, const struct eng_signature *sig, struct eng_host *host,
                   struct eng_extern *ret) {
  wasmtime_extern_t out = {.kind = WASMTIME_EXTERN_FUNC};
  wasmtime_func_new_unchecked(s->cx, sig->type, host_call, host, NULL, &out.of.func);
  extern_pack(&out, ret);
}

/* ---- instances ------------------------------------------------------------------------------------------------- */

/*
 * A start function suspends on a stack of Wasmtime's, so control comes back here. The job suspends in turn, and both go
 * on when the job is resumed.
 */
static bool start_wait(void *env) {
  struct eng_store *s = env;
  struct eng_stack *stack = s->current;
  if (!stack || eng_suspend(s) != WEIR_OK)
    return false;
  stack->resumed = true;
  return true;
}

static bool on_dropped_stack(const struct eng_store *s) {
  return s->current && s->current->dropping;
}

/* Wasmtime's message says what was too much, but not the limit. */
static void limit_prefix(const struct eng_store *s, struct diag *d) {
  const struct eng_store_limits *l = &s->limits;
  bool memory_sum = s->limiter.memory_sum.refused, table_sum = s->limiter.table_sum.refused;
  const struct {
    const char *words, *name;
    uint64_t value;
  } all[] = {
      {"memory minimum", memory_sum ? "max_total_memory_bytes" : "max_memory_bytes",
       memory_sum ? l->total_memory_bytes : l->memory_bytes},
      {"table minimum", table_sum ? "max_total_table_elements" : "max_table_elements",
       table_sum ? l->total_table_elements : l->table_elements},
      {"instance count", "max_instances", l->instances},
      {"memory count", "max_memories", l->memories},
      {"table count", "max_tables", l->tables},
  };
  for (size_t i = 0; d && i < sizeof(all) / sizeof(all[0]); i++)
    if (strstr(diag_message(d), all[i].words))
      diag_prefix(d, "%s is %llu: ", all[i].name, (unsigned long long)all[i].value);
}

/* Wasmtime instantiates on the spot only while the store has no asynchronous function and none of its stacks runs. */
static weir_status instance_make(struct eng_store *s, const wasmtime_module_t *m, const wasmtime_extern_t *imports,
                                 uint32_t count, wasmtime_instance_t *ret, struct diag *d) {
  wasm_trap_t *trap = NULL;
  wasmtime_error_t *error;
  struct eng_room room = s->room;
  if (s->has_runner) {
    s->room = room_unknown;
    error = weir_engine_instantiate(s->cx, m, imports, count, ret, start_wait, s);
    s->room = on_dropped_stack(s) ? room_none : room;
  } else {
    error = wasmtime_instance_new(s->cx, m, imports, count, ret, &trap);
  }
  if (!error && !trap)
    return WEIR_OK;
  weir_engine_clear_exception(s->cx);
  if (on_dropped_stack(s)) {
    trap_take(s, trap, error, NULL);
    return diag_set(d, WEIR_ERR_CANCELLED, "instantiation was cancelled");
  }
  weir_status status = trap_take_error(trap, error, WEIR_ERR_LINK, d);
  if (status == WEIR_ERR_LIMIT)
    limit_prefix(s, d);
  return status;
}

weir_status eng_instantiate(struct eng_store *s, const struct eng_module *m, const struct eng_extern *imports,
                            uint32_t import_count, struct eng_instance *ret, struct diag *d) {
  enum { FEW = 48 };
  wasmtime_extern_t few[FEW], *all = few;
  if (!room_left(s))
    WEIR_TRY(room_check(s, d));
  if (import_count > FEW && !(all = mem_array(s->engine->alloc, import_count, sizeof(*all))))
    return diag_nomem(d);
  for (uint32_t i = 0; i < import_count; i++)
    all[i] = extern_unpack(&imports[i]);
  wasmtime_instance_t instance;
  weir_status status = instance_make(s, m->module, all, import_count, &instance, d);
  if (all != few)
    mem_free(s->engine->alloc, all, import_count * sizeof(*all));
  if (status == WEIR_OK)
    memcpy(ret, &instance, sizeof(*ret));
  return status;
}

static uint64_t raised(uint64_t bound, uint32_t by) {
  return bound < UINT64_MAX - by ? bound + by : bound;
}

/* Wasmtime asks for the numbers when it is given the limiter, and counts an instance before it makes the instance. */
static void raise_counts(struct eng_store *s, uint32_t instances, uint32_t memories) {
  s->limiter.instances = raised(s->limiter.instances, instances);
  s->limiter.memories = raised(s->limiter.memories, memories);
  weir_engine_limit(s->store, &s->limiter);
}

weir_status eng_instantiate_uncounted(struct eng_store *s, const struct eng_module *m, uint32_t memories,
                                      const struct eng_extern *imports, uint32_t import_count, struct eng_instance *ret,
                                      struct diag *d) {
  struct eng_limiter before = s->limiter;
  if (!s->limited)
    return eng_instantiate(s, m, imports, import_count, ret, d);
  s->limiter.memory_sum.bound = s->limiter.memory_bytes = UINT64_MAX;
  raise_counts(s, 1, memories);
  weir_status status = eng_instantiate(s, m, imports, import_count, ret, d);
  s->limiter.memory_sum = before.memory_sum;
  s->limiter.memory_bytes = before.memory_bytes;
  return status;
}

bool eng_instance_export(struct eng_store *s, const struct eng_instance *i, struct str name, struct eng_extern *ret) {
  wasmtime_instance_t instance;
  memcpy(&instance, i, sizeof(instance));
  wasmtime_extern_t out;
  if (!wasmtime_instance_export_get(s->cx, &instance, name.data, name.size, &out))
    return false;
  extern_pack(&out, ret);
  return true;
}

/* ---- memories -------------------------------------------------------------------------------------------------- */

static const wasmtime_memory_t *memory_of(const struct eng_memory *m) {
  return (const wasmtime_memory_t *)(const void *)m->bits;
}

bool eng_memory_same(const struct eng_memory *a, const struct eng_memory *b) {
  const wasmtime_memory_t *x = memory_of(a), *y = memory_of(b);
  return x->store_id == y->store_id && x->__private1 == y->__private1 && x->__private2 == y->__private2;
}

uint64_t eng_memory_number(const struct eng_memory *m) {
  const wasmtime_memory_t *memory = memory_of(m);
  return (uint64_t)memory->__private1 << 32 | memory->__private2;
}

bool eng_memory_is64(struct eng_store *s, const struct eng_memory *m) {
  wasm_memorytype_t *type = wasmtime_memory_type(s->cx, memory_of(m));
  bool is64 = wasmtime_memorytype_is64(type);
  wasm_memorytype_delete(type);
  return is64;
}

uint8_t *eng_memory_view(struct eng_store *s, const struct eng_memory *m, size_t *ret_size) {
  *ret_size = wasmtime_memory_data_size(s->cx, memory_of(m));
  return wasmtime_memory_data(s->cx, memory_of(m));
}

/* ---- globals --------------------------------------------------------------------------------------------------- */

weir_status eng_global_set_func(struct eng_store *s, const struct eng_extern *global, const struct eng_func *f,
                                struct diag *d) {
  wasmtime_extern_t to = extern_unpack(global);
  wasmtime_val_t val = {.kind = WASMTIME_FUNCREF};
  memcpy(&val.of.funcref, f, sizeof(*f));
  wasmtime_error_t *error = wasmtime_global_set(s->cx, &to.of.global, &val);
  return error ? trap_take_error(NULL, error, WEIR_ERR_INVALID, d) : WEIR_OK;
}

/* ---- tables ---------------------------------------------------------------------------------------------------- */

static bool has_thread_signature(struct eng_store *s, const wasmtime_func_t *f, bool is64) {
  wasm_functype_t *type = wasmtime_func_type(s->cx, f);
  const wasm_valtype_vec_t *params = wasm_functype_params(type);
  bool fits = params->size == 1 && wasm_functype_results(type)->size == 0 &&
              wasm_valtype_kind(params->data[0]) == (is64 ? WASM_I64 : WASM_I32);
  wasm_functype_delete(type);
  return fits;
}

weir_status eng_table_func(struct eng_store *s, const struct eng_table *t, uint64_t i, bool is64, struct eng_func *ret,
                           struct diag *d) {
  wasmtime_table_t table;
  memcpy(&table, t, sizeof(table));
  wasmtime_val_t val;
  if (!wasmtime_table_get(s->cx, &table, i, &val))
    return trap_code(WASMTIME_TRAP_CODE_TABLE_OUT_OF_BOUNDS, d);
  if (val.kind != WASMTIME_FUNCREF) {
    wasmtime_val_unroot(&val);
    return trap_code(WASMTIME_TRAP_CODE_BAD_SIGNATURE, d);
  }
  if (wasmtime_funcref_is_null(&val.of.funcref))
    return trap_code(WASMTIME_TRAP_CODE_INDIRECT_CALL_TO_NULL, d);
  if (!has_thread_signature(s, &val.of.funcref, is64))
    return trap_code(WASMTIME_TRAP_CODE_BAD_SIGNATURE, d);
  memcpy(ret, &val.of.funcref, sizeof(*ret));
  return WEIR_OK;
}
