/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See host_end.h. */
#include "embed/host_end.h"

#include "component/wit.h"
#include "runtime/end.h"

bool end_can_be_given(const struct host_end *w) {
  return w->end->readable && !w->busy && !w->dropping && w->end->state == RT_COPY_IDLE;
}

bool end_fits(const struct host_end *w, const struct weir_type *t) {
  return w->end->channel->future == (t->kind == TYPE_FUTURE) && (w->untyped || end_carries(w->end, t->elem));
}

weir_status end_misfit(const struct host_end *w, const struct weir_type *t, weir_status status, struct diag *d) {
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
