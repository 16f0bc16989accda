/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* http-error-code of wasi:http/types@0.2: the failure of an exchange in the error of a stream. */
#include "wasi/http/error.h"
#include "wasi/p2/error.h"
#include "wasi/p2/p2.h"

weir_status wasi_p2_http_http_error_code(struct wasi_p2 *p2, weir_store *store, uint64_t err,
                                         struct wasi_option_http_error_code *ret) {
  int number = wasi_p2_error_number(p2, err);
  (void)store;
  if (number == 0)
    return WEIR_ERR_MISUSE;
  ret->some = number >= WASI_P2_ERROR_HTTP;
  if (!ret->some)
    return WEIR_OK;
  struct http_failure failure = http_failure((enum http_failure_code)(number - WASI_P2_ERROR_HTTP));
  ret->value = wasi_http_error_of(&failure);
  return WEIR_OK;
}
