/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See glue.h. */
#include "glue.h"

#include "_cgo_export.h"

static void wake(void *self) {
  goWake((uintptr_t)self);
}

static void host(void *function, weir_host_call *call, weir_value *args, size_t count) {
  (void)count;
  goHost((uintptr_t)function, call, args);
}

static void forget(void *handle) {
  goForget((uintptr_t)handle);
}

static void drop(void *data, weir_store *store, uint64_t rep) {
  (void)data, (void)store;
  goDrop((uintptr_t)rep);
}

static void ended(void *handle, weir_call *call) {
  goEnded((uintptr_t)handle, call);
}

static void cancelled(void *handle, weir_host_call *call) {
  (void)call;
  goCancelled((uintptr_t)handle);
}

static void copied(void *handle, weir_stream *end, weir_copy_result result, size_t count) {
  (void)end, (void)result;
  goCopied((uintptr_t)handle, count);
}

weir_status glue_store_new(weir_engine *engine, uintptr_t self, weir_store **ret, weir_error **ret_error) {
  weir_store_config config = WEIR_STORE_CONFIG_INIT;
  config.serialized = true;   /* a goroutine may change its thread after each call: a mutex keeps the order */
  config.caller_stack = true; /* goroutines know the bounds of their threads' stacks */
  weir_status status = weir_store_new(engine, &config, ret, ret_error);
  if (status == WEIR_OK)
    weir_store_on_wake(*ret, wake, (void *)self);
  return status;
}

weir_status glue_define(weir_linker *linker, char *name, char *signature, uintptr_t function, weir_error **ret_error) {
  return weir_linker_define_func(linker, NULL, name, signature, host, (void *)function, forget, ret_error);
}

weir_status glue_define_ticket(weir_linker *linker, char *name, weir_error **ret_error) {
  return weir_linker_define_resource(linker, NULL, name, drop, NULL, NULL, ret_error);
}

weir_status glue_call(weir_instance *instance, const weir_func *func, weir_value *take_args, size_t count,
                      uintptr_t done, weir_call **ret, weir_error **ret_error) {
  return weir_call_start(instance, func, take_args, count, ended, (void *)done, ret, ret_error);
}

weir_status glue_on_cancel(weir_host_call *call, uintptr_t cancel) {
  return weir_host_call_on_cancel(call, cancelled, (void *)cancel, forget);
}

weir_status glue_read(weir_stream *stream, void *buffer, size_t capacity, uintptr_t done, weir_error **ret_error) {
  return weir_stream_read(stream, buffer, capacity, copied, (void *)done, ret_error);
}
