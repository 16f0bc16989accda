/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * Notices: what an engine tells beside its statuses. Most functions that can fail give a weir_error. The others return
 * only a status, or nothing; for these a notice says which function refused, and why. A program sets one function for
 * all of an engine: weir_engine_config.notice. The functions of weir/completion.h give none: a completion may outlive
 * its engine, so that their statuses are all that they tell.
 *
 * Stable ring.
 */
#ifndef WEIR_NOTICE_H
#define WEIR_NOTICE_H

#include "weir/api.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a notice is about. A later version may have more kinds. */
typedef enum weir_notice {
  WEIR_NOTICE_MISUSE = 1,  /**< A function refused a stale handle, another thread, or a call at the wrong time. */
  WEIR_NOTICE_TROUBLE = 2, /**< Something failed, and weir goes on without: a cache's directory cannot be used. */
  WEIR_NOTICE_WIDTH = 0x7fffffff
} weir_notice;

/**
 * Is told a notice: one line of UTF-8 that ends with a zero and is valid only in the call, such as
 * "weir_host_call_fail: the handle is stale". Runs inside the function that the notice is about, on the thread that
 * calls the function; several threads may call at once. The function may be inside of a step: it must not call weir.
 */
typedef void (*weir_notice_fn)(void *data, weir_notice kind, const char *text);

#ifdef __cplusplus
}
#endif
#endif
