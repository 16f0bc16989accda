/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The object behind weir/code.h: a component's bytes, the graph linked from them, and its compiled core modules.
 * Immutable once made; components are thin wrappers of it (component.h).
 */
#ifndef LOAD_CODE_H
#define LOAD_CODE_H

#include <stdatomic.h>

#include "adapter/adapter.h"
#include "base/arena.h"
#include "component/graph.h"
#include "load/engine.h"
#include "weir/code.h"

struct weir_code {
  weir_engine *engine;
  atomic_uint holders;
  struct arena arena;   /* the graph and everything below */
  const uint8_t *bytes; /* the component's binary form */
  size_t size;
  const struct ast_component *ast;
  struct graph *graph;
  struct eng_module **modules; /* by graph.modules, NULL for those that the host gives; NULL: it is only looked at */
  uint32_t *own;               /* the others: which of graph.modules */
  uint32_t own_count;
  struct eng_signature **signatures; /* by graph.trampolines; several may be the same object */
  struct eng_signature **made;       /* the distinct ones */
  uint32_t made_count;
  struct adapter_plan *adapters;                                 /* NULL where the engine has none */
  struct eng_module **adapter_modules;                           /* by adapters->groups */
  struct eng_signature *helper_signatures[ADAPTER_HELPER_COUNT]; /* NULL where there are no adapters */
};

/* Validates, links and compiles a component in binary or text form. */
weir_status code_compile(weir_engine *engine, const uint8_t *bytes, size_t size, weir_code **ret, struct diag *d);

/* The same without compiling: for looking at. */
weir_status code_inspect(weir_engine *engine, const uint8_t *bytes, size_t size, weir_code **ret, struct diag *d);
bool code_is_compiled(const weir_code *code);

/*
 * Code around modules that are compiled already, for bytes that were valid when they were. `source` gives the modules
 * of the graph that are not imported, in order, and then those of adapters: these bytes are the module.
 */
struct code_source;
typedef weir_status code_module_fn(struct code_source *source, struct str bytes, uint32_t index,
                                   struct eng_module **ret, struct diag *d);
struct code_source {
  code_module_fn *module;
};
weir_status code_assemble(weir_engine *engine, const uint8_t *bytes, size_t size, struct code_source *source,
                          weir_code **ret, struct diag *d);

/* ---- modules from outside (code_import.c) ------------------------------------------------------------------------ */

/*
 * Whether a host's module, of which `skeleton` is what skeleton_write() leaves, may stand for graph.modules[index],
 * which is imported. WEIR_ERR_LINK with the validator's words: what is missing or of another type;
 * WEIR_ERR_UNSUPPORTED, WEIR_ERR_NOMEM.
 */
weir_status code_check_module(const weir_code *code, uint32_t index, struct str skeleton, struct diag *d);

/* ---- artefacts (code_artefact.c) --------------------------------------------------------------------------------- */

/* All modules that are compiled with the code: those of the graph that are not imported, and those of adapters. */
uint32_t code_module_count(const weir_code *code);
struct eng_module *code_module(const weir_code *code, uint32_t index);
struct str code_module_bytes(const weir_code *code, uint32_t index);

/* What must be equal for code of one engine to be right for another, as text: version of weir, engine, features. */
void code_fingerprint(const weir_engine *engine, struct text *out);

/* The functions of weir/code.h, with a diag. */
weir_status code_serialize(const weir_code *code, void **ret, size_t *ret_size, struct diag *d);
weir_status code_deserialize(weir_engine *engine, const uint8_t *bytes, size_t size, weir_code **ret, struct diag *d);

#endif
