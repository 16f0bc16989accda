/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The linker behind weir/linker.h: definitions by interface and name, each counted since instances keep them. The
 * definitions of one interface in one version are a set, and one set serves a whole import: what was made for different
 * versions never meets, so that a representation is only seen by those that know what it means.
 */
#ifndef EMBED_LINKER_H
#define EMBED_LINKER_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/text.h"
#include "base/vec.h"
#include "component/graph.h"
#include "load/engine.h"
#include "weir/flat.h"
#include "weir/linker.h"
#include "weir/resource.h"

enum linker_kind { LINKER_FUNC, LINKER_RESOURCE, LINKER_MODULE };

struct linker_def {
  const struct weir_alloc *alloc;
  atomic_uint holders;
  struct arena arena; /* names and the type */
  struct str interface_name, name;
  enum linker_kind kind;
  const struct func_type *type; /* NULL: any */
  weir_host_fn fn;
  weir_flat_fn flat; /* in place of fn: all scalars */
  bool may_wait;     /* of synchronous type: weir_linker_let_wait() */
  weir_resource_drop_fn drop;
  struct eng_module *module; /* held */
  struct str skeleton;       /* of the module: skeleton_write(), */
  struct str binary;         /* and its bytes, for records */
  void *data;
  void (*free)(void *data);
};

/* What is defined in one interface; `interface_name` has the version, and is "" for what is imported by itself. */
struct linker_set {
  struct str interface_name; /* the linker's copy */
  struct str base;           /* of it: the name without the version */
  VEC(struct linker_def *) defs;
};

struct weir_linker {
  atomic_uint holders;
  weir_engine *engine;
  struct arena names; /* of the sets */
  VEC(struct linker_set) sets;
  bool any_may_wait;
  /* The id of the component that was checked last, with these definitions and without a complaint; 0: none. */
  atomic_uint_fast64_t served;
};

/* ---- linker_def.c ------------------------------------------------------------------------------------------------ */

/* An empty definition with one holder; NULL: out of memory. */
struct linker_def *linker_def_new(const struct weir_alloc *alloc);
struct linker_def *linker_def_ref(struct linker_def *def);
/* The last holder's releases what the definition owns. NULL allowed. */
void linker_def_unref(struct linker_def *def);

/* ---- linker.c ---------------------------------------------------------------------------------------------------- */

/*
 * Adds `template` under a name, its skeleton and bytes copied; takes what it owns (callbacks, module) only on success.
 * Raises the error.
 */
weir_status linker_define(weir_linker *l, const char *interface_name, const char *name, const char *signature,
                          const struct linker_def *template, weir_error **ret_error);

/* ---- linker_set.c ------------------------------------------------------------------------------------------------ */

/* Puts a definition into its set, in place of one of the same name. false: out of memory, and nothing has changed. */
bool linker_add(weir_linker *l, struct linker_def *def);

/* The set that serves an import: of the exact version, else of the highest compatible one. NULL: none does. */
const struct linker_set *linker_serving(const weir_linker *l, struct str interface_name);
/* The same for imports one after another: those of one interface follow each other. Begin with the linker alone. */
struct serving {
  const weir_linker *linker;
  struct str interface_name; /* that was asked for last; no data: none was */
  const struct linker_set *set;
};
const struct linker_set *linker_set_serving(struct serving *s, struct str interface_name);
/* The one of just that name; NULL: none. */
const struct linker_set *linker_set_named(const weir_linker *l, struct str interface_name);

/* One of a set, which may be NULL; NULL: none. */
struct linker_def *linker_set_find(const struct linker_set *set, struct str name, enum linker_kind kind);

/* Whether any interface has a resource of that name. */
bool linker_has_resource(const weir_linker *l, struct str name);

/*
 * The resource that the signature of `def` means by a name: the one of its own interface, else of the interface that is
 * nearest to it: of the same version, of the same package. NULL: there is none, or several are as near.
 */
const struct linker_def *linker_resource_meant(const weir_linker *l, const struct linker_def *def, struct str name);

/* Whether a component imports a function that may wait. */
bool linker_may_wait(const weir_linker *l, const weir_component *c);

/* ---- linker_mismatch.c ------------------------------------------------------------------------------------------- */

/* See weir_linker_check_each(). `l` may be NULL: nothing is defined. */
weir_status linker_check_each(const weir_linker *l, const weir_component *c, weir_mismatch_fn mismatch, void *data,
                              struct diag *d);

/* ---- linker_check.c ---------------------------------------------------------------------------------------------- */

/* Checks a component's imports; see weir_linker_check(). */
weir_status linker_check(const weir_linker *l, const weir_component *c, struct diag *d);
/* The same for an instantiation: what was checked last need not be checked again, for as long as nothing is defined. */
weir_status linker_check_once(const weir_linker *l, const weir_component *c, struct diag *d);

#endif
