/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The object behind weir/code.h: a component's bytes, the graph linked from them, and its compiled core modules.
 * Immutable once made; components are thin wrappers of it (component.h).
 */
#ifndef LOAD_CODE_H
#define LOAD_CODE_H

#include <stdatomic.h>

#include "adapter/fused.h"
#include "base/arena.h"
#include "component/graph.h"
#include "engine/sha256.h"
#include "load/engine.h"
#include "weir/code.h"

struct weir_code {
  weir_engine *engine;
  atomic_uint holders;
  struct arena arena;   /* the graph and everything below */
  const uint8_t *bytes; /* the component's binary form */
  size_t size;
  bool stripped;               /* `bytes` are without the code of core modules (code_strip.h), */
  uint8_t digest[SHA256_SIZE]; /* and this is of the component as it was */
  const struct ast_component *ast;
  struct graph *graph;
  struct eng_module **modules; /* by graph.modules, NULL for the host's; NULL: the code is only inspected */
  uint32_t *own;               /* the module's index into graph.modules */
  uint32_t own_count;
  struct eng_signature **signatures; /* by graph.trampolines; several may be the same object */
  struct eng_signature **made;       /* the distinct ones */
  uint32_t made_count;
  struct fused *fused;                 /* NULL: its core modules are compiled one by one */
  struct eng_module *fused_module;     /* with `fused`: all of them, and the adapters; `modules` are all NULL then */
  struct adapter_plan *adapters;       /* NULL where the engine has none */
  struct eng_module **adapter_modules; /* by adapters->groups */
  struct eng_signature *helper_signatures[ADAPTER_HELPER_COUNT]; /* NULL where there are no adapters */
};

/* Validates, links and compiles a component in binary or text form. */
weir_status code_compile(weir_engine *engine, const uint8_t *bytes, size_t size, weir_code **ret, struct diag *d);

/* The same without compiling: to inspect it. */
weir_status code_inspect(weir_engine *engine, const uint8_t *bytes, size_t size, weir_code **ret, struct diag *d);
bool code_is_compiled(const weir_code *code);

/*
 * Code around modules that are compiled already; the bytes were valid then. `source` gives the graph's modules without
 * the imported ones, in order, and then the modules of adapters, each for its bytes.
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
 * Whether a host's module may stand for the imported graph.modules[index]; `skeleton` is the module's skeleton_write().
 * WEIR_ERR_LINK with the validator's words: an export is missing, or a type differs; WEIR_ERR_UNSUPPORTED,
 * WEIR_ERR_NOMEM.
 */
weir_status code_check_module(const weir_code *code, uint32_t index, struct str skeleton, struct diag *d);

/* ---- artefacts (code_artefact.c) --------------------------------------------------------------------------------- */

/* All modules of the code: the graph's without the imported ones, and the modules of adapters. */
uint32_t code_module_count(const weir_code *code);
struct eng_module *code_module(const weir_code *code, uint32_t index);
struct str code_module_bytes(const weir_code *code, uint32_t index);

/* WEIR_ERR_MISUSE: the code does not have the component that it was compiled from. */
weir_status code_check_whole(const weir_code *code, struct diag *d);
/* SHA-256 of the component's binary form, also where the code has it no more. */
void code_digest(const weir_code *code, uint8_t ret[SHA256_SIZE]);

/* A text that is equal for two engines if one may take over the other's code: version of weir, engine, features. */
void code_fingerprint(const weir_engine *engine, struct text *out);

/* The functions of weir/code.h, with a diag. */
weir_status code_serialize(const weir_code *code, void **ret, size_t *ret_size, struct diag *d);
weir_status code_deserialize(weir_engine *engine, const uint8_t *bytes, size_t size, weir_code **ret, struct diag *d);
/* The same for the component, in binary form, that it must be the code of (WEIR_ERR_MALFORMED): that is whole then. */
weir_status code_deserialize_for(weir_engine *engine, struct str component, const uint8_t *bytes, size_t size,
                                 weir_code **ret, struct diag *d);

#endif
