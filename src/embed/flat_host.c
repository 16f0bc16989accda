/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See flat_host.h. The call lives on the stack; the result is lowered when the host's function has returned. */
#include "embed/flat_host.h"

#include <stdlib.h>

#include "abi/value_kind.h"
#include "base/diag.h"
#include "base/utf8.h"
#include "embed/callout.h"
#include "embed/linker.h"
#include "embed/seam.h"
#include "runtime/lower.h"

struct weir_flat_call {
  struct host_func *func;
  bool failed;
};

weir_store *weir_flat_call_store(const weir_flat_call *call) {
  return call->func->inst->store->handle;
}

const weir_func *weir_flat_call_func(const weir_flat_call *call) {
  return call->func->decl;
}

void weir_flat_call_fail(weir_flat_call *call, const char *message) {
  call->failed = true;
  char *copy = message ? utf8_copy(message) : NULL;
  diag_set(&call->func->inst->store->rt.failure, WEIR_ERR_HOST, "%s", copy ? copy : "a host function failed");
  free(copy);
}

/* A character is the only scalar that a host can get wrong. */
static weir_status check_result(const struct host_func *f, uint64_t bits) {
  if (abi_scalar_fits(f->rt.type->result, bits))
    return WEIR_OK;
  return diag_set(&f->inst->store->rt.failure, WEIR_ERR_HOST,
                  "result of host function `" STR_FMT "`: not a Unicode scalar value", STR_ARG(f->def->name));
}

weir_status flat_host_args(struct rt_trampoline *lower, union eng_val *vals, uint64_t *slots) {
  const struct weir_type *params = lower->decl->type->params;
  struct abi_place from;
  struct rt_cx cx;
  if (lower->flat_scalars) {
    abi_unpack_numbers(params, vals, slots);
    return WEIR_OK;
  }
  WEIR_TRY(lower_args_at_once(lower, vals, &cx, &from));
  return abi_lift_scalars(&cx.abi, from, params, slots);
}

/* A context of its own: the memory may have moved while the host's function ran. */
weir_status flat_host_result(struct host_func *f, struct rt_trampoline *lower, union eng_val *vals, uint64_t bits) {
  struct abi_place to;
  struct rt_cx cx;
  WEIR_TRY(check_result(f, bits));
  WEIR_TRY(lower_result_at_once(lower, vals, &cx, &to));
  abi_lower_scalar(&cx.abi, to, f->rt.type->result, bits);
  return WEIR_OK;
}

weir_status flat_host_call(struct rt_host_func *func, struct rt_trampoline *lower, union eng_val *vals) {
  struct host_func *f = (struct host_func *)(void *)func;
  struct weir_flat_call call = {.func = f};
  uint64_t slots[TYPE_MAX_FLAT];
  WEIR_TRY(flat_host_args(lower, vals, slots));
  callout_flat(f->inst->store, f->def, &call, slots);
  if (call.failed)
    return WEIR_ERR_HOST;
  return func->type->result ? flat_host_result(f, lower, vals, slots[0]) : WEIR_OK;
}

bool flat_host_run(struct host_func *f, uint64_t *slots) {
  struct weir_flat_call call = {.func = f};
  callout_flat(f->inst->store, f->def, &call, slots);
  return !call.failed && (!f->rt.type->result || check_result(f, slots[0]) == WEIR_OK);
}

/* ---- with values ------------------------------------------------------------------------------------------------- */

uint64_t flat_bits_of(const weir_value *v) {
  switch (v->kind) {
    case WEIR_VALUE_BOOL:
      return v->of.boolean;
    case WEIR_VALUE_S8:
      return (uint32_t)v->of.s8;
    case WEIR_VALUE_U8:
      return v->of.u8;
    case WEIR_VALUE_S16:
      return (uint32_t)v->of.s16;
    case WEIR_VALUE_U16:
      return v->of.u16;
    case WEIR_VALUE_S64:
    case WEIR_VALUE_U64:
    case WEIR_VALUE_F64:
      return v->of.u64;
    default:
      return v->of.u32;
  }
}

void flat_value_set(const struct weir_type *t, uint64_t bits, weir_value *ret) {
  ret->kind = value_kind_of(t->kind);
  ret->tag = 0;
  ret->of.u64 = ret->kind == WEIR_VALUE_BOOL ? bits != 0 : bits;
}

void flat_host_call_values(struct host_call *call) {
  const struct host_func *f = call->func;
  struct rt_store *rt = &f->inst->store->rt;
  struct weir_flat_call flat = {.func = call->func};
  uint64_t slots[TYPE_MAX_FLAT] = {0};
  for (size_t i = 0; i < call->args.of.list.count; i++)
    slots[i] = flat_bits_of(&call->args.of.list.items[i]);
  callout_flat(f->inst->store, f->def, &flat, slots);
  if (flat.failed) {
    outcome_fail(&call->outcome, diag_message(&rt->failure));
    return;
  }
  if (f->rt.type->result && check_result(f, slots[0]) != WEIR_OK) {
    outcome_fail(&call->outcome, diag_message(&rt->failure));
    return;
  }
  call->outcome.kind = HOST_CALL_RETURNED;
  if (f->rt.type->result)
    flat_value_set(f->rt.type->result, slots[0], &call->outcome.result);
}
