/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Runs core modules twice, wired one to another and instantiated one after another, and merged into one module: what
 * can be observed is written down as text, so that two runs are compared as two texts.
 *
 * Conventions. An import of the module "host" comes from the host module, which is instantiated in both ways before all
 * others, and may import `log: (i32) -> ()` from "c". Any other import is looked up in the instance's `deps`, one
 * letter an import module: "a0b2" wires imports of "a" to instance 0 and of "b" to instance 2. Exports whose names
 * begin with `c` are functions (i32) -> (i32), which are called, and may log RUN_LOGS times; `m` are memories, which
 * are compared; others are for wiring.
 */
#ifndef SUPPORT_MERGE_RUN_H
#define SUPPORT_MERGE_RUN_H

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "engine/eng.h"
#include "fuse/merge.h"
#include "wasm/module.h"

enum { RUN_INSTANCES = 12, RUN_MODULES = 8, RUN_IMPORTS = 64, RUN_EXPORTS = 512, RUN_LOGS = 60 };

struct run_instance {
  uint32_t module;
  char deps[2 * RUN_INSTANCES + 1];
};

struct run_case {
  struct merge_module modules[RUN_MODULES];
  uint32_t module_count;
  struct merge_module host;
  struct run_instance instances[RUN_INSTANCES];
  uint32_t instance_count;
  uint32_t calls; /* how often each function is called */
};

struct run_log {
  struct eng_host host; /* first */
  struct text *out;
  uint32_t left;
};

struct run {
  const struct run_case *c;
  struct eng *engine;
  struct eng_store *store;
  struct eng_instance host;
  struct run_log log;
  struct text *out;
};

static struct wasm_trap_t *run_log_call(struct eng_host *host, union eng_val *vals) {
  struct run_log *log = (struct run_log *)(void *)host;
  if (log->left == 0)
    return eng_trap("too many calls", 14);
  log->left--;
  text_printf(log->out, "log %u\n", (unsigned)vals[0].u32);
  return NULL;
}

static void run_require(bool condition, const char *what, const struct diag *d) {
  if (condition)
    return;
  fprintf(stderr, "merge_run: %s: %s\n", what, d ? diag_message(d) : "");
  abort();
}

static struct eng_module *run_compile(struct run *r, const uint8_t *data, size_t size, const char *what) {
  struct diag d;
  struct eng_module *module;
  diag_init(&d);
  run_require(eng_module_compile(r->engine, data, size, &module, &d) == WEIR_OK, what, &d);
  diag_done(&d);
  return module;
}

static void run_begin(struct run *r, const struct run_case *c, struct eng *engine, struct text *out) {
  struct diag d;
  diag_init(&d);
  *r = (struct run){.c = c, .engine = engine, .out = out};
  run_require(eng_store_new(engine, NULL, &r->store, &d) == WEIR_OK, "store", &d);
  uint8_t param = ENG_I32;
  struct eng_signature *sig = eng_signature_new(&param, 1, NULL, 0);
  struct eng_extern log;
  r->log.host.fn = run_log_call;
  r->log.out = out;
  r->log.left = RUN_LOGS;
  eng_host_func(r->store, sig, &r->log.host, &log);
  eng_signature_free(sig);
  struct eng_module *host = run_compile(r, c->host.data, c->host.size, "host module");
  uint32_t imports = eng_module_import_count(host);
  run_require(eng_instantiate(r->store, host, &log, imports, &r->host, &d) == WEIR_OK, "host instance", &d);
  eng_module_unref(host);
  diag_done(&d);
}

static void run_end(struct run *r) {
  eng_store_free(r->store);
}

/* ---- what is observed ------------------------------------------------------------------------------------------ */

static void run_print_status(struct run *r, const char *what, weir_status status, const struct diag *d) {
  text_printf(r->out, "%s: %s\n", what, status == WEIR_OK ? "ok" : diag_message(d));
}

static void run_print_memory(struct run *r, const struct eng_memory *memory) {
  size_t size;
  const uint8_t *data = eng_memory_view(r->store, memory, &size);
  uint64_t sum = 0;
  for (size_t i = 0; i < size; i++)
    if (data[i] != 0)
      sum = sum * 31 + i * 257 + data[i];
  text_printf(r->out, "memory of %zu: %llx\n", size, (unsigned long long)sum);
}

static void run_print_call(struct run *r, const struct eng_func *func, uint32_t arg) {
  struct diag d;
  union eng_val val = {.u32 = arg};
  r->log.left = RUN_LOGS;
  diag_init(&d);
  weir_status status = eng_call(r->store, func, &val, 1, &d);
  if (status == WEIR_OK)
    text_printf(r->out, "%u -> %u\n", (unsigned)arg, (unsigned)val.u32);
  else
    run_print_status(r, "call", status, &d);
  diag_done(&d);
}

static void run_print_export(struct run *r, struct str shown, const struct eng_extern *item) {
  text_printf(r->out, STR_FMT ": ", STR_ARG(shown));
  if (item->kind == ENG_MEMORY) {
    struct eng_memory memory = eng_extern_memory(item);
    run_print_memory(r, &memory);
  } else if (item->kind == ENG_FUNC) {
    struct eng_func func = eng_extern_func(item);
    for (uint32_t i = 0; i < r->c->calls; i++)
      run_print_call(r, &func, i);
  }
}

static bool run_observed(struct str name) {
  return name.size != 0 && (name.data[0] == 'c' || name.data[0] == 'm');
}

static void run_print_host(struct run *r) {
  struct eng_extern item;
  if (eng_instance_export(r->store, &r->host, STR("m"), &item))
    run_print_export(r, STR("host m"), &item);
  if (eng_instance_export(r->store, &r->host, STR("c"), &item))
    run_print_export(r, STR("host c"), &item);
}

static void run_exports(struct arena *arena, const struct run_case *c, uint32_t instance, struct core_module *ret) {
  const struct merge_module *module = &c->modules[c->instances[instance].module];
  struct core_bytes bytes = {module->data, module->size};
  run_require(core_module_read(arena, &bytes, ret, NULL) == WEIR_OK, "exports", NULL);
}

/* ---- one after another ----------------------------------------------------------------------------------------- */

static uint32_t run_dep(const struct run_case *c, uint32_t instance, struct str name) {
  for (const char *dep = c->instances[instance].deps; *dep != '\0'; dep += 2)
    if (name.size == 1 && name.data[0] == *dep)
      return (uint32_t)(dep[1] - '0');
  run_require(false, "an import has no source", NULL);
  return 0;
}

static bool run_is_host(struct str module) {
  return str_eq(module, STR("host"));
}

static void run_imports(struct run *r, uint32_t instance, const struct eng_module *module,
                        const struct eng_instance *made, struct eng_extern *ret) {
  uint32_t count = eng_module_import_count(module);
  run_require(count <= RUN_IMPORTS, "too many imports", NULL);
  for (uint32_t i = 0; i < count; i++) {
    const struct eng_import *import = eng_module_import(module, i);
    const struct eng_instance *from =
        run_is_host(import->module) ? &r->host : &made[run_dep(r->c, instance, import->module)];
    run_require(eng_instance_export(r->store, from, import->name, &ret[i]), "an export is missing", NULL);
  }
}

static bool run_make_instances(struct run *r, struct eng_instance *made) {
  for (uint32_t i = 0; i < r->c->instance_count; i++) {
    const struct merge_module *from = &r->c->modules[r->c->instances[i].module];
    struct eng_module *module = run_compile(r, from->data, from->size, "module");
    struct eng_extern imports[RUN_IMPORTS];
    struct diag d;
    diag_init(&d);
    run_imports(r, i, module, made, imports);
    weir_status status = eng_instantiate(r->store, module, imports, eng_module_import_count(module), &made[i], &d);
    eng_module_unref(module);
    if (status != WEIR_OK || i + 1 == r->c->instance_count)
      run_print_status(r, "instantiated", status, &d);
    diag_done(&d);
    if (status != WEIR_OK)
      return false;
  }
  return true;
}

static void run_separately(const struct run_case *c, struct eng *engine, struct text *out) {
  struct run r;
  struct eng_instance made[RUN_INSTANCES];
  run_begin(&r, c, engine, out);
  bool ok = run_make_instances(&r, made);
  for (uint32_t n = 0; ok && n < c->instance_count; n++) {
    struct arena arena;
    struct core_module module;
    arena_init(&arena, &mem_system);
    run_exports(&arena, c, n, &module);
    for (uint32_t i = 0; i < module.exports.count; i++) {
      struct eng_extern item;
      if (run_observed(module.exports.data[i].name) &&
          eng_instance_export(r.store, &made[n], module.exports.data[i].name, &item))
        run_print_export(&r, module.exports.data[i].name, &item);
    }
    arena_done(&arena);
  }
  run_print_host(&r);
  run_end(&r);
}

/* ---- merged ---------------------------------------------------------------------------------------------------- */

/* A plan with the storage that it points into. */
struct run_plan {
  struct arena arena;
  struct merge_plan plan;
  struct merge_instance instances[RUN_INSTANCES];
  struct merge_source sources[RUN_INSTANCES][RUN_IMPORTS];
  struct merge_outside outsides[RUN_INSTANCES * RUN_IMPORTS];
  struct merge_export exports[RUN_EXPORTS];
};

static uint32_t run_outside(struct run_plan *p, struct str name) {
  for (uint32_t i = 0; i < p->plan.outside_count; i++)
    if (str_eq(p->outsides[i].name, name))
      return i;
  p->outsides[p->plan.outside_count] = (struct merge_outside){STR("host"), name};
  return p->plan.outside_count++;
}

static void run_plan_instance(const struct run_case *c, struct run_plan *p, uint32_t n) {
  struct core_module module;
  run_exports(&p->arena, c, n, &module);
  run_require(module.imports.count <= RUN_IMPORTS, "too many imports", NULL);
  for (uint32_t i = 0; i < module.imports.count; i++) {
    const struct core_import *import = &module.imports.data[i];
    if (run_is_host(import->module))
      p->sources[n][i] = (struct merge_source){.instance = MERGE_OUTSIDE, .outside = run_outside(p, import->name)};
    else
      p->sources[n][i] = (struct merge_source){.instance = run_dep(c, n, import->module), .name = import->name};
  }
  p->instances[n] = (struct merge_instance){c->instances[n].module, p->sources[n], module.imports.count,
                                            arena_printf(&p->arena, "%u/", (unsigned)n)};
  for (uint32_t i = 0; i < module.exports.count; i++) {
    struct str name = module.exports.data[i].name;
    if (!run_observed(name))
      continue;
    run_require(p->plan.export_count < RUN_EXPORTS, "too many exports", NULL);
    p->exports[p->plan.export_count++] = (struct merge_export){
        arena_printf(&p->arena, "%u:" STR_FMT, (unsigned)n, STR_ARG(name)), {.instance = n, .name = name}};
  }
}

static struct run_plan *run_plan_new(const struct run_case *c) {
  struct run_plan *p = calloc(1, sizeof(*p));
  run_require(p, "memory", NULL);
  arena_init(&p->arena, &mem_system);
  for (uint32_t n = 0; n < c->instance_count; n++)
    run_plan_instance(c, p, n);
  p->plan.modules = c->modules;
  p->plan.module_count = c->module_count;
  p->plan.instances = p->instances;
  p->plan.instance_count = c->instance_count;
  p->plan.outsides = p->outsides;
  p->plan.exports = p->exports;
  return p;
}

static void run_plan_free(struct run_plan *p) {
  arena_done(&p->arena);
  free(p);
}

static bool run_make_merged(struct run *r, const struct eng_module *module, struct eng_instance *ret) {
  struct eng_extern imports[RUN_INSTANCES * RUN_IMPORTS];
  uint32_t count = eng_module_import_count(module);
  struct diag d;
  diag_init(&d);
  for (uint32_t i = 0; i < count; i++)
    run_require(eng_instance_export(r->store, &r->host, eng_module_import(module, i)->name, &imports[i]),
                "the merged module imports something else", NULL);
  weir_status status = eng_instantiate(r->store, module, imports, count, ret, &d);
  run_print_status(r, "instantiated", status, &d);
  diag_done(&d);
  return status == WEIR_OK;
}

/* `merged` is the module that the plan gave. */
static void run_merged(const struct run_case *c, const struct run_plan *p, struct str merged, struct eng *engine,
                       struct text *out) {
  struct run r;
  struct eng_instance instance;
  run_begin(&r, c, engine, out);
  struct eng_module *module = run_compile(&r, (const uint8_t *)merged.data, merged.size, "merged module");
  bool ok = run_make_merged(&r, module, &instance);
  for (uint32_t i = 0; ok && i < p->plan.export_count; i++) {
    struct eng_extern item;
    run_require(eng_instance_export(r.store, &instance, p->exports[i].name, &item), "an export was lost", NULL);
    run_print_export(&r, p->exports[i].source.name, &item);
  }
  run_print_host(&r);
  eng_module_unref(module);
  run_end(&r);
}

#endif
