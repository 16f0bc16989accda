/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * Types: what a component says of its values and its resources. A binding asks a type how to convert a value, once, and
 * keeps what it learns.
 *
 * Life: a component's types live as long as the component, its code or an instance of the component is alive, and all
 * other types as long as the engine. Types are borrowed: there is nothing to free. Equal types of one component, and
 * equal types of the engine, are the same pointer.
 *
 * Parts: the fields of a record, the elements of a tuple, the cases of a variant, enum, option or result, and the
 * labels of flags are one family. A part has a number, and values (weir/value.h) use the same numbers: item i of a
 * record is part i, the tag of a variant is the number of its case, bit i of flags is label i. An option has the cases
 * none (0) and some (1), a result has ok (0) and error (1).
 *
 * Texts are UTF-8 with a terminating zero, and live as long as the type. NULL is allowed for every `type` and means no
 * type: the kind is WEIR_TYPE_NONE, there are no parts, and functions that return a pointer return NULL.
 *
 * Threads: any. Types do not change. No function of this header calls a guest or a callback. Origin:
 * Explainer.md#type-definitions.
 *
 * Stable ring.
 */
#ifndef WEIR_TYPE_H
#define WEIR_TYPE_H

#include "weir/api.h"
#include "weir/engine.h"
#include "weir/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A value type of the Component Model. */
typedef struct weir_type weir_type;

/** A resource type: what the handles of one type have in common. weir_resource (weir/resource.h) is a handle. */
typedef struct weir_resource_type weir_resource_type;

/** What a type is. A later version may have more kinds. */
typedef enum weir_type_kind {
  WEIR_TYPE_NONE = 0, /**< No type: the payload of a case without one, the result of a function without one. */
  WEIR_TYPE_BOOL = 1,
  WEIR_TYPE_S8 = 2,
  WEIR_TYPE_U8 = 3,
  WEIR_TYPE_S16 = 4,
  WEIR_TYPE_U16 = 5,
  WEIR_TYPE_S32 = 6,
  WEIR_TYPE_U32 = 7,
  WEIR_TYPE_S64 = 8,
  WEIR_TYPE_U64 = 9,
  WEIR_TYPE_F32 = 10,
  WEIR_TYPE_F64 = 11,
  WEIR_TYPE_CHAR = 12,
  WEIR_TYPE_STRING = 13,
  WEIR_TYPE_ERROR_CONTEXT = 14,
  WEIR_TYPE_LIST = 15,       /**< Has an element. */
  WEIR_TYPE_FIXED_LIST = 16, /**< Has an element and a length. */
  WEIR_TYPE_MAP = 17,        /**< Its element is a tuple of key and value. */
  WEIR_TYPE_RECORD = 18,     /**< Parts: fields, with names and types. */
  WEIR_TYPE_TUPLE = 19,      /**< Parts: elements, without names. */
  WEIR_TYPE_VARIANT = 20,    /**< Parts: cases, with names; some have a type. */
  WEIR_TYPE_ENUM = 21,       /**< Parts: cases, with names and without types. */
  WEIR_TYPE_OPTION = 22,     /**< Parts: the cases none and some. */
  WEIR_TYPE_RESULT = 23,     /**< Parts: the cases ok and error; either may have a type. */
  WEIR_TYPE_FLAGS = 24,      /**< Parts: labels, with names and without types. At most 32. */
  WEIR_TYPE_OWN = 25,        /**< Has a resource type. */
  WEIR_TYPE_BORROW = 26,     /**< Has a resource type. */
  WEIR_TYPE_STREAM = 27,     /**< May have an element. */
  WEIR_TYPE_FUTURE = 28,     /**< May have an element. */
  WEIR_TYPE_KIND_WIDTH = 0x7fffffff
} weir_type_kind;

/** The kind of a type. */
WEIR_API weir_type_kind weir_type_kind_of(const weir_type *type);

/**
 * The specification's word for a kind, such as "u32", "record" or "option"; "none" for WEIR_TYPE_NONE, "unknown" for a
 * number that is no kind. A static text.
 */
WEIR_API const char *weir_type_kind_name(weir_type_kind kind);

/**
 * The name of a record, variant, enum or flags type; NULL: the type has none, or is of another kind. Types are equal by
 * structure. So two types that a component declares with the same fields are one type here, with the first name;
 * weir/extern.h has every declaration.
 */
WEIR_API const char *weir_type_name(const weir_type *type);

/** The instance that declares the name, such as "wasi:clocks/types@0.3.0"; NULL: none. */
WEIR_API const char *weir_type_interface(const weir_type *type);

/* ---- parts ------------------------------------------------------------------------------------------------------- */

/** The number of parts; 0 for kinds without parts. */
WEIR_API size_t weir_type_part_count(const weir_type *type);

/** The name of a part; NULL for elements of a tuple, and out of range. */
WEIR_API const char *weir_type_part_name(const weir_type *type, size_t index);

/** The type of a part; NULL for labels, for cases without payload, and out of range. */
WEIR_API const weir_type *weir_type_part_type(const weir_type *type, size_t index);

/** The number of a part that a type does not have. */
#define WEIR_NO_PART SIZE_MAX

/**
 * The number of the part with this name (`size` bytes); WEIR_NO_PART: there is none. The function looks at each part,
 * so keep the number.
 */
WEIR_API size_t weir_type_find_part(const weir_type *type, const char *name, size_t size);

/* ---- elements ---------------------------------------------------------------------------------------------------- */

/** The element of a list, fixed list, map, stream or future; NULL for other kinds, and for streams and futures without
 *  elements. */
WEIR_API const weir_type *weir_type_element(const weir_type *type);

/** The length of a fixed list; 0 for other kinds. */
WEIR_API size_t weir_type_length(const weir_type *type);

/**
 * The bytes of one value where values of this type lie side by side in memory, in the byte order of the machine: 1 to 8
 * for integers and floats; 0 for other kinds. weir_stream_read() moves such elements as memory.
 */
WEIR_API size_t weir_type_packed_size(const weir_type *type);

/* ---- the whole --------------------------------------------------------------------------------------------------- */

/**
 * Whether a value of the type may hold a resource, stream, future or error context somewhere. Such a value cannot be
 * copied, and belongs to one store. The elements of a stream or future do not count.
 */
WEIR_API bool weir_type_has_handle(const weir_type *type);

/**
 * Whether two types have the same structure: kinds, names of parts and lengths. Names of types do not count. Resource
 * types are equal if they are the same. Two NULLs are equal. The work is bounded: two types that are alike in more than
 * a million places count as different.
 */
WEIR_API bool weir_type_equal(const weir_type *a, const weir_type *b);

/**
 * Reads a type from WIT syntax, with the structure of types in place of names: "stream<record { x: u32, y: u32 }>".
 * Equal types give the same pointer. There is no text for a resource: the type of a resource is a component's. The type
 * lives as long as the engine, so take texts of the program and not of strangers.
 * WEIR_ERR_PARSE with a byte offset; WEIR_ERR_LIMIT: weir_engine_config.max_types; WEIR_ERR_NOMEM; WEIR_ERR_MISUSE: no
 * engine or no text.
 */
WEIR_API weir_status weir_type_parse(weir_engine *engine, const char *text, size_t size, const weir_type **ret,
                                     weir_error **ret_error);

/**
 * Writes a type in WIT syntax. The caller owns `*ret_text` (weir_text_free()), which ends with a zero; `ret_size` (may
 * be NULL) gets the size without the zero. A type with a name is written by name; weir_type_parse() reads all other
 * types back, except resources. The text ends after a mebibyte: types are graphs, and may have very long texts.
 * WEIR_ERR_MISUSE: no type; WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_type_print(const weir_type *type, char **ret_text, size_t *ret_size);

/** Frees a text that a function of weir gave to the caller. NULL is allowed. */
WEIR_API void weir_text_free(char *text);

/* ---- resource types ---------------------------------------------------------------------------------------------- */

/**
 * The resource type of an own or borrow type; NULL for other kinds. Two resource types of a component are the same if
 * the pointers are. Each instance of a component has resources of its own.
 */
WEIR_API const weir_resource_type *weir_type_resource(const weir_type *type);

/** The name of a resource type; NULL: none. */
WEIR_API const char *weir_resource_type_name(const weir_resource_type *resource);

/**
 * The instance that an imported resource type comes from, or that the component exports its own one in; NULL: none.
 */
WEIR_API const char *weir_resource_type_interface(const weir_resource_type *resource);

/** Whether the component imports the resource type. Otherwise the component implements it. */
WEIR_API bool weir_resource_type_is_imported(const weir_resource_type *resource);

#ifdef __cplusplus
}
#endif
#endif
