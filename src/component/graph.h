/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A component linked symbolically. Linking walks nested components, aliases, instantiations and exports once, and
 * leaves one flat list of steps. Run-time instantiation only walks that list. A module or component that is
 * instantiated twice appears twice. Frozen when made; may be used from every thread.
 *
 * The input has passed validation, so its meaning is trusted, but no index is: an index that leads nowhere is
 * WEIR_ERR_INVALID, not undefined behaviour.
 */
#ifndef COMPONENT_GRAPH_H
#define COMPONENT_GRAPH_H

#include "component/ast.h"
#include "component/types.h"
#include "weir/extern.h"

enum { GRAPH_NONE = UINT32_MAX };

/* A core definition by its place at run time. */
enum core_ref_kind {
  CORE_REF_NONE,
  CORE_REF_EXPORT,    /* export `name` of core instance `index` (graph.core_instances) */
  CORE_REF_TRAMPOLINE /* the core function of graph.trampolines[index] */
};
struct core_ref {
  enum core_ref_kind kind;
  uint32_t index;
  struct str name;
};

struct graph_opts {
  enum ast_encoding encoding;
  struct core_ref memory, realloc, post_return, callback;
  bool async;
  bool memory64; /* pointers are 64-bit */
};

/* A component-level function: lifted in the graph, or a host's. */
enum func_ref_kind { FUNC_REF_LIFT, FUNC_REF_HOST };
struct func_ref {
  enum func_ref_kind kind;
  uint32_t index; /* into graph.lifts or graph.host_funcs */
};

struct graph_module {
  struct str bytes; /* none where it is */
  bool imported;    /* by the root: the host gives the module, and these are the facts of its type */
  struct str interface_name, import_name;
  uint32_t import_count;
  const struct graph_core_name *imports; /* in order, for linking; two names each */
  struct str name;                       /* of the module's name section, or ""; terminated */
  bool has_tags; /* the module defines or imports exception tags; without them its code throws nothing new */
};
struct graph_core_name {
  struct str module, name;
};

struct graph_core_instance {
  uint32_t instance; /* its component instance */
  uint32_t module;
  const struct core_ref *imports; /* in the order of graph_module.imports */
  uint32_t import_count;
};

struct graph_instance { /* one component instance; the root is 0 */
  uint32_t parent;      /* GRAPH_NONE for the root */
  struct str path;      /* for messages: "" at the root, else instance names or numbers joined by "/" */
  bool can_block;       /* the instance has a built-in that can block with core frames on the stack (canon.def) */
  bool donut; /* the instance lowers a function for a child, or is an ancestor in a call: may_enter must be kept */
};

struct graph_lift {
  uint32_t instance;
  const struct func_type *type;
  struct core_ref callee;
  struct graph_opts opts;
  struct core_signature signature;
  struct str name; /* for messages: the first export name that it gets, or "" */
};

struct graph_trampoline {
  enum canon_kind kind; /* never LIFT */
  uint32_t instance;
  struct core_signature signature;
  struct graph_opts opts;
  const struct func_type *type;       /* LOWER */
  struct func_ref callee;             /* LOWER */
  const struct weir_type *value_type; /* stream.*, future.*: the stream or future type; task.return: result or NULL */
  const struct weir_resource_type *resource; /* resource.* */
  struct core_ref memory;                    /* waitable-set.wait, .poll */
  struct core_ref table;                     /* thread.new-indirect */
  uint32_t slot;                             /* context.* */
  bool async, cancellable;
  bool is64; /* context.* and thread.new-indirect of i64; resource.* whose representation is */
};

struct graph_resource {
  struct weir_resource_type decl; /* first: a decl pointer is a graph_resource pointer */
  struct core_ref dtor;           /* CORE_REF_NONE: none */
};

/* A function that the root imports or exports: the object behind weir/func.h. Texts are terminated. */
struct weir_func {
  const struct graph *graph;
  struct func_ref ref;
  const struct func_type *type;
  struct str interface_name; /* of the instance that it is in, "" at the root */
  struct str name;
  weir_func_role role;
  const struct weir_resource_type *resource; /* NULL: WEIR_FUNC_FREE */
  struct str member;                         /* of "[method]thing.get": "get" */
  bool imported;
};

enum step_kind {
  STEP_CORE_INSTANCE, /* instantiate graph.core_instances[index] */
  STEP_LIFT,          /* resolve the core functions of graph.lifts[index] */
  STEP_TRAMPOLINE,    /* make the core function of graph.trampolines[index]; everything in its options exists by now */
  STEP_RESOURCE       /* resolve the destructor of graph.resources[index] */
};
struct graph_step {
  enum step_kind kind;
  uint32_t index;
};

/* An import or export of the root, as a tree: the object behind weir/extern.h. Texts are terminated. */
struct weir_extern {
  struct ast_name name;
  struct str interface_name; /* of the instance that it is in, "" at the root */
  weir_extern_kind kind;
  const struct weir_func *func;              /* FUNC */
  const struct weir_type *type;              /* TYPE (a value type) */
  const struct func_type *func_type;         /* TYPE (a function type): then type is NULL; both NULL: a
                                            component or instance type */
  const struct weir_resource_type *resource; /* RESOURCE */
  const struct weir_extern *items;           /* INSTANCE */
  uint32_t item_count;
};

struct graph {
  struct str name; /* of the root's "component-name" custom section, or ""; terminated */
  const struct graph_module *modules;
  uint32_t module_count;
  const struct graph_core_instance *core_instances;
  uint32_t core_instance_count;
  const struct graph_instance *instances;
  uint32_t instance_count;
  const struct graph_lift *lifts;
  uint32_t lift_count;
  const struct graph_trampoline *trampolines;
  uint32_t trampoline_count;
  const struct graph_resource *resources; /* imported ones and defined ones; stable addresses */
  uint32_t resource_count;
  const struct weir_func *host_funcs; /* each is an extern of `imports` */
  uint32_t host_func_count;
  const struct graph_step *steps;
  uint32_t step_count;
  const struct weir_extern *imports;
  uint32_t import_count;
  const struct weir_extern *exports;
  uint32_t export_count;
  struct type_table *types;
};

/*
 * Links a decoded component. The graph lives in `arena`. Limits: 10,000 component instances, 100,000 core instances,
 * 1,000,000 steps, nesting 100 (exponential instantiation is cut off by them). WEIR_ERR_INVALID, WEIR_ERR_LIMIT,
 * WEIR_ERR_UNSUPPORTED (start functions and values; a root import of a component that is instantiated), WEIR_ERR_NOMEM.
 */
weir_status graph_link(struct arena *arena, const struct ast_component *root, struct graph **ret, struct diag *d);

/* Finds an item by name; NULL: there is none. */
const struct weir_extern *graph_find(const struct weir_extern *items, uint32_t count, struct str name);

#endif
