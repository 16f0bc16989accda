/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See object.h. */
#include "wasi/host/object.h"

#include "base/diag.h"
#include "base/mem.h"

void wasi_objects_init(struct wasi_objects *objects, const struct weir_alloc *alloc, struct wasi_guards *guards) {
  *objects = (struct wasi_objects){.alloc = alloc, .guards = guards};
  list_init(&objects->all);
}

/* ---- numbers ----------------------------------------------------------------------------------------------------- */

/* Also the first time, when the number 0 is made, which leads to nothing. */
static bool slots_have_free(struct wasi_objects *objects) {
  struct wasi_object_slot empty = {0};
  if (objects->first_free)
    return true;
  if (objects->slots.count == 0 && !VEC_PUSH(objects->alloc, &objects->slots, empty))
    return false;
  if (objects->slots.count == UINT32_MAX || !VEC_PUSH(objects->alloc, &objects->slots, empty))
    return false;
  objects->first_free = objects->slots.count - 1;
  return true;
}

static void number_take(struct wasi_objects *objects, struct wasi_object *object) {
  struct wasi_object_slot *slot = &objects->slots.data[objects->first_free];
  object->number = objects->first_free;
  objects->first_free = slot->next_free;
  *slot = (struct wasi_object_slot){.object = object};
}

static void number_give(struct wasi_object *object) {
  struct wasi_objects *objects = object->objects;
  objects->slots.data[object->number] = (struct wasi_object_slot){.next_free = objects->first_free};
  objects->first_free = (uint32_t)object->number;
  object->number = 0;
}

/* ---- handles ----------------------------------------------------------------------------------------------------- */

static void handle_gone(struct wasi_object *object) {
  wasi_guard_mark_remove(&object->mark);
  number_give(object);
  wasi_object_release(object);
}

static void store_gone(struct wasi_guard_mark *mark) {
  handle_gone(LIST_OWNER(mark, struct wasi_object, mark));
}

void wasi_object_init_bare(struct wasi_objects *objects, const struct wasi_object_type *type,
                           struct wasi_object *object) {
  object->type = type;
  object->objects = objects;
  object->holders = 1;
  list_init(&object->mark.node);
  list_append(&objects->all, &object->all);
}

weir_status wasi_object_init(struct wasi_objects *objects, const struct wasi_object_type *type, weir_store *store,
                             struct wasi_object *object) {
  if (!slots_have_free(objects))
    return WEIR_ERR_NOMEM;
  WEIR_TRY(wasi_guard_mark_add(objects->guards, store, &object->mark, store_gone));
  object->type = type;
  object->objects = objects;
  object->holders = 1;
  list_append(&objects->all, &object->all);
  number_take(objects, object);
  return WEIR_OK;
}

struct wasi_object *wasi_object_get(const struct wasi_objects *objects, const struct wasi_object_type *type,
                                    uint64_t number) {
  struct wasi_object *object = number < objects->slots.count ? objects->slots.data[number].object : NULL;
  return object && object->type == type ? object : NULL;
}

void wasi_object_drop(struct wasi_objects *objects, uint64_t number) {
  struct wasi_object *object = number < objects->slots.count ? objects->slots.data[number].object : NULL;
  if (object)
    handle_gone(object);
}

/* ---- holds ------------------------------------------------------------------------------------------------------- */

void wasi_object_hold(struct wasi_object *object) {
  object->holders++;
}

void wasi_object_release(struct wasi_object *object) {
  if (!object || --object->holders > 0)
    return;
  list_remove(&object->all);
  object->type->free(object);
}

/* Objects hold each other: what one of them frees is no longer in the list. */
void wasi_objects_done(struct wasi_objects *objects) {
  while (!list_empty(&objects->all)) {
    struct wasi_object *object = LIST_OWNER(objects->all.next, struct wasi_object, all);
    wasi_guard_mark_remove(&object->mark);
    object->holders = 1;
    wasi_object_release(object);
  }
  VEC_DONE(objects->alloc, &objects->slots);
}
