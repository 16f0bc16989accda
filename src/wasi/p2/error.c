/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See error.h. */
#include "wasi/p2/error.h"

#include <string.h>

#include "base/diag.h"
#include "base/libc.h"
#include "base/mem.h"
#include "http/failure.h"
#include "wasi/p2/p2.h"
#include "wasi/wit.h"

struct error {
  struct wasi_object object;
  int number;
};

static void error_free(struct wasi_object *object) {
  mem_free(object->objects->alloc, object, sizeof(struct error));
}

static const struct wasi_object_type error_type = {.free = error_free};

weir_status wasi_p2_error_new(struct wasi_p2 *p2, weir_store *store, int error, uint64_t *ret) {
  struct error *e = mem_zalloc(p2->alloc, sizeof(*e));
  if (!e)
    return WEIR_ERR_NOMEM;
  e->number = error;
  weir_status status = wasi_object_init(p2->objects, &error_type, store, &e->object);
  if (status != WEIR_OK) {
    mem_free(p2->alloc, e, sizeof(*e));
    return status;
  }
  *ret = e->object.number;
  return WEIR_OK;
}

int wasi_p2_error_number(const struct wasi_p2 *p2, uint64_t number) {
  const struct error *e = (const struct error *)wasi_object_get(p2->objects, &error_type, number);
  return e ? e->number : 0;
}

weir_status wasi_p2_io_error_error_to_debug_string(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                   struct wasi_text *ret) {
  (void)store;
  int number = wasi_p2_error_number(p2, self);
  if (number == 0)
    return WEIR_ERR_MISUSE;
  const char *words = number < WASI_P2_ERROR_HTTP
                          ? libc_error_words(number)
                          : http_failure_name((enum http_failure_code)(number - WASI_P2_ERROR_HTTP));
  *ret = words ? (struct wasi_text){words, strlen(words)} : (struct wasi_text){"unknown error", 13};
  return WEIR_OK;
}

void wasi_p2_io_error_drop(struct wasi_p2 *p2, uint64_t rep) {
  wasi_object_drop(p2->objects, rep);
}
