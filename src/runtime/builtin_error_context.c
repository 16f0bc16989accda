/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* error-context.*. The deterministic profile: the message is always empty. See builtin.h. */
#include "base/mem.h"
#include "runtime/builtin.h"
#include "runtime/cx.h"
#include "runtime/table.h"
#include "runtime/trap.h"

weir_status builtin_error_context_new(struct rt_trampoline *t, union eng_val *v) {
  struct rt_store *s = t->inst->store;
  struct rt_error_context *e = mem_zalloc(s->alloc, sizeof(*e));
  if (!e)
    return rt_fail(s, diag_nomem(&s->failure));
  e->refs = 1;
  e->message.kind = WEIR_VALUE_STRING;
  weir_status status = rt_table_add_object(s, &t->inst->handles, RT_ERROR_CONTEXT, e, &v[0].u32);
  if (status != WEIR_OK)
    mem_free(s->alloc, e, sizeof(*e));
  return status;
}

weir_status builtin_error_context_debug_message(struct rt_trampoline *t, union eng_val *v) {
  struct rt_store *s = t->inst->store;
  void *object = NULL;
  WEIR_TRY(rt_table_object(s, &t->inst->handles, v[0].u32, RT_ERROR_CONTEXT, &object));
  struct rt_error_context *e = object;
  struct rt_cx cx;
  cx_init(&cx, t->inst, &t->opts);
  return rt_fail(s, abi_store_string(&cx.abi, &e->message, t->opts.memory64 ? v[1].u64 : v[1].u32));
}

weir_status builtin_error_context_drop(struct rt_trampoline *t, union eng_val *v) {
  struct rt_store *s = t->inst->store;
  void *object = NULL;
  WEIR_TRY(rt_table_object(s, &t->inst->handles, v[0].u32, RT_ERROR_CONTEXT, &object));
  struct rt_error_context *e = object;
  rt_table_remove(&t->inst->handles, v[0].u32);
  if (--e->refs == 0) {
    weir_value_clear(&e->message);
    mem_free(s->alloc, e, sizeof(*e));
  }
  return WEIR_OK;
}
