/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See host_end.h. */
#include "embed/host_end.h"

#include "base/mem.h"
#include "embed/resource.h"
#include "runtime/cx.h"
#include "runtime/end.h"
#include "wit/wit.h"

void host_end_free(struct host_end *w) {
  handle_give(&w->store->handles, w->handle);
  list_remove(&w->all);
  list_remove(&w->inbox);
  mem_free(&w->store->engine->alloc, w, sizeof(*w));
}

bool host_end_can_be_given(const struct host_end *w) {
  return w->end->readable && !w->busy && !w->dropping && w->end->state == RT_COPY_IDLE;
}

struct roots {
  const struct rt_root *want, *have;
};

static bool same_resource(void *data, const struct weir_resource_type *want, const struct weir_resource_type *offer) {
  const struct roots *roots = data;
  return want == offer && resource_type_same(cx_resource(roots->want, want), cx_resource(roots->have, offer));
}

/* Two instances of one component name their own resources by the same type. */
static bool same_resources(const struct rt_channel *c, const struct rt_root *root, const struct weir_type *elem) {
  struct roots roots = {root, c->root};
  return !elem || !elem->has_handle || !c->root || c->root == root ||
         type_matches(elem, c->elem, same_resource, &roots);
}

bool host_end_fits(const struct host_end *w, const struct rt_root *root, const struct weir_type *t) {
  const struct rt_channel *c = w->end->channel;
  if (c->future != (t->kind == TYPE_FUTURE))
    return false;
  return w->untyped || (end_carries(w->end, t->elem) && same_resources(c, root, t->elem));
}

weir_status host_end_misfit(const struct host_end *w, const struct weir_type *t, weir_status status, struct diag *d) {
  struct weir_type found = {.kind = w->end->channel->future ? TYPE_FUTURE : TYPE_STREAM, .elem = w->end->channel->elem};
  struct text want, have;
  text_init(&want);
  text_init(&have);
  wit_type(&want, t, false);
  wit_type(&have, &found, false);
  if (want.failed || have.failed)
    diag_set(d, status, "the host gave a stream or future of another element type");
  else
    diag_set(d, status, "the host gave a stream or future of another element type: expected %.*s, found %.*s",
             (int)want.size, want.data, (int)have.size, have.data);
  text_done(&want);
  text_done(&have);
  return status;
}
