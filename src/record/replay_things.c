/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What a replay holds in the host's place, by its number. Few are alive at a time, the latest are asked for most. */
#include <stdlib.h>

#include "base/mem.h"
#include "embed/resource.h"
#include "record/replay.h"

struct replay_thing *replay_find(struct replay *r, enum replay_kind kind, uint64_t id) {
  for (uint32_t i = r->things.count; i > 0; i--) {
    struct replay_thing *t = &r->things.data[i - 1];
    if (t->kind == kind && t->id == id)
      return t;
  }
  return NULL;
}

struct replay_thing *replay_add(struct replay *r, enum replay_kind kind, uint64_t id) {
  struct replay_thing thing = {.id = id, .kind = kind};
  return VEC_PUSH(&mem_system, &r->things, thing) ? &r->things.data[r->things.count - 1] : NULL;
}

void replay_buffer_done(struct replay_thing *end) {
  for (size_t i = 0; i < end->value_count; i++)
    weir_value_clear(&end->values[i]);
  free(end->buffer);
  free(end->values);
  end->buffer = NULL;
  end->values = NULL;
  end->value_count = 0;
}

void replay_forget(struct replay *r, struct replay_thing *thing) {
  replay_buffer_done(thing);
  *thing = r->things.data[--r->things.count];
}

/* ---- handles in values ------------------------------------------------------------------------------------------- */

static bool keep_one(struct replay *r, weir_value *v) {
  if (v->kind == WEIR_VALUE_RESOURCE) {
    if (!resource_get(v->of.resource)->own)
      return true; /* lent: it goes when the call ends, as with any host */
    struct replay_thing *t = replay_add(r, REPLAY_RESOURCE, resource_get(v->of.resource)->id);
    if (t)
      t->value = *v;
    *v = (weir_value){0};
    return t;
  }
  uint64_t id = host_end_get(v->of.stream)->id;
  struct replay_thing *t = replay_add(r, REPLAY_END, id);
  weir_stream *end = weir_stream_from_value(v);
  if (t)
    t->object = end;
  return t;
}

bool replay_keep_handles(struct replay *r, weir_value *v) {
  switch (v->kind) {
    case WEIR_VALUE_RESOURCE:
    case WEIR_VALUE_STREAM:
    case WEIR_VALUE_FUTURE:
      return keep_one(r, v);
    case WEIR_VALUE_VARIANT:
      return !v->of.payload || replay_keep_handles(r, v->of.payload);
    case WEIR_VALUE_LIST:
    case WEIR_VALUE_RECORD:
      for (size_t i = 0; i < v->of.list.count; i++)
        if (!replay_keep_handles(r, &v->of.list.items[i]))
          return false;
      return true;
    default:
      return true;
  }
}

static weir_status take_handle(void *data, weir_value_kind kind, uint64_t id, bool own, weir_value *ret) {
  struct replay *r = data;
  struct replay_thing *t = replay_find(r, kind == WEIR_VALUE_RESOURCE ? REPLAY_RESOURCE : REPLAY_END, id);
  if (!t || (kind != WEIR_VALUE_RESOURCE && (!t->object || t->buffer || t->values)))
    return WEIR_ERR_MALFORMED; /* nothing, or something that is gone or busy */
  if (kind == WEIR_VALUE_RESOURCE)
    *ret = t->value;
  else
    weir_stream_to_value(t->object, ret);
  if (own) /* else it is only lent */
    replay_forget(r, t);
  return WEIR_OK;
}

struct log_handles replay_handles(struct replay *r) {
  return (struct log_handles){take_handle, r};
}
