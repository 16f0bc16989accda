/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Result futures. The value is made as an error at first, so that neither outcome has to allocate later. */
#include "wasi/host/result.h"

#include <errno.h>

#include "base/diag.h"
#include "wasi/wit.h"
#include "weir/future.h"

enum { RESULT_OK = 0, RESULT_ERROR = 1 };

static weir_status error_value(uint32_t tag, weir_value *ret) {
  weir_value code = {0};
  WEIR_TRY(weir_value_new_variant(tag, NULL, &code));
  weir_status status = weir_value_new_variant(RESULT_ERROR, &code, ret);
  weir_value_clear(&code);
  return status;
}

weir_status wasi_result_init(struct wasi_result *result, weir_store *store, wasi_result_code_fn *code_of,
                             weir_value *ret_readable) {
  *result = (struct wasi_result){.code_of = code_of};
  WEIR_TRY(error_value(code_of(EIO), &result->value));
  weir_status status = weir_future_new(store, ret_readable, &result->future, NULL);
  if (status != WEIR_OK)
    weir_value_clear(&result->value);
  return status;
}

uint32_t wasi_result_cli_code(int error) {
  if (error == EPIPE)
    return WASI_CLI_ERROR_CODE_PIPE;
  return error == EILSEQ ? WASI_CLI_ERROR_CODE_ILLEGAL_BYTE_SEQUENCE : WASI_CLI_ERROR_CODE_IO;
}

static void result_written(void *data, weir_stream *end, weir_copy_result outcome, size_t count) {
  (void)end, (void)outcome, (void)count;
  struct wasi_result *result = data;
  wasi_result_done(result);
  result->done(result);
}

void wasi_result_settle(struct wasi_result *result, int error, void (*done)(struct wasi_result *result)) {
  result->done = done;
  if (error != 0) {
    result->value.of.payload->tag = result->code_of(error);
  } else {
    weir_value_clear(&result->value);
    weir_value_new_variant(RESULT_OK, NULL, &result->value); /* without payload: nothing to allocate */
  }
  if (weir_stream_write_values(result->future, &result->value, 1, result_written, result, NULL) == WEIR_OK)
    return;
  wasi_result_done(result);
  done(result);
}

void wasi_result_done(struct wasi_result *result) {
  weir_stream_drop(result->future);
  result->future = NULL;
  weir_value_clear(&result->value);
}
