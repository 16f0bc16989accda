/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The parts of linking: entities (the things that an index can stand for), environments (the index spaces of one scope,
 * and the scope around it), and the linker itself, which collects the graph. Everything is in the linker's scratch
 * arena and dies with it, except the parts in the graph's arena.
 */
#ifndef COMPONENT_LINK_ENV_H
#define COMPONENT_LINK_ENV_H

#include "base/name_index.h"
#include "base/vec.h"
#include "component/ast.h"
#include "component/graph.h"
#include "wasm/module.h"

enum link_kind {
  LINK_CORE_FUNC,
  LINK_CORE_TABLE,
  LINK_CORE_MEMORY,
  LINK_CORE_GLOBAL,
  LINK_CORE_TAG,
  LINK_CORE_TYPE,
  LINK_CORE_MODULE,
  LINK_CORE_INSTANCE,
  LINK_FUNC,
  LINK_COMPONENT,
  LINK_INSTANCE,
  LINK_VALUE_TYPE, /* the rest is in the type index space */
  LINK_FUNC_TYPE,
  LINK_RESOURCE,
  LINK_COMPONENT_TYPE,
  LINK_INSTANCE_TYPE
};

enum { LINK_SPACE_TYPE = LINK_VALUE_TYPE, LINK_SPACES };

struct link_env;
struct link_instance;

struct link_func {
  struct func_ref ref;
  const struct func_type *type;
};

/* A component or a component or instance type, with the scope that its outer aliases start from. */
struct link_closure {
  const struct ast_component *component;
  const struct ast_type *type;
  const struct link_env *env;
};

struct link_module {
  const uint8_t *start; /* identity of a module whose bytes are there */
  size_t size;
  bool imported; /* by the root: only its type is known */
  struct str interface_name, import_name;
  uint32_t index; /* into graph.modules */
  struct core_module info;
};

struct link_module_source { /* exactly one of both */
  const struct core_bytes *bytes;
  const struct link_module *imported;
};

struct link_core_instance { /* exactly one of both */
  const struct link_module *module;
  const struct link_instance *bag; /* inline exports */
  uint32_t index;                  /* with module: into graph.core_instances */
};

struct link_entity {
  enum link_kind kind;
  union {
    const struct core_ref *core; /* CORE_FUNC to CORE_TAG */
    const struct ast_core_type *core_type;
    const struct link_module_source *module;
    const struct link_core_instance *core_instance;
    const struct link_func *func;
    const struct link_closure *closure; /* COMPONENT (NULL: imported by the root) and both types */
    const struct link_instance *instance;
    const struct weir_type *value_type;
    const struct func_type *func_type;
    const struct weir_resource_type *resource;
  } of;
};

struct link_export {
  struct ast_name name;
  struct link_entity what;
};

struct link_instance { /* exports by name; also the arguments of an instantiation */
  VEC(struct link_export) exports;
  struct name_index names;
};

struct link_resource {
  struct graph_resource resource; /* first: a decl pointer is a pointer to this */
  uint8_t rep;                    /* enum core_type */
};

typedef VEC(struct link_entity) link_space;

struct link_env {
  const struct link_env *parent;
  uint32_t instance;                /* component instance; GRAPH_NONE in the scope of a type */
  uint32_t children;                /* instantiated so far */
  const struct link_instance *args; /* NULL: the root, or a type */
  struct link_instance *exports;
  struct link_instance *imports; /* the root's */
  struct str interface_name;     /* in a type of an import: which one */
  link_space spaces[LINK_SPACES];
};

struct linking {
  struct arena *arena; /* the graph's */
  struct arena scratch;
  struct diag *diag;
  struct type_table *types;
  size_t offset;  /* of the definition that is being linked */
  uint32_t units; /* of work and memory that may still be spent */
  uint32_t depth;
  struct name_index module_names;
  VEC(struct link_module *) modules;
  VEC(struct graph_core_instance) core_instances;
  VEC(struct graph_instance) instances;
  VEC(struct graph_lift) lifts;
  VEC(struct graph_trampoline) trampolines;
  VEC(struct link_resource *) resources;
  VEC(struct weir_func) host_funcs;
  VEC(struct graph_step) steps;
};

enum {
  LINK_MAX_INSTANCES = 10000,
  LINK_MAX_CORE_INSTANCES = 100000,
  LINK_MAX_STEPS = 1000000,
  LINK_MAX_DEPTH = 100,
  LINK_MAX_UNITS = 2000000,
  LINK_ENV_UNITS = 16 /* the cost of an environment */
};

#define LINK_PUSH(l, vec, value) (ARENA_PUSH(&(l)->scratch, &(vec), (value)) ? WEIR_OK : diag_nomem((l)->diag))

/* ---- link_env.c -------------------------------------------------------------------------------------------------- */

/* Errors at the place of the current definition. */
weir_status link_invalid(struct linking *l, const char *format, ...) __attribute__((format(printf, 2, 3)));
weir_status link_limit(struct linking *l, const char *what);
weir_status link_unsupported(struct linking *l, const char *what);
/* Pays for `units` definitions, names or fields; WEIR_ERR_LIMIT when there are none left. */
weir_status link_spend(struct linking *l, uint32_t units);
/* The same for looking up or adding a name: long names cost more. */
weir_status link_spend_name(struct linking *l, struct str name);
/* A terminated copy in the graph's arena, which is paid for. */
weir_status link_text(struct linking *l, struct str text, struct str *ret);
/*
 * The interface that the parts of an instance belong to: the instance's name; for an instance inside another both
 * names, with a slash between.
 */
weir_status link_interface_name(struct linking *l, struct str outer, struct str name, struct str *ret);
/* A zeroed scratch object. */
void *link_alloc(struct linking *l, size_t size);

/* The status that a failed type constructor left in the diag. */
weir_status link_failed(const struct linking *l);
weir_status link_step(struct linking *l, enum step_kind kind, uint32_t index);

/* Around everything that recurses. */
weir_status link_enter(struct linking *l);
void link_leave(struct linking *l);

weir_status env_new(struct linking *l, const struct link_env *parent, uint32_t instance, struct link_env **ret);
/* The index space that a sort belongs to; WEIR_ERR_INVALID for values (which are not supported) and unknown sorts. */
weir_status env_space(struct linking *l, enum ast_sort sort, uint32_t *ret);
/* Space of an entity. */
uint32_t entity_space(enum link_kind kind);
weir_status env_push(struct linking *l, struct link_env *env, struct link_entity what);
/* The entity at an index of the space of `sort`. */
weir_status env_get(struct linking *l, const struct link_env *env, enum ast_sort sort, uint32_t index,
                    struct link_entity *ret);
/* The same where only one kind will do. */
weir_status env_get_kind(struct linking *l, const struct link_env *env, enum link_kind kind, uint32_t index,
                         struct link_entity *ret);
/* An optional core definition: AST_NONE gives CORE_REF_NONE. */
weir_status env_get_core(struct linking *l, const struct link_env *env, enum link_kind kind, uint32_t index,
                         struct core_ref *ret);

/* A lifted function is known, in messages, by the first name that it is exported or passed under. */
void lift_name(struct linking *l, const struct link_entity *func, struct str name);

struct link_instance *link_instance_new(struct linking *l);
weir_status link_instance_add(struct linking *l, struct link_instance *instance, const struct ast_name *name,
                              struct link_entity what);
/* NULL where it has no such export. */
const struct link_entity *link_instance_find(const struct link_instance *instance, struct str name);

/* A resource type of no instance and without a name yet. */
weir_status link_resource_new(struct linking *l, struct link_resource **ret);

/* ---- the parts --------------------------------------------------------------------------------------------------- */

/* link_component.c: instantiates a component from within `parent`; `parent` and `args` are NULL for the root only. */
weir_status link_component(struct linking *l, const struct link_closure *component, struct link_env *parent,
                           const struct link_instance *args, struct link_env **ret);
/* link_instance.c: definitions of component instances. */
weir_status link_instance_def(struct linking *l, struct link_env *env, const struct ast_instance *def);
/* link_alias.c */
weir_status link_alias(struct linking *l, struct link_env *env, const struct ast_alias *alias);
/* link_module.c: core modules, of the component and imported by the root. */
weir_status link_module_def(struct linking *l, struct link_env *env, const struct core_bytes *bytes);
weir_status link_module_import(struct linking *l, const struct link_env *env, const struct ast_import *item,
                               struct link_entity *ret);
weir_status link_module_get(struct linking *l, const struct link_entity *entity, const struct link_module **ret);
/* link_core.c: core instances, and what a core reference's memory is like. */
weir_status link_core_instance_def(struct linking *l, struct link_env *env, const struct ast_instance *def);
weir_status core_instance_export(struct linking *l, const struct link_core_instance *instance, enum link_kind kind,
                                 struct str name, struct link_entity *ret);
bool core_memory64(const struct linking *l, const struct core_ref *memory);
/* link_type.c: type definitions. */
weir_status link_type_def(struct linking *l, struct link_env *env, const struct ast_type *type);
weir_status link_value_type(struct linking *l, const struct link_env *env, const struct ast_valtype *type,
                            const struct weir_type **ret);
/* link_extern.c: imports, exports, and the entities that an import's type asks for. */
weir_status link_import(struct linking *l, struct link_env *env, const struct ast_import *import);
weir_status link_export(struct linking *l, struct link_env *env, const struct ast_export *export);
/* link_canon.c */
weir_status link_canon(struct linking *l, struct link_env *env, const struct ast_canon *canon);
/* link_signature.c: the core signature of a built-in, whose fields are filled by now. */
weir_status link_signature(struct linking *l, struct graph_trampoline *trampoline);
/* link_world.c: the root's imports or exports as a tree, with functions. */
weir_status link_world(struct linking *l, struct graph *g, const struct link_instance *from, bool imports,
                       const struct weir_extern **ret);
/* link.c: moves everything into a graph. */
weir_status link_finish(struct linking *l, const struct link_env *root, struct str name, struct graph **ret);

#endif
