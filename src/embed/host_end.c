/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See host_end.h. */
#include "embed/host_end.h"

#include "runtime/end.h"

bool end_can_be_given(const struct host_end *w) {
  return w->end->readable && !w->busy && !w->dropping && w->end->state == RT_COPY_IDLE;
}

bool end_fits(const struct host_end *w, const struct weir_type *t) {
  return w->end->channel->future == (t->kind == TYPE_FUTURE) && (w->untyped || end_carries(w->end, t->elem));
}
