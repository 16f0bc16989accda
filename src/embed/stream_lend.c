/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Operations in place: a host looks at the buffer of the other end where the buffer lies, or fills the buffer, inside
 * of a callback. Meanwhile no guest runs, so nothing moves. The callback may start operations of other ends; the own
 * operation cannot be cancelled there. A record has an event for the lending, which is the cause of all that the
 * callback does, and one for the answer. An operation that stays goes on until its callback uses nothing.
 */
#include "embed/callout.h"
#include "embed/seam.h"
#include "embed/stream.h"

struct lending {
  struct host_end *end;
  void *bytes;
  size_t count, used;
};

static void ask_host(void *arg) {
  struct lending *l = arg;
  struct host_end *w = l->end;
  l->used = w->end->readable ? w->use.look(w->data, w->handle, l->bytes, l->count)
                             : w->use.fill(w->data, w->handle, l->bytes, l->count);
}

size_t stream_lend(struct rt_end *end, void *bytes, uint32_t count) {
  struct lending l = {end->host, bytes, count, 0};
  struct store *s = l.end->store;
  bool hooked = s->hooked, traced = s->traced && s->tap;
  uint64_t cause = s->cause;
  if (traced)
    s->cause = s->tap->stream_lent(s->tap_data, l.end, count);
  s->hooked = true; /* no step, no call of a guest */
  if (!s->rt.failed)
    callout(s, ask_host, &l);
  l.end->moved += l.used;
  end->buffer.over = l.end->dropping;
  s->hooked = hooked;
  if (traced && l.used <= count)
    s->tap->stream_used(s->tap_data, l.end, bytes, l.used);
  s->cause = cause;
  return l.used;
}
