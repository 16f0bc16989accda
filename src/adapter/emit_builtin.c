/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Emits built-ins that work on a stand-in (standin.h): task.return with values that fit there, context.get and
 * context.set. Where the current task has no stand-in they are the runtime's.
 */
#include "adapter/emit.h"

static uint32_t address_of(const struct adapter_func *f, size_t offset) {
  return f->sides[0].standin + (uint32_t)offset;
}

/* Lifts the values, and puts them into the stand-in as core values of the callee, wrapped and checked. */
static void keep_values(struct emit *e, const struct adapter_func *f) {
  static const enum wasm_op stores[] = {
      [CORE_I32] = OP_I32_STORE, [CORE_I64] = OP_I64_STORE, [CORE_F32] = OP_F32_STORE, [CORE_F64] = OP_F64_STORE};
  const struct weir_type *type = f->value;
  uint32_t first = e->param_count + (uint32_t)e->locals.size;
  for (uint32_t i = 0; i < type->flat_count[0]; i++)
    emit_local(e, (enum core_type)type->flat[0][i]);
  emit_copy(e, (struct emit_place){.flat = true}, (struct emit_place){.flat = true, .local = first}, type);
  for (uint32_t i = 0; i < type->flat_count[0]; i++) {
    put_i32(&e->code, 0);
    emit_get(e, first + i);
    put_access(&e->code, stores[type->flat[0][i]], e->module->flags,
               address_of(f, offsetof(struct standin, values)) + 8 * i);
  }
}

void emit_task_return(struct emit *e, const struct adapter_func *f) {
  struct text *t = &e->code;
  e->src = e->dst = &f->sides[0];
  e->site_from = f->sides[0].standin;
  emit_load_shared(e, OP_I32_LOAD, address_of(f, offsetof(struct standin, state)));
  put_i32(t, STANDIN_RETURNS + f->trampoline);
  put_op(t, OP_I32_NE);
  if (f->sides[0].flag != GRAPH_NONE) {
    emit_load_shared(e, OP_I32_LOAD8_U, f->sides[0].flag);
    put_op(t, OP_I32_EQZ);
    put_op(t, OP_I32_OR);
  }
  emit_outside_if(e, f);
  if (f->value)
    keep_values(e, f);
  emit_store_shared(e, address_of(f, offsetof(struct standin, state)), STANDIN_RETURNED);
}

/* The slots of a realloc that runs, or of the task that the stand-in stands for. */
void emit_context(struct emit *e, const struct adapter_func *f) {
  struct text *t = &e->code;
  uint32_t base = emit_local(e, CORE_I32), slot = address_of(f, offsetof(struct standin, context)) + 8 * f->slot;
  emit_load_shared(e, OP_I32_LOAD, address_of(f, offsetof(struct standin, state)));
  put_i32(t, STANDIN_STARTED);
  put_op(t, OP_I32_LT_U);
  emit_load_shared(e, OP_I32_LOAD, address_of(f, offsetof(struct standin, in_realloc)));
  put_op_u32(t, OP_LOCAL_TEE, base);
  put_op(t, OP_I32_EQZ);
  put_op(t, OP_I32_AND);
  emit_outside_if(e, f);
  emit_get(e, base);
  if (f->caller->result_count > 0) {
    put_access(t, f->is64 ? OP_I64_LOAD : OP_I32_LOAD, e->module->flags, slot);
    return;
  }
  emit_get(e, 0);
  if (!f->is64)
    put_op(t, OP_I64_EXTEND_I32_U);
  put_access(t, OP_I64_STORE, e->module->flags, slot);
}
