/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* One event of a subscriber, in its queue or behind it. */
#ifndef INTERCEPT_EVENT_NODE_H
#define INTERCEPT_EVENT_NODE_H

#include "base/list.h"
#include "weir/intercept.h"

struct event_node {
  struct list all;
  weir_event event;
  weir_hook *hook; /* of one that has no room yet */
};

/* NULL: out of memory. */
struct event_node *event_node_new(const weir_crossing *c, weir_event_kind kind);
void event_node_free(struct event_node *n);

#endif
