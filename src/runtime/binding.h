/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What an instantiation is given: compiled modules, and what a host binds to the imports. */
#ifndef RUNTIME_BINDING_H
#define RUNTIME_BINDING_H

#include "runtime/state.h"

struct root_resource { /* what a host gives for an imported resource type */
  void (*drop)(void *data, uint64_t rep);
  void *data;
  const void *type; /* identity */
};

/* What an instantiation needs; all arrays are borrowed, those marked * for as long as the root lives. */
struct root_binding {
  const struct graph *graph;                      /* * */
  struct eng_module *const *modules;              /* by graph.modules; those of imported ones are the host's */
  struct eng_signature *const *signatures;        /* * by graph.trampolines */
  struct rt_host_func *const *host_funcs;         /* * by graph.host_funcs; NULL where not used */
  const struct root_resource *resources;          /* by graph.resources; only imported ones are read */
  const struct adapter_plan *adapters;            /* * NULL: none; the next two are for it alone */
  struct eng_module *const *adapter_modules;      /* * by adapters->groups */
  struct eng_signature *const *helper_signatures; /* * by enum adapter_helper */
  bool adapters_at_once;                          /* late adapters are made with the root */
  /*
   * * NULL: `modules` and `adapter_modules` are instantiated. Otherwise `fused_module`, which has all of them in it;
   * then there are adapters.
   */
  const struct fused *fused;
  const struct eng_module *fused_module;
  bool outside;    /* calls that are inside of a fused module and have a way outside take it */
  bool reentrance; /* calls may enter an instance that is entered already (the later text) */
  void *owner;
};

#endif
