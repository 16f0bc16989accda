/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Handle tables: the numbers of handles are those of the text. */
#include "fuse/rt/rt.h"

struct fr_instance instances[MAX_INSTANCES];
u64 entered;

u32 add(u32 inst, void *object) {
  struct fr_instance *t = &instances[inst];
  u32 index = t->free;
  if (index != 0) {
    t->free = t->slots[index] >> 1;
    t->slots[index] = (u32)object;
    return index;
  }
  if (t->count + 1 >= t->capacity) {
    u32 capacity = t->capacity ? t->capacity * 2 : 16;
    if (capacity > TABLE_MAX)
      trap_memory();
    u32 *slots = make(capacity * 4);
    if (t->capacity) {
      __builtin_memcpy(slots, t->slots, t->capacity * 4);
      drop(t->slots, t->capacity * 4);
    }
    t->slots = slots;
    t->capacity = capacity;
  }
  t->slots[++t->count] = (u32)object;
  return t->count;
}

void *get(u32 inst, u32 index) {
  struct fr_instance *t = &instances[inst];
  if (index == 0 || index > t->count || (t->slots[index] & 1))
    trap_handle();
  return (void *)t->slots[index];
}

void *get_kind(u32 inst, u32 index, u8 kind) {
  struct fr_object *o = get(inst, index);
  if (o->kind != kind)
    trap_handle();
  return o;
}

void *remove(u32 inst, u32 index) {
  struct fr_instance *t = &instances[inst];
  void *object = get(inst, index);
  t->slots[index] = t->free << 1 | 1;
  t->free = index;
  return object;
}
