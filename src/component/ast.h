/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A component in the form of its bytes: definitions in order, indices unresolved. Everything is in one arena; strings
 * and core modules point into the input, which must outlive it. The shapes follow Binary.md rule by rule.
 */
#ifndef COMPONENT_AST_H
#define COMPONENT_AST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/str.h"
#include "component/canon.h"
#include "component/types.h"
#include "wasm/module.h"

/* sort; core sorts have AST_SORT_CORE set and the core sort's byte in the low bits. */
enum ast_sort {
  AST_SORT_FUNC = 0x01,
  AST_SORT_VALUE = 0x02,
  AST_SORT_TYPE = 0x03,
  AST_SORT_COMPONENT = 0x04,
  AST_SORT_INSTANCE = 0x05,
  AST_SORT_CORE = 0x100,
  AST_SORT_CORE_FUNC = 0x100,
  AST_SORT_CORE_TABLE = 0x101,
  AST_SORT_CORE_MEMORY = 0x102,
  AST_SORT_CORE_GLOBAL = 0x103,
  AST_SORT_CORE_TAG = 0x104,
  AST_SORT_CORE_TYPE = 0x110,
  AST_SORT_CORE_MODULE = 0x111,
  AST_SORT_CORE_INSTANCE = 0x112
};

enum { AST_NONE = UINT32_MAX }; /* an absent index */

/* valtype: a primitive, or an index into the type index space. */
struct ast_valtype {
  bool present; /* false: an absent optional type */
  bool is_index;
  enum type_kind primitive;
  uint32_t index;
};

struct ast_label_type { /* labelvaltype, case, label */
  struct str label;
  struct ast_valtype type;
};

struct ast_sort_index {
  enum ast_sort sort;
  uint32_t index;
};

struct ast_name { /* nameattributes */
  struct str name;
  struct str implements;     /* "" where absent */
  struct str version_suffix; /* "" where absent */
  struct str external_id;    /* "" where absent */
};

struct ast_extern_type {
  enum ast_sort sort;       /* AST_SORT_CORE_MODULE, FUNC, VALUE, TYPE, COMPONENT, INSTANCE */
  uint32_t index;           /* type index (or value index); AST_NONE for (sub resource) and value bounds by type */
  struct ast_valtype value; /* VALUE by type */
};

struct ast_arg { /* instantiatearg, inlineexport, core:instantiatearg, core:inlineexport */
  struct ast_name name;
  struct ast_sort_index what;
};

struct ast_decl; /* a declarator of a component, instance or module type */

enum ast_type_kind {
  AST_TYPE_PRIMITIVE,
  AST_TYPE_RECORD,
  AST_TYPE_VARIANT,
  AST_TYPE_LIST,
  AST_TYPE_FIXED_LIST,
  AST_TYPE_TUPLE,
  AST_TYPE_FLAGS,
  AST_TYPE_ENUM,
  AST_TYPE_OPTION,
  AST_TYPE_RESULT,
  AST_TYPE_OWN,
  AST_TYPE_BORROW,
  AST_TYPE_STREAM,
  AST_TYPE_FUTURE,
  AST_TYPE_MAP,
  AST_TYPE_RESOURCE,
  AST_TYPE_FUNC,
  AST_TYPE_COMPONENT,
  AST_TYPE_INSTANCE
};

struct ast_type {
  enum ast_type_kind kind;
  enum type_kind primitive;
  struct ast_valtype a, b; /* list/option/stream/future elem; result ok, error; map key, value; func result */
  uint32_t index;          /* own, borrow: typeidx; resource: dtor core func or AST_NONE */
  uint32_t length;         /* fixed list */
  uint8_t rep;             /* resource: the byte of its core:valtype (0x7f i32, 0x7e i64) */
  bool async;              /* func */
  const struct ast_label_type *fields; /* record, variant, tuple (labels ""), flags, enum; func parameters */
  uint32_t field_count;
  const struct ast_decl *decls; /* component and instance types, in order */
  uint32_t decl_count;
};

/*
 * core:type. Plain function types are taken apart; other types keep their bytes. A recursion group gives one definition
 * (or declarator) for each of its members, in a row; all share one object with the bytes of the whole group.
 */
struct ast_core_type {
  bool is_module;
  const uint8_t *bytes; /* whole encoding */
  size_t size;
  bool is_plain_func; /* a final, supertype-free function type of numeric types: */
  struct core_signature func;
};

enum ast_alias_kind { AST_ALIAS_EXPORT, AST_ALIAS_CORE_EXPORT, AST_ALIAS_OUTER };

struct ast_alias {
  enum ast_alias_kind kind;
  enum ast_sort sort;
  uint32_t instance; /* export kinds */
  struct str name;   /* export kinds */
  uint32_t count;    /* outer: scopes to go out */
  uint32_t index;    /* outer */
};

enum ast_encoding { AST_ENCODING_UTF8, AST_ENCODING_UTF16, AST_ENCODING_LATIN1_UTF16 };

struct ast_canon_opts {
  enum ast_encoding encoding;
  uint32_t memory, realloc, post_return, callback; /* core indices or AST_NONE */
  uint32_t core_type;                              /* option 0x08, or AST_NONE */
  bool async;
  bool gc; /* option 0x09 */
};

struct ast_canon {
  enum canon_kind kind;
  struct ast_canon_opts opts;
  uint32_t index; /* LIFT: core func; LOWER: func; TYPE*: typeidx; THREAD_NEW: core type; CANCEL_MEMORY: memory */
  uint32_t type;  /* LIFT: func typeidx; THREAD_NEW: table */
  struct ast_valtype result; /* RESULT_OPTS */
  bool async, cancellable, is64;
  uint32_t slot; /* SLOT */
};

enum ast_instance_kind { AST_INSTANTIATE, AST_INLINE_EXPORTS };

struct ast_instance { /* core:instance and instance */
  enum ast_instance_kind kind;
  uint32_t index;             /* module or component */
  const struct ast_arg *args; /* or inline exports */
  uint32_t arg_count;
};

struct ast_import {
  struct ast_name name;
  struct ast_extern_type type;
};

struct ast_export {
  struct ast_name name;
  struct ast_sort_index what;
  bool has_type;
  struct ast_extern_type type;
};

struct ast_start {
  uint32_t func;
  const uint32_t *args;
  uint32_t arg_count, results;
};

enum ast_decl_kind { AST_DECL_CORE_TYPE, AST_DECL_TYPE, AST_DECL_ALIAS, AST_DECL_IMPORT, AST_DECL_EXPORT };

struct ast_decl {
  enum ast_decl_kind kind;
  size_t offset;
  union {
    const struct ast_core_type *core_type;
    const struct ast_type *type;
    const struct ast_alias *alias;
    const struct ast_import *item; /* import and export declarators have the same shape */
  } of;
};

enum ast_def_kind {
  AST_DEF_CORE_MODULE,
  AST_DEF_CORE_INSTANCE,
  AST_DEF_CORE_TYPE,
  AST_DEF_COMPONENT,
  AST_DEF_INSTANCE,
  AST_DEF_ALIAS,
  AST_DEF_TYPE,
  AST_DEF_CANON,
  AST_DEF_START,
  AST_DEF_IMPORT,
  AST_DEF_EXPORT
};

struct ast_component;

struct ast_def {
  enum ast_def_kind kind;
  size_t offset; /* in the whole input */
  union {
    const struct core_bytes *core_module;
    const struct ast_instance *core_instance;
    const struct ast_core_type *core_type;
    const struct ast_component *component;
    const struct ast_instance *instance;
    const struct ast_alias *alias;
    const struct ast_type *type;
    const struct ast_canon *canon;
    const struct ast_start *start;
    const struct ast_import *import;
    const struct ast_export *export;
  } of;
};

struct ast_component {
  const struct ast_def *defs;
  uint32_t def_count;
  size_t offset, size; /* in the whole input */
  struct str name;     /* from its "component-name" custom section, or "" */
};

/*
 * Decodes a whole component and everything nested in it. `bytes` must outlive the arena's use. The decoder checks only
 * what its own safety needs: it looks no index up. Limits: nesting 100, definitions 1,000,000. WEIR_ERR_MALFORMED with
 * the byte offset; WEIR_ERR_NOMEM; WEIR_ERR_LIMIT. On failure `*ret` has the part before the failure, or is NULL.
 */
weir_status ast_decode(struct arena *arena, const uint8_t *bytes, size_t size, const struct ast_component **ret,
                       struct diag *d);

/* The meaning of the first eight bytes. */
enum ast_layer { AST_LAYER_OTHER, AST_LAYER_CORE_MODULE, AST_LAYER_COMPONENT };
enum ast_layer ast_layer(const uint8_t *bytes, size_t size);

#endif
