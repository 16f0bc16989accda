/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Arguments, environment, the end, random numbers, and sockets, of which a program of preview 1 is given none. */
#include "preview1.h"

/* ---- arguments and environment ----------------------------------------------------------------------------------- */

/* Texts that are written one behind another, each with a zero; `pointers` tells where each begins. */
struct texts {
  guest pointers, bytes;
};

static void put_text(struct texts *out, const struct text *first, const struct text *second) {
  app_store_u32(out->pointers, out->bytes);
  app_store(out->bytes, first->data, first->size);
  out->bytes += first->size;
  if (second) {
    app_store(out->bytes, "=", 1);
    app_store(out->bytes + 1, second->data, second->size);
    out->bytes += 1 + second->size;
  }
  app_store(out->bytes, "", 1);
  out->pointers += sizeof(guest);
  out->bytes++;
}

EXPORT("args_sizes_get") uint32_t args_sizes_get(guest ret_count, guest ret_size) {
  struct list args;
  uint32_t size = 0;
  call_begin();
  environment_arguments(&args);
  for (uint32_t i = 0; i < args.count; i++)
    size += ((struct text *)args.data)[i].size + 1;
  app_store_u32(ret_count, args.count);
  app_store_u32(ret_size, size);
  return SUCCESS;
}

EXPORT("args_get") uint32_t args_get(guest pointers, guest bytes) {
  struct list args;
  struct texts out = {pointers, bytes};
  call_begin();
  environment_arguments(&args);
  for (uint32_t i = 0; i < args.count; i++)
    put_text(&out, &((struct text *)args.data)[i], NULL);
  return SUCCESS;
}

EXPORT("environ_sizes_get") uint32_t environ_sizes_get(guest ret_count, guest ret_size) {
  struct list variables;
  uint32_t size = 0;
  call_begin();
  environment_variables(&variables);
  for (uint32_t i = 0; i < variables.count; i++) {
    const struct variable *v = &((struct variable *)variables.data)[i];
    size += v->name.size + v->value.size + 2;
  }
  app_store_u32(ret_count, variables.count);
  app_store_u32(ret_size, size);
  return SUCCESS;
}

EXPORT("environ_get") uint32_t environ_get(guest pointers, guest bytes) {
  struct list variables;
  struct texts out = {pointers, bytes};
  call_begin();
  environment_variables(&variables);
  for (uint32_t i = 0; i < variables.count; i++) {
    const struct variable *v = &((struct variable *)variables.data)[i];
    put_text(&out, &v->name, &v->value);
  }
  return SUCCESS;
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

EXPORT("proc_exit") void proc_exit(uint32_t code) {
  exit_with_code(code & 255);
  __builtin_trap();
}

EXPORT("proc_raise") uint32_t proc_raise(uint32_t signal) {
  (void)signal;
  return E_NOTSUP;
}

/* Others go on whenever a program waits; one that does not wait keeps its turn. */
EXPORT("sched_yield") uint32_t sched_yield(void) {
  return SUCCESS;
}

/* ---- random numbers ---------------------------------------------------------------------------------------------- */

EXPORT("random_get") uint32_t random_get(guest to, uint32_t size) {
  struct list got;
  while (size > 0) {
    call_begin();
    random_bytes(size, &got);
    app_store(to, got.data, got.count);
    to += got.count;
    size -= got.count;
  }
  return SUCCESS;
}

/* ---- sockets ----------------------------------------------------------------------------------------------------- */

static uint32_t no_socket(uint32_t number) {
  call_begin();
  return fd_get(number) ? E_NOTSOCK : E_BADF;
}

EXPORT("sock_accept") uint32_t sock_accept(uint32_t number, uint32_t flags, guest ret) {
  (void)flags, (void)ret;
  return no_socket(number);
}

EXPORT("sock_recv")
uint32_t sock_recv(uint32_t number, guest iovs, uint32_t count, uint32_t flags, guest ret, guest ret_flags) {
  (void)iovs, (void)count, (void)flags, (void)ret, (void)ret_flags;
  return no_socket(number);
}

EXPORT("sock_send") uint32_t sock_send(uint32_t number, guest iovs, uint32_t count, uint32_t flags, guest ret) {
  (void)iovs, (void)count, (void)flags, (void)ret;
  return no_socket(number);
}

EXPORT("sock_shutdown") uint32_t sock_shutdown(uint32_t number, uint32_t how) {
  (void)how;
  return no_socket(number);
}
