/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See end.h. */
#include "runtime/end.h"

#include <string.h>

#include "runtime/trap.h"

static bool same_resource(void *data, const struct weir_resource_type *want, const struct weir_resource_type *offer) {
  (void)data;
  return want == offer;
}

bool end_carries(const struct rt_end *end, const struct weir_type *elem) {
  const struct weir_type *have = end->channel->elem;
  return have == elem || (have && elem && type_matches(elem, have, same_resource, NULL));
}

weir_status end_trap_not_idle(struct rt_store *s, const struct rt_end *end, const char *verb) {
  if (end_copying(end) && strcmp(verb, "lift") == 0)
    return rt_trap(s, "cannot remove busy %s", end_noun(end));
  if (end_copying(end))
    return rt_trap(s, "cannot have concurrent operations active on a future/stream");
  if (!end->channel->future)
    return rt_trap(s, "cannot %s stream after being notified that the %s end dropped", verb,
                   end->readable ? "writable" : "readable");
  if (end->readable)
    return rt_trap(s, "cannot %s future after previous read succeeded", verb);
  return rt_trap(s, "cannot %s future after previous write succeeded or readable end dropped", verb);
}
