/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * Dynamic component values: arguments and results of calls whose types are known only at run time.
 *
 * A `weir_value` is a plain struct that the caller may keep anywhere. It owns its text, items and payload: release it
 * with weir_value_clear(), copy it with weir_value_copy(), move it by assignment. The functions below allocate the
 * arrays of aggregates, so build aggregates with these functions and never by hand. A zeroed value is valid and empty
 * (WEIR_VALUE_NONE).
 *
 * Origin: the value types of Explainer.md. Values have no labels; the type has them.
 *
 * Threads: one thread at a time uses a value; a value with a resource, a stream or a future is for the owner of its
 * store, while the engine lives. Values share nothing else.
 *
 * Stable ring.
 */
#ifndef WEIR_VALUE_H
#define WEIR_VALUE_H

#include "weir/error.h"
#include "weir/type.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a value holds. */
typedef enum weir_value_kind {
  WEIR_VALUE_NONE = 0, /**< Nothing: an absent payload, a function without result. */
  WEIR_VALUE_BOOL = 1,
  WEIR_VALUE_S8 = 2,
  WEIR_VALUE_U8 = 3,
  WEIR_VALUE_S16 = 4,
  WEIR_VALUE_U16 = 5,
  WEIR_VALUE_S32 = 6,
  WEIR_VALUE_U32 = 7,
  WEIR_VALUE_S64 = 8,
  WEIR_VALUE_U64 = 9,
  WEIR_VALUE_F32 = 10,
  WEIR_VALUE_F64 = 11,
  WEIR_VALUE_CHAR = 12,     /**< A Unicode scalar value. */
  WEIR_VALUE_STRING = 13,   /**< UTF-8, not terminated. */
  WEIR_VALUE_LIST = 14,     /**< Also fixed-length lists, and maps (a list of tuples of two). */
  WEIR_VALUE_RECORD = 15,   /**< Fields in the order of the type. Tuples too. */
  WEIR_VALUE_VARIANT = 16,  /**< A case and its payload. Also enum, option (none 0, some 1), result (ok 0, error 1). */
  WEIR_VALUE_FLAGS = 17,    /**< Bit i is label i. */
  WEIR_VALUE_RESOURCE = 18, /**< A handle to a resource, owned or borrowed. */
  WEIR_VALUE_STREAM = 19,   /**< The readable end of a stream. */
  WEIR_VALUE_FUTURE = 20,   /**< The readable end of a future. */
  WEIR_VALUE_ERROR_CONTEXT = 21,
  WEIR_VALUE_BYTES = 22, /**< A list<u8>, kept as bytes. Equal in meaning to a WEIR_VALUE_LIST of WEIR_VALUE_U8. */
  WEIR_VALUE_KIND_WIDTH = 0x7fffffff
} weir_value_kind;

typedef struct weir_value weir_value;
typedef struct weir_resource weir_resource; /* a host's hold on a resource handle; see resource.h */
typedef struct weir_stream weir_stream;     /* a host's end of a stream or future; see stream.h */

/** A value. Read `kind` first; exactly the member that belongs to it is meaningful. */
struct weir_value {
  weir_value_kind kind;
  uint32_t tag; /**< WEIR_VALUE_VARIANT: the case number. Else 0. */
  union {
    bool boolean;
    int8_t s8;
    uint8_t u8;
    int16_t s16;
    uint16_t u16;
    int32_t s32;
    uint32_t u32;
    int64_t s64;
    uint64_t u64;
    float f32;
    double f64;
    uint32_t character;
    uint32_t flags;
    struct {
      char *data;
      size_t size;
    } string; /**< WEIR_VALUE_STRING (UTF-8) and WEIR_VALUE_BYTES; owned, `data` may be NULL where `size` is 0. */
    struct {
      weir_value *items;
      size_t count;
    } list;              /**< WEIR_VALUE_LIST and WEIR_VALUE_RECORD; owned. */
    weir_value *payload; /**< WEIR_VALUE_VARIANT; owned, NULL where the case has none. */
    weir_resource *resource;
    weir_stream *stream;
  } of;
};

/**
 * Releases all that a value owns and makes it WEIR_VALUE_NONE. Drops a resource, stream or future in the value,
 * unless a copy of the value has dropped it or given it away, or its store is gone or another thread's.
 */
WEIR_API void weir_value_clear(weir_value *value);

/**
 * Deep copy into `*ret`, which is overwritten without being cleared. Resources, streams and futures cannot be copied:
 * WEIR_ERR_TYPE. WEIR_ERR_NOMEM leaves `*ret` empty.
 */
WEIR_API weir_status weir_value_copy(const weir_value *value, weir_value *ret);

/** Structural equality; NaN equals NaN. WEIR_VALUE_BYTES equals the same list of u8. Handles are equal if identical. */
WEIR_API bool weir_value_equal(const weir_value *a, const weir_value *b);

/** Makes a string of `size` bytes of UTF-8, copied. WEIR_ERR_TYPE where they are not valid UTF-8. */
WEIR_API weir_status weir_value_new_string(const char *data, size_t size, weir_value *ret);

/** Makes a list<u8> of `size` bytes, copied (or zeroed where `data` is NULL). WEIR_ERR_NOMEM. */
WEIR_API weir_status weir_value_new_bytes(const void *data, size_t size, weir_value *ret);

/** Makes a list (or record, or tuple) of `count` empty values for the caller to fill in place. WEIR_ERR_NOMEM. */
WEIR_API weir_status weir_value_new_list(size_t count, weir_value *ret);
WEIR_API weir_status weir_value_new_record(size_t count, weir_value *ret);

/** Makes a variant, enum, option or result of case `tag`. `take_payload` (may be NULL) is moved from and left empty.
 *  WEIR_ERR_NOMEM. */
WEIR_API weir_status weir_value_new_variant(uint32_t tag, weir_value *take_payload, weir_value *ret);

/**
 * Reads a value of type `type` from WAVE text (the syntax of `weir run --invoke`, such as `{x: 1, y: some("a")}`).
 * The whole text must be one value. WEIR_ERR_PARSE with a byte offset where it is not.
 */
WEIR_API weir_status weir_value_parse(const weir_type *type, const char *text, size_t size, weir_value *ret,
                                      weir_error **ret_error);

/**
 * Writes a value of type `type` as WAVE text into a new, terminated string for weir_text_free(); `ret_size` (may be
 * NULL) gets its size. WEIR_ERR_TYPE where the value does not fit the type, or holds a resource, stream, future or
 * error context; WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_value_print(const weir_type *type, const weir_value *value, char **ret_text, size_t *ret_size,
                                      weir_error **ret_error);

/**
 * Checks that a value has a type, as every call and return does. WEIR_ERR_TYPE with a message that begins with the
 * path to the part that differs: "field `name`, element 3: expected u32, found string". A type of NULL wants nothing
 * (WEIR_VALUE_NONE).
 */
WEIR_API weir_status weir_value_check(const weir_type *type, const weir_value *value, weir_error **ret_error);

#ifdef __cplusplus
}
#endif
#endif
