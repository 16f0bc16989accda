/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * Dynamic component values: arguments and results of calls whose types are known only at run time.
 *
 * A `weir_value` is a plain struct of 24 bytes that the caller may keep anywhere. A zeroed value is valid and empty
 * (WEIR_VALUE_NONE). A value owns its text, items, elements and payload: weir_value_clear() releases a value,
 * weir_value_copy() copies it, an assignment moves it. The memory that a value owns comes from the functions below and
 * from weir: never put memory of your own there.
 *
 * Lending. A program that has the content in memory of its own sets WEIR_VALUE_LENT in `tag`. `data`, `items` or
 * `payload` then point to memory of the program; so may everything below, and a tree of values may lie in one array:
 *
 *     weir_value text = {WEIR_VALUE_STRING, WEIR_VALUE_LENT, {.string = {"abc", 3}}};
 *
 * weir only reads what is lent, and weir_value_clear() leaves all of it alone. A function that takes a value that lends
 * copies the content in one block before the function returns: from then on the memory is the program's again. Only
 * weir_stream_write_values() reads the memory until its operation completes. A value that weir gives to a program never
 * lends. A resource, stream or future in a tree that is lent is taken or lent on as in any other value.
 *
 * Allocator. What values own is from the C library's malloc() and not from weir_alloc: values move between engines,
 * and live longer than an engine.
 *
 * Origin: the value types of Explainer.md. Values have no labels; the type has them.
 *
 * Threads: one thread at a time uses a value. A value with a resource, a stream or a future is for the thread that owns
 * its store, while the engine lives; any other value is for any thread. No function of this header calls a guest.
 * weir_value_clear() may call the destructor of a host resource (weir/resource.h); no other function calls a callback.
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
  WEIR_VALUE_LIST = 14,     /**< Also fixed-length lists, and maps (a list of tuples of two). See WEIR_VALUE_PACKED. */
  WEIR_VALUE_RECORD = 15,   /**< Fields in the order of the type. Tuples too. */
  WEIR_VALUE_VARIANT = 16,  /**< A case and its payload. Also enum, option (none 0, some 1), result (ok 0, error 1). */
  WEIR_VALUE_FLAGS = 17,    /**< Bit i is label i. */
  WEIR_VALUE_RESOURCE = 18, /**< A handle to a resource, owned or borrowed. */
  WEIR_VALUE_STREAM = 19,   /**< The readable end of a stream. */
  WEIR_VALUE_FUTURE = 20,   /**< The readable end of a future. */
  WEIR_VALUE_ERROR_CONTEXT = 21,
  WEIR_VALUE_BYTES = 22, /**< A list<u8>, kept as bytes. Every list<u8> from a guest is one. */
  /**
   * A list of booleans, numbers or characters, packed as an array in C: bool, int8_t to uint64_t, float, double, or
   * uint32_t for characters. `tag` is the kind of the elements. A program may give it for every list and every
   * fixed-length list of that element. A guest's list arrives so only in a store with weir_store_config.packed_lists.
   */
  WEIR_VALUE_PACKED = 23,
  WEIR_VALUE_KIND_WIDTH = 0x7fffffff
} weir_value_kind;

typedef struct weir_value weir_value;
typedef struct weir_resource weir_resource; /* a host's hold on a resource handle; see resource.h */
typedef struct weir_stream weir_stream;     /* a host's end of a stream or future; see stream.h */

/** In weir_value.tag, beside the number there: the value lends its content (see the head of this file). */
#define WEIR_VALUE_LENT UINT32_C(0x80000000)

/** Text or bytes. `data` may be NULL where `size` is 0. */
typedef struct weir_value_string {
  char *data;
  size_t size;
} weir_value_string;

/** Values one after the other. `items` may be NULL where `count` is 0. */
typedef struct weir_value_list {
  weir_value *items;
  size_t count;
} weir_value_list;

/** Elements as an array in C, aligned for their type. `data` may be NULL where `count` is 0. */
typedef struct weir_value_packed {
  void *data;
  size_t count;
} weir_value_packed;

/** A value. Read `kind` first; exactly the member that belongs to it is meaningful. */
struct weir_value {
  uint32_t kind; /**< A weir_value_kind. A later version may have more kinds. */
  /**
   * WEIR_VALUE_VARIANT: the number of the case. WEIR_VALUE_PACKED: the kind of the elements. Else 0. WEIR_VALUE_LENT
   * may be added where the value has text, items, elements or a payload.
   */
  uint32_t tag;
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
    weir_value_string string; /**< WEIR_VALUE_STRING (UTF-8) and WEIR_VALUE_BYTES. */
    weir_value_list list;     /**< WEIR_VALUE_LIST and WEIR_VALUE_RECORD. */
    weir_value_packed packed; /**< WEIR_VALUE_PACKED. */
    weir_value *payload;      /**< WEIR_VALUE_VARIANT; NULL where the case has none. */
    weir_resource *resource;
    weir_stream *stream;
  } of;
};

/**
 * Releases all that a value owns and makes it WEIR_VALUE_NONE; what the value lends stays as it is. NULL is allowed. A
 * resource, stream or future in the value is dropped, unless a copy of the value has dropped it or given it away, or
 * its store is gone. Whoever drops one on another thread than the store's owner leaves it to the store.
 */
WEIR_API void weir_value_clear(weir_value *value);

/**
 * Copies a value with all that is below it into `*ret`, which is overwritten without being cleared. The copy lends
 * nothing. WEIR_ERR_TYPE: there is a resource, a stream, a future or an error context, which cannot be copied, or a
 * packed list of elements that cannot be packed; WEIR_ERR_NOMEM. A failure leaves `*ret` empty.
 */
WEIR_API weir_status weir_value_copy(const weir_value *value, weir_value *ret);

/**
 * Whether two values are the same in all parts. NaN equals NaN. WEIR_VALUE_BYTES and WEIR_VALUE_PACKED equal the same
 * list in another form. Handles are equal if they are the same handle.
 */
WEIR_API bool weir_value_equal(const weir_value *a, const weir_value *b);

/** Makes a string of `size` bytes of UTF-8, copied. WEIR_ERR_TYPE: they are not valid UTF-8; WEIR_ERR_NOMEM. */
WEIR_API weir_status weir_value_new_string(const char *data, size_t size, weir_value *ret);

/** Makes a list<u8> of `size` bytes, copied from `data`, or zero where `data` is NULL. WEIR_ERR_NOMEM. */
WEIR_API weir_status weir_value_new_bytes(const void *data, size_t size, weir_value *ret);

/**
 * Makes a packed list of `count` elements of kind `element`, copied from `data`, or zero where `data` is NULL.
 * WEIR_ERR_TYPE: elements of this kind cannot be packed; WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_value_new_packed(weir_value_kind element, const void *data, size_t count, weir_value *ret);

/** Makes a list (or record, or tuple) of `count` empty values for the caller to fill in place. WEIR_ERR_NOMEM. */
WEIR_API weir_status weir_value_new_list(size_t count, weir_value *ret);
WEIR_API weir_status weir_value_new_record(size_t count, weir_value *ret);

/**
 * Makes a variant, enum, option or result of case `tag`. The function takes the payload (NULL or empty: none), also on
 * failure. WEIR_ERR_TYPE: no case can have this number; WEIR_ERR_NOMEM.
 */
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
