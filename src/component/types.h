/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Value types and function types, resolved: no index spaces, only pointers. Types are interned in a type_table, so two
 * structurally equal types of one component are the same pointer. The facts of a type for the canonical ABI (size,
 * alignment, offsets, flattening) are computed when the type is interned, and frozen with it. Index 0 of a pair is for
 * 32-bit memories, index 1 for 64-bit ones. Origin: CanonicalABI.md#despecialization to #flattening.
 */
#ifndef COMPONENT_TYPES_H
#define COMPONENT_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/str.h"
#include "wasm/type.h"
#include "weir/type.h"

/* The kinds of weir/type.h, by their short names. */
enum type_kind {
  TYPE_BOOL = WEIR_TYPE_BOOL,
  TYPE_S8 = WEIR_TYPE_S8,
  TYPE_U8 = WEIR_TYPE_U8,
  TYPE_S16 = WEIR_TYPE_S16,
  TYPE_U16 = WEIR_TYPE_U16,
  TYPE_S32 = WEIR_TYPE_S32,
  TYPE_U32 = WEIR_TYPE_U32,
  TYPE_S64 = WEIR_TYPE_S64,
  TYPE_U64 = WEIR_TYPE_U64,
  TYPE_F32 = WEIR_TYPE_F32,
  TYPE_F64 = WEIR_TYPE_F64,
  TYPE_CHAR = WEIR_TYPE_CHAR,
  TYPE_STRING = WEIR_TYPE_STRING,
  TYPE_ERROR_CONTEXT = WEIR_TYPE_ERROR_CONTEXT,
  TYPE_LIST = WEIR_TYPE_LIST,             /* elem */
  TYPE_FIXED_LIST = WEIR_TYPE_FIXED_LIST, /* elem, length */
  TYPE_MAP = WEIR_TYPE_MAP,               /* elem: a tuple of key and value */
  TYPE_RECORD = WEIR_TYPE_RECORD,         /* fields */
  TYPE_TUPLE = WEIR_TYPE_TUPLE,           /* fields, labels empty; also the parameters of a function, with labels */
  TYPE_VARIANT = WEIR_TYPE_VARIANT,       /* fields are the cases, type NULL where a case has no payload */
  TYPE_ENUM = WEIR_TYPE_ENUM,             /* the same, no payloads */
  TYPE_OPTION = WEIR_TYPE_OPTION,         /* the same: none, some */
  TYPE_RESULT = WEIR_TYPE_RESULT,         /* the same: ok, error */
  TYPE_FLAGS = WEIR_TYPE_FLAGS,           /* fields are the labels, types NULL */
  TYPE_OWN = WEIR_TYPE_OWN,               /* resource */
  TYPE_BORROW = WEIR_TYPE_BORROW,         /* resource */
  TYPE_STREAM = WEIR_TYPE_STREAM,         /* elem, NULL for none */
  TYPE_FUTURE = WEIR_TYPE_FUTURE          /* elem, NULL for none */
};

/* "u32", "fixed-length-list"; "unknown" for a number that is no kind. */
const char *type_kind_name(uint32_t kind);

enum {
  TYPE_MAX_FLAT = 16,      /* more core values than this never travel flat */
  TYPE_FLAT_TOO_MANY = 17, /* flat_count of a type that flattens to more */
};

struct type_field {
  struct str label;
  const struct weir_type *type;
  uint32_t offset[2]; /* record, tuple: of the field; variants: unused */
};

struct type_layout {
  uint32_t size, align;
  uint32_t payload; /* variants: offset of the payload; size of the discriminant is type.disc_size */
};

/* A resource type as one component graph knows it. Identity is the pointer. */
struct weir_resource_type {
  uint32_t index;            /* into graph.resources */
  bool imported;             /* a host provides it, or: */
  uint32_t instance;         /* the component instance that defines (implements) it */
  struct str interface_name; /* the instance import or export that has the resource; "" at the root */
  struct str name;           /* for messages and WIT; may be "". Both are terminated */
};

struct weir_type {
  enum type_kind kind;
  uint32_t id; /* position in the type_table, dense */
  struct type_layout layout[2];
  uint8_t disc_size;              /* variants: 1, 2 or 4 */
  uint8_t flat_count[2];          /* core values, or TYPE_FLAT_TOO_MANY */
  uint8_t flat[2][TYPE_MAX_FLAT]; /* enum core_type each */
  bool has_borrow;                /* contains a borrow somewhere */
  bool has_handle;                /* contains own, borrow, stream, future or error-context */
  bool has_pointer;               /* contains a string, list or map: lowering may call realloc */
  bool numeric;                   /* an integer or float: none_or_number_type in the text */
  bool raw;        /* every bit pattern is a value and copying is memcpy: integers, floats; records, tuples and
                        fixed lists of such without padding */
  uint32_t length; /* fixed list */
  uint32_t field_count;
  const struct type_field *fields;
  const struct weir_type *elem;
  const struct weir_resource_type *resource;
  struct str name; /* a name to print instead of the structure, or "" (first name wins; not part of identity) */
  struct str interface_name; /* of the instance that declares the name, "" at the root; no data: not known yet */
};

struct func_type {
  bool async;
  const struct weir_type *params; /* a tuple with labels, possibly empty */
  const struct weir_type *result; /* NULL: none */
};

/* ---- making types ------------------------------------------------------------------------------------------------ */

struct type_table; /* grows while a component is linked, then frozen; owned by the graph's arena */

struct type_table *type_table_new(struct arena *arena);
uint32_t type_table_count(const struct type_table *t);
/* Whether the type is of this table and not of another one. */
/* The type of an id; NULL: there is none. */
const struct weir_type *type_table_at(const struct type_table *t, uint32_t id);
bool type_table_has(const struct type_table *t, const struct weir_type *type);

/*
 * Each returns the one type of that structure, or NULL with the diag set: out of memory, or a type whose element size
 * reaches 2^28 (CanonicalABI.md#element-size) or that nests deeper than 100. Labels and field arrays are copied.
 */
const struct weir_type *type_primitive(struct type_table *t, enum type_kind kind, struct diag *d);
const struct weir_type *type_list(struct type_table *t, const struct weir_type *elem, struct diag *d);
const struct weir_type *type_fixed_list(struct type_table *t, const struct weir_type *elem, uint32_t length,
                                        struct diag *d);
const struct weir_type *type_map(struct type_table *t, const struct weir_type *key, const struct weir_type *value,
                                 struct diag *d);
/* RECORD, TUPLE, VARIANT, ENUM, FLAGS. */
const struct weir_type *type_fields(struct type_table *t, enum type_kind kind, const struct type_field *fields,
                                    uint32_t count, struct diag *d);
const struct weir_type *type_option(struct type_table *t, const struct weir_type *some, struct diag *d);
const struct weir_type *type_result(struct type_table *t, const struct weir_type *ok, const struct weir_type *error,
                                    struct diag *d);
/* OWN, BORROW. */
const struct weir_type *type_handle(struct type_table *t, enum type_kind kind,
                                    const struct weir_resource_type *resource, struct diag *d);
/* STREAM, FUTURE; elem may be NULL. */
const struct weir_type *type_channel(struct type_table *t, enum type_kind kind, const struct weir_type *elem,
                                     struct diag *d);
const struct func_type *type_func(struct type_table *t, bool async, const struct weir_type *params,
                                  const struct weir_type *result, struct diag *d);

/*
 * Gives a record, variant, enum or flags type a name for printing, and the instance that declares it (borrowed; no
 * data: not known yet). The first name and the first instance stay. Types of other kinds are always printed by their
 * structure, and nothing happens. WEIR_ERR_NOMEM.
 */
weir_status type_name_set(struct type_table *t, const struct weir_type *type, struct str name,
                          struct str interface_name, struct diag *d);

/*
 * Whether a host's type `offer` can stand for `want` although they come from different tables: same structure and
 * labels; resources are compared by `same(data, want_resource, offer_resource)`.
 */
typedef bool (*type_resource_same)(void *data, const struct weir_resource_type *want,
                                   const struct weir_resource_type *offer);
bool type_matches(const struct weir_type *want, const struct weir_type *offer, type_resource_same same, void *data);

/* ---- core signatures (flatten_functype) -------------------------------------------------------------------------- */

enum {
  MAX_FLAT_PARAMS = 16,
  MAX_FLAT_ASYNC_PARAMS = 4,
  MAX_FLAT_RESULTS = 1,
};

struct core_signature {
  uint8_t params[MAX_FLAT_PARAMS + 1]; /* enum core_type */
  uint8_t results[1];
  uint8_t param_count, result_count;
};

/* `ptr`: 0 for 32-bit memories, 1 for 64-bit ones. */
void flatten_lift(const struct func_type *ft, bool async, bool callback, int ptr, struct core_signature *ret);
void flatten_lower(const struct func_type *ft, bool async, int ptr, struct core_signature *ret);

#endif
