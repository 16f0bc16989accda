/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See code.h. */
#include "wasi/sockets/code.h"

#include <errno.h>
#include <string.h>

#include "base/libc.h"

static enum wasi_sockets_error_code_tag tag_of(int error) {
  switch (error) {
#define ERROR(number, CODE, CODE_0_2) \
  case number:                        \
    return WASI_SOCKETS_ERROR_CODE_##CODE;
#include "wasi/sockets/error.def"
    default:
      return WASI_SOCKETS_ERROR_CODE_OTHER;
  }
}

struct wasi_sockets_error_code wasi_socket_code(int error) {
  struct wasi_sockets_error_code code = {.tag = tag_of(error)};
  const char *words = libc_error_words(error);
  if (code.tag == WASI_SOCKETS_ERROR_CODE_OTHER && words)
    code.of.other = (struct wasi_option_text){.some = true, .value = {words, strlen(words)}};
  return code;
}

uint32_t wasi_socket_code_number(int error) {
  enum wasi_sockets_error_code_tag tag = tag_of(error);
  return tag == WASI_SOCKETS_ERROR_CODE_OTHER ? WASI_SOCKETS_ERROR_CODE_CONNECTION_BROKEN : tag;
}

weir_status wasi_socket_give_done(int status, struct wasi_result_none_sockets_error_code *ret) {
  ret->failed = status != 0;
  ret->error = wasi_socket_code(-status);
  return WEIR_OK;
}

weir_status wasi_socket_give_address(int status, const union wasi_address *address,
                                     struct wasi_result_sockets_ip_socket_address_sockets_error_code *ret) {
  ret->failed = status != 0;
  ret->error = wasi_socket_code(-status);
  if (!ret->failed)
    ret->ok = wasi_address_to(address);
  return WEIR_OK;
}

weir_status wasi_socket_give_remote(const struct wasi_socket *s,
                                    struct wasi_result_sockets_ip_socket_address_sockets_error_code *ret) {
  union wasi_address address;
  return s ? wasi_socket_give_address(wasi_socket_remote(s, &address), &address, ret) : WEIR_ERR_MISUSE;
}

weir_status wasi_socket_give_option(const struct wasi_socket *s, enum wasi_socket_option option,
                                    struct wasi_result_u64_sockets_error_code *ret) {
  if (!s)
    return WEIR_ERR_MISUSE;
  int status = wasi_socket_get(s, option, &ret->ok);
  ret->failed = status != 0;
  ret->error = wasi_socket_code(-status);
  return WEIR_OK;
}

weir_status wasi_socket_take_option(struct wasi_socket *s, enum wasi_socket_option option, uint64_t value,
                                    struct wasi_result_none_sockets_error_code *ret) {
  return s ? wasi_socket_give_done(wasi_socket_set(s, option, value), ret) : WEIR_ERR_MISUSE;
}
