/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * Status codes and the error object.
 *
 * Every function of weir that can fail returns a `weir_status`. Most of them also take a `weir_error **` as last
 * parameter: where it is not NULL and the call fails, it receives an object that says what went wrong and where, to be
 * released with weir_error_free(). On success it is left as it was.
 *
 * Four kinds of failure never share a code: a guest that trapped (WEIR_ERR_TRAP), a host function that failed
 * (WEIR_ERR_HOST), misuse of this interface (WEIR_ERR_MISUSE), and bad input (the rest). A guest's own `result` error
 * is none of these: it is an ordinary value.
 *
 * Threads: everything here may be called on any thread; one error object by one at a time.
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

/** Outcome of a call. Values are part of the ABI and never change their meaning. */
typedef enum weir_status {
  WEIR_OK = 0,
  WEIR_ERR_NOMEM = -1,           /**< An allocation failed; nothing was changed. */
  WEIR_ERR_MISUSE = -2,          /**< The caller broke a rule of this interface; nothing was changed. */
  WEIR_ERR_LIMIT = -3,           /**< A configured limit was reached. */
  WEIR_ERR_UNSUPPORTED = -4,     /**< Well-formed input that uses a feature this version lacks. */
  WEIR_ERR_IO = -5,              /**< The operating system refused an operation. */
  WEIR_ERR_MALFORMED = -20,      /**< Bytes or text that do not decode. */
  WEIR_ERR_INVALID = -21,        /**< A component that decodes but does not validate. */
  WEIR_ERR_COMPILE = -22,        /**< The code generator refused a core module. */
  WEIR_ERR_LINK = -30,           /**< An import is missing or has another type. */
  WEIR_ERR_NOT_FOUND = -31,      /**< No export of that name. */
  WEIR_ERR_TYPE = -32,           /**< A value does not have the type that is asked for. */
  WEIR_ERR_PARSE = -33,          /**< Text of a value (WAVE) that does not parse. */
  WEIR_ERR_TRAP = -40,           /**< The guest trapped; its store can be entered no more. */
  WEIR_ERR_HOST = -41,           /**< A host function failed. */
  WEIR_ERR_DEADLOCK = -42,       /**< Nothing that is still running can ever finish. */
  WEIR_ERR_CANCELLED = -43,      /**< The call was cancelled before it returned. */
  WEIR_ERR_EXIT = -44,           /**< The guest asked to end the program; see weir_error_exit_code(). */
  WEIR_ERR_WOULD_DEADLOCK = -45, /**< The caller would have waited for itself; nothing was changed. */
  WEIR_ERR_TIMEOUT = -46,        /**< The time for it is over. */
  WEIR_ERR_GONE = -47,           /**< What should do it has been shut down, for ever. */
  WEIR_ERR_LOST = -48,           /**< It was begun, and there will never be a reply. */
  WEIR_ERR_DIVERGED = -49,       /**< A replay did something else than the record says. */
  WEIR_STATUS_WIDTH = 0x7fffffff
} weir_status;

/** Detail of a failure. Immutable; may be read and freed on any thread, one at a time. */
typedef struct weir_error weir_error;

/** The status that came with this error. */
WEIR_API weir_status weir_error_status(const weir_error *error);

/** What happened, in one or more lines of UTF-8 without a final line break. Owned by the error, never NULL. */
WEIR_API const char *weir_error_message(const weir_error *error);

/** Whether a byte offset into the input is known; if so it is stored in `*ret_offset` (which may be NULL). */
WEIR_API bool weir_error_offset(const weir_error *error, size_t *ret_offset);

/**
 * The wasm stack at the time of a trap, innermost frame first, one line a frame; "" where there is none. Owned by it.
 */
WEIR_API const char *weir_error_backtrace(const weir_error *error);

/** The exit code that came with WEIR_ERR_EXIT; 1 for every other error. */
WEIR_API int weir_error_exit_code(const weir_error *error);

/** Releases an error. NULL is allowed. */
WEIR_API void weir_error_free(weir_error *error);

/** The name of a status, such as "WEIR_ERR_TRAP". A static string. */
WEIR_API const char *weir_status_name(weir_status status);

#ifdef __cplusplus
}
#endif
#endif
