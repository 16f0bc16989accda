/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What cgo needs beside weir's headers: callbacks with a cgo.Handle as data, which is no pointer, and the union. */
#ifndef GLUE_H
#define GLUE_H

#include <stdint.h>

#include "weir/weir.h"

weir_status glue_store_new(weir_engine *engine, uintptr_t self, weir_store **ret, weir_error **ret_error);
weir_status glue_define(weir_linker *linker, char *name, char *signature, uintptr_t function, weir_error **ret_error);
weir_status glue_define_ticket(weir_linker *linker, char *name, weir_error **ret_error);
weir_status glue_call(weir_instance *instance, const weir_func *func, weir_value *take_args, size_t count,
                      uintptr_t ended, weir_call **ret, weir_error **ret_error);
weir_status glue_on_cancel(weir_host_call *call, uintptr_t cancel);
weir_status glue_read(weir_stream *stream, void *buffer, size_t capacity, uintptr_t copied, weir_error **ret_error);

static inline weir_value glue_u32(uint32_t n) {
  weir_value v = {.kind = WEIR_VALUE_U32, .of.u32 = n};
  return v;
}

static inline uint32_t glue_get_u32(const weir_value *v) {
  return v->kind == WEIR_VALUE_U32 ? v->of.u32 : 0;
}

#endif
