/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See event.h. */
#include "runtime/event.h"

#include "runtime/channel.h"
#include "runtime/subtask.h"
#include "runtime/waitable.h"

static struct rt_event_tuple subtask_event(struct rt_subtask *st) {
  waitable_clear_pending(&st->w);
  if (subtask_resolved(st))
    subtask_deliver_resolve(st);
  return (struct rt_event_tuple){RT_EVENT_SUBTASK, st->w.index, st->state};
}

static struct rt_event_tuple end_event(struct rt_end *end) {
  static const uint8_t codes[2][2] = {{RT_EVENT_STREAM_WRITE, RT_EVENT_STREAM_READ},
                                      {RT_EVENT_FUTURE_WRITE, RT_EVENT_FUTURE_READ}};
  uint32_t code = codes[end->channel->future][end->readable];
  uint32_t payload = channel_end_deliver(end);
  return (struct rt_event_tuple){code, end->w.index, payload};
}

struct rt_event_tuple event_of_waitable(struct rt_waitable *w) {
  if (w->kind == RT_SUBTASK)
    return subtask_event((struct rt_subtask *)(void *)w);
  return end_event((struct rt_end *)(void *)w);
}

struct rt_event_tuple event_of_set(struct rt_store *s, struct rt_set *set) {
  struct rt_waitable *w = waitable_set_next_pending(s, set);
  return w ? event_of_waitable(w) : (struct rt_event_tuple){RT_EVENT_NONE, 0, 0};
}
