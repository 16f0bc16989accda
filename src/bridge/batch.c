/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See batch.h. */
#include "bridge/batch.h"

#include "bridge/core.h"
#include "bridge/count.h"
#include "bridge/intake.h"
#include "bridge/request.h"

void batch_init(struct batch *t, weir_bridge_request **handles, size_t count) {
  *t = (struct batch){.handles = handles, .discard = request_discard};
  list_init(&t->made);
  for (size_t i = 0; i < count && handles; i++)
    handles[i] = NULL;
}

void batch_add(struct batch *t, struct weir_bridge_request *r) {
  list_append(&t->made, &r->place);
  if (t->handles)
    t->handles[t->count] = r;
  t->count++;
}

void batch_drop(struct batch *t) {
  while (!list_empty(&t->made)) {
    struct weir_bridge_request *r = LIST_OWNER(t->made.prev, struct weir_bridge_request, place);
    list_remove(&r->place);
    t->count--;
    if (t->handles)
      t->handles[t->count] = NULL;
    t->discard(r);
  }
}

weir_status batch_enter(struct batch *t, struct weir_bridge *b, size_t *ret_accepted, weir_error **ret_error) {
  bridge_ref(b); /* the last request may be gone as soon as it has entered */
  weir_status status = intake_enter_all(b, &t->made, ret_error);
  bridge_unref(b);
  batch_drop(t);
  if (ret_accepted)
    *ret_accepted = t->count;
  return status;
}

weir_status weir_bridge_submit_many(weir_bridge *b, const weir_bridge_job *jobs, size_t count,
                                    weir_bridge_request **ret, size_t *ret_accepted, weir_error **ret_error) {
  struct batch t;
  batch_init(&t, ret, count);
  if (ret_accepted)
    *ret_accepted = 0;
  size_t stride = count > 0 ? jobs->size : 0; /* where it is none, the first is refused */
  for (size_t i = 0; i < count; i++) {
    struct intake in = {.job = (const weir_bridge_job *)(const void *)((const char *)jobs + i * stride), .handle = ret};
    struct weir_bridge_request *r;
    weir_status status = intake_make(b, &in, &r, ret_error);
    if (status != WEIR_OK) {
      if (status == WEIR_ERR_LIMIT)
        count_refused(b, count - 1); /* the one is counted */
      batch_drop(&t);
      return status;
    }
    batch_add(&t, r);
  }
  return batch_enter(&t, b, ret_accepted, ret_error);
}
