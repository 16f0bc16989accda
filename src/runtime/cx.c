/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What lifting and lowering do to an instance: a call of its realloc, and handles that leave its table or enter it.
 * What always holds: a handle that is given away leaves the table before anybody else has it; a loan is counted at its
 * lender and at the task or subtask that has it.
 *
 * In order: realloc; resources; streams and futures; error contexts; the table of operations.
 */
#include "runtime/cx.h"

#include "runtime/end.h"
#include "runtime/frame.h"
#include "runtime/fused_check.h"
#include "runtime/resource.h"
#include "runtime/subtask.h"
#include "runtime/table.h"
#include "runtime/trap.h"

static struct rt_cx *self(struct abi_cx *abi) {
  return (struct rt_cx *)(void *)abi;
}

/* ---- realloc ----------------------------------------------------------------------------------------------------- */

/* For emitted context.* of the instance: the slots of its stand-in that are a realloc's. */
static void set_realloc_slots(const struct rt_instance *inst, bool begins) {
  struct standin *own = inst->standin;
  if (!own)
    return;
  own->in_realloc = begins ? offsetof(struct standin, realloc_context) - offsetof(struct standin, context) : 0;
  own->realloc_context[0] = own->realloc_context[1] = 0;
}

/* LiftLowerContext.reallocate: a synchronous call of the guest in a thread of its own, which may not leave. */
static weir_status cx_reallocate(struct abi_cx *abi, uint64_t old, uint64_t old_size, uint32_t align, uint64_t new_size,
                                 uint64_t *ret) {
  struct rt_cx *cx = self(abi);
  struct rt_store *s = cx->inst->store;
  union eng_val v[4] = {{.u64 = old}, {.u64 = old_size}, {.u64 = align}, {.u64 = new_size}};
  struct rt_frame frame;
  frame_push(&frame, cx->inst);
  frame.task.caller_inst = cx->other;
  *cx->inst->may_leave = false;
  set_realloc_slots(cx->inst, true);
  weir_status status = eng_call(s->eng, &cx->opts->realloc, v, 4, &s->failure);
  status = fused_check_left(cx->inst, &frame.thread, status);
  set_realloc_slots(cx->inst, false);
  *cx->inst->may_leave = true;
  frame_pop(&frame);
  *ret = cx->opts->memory64 ? v[0].u64 : v[0].u32;
  return rt_fail(s, status);
}

/* ---- resources --------------------------------------------------------------------------------------------------- */

static weir_status get_resource(struct rt_cx *cx, const struct weir_type *t, uint32_t index, struct rt_handle **ret) {
  struct rt_store *s = cx->inst->store;
  WEIR_TRY(rt_table_get(s, &cx->inst->handles, index, ret));
  return resource_check(s, *ret, cx_resource(cx->inst->root, t->resource), index);
}

static weir_status lift_own(struct rt_cx *cx, const struct weir_type *t, uint32_t index, union abi_handle *ret) {
  struct rt_store *s = cx->inst->store;
  struct rt_handle *h;
  WEIR_TRY(get_resource(cx, t, index, &h));
  if (h->num_lends != 0)
    return rt_trap(s, "cannot remove owned resource while borrowed");
  if (!h->own)
    return rt_trap(s, "cannot lift own resource from a borrow");
  ret->rep = h->of.resource.rep;
  rt_table_remove(&cx->inst->handles, index);
  return WEIR_OK;
}

static weir_status lift_borrow(struct rt_cx *cx, const struct weir_type *t, uint32_t index, union abi_handle *ret) {
  struct rt_handle *h;
  WEIR_TRY(get_resource(cx, t, index, &h));
  ret->rep = h->of.resource.rep;
  return cx->subtask ? subtask_add_lender(cx->subtask, index) : WEIR_OK;
}

static weir_status lower_own(struct rt_cx *cx, const struct weir_type *t, union abi_handle handle, uint32_t *ret) {
  struct rt_handle *h;
  WEIR_TRY(rt_table_add(cx->inst->store, &cx->inst->handles, RT_RESOURCE, &h, ret));
  h->own = true;
  h->of.resource.type = cx_resource(cx->inst->root, t->resource);
  h->of.resource.rep = handle.rep;
  h->of.resource.borrow_scope = NULL;
  return WEIR_OK;
}

/* An instance that implements the resource gets the representation itself, not a handle. */
static weir_status lower_borrow(struct rt_cx *cx, const struct weir_type *t, union abi_handle handle, uint32_t *ret) {
  struct rt_resource_type *type = cx_resource(cx->inst->root, t->resource);
  if (type->impl == cx->inst) {
    *ret = (uint32_t)handle.rep;
    return *ret == handle.rep ? WEIR_OK : rt_trap(cx->inst->store, "representation of a borrow does not fit an i32");
  }
  WEIR_TRY(lower_own(cx, t, handle, ret));
  struct rt_handle *h = &cx->inst->handles.entries[*ret];
  h->own = false;
  h->of.resource.borrow_scope = cx->task;
  if (cx->task)
    cx->task->num_borrows++;
  return WEIR_OK;
}

/* ---- streams and futures ----------------------------------------------------------------------------------------- */

static weir_status lift_end(struct rt_cx *cx, const struct weir_type *t, uint32_t index, union abi_handle *ret) {
  struct rt_store *s = cx->inst->store;
  void *object;
  enum rt_handle_kind kind = t->kind == TYPE_FUTURE ? RT_FUTURE_READABLE : RT_STREAM_READABLE;
  WEIR_TRY(rt_table_object(s, &cx->inst->handles, index, kind, &object));
  struct rt_end *end = object;
  if (!end_carries(end, t->elem))
    return rt_trap(s, "handle index %u used with the wrong type, expected a different %s type", index, end_noun(end));
  if (end->state != RT_COPY_IDLE)
    return end_trap_not_idle(s, end, "lift");
  if (end->w.set)
    return rt_trap(s, "cannot lift %s while it's in a waitable set", end_noun(end));
  rt_table_remove(&cx->inst->handles, index);
  end->inst = NULL;
  end->w.index = 0;
  ret->shared = end;
  return WEIR_OK;
}

static weir_status lower_end(struct rt_cx *cx, const struct weir_type *t, union abi_handle handle, uint32_t *ret) {
  struct rt_end *end = handle.shared;
  end->channel->elem = t->elem;
  end->channel->root = cx->inst->root;
  end->inst = cx->inst;
  WEIR_TRY(rt_table_add_object(cx->inst->store, &cx->inst->handles, (enum rt_handle_kind)end->w.kind, end, ret));
  end->w.index = *ret;
  return WEIR_OK;
}

/* ---- error contexts ---------------------------------------------------------------------------------------------- */

static weir_status lift_error_context(struct rt_cx *cx, uint32_t index, union abi_handle *ret) {
  return rt_table_object(cx->inst->store, &cx->inst->handles, index, RT_ERROR_CONTEXT, &ret->shared);
}

static weir_status lower_error_context(struct rt_cx *cx, union abi_handle handle, uint32_t *ret) {
  struct rt_error_context *e = handle.shared;
  WEIR_TRY(rt_table_add_object(cx->inst->store, &cx->inst->handles, RT_ERROR_CONTEXT, e, ret));
  e->refs++;
  return WEIR_OK;
}

/* ---- the operations ---------------------------------------------------------------------------------------------- */

static weir_status cx_lift_handle(struct abi_cx *abi, const struct weir_type *t, uint32_t index,
                                  union abi_handle *ret) {
  struct rt_cx *cx = self(abi);
  ret->rep = 0;
  switch (t->kind) {
    case TYPE_OWN:
      return lift_own(cx, t, index, ret);
    case TYPE_BORROW:
      return lift_borrow(cx, t, index, ret);
    case TYPE_ERROR_CONTEXT:
      return lift_error_context(cx, index, ret);
    default:
      return lift_end(cx, t, index, ret);
  }
}

static weir_status cx_lower_handle(struct abi_cx *abi, const struct weir_type *t, union abi_handle handle,
                                   uint32_t *ret) {
  struct rt_cx *cx = self(abi);
  switch (t->kind) {
    case TYPE_OWN:
      return lower_own(cx, t, handle, ret);
    case TYPE_BORROW:
      return lower_borrow(cx, t, handle, ret);
    case TYPE_ERROR_CONTEXT:
      return lower_error_context(cx, handle, ret);
    default:
      return lower_end(cx, t, handle, ret);
  }
}

static weir_status cx_handle_to_value(struct abi_cx *abi, const struct weir_type *t, union abi_handle handle,
                                      weir_value *ret) {
  return self(abi)->inst->store->handle_to_value(abi, t, handle, ret);
}

static weir_status cx_handle_from_value(struct abi_cx *abi, const struct weir_type *t, weir_value *value,
                                        union abi_handle *ret) {
  return self(abi)->inst->store->handle_from_value(abi, t, value, ret);
}

static const struct abi_ops cx_ops = {
    .reallocate = cx_reallocate,
    .lift_handle = cx_lift_handle,
    .lower_handle = cx_lower_handle,
    .handle_to_value = cx_handle_to_value,
    .handle_from_value = cx_handle_from_value,
};

void cx_init(struct rt_cx *cx, struct rt_instance *inst, const struct rt_opts *opts) {
  struct rt_store *s = inst->store;
  cx->abi.ops = &cx_ops;
  cx->abi.store = s->eng;
  cx->abi.memory = opts->memory;
  cx->abi.has_realloc = opts->has_realloc;
  cx->abi.memory64 = opts->memory64;
  cx->abi.packed_lists = s->packed_lists;
  cx->abi.encoding = opts->encoding;
  cx->abi.diag = &s->failure;
  cx->abi.lift_limit = s->limits.value_bytes;
  cx->abi.base = NULL;
  cx->abi.size = 0;
  cx->inst = inst;
  cx->opts = opts;
  cx->task = NULL;
  cx->subtask = NULL;
  cx->other = NULL;
}
