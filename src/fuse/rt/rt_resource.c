/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Resources and their handles. */
#include "fuse/rt/rt.h"

static struct fr_resource *new_resource(u32 type, u32 rep, bool own) {
  struct fr_resource *r = make(sizeof(*r));
  r->kind = RESOURCE;
  r->own = own;
  r->type = type;
  r->rep = rep;
  return r;
}

static struct fr_resource *get_resource(u32 inst, u32 type, u32 index) {
  struct fr_resource *r = get_kind(inst, index, RESOURCE);
  if (r->type != type)
    trap_resource();
  return r;
}

EXPORT(resource_new) u32 resource_new(u32 inst, u32 type, u32 rep) {
  check_leave(inst);
  return add(inst, new_resource(type, rep, true));
}

EXPORT(resource_rep) u32 resource_rep(u32 inst, u32 type, u32 index) {
  return get_resource(inst, type, index)->rep;
}

/* The destructor is a call of a synchronous function of the instance that implements the resource. */
static void destroy(u32 inst, u32 impl, u32 dtor, u32 rep) {
  u64 entering = instances[impl].ancestors & ~instances[inst].ancestors, was = entered;
  struct fr_task task = {.state = STARTED, .inst = impl, .below = current};
  if (entered & entering)
    trap_enter();
  entered |= entering;
  current = &task;
  ((dtor_fn *)dtor)(rep);
  resolve_task(&task);
  current = task.below;
  entered = was;
}

/* dtor: its place in the table; 0: there is none. */
EXPORT(resource_drop) void resource_drop(u32 inst, u32 type, u32 impl, u32 dtor, u32 index) {
  check_leave(inst);
  struct fr_resource *r = get_resource(inst, type, index);
  u32 rep = r->rep;
  bool own = r->own;
  if (r->num_lends != 0)
    trap_resource();
  remove(inst, index);
  if (!own)
    r->scope->num_borrows--;
  drop(r, sizeof(*r));
  if (own && dtor != 0)
    destroy(inst, impl, dtor, rep);
}

u32 pass_own(u32 type, u32 index) {
  struct fr_resource *r = get_resource(pass.src, type, index);
  if (r->num_lends != 0 || !r->own)
    trap_resource();
  remove(pass.src, index);
  return add(pass.dst, r);
}

u32 pass_borrow(u32 type, u32 impl, u32 index) {
  struct fr_resource *r = get_resource(pass.src, type, index);
  struct fr_lend *l = make(sizeof(*l));
  l->handle = r;
  l->next = pass.sub->lends;
  pass.sub->lends = l;
  r->num_lends++;
  if (pass.dst == impl)
    return r->rep;
  struct fr_resource *borrowed = new_resource(type, r->rep, false);
  borrowed->scope = pass.task;
  pass.task->num_borrows++;
  return add(pass.dst, borrowed);
}
