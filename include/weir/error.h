/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * Status codes and the error object.
 *
 * Every function of weir that can fail returns a `weir_status`. Most of these functions take a `weir_error **` as last
 * parameter, which may be NULL. A failure writes an error object there, which says what went wrong and where; the
 * caller owns the object (weir_error_free()). The object is there even if memory is out: then it has the status, and
 * no details. A success writes nothing there.
 *
 * Four kinds of failure never share a status: a guest that trapped (WEIR_ERR_TRAP), a host function that failed
 * (WEIR_ERR_HOST), misuse of this interface (WEIR_ERR_MISUSE), and bad input (the other ones). A guest's own `result`
 * error is none of these: the error is an ordinary value.
 *
 * Threads: any; one thread at a time uses an error object. No function of this header calls a guest or a callback.
 *
 * Stable ring.
 */
#ifndef WEIR_ERROR_H
#define WEIR_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/api.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The outcome of a function. A number never changes its meaning; a later version may add some. */
typedef enum weir_status {
  WEIR_OK = 0,
  WEIR_ERR_NOMEM = -1,           /**< An allocation failed; nothing was changed. */
  WEIR_ERR_MISUSE = -2,          /**< The caller broke a rule of this interface; nothing was changed. */
  WEIR_ERR_LIMIT = -3,           /**< A configured limit was reached. */
  WEIR_ERR_UNSUPPORTED = -4,     /**< The input is right, and needs a feature that is missing. */
  WEIR_ERR_IO = -5,              /**< The operating system refused an operation. */
  WEIR_ERR_MALFORMED = -20,      /**< Bytes or text do not decode. */
  WEIR_ERR_INVALID = -21,        /**< A component decodes, and does not validate. */
  WEIR_ERR_COMPILE = -22,        /**< The code generator refused a core module. */
  WEIR_ERR_LINK = -30,           /**< An import is missing or has another type. */
  WEIR_ERR_NOT_FOUND = -31,      /**< There is nothing of that name. */
  WEIR_ERR_TYPE = -32,           /**< A value is not of the wanted type. */
  WEIR_ERR_PARSE = -33,          /**< Text of a type (WIT) or a value (WAVE) does not parse. */
  WEIR_ERR_TRAP = -40,           /**< The guest trapped; its store can be entered no more. */
  WEIR_ERR_HOST = -41,           /**< A host function failed. */
  WEIR_ERR_DEADLOCK = -42,       /**< All that runs waits for something that cannot come. */
  WEIR_ERR_CANCELLED = -43,      /**< The call was cancelled before it returned. */
  WEIR_ERR_EXIT = -44,           /**< The guest asked to end the program; see weir_error_exit_code(). */
  WEIR_ERR_WOULD_DEADLOCK = -45, /**< The caller would have waited for itself; nothing was changed. */
  WEIR_ERR_TIMEOUT = -46,        /**< The time is over. */
  WEIR_ERR_GONE = -47,           /**< Store, bridge or queue has ended for ever. */
  WEIR_ERR_LOST = -48,           /**< The request was begun, and no reply will come. */
  WEIR_ERR_DIVERGED = -49,       /**< A replay did something else than its record says. */
  WEIR_STATUS_WIDTH = 0x7fffffff
} weir_status;

/** What went wrong, and where. An error does not change. */
typedef struct weir_error weir_error;

/** The status that the function returned beside the error. */
WEIR_API weir_status weir_error_status(const weir_error *error);

/**
 * What went wrong, in one or more lines of UTF-8 without a final line break. Never NULL; the text lives as long as the
 * error. With WEIR_ERR_LINK each import that is missing or of another type has a line of its own, which begins with two
 * spaces.
 */
WEIR_API const char *weir_error_message(const weir_error *error);

/** Whether the byte offset into the input is known; then `*ret_offset` (may be NULL) gets the offset. */
WEIR_API bool weir_error_offset(const weir_error *error, size_t *ret_offset);

/**
 * The guest's stack at the time of a trap, innermost frame first, a line a frame; "" if there is none. The text lives
 * as long as the error.
 */
WEIR_API const char *weir_error_backtrace(const weir_error *error);

/** The exit code that came with WEIR_ERR_EXIT; 1 for every other error. */
WEIR_API int weir_error_exit_code(const weir_error *error);

/** Frees an error. NULL is allowed. */
WEIR_API void weir_error_free(weir_error *error);

/** The name of a status, such as "WEIR_ERR_TRAP"; "unknown status" for another number. A static text. */
WEIR_API const char *weir_status_name(weir_status status);

#ifdef __cplusplus
}
#endif
#endif
