/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The heap of alarms. Every step is a loop: the heap may degenerate into a list of any length. */
#include "base/alarm.h"

#include <stddef.h>

static bool before(const struct alarm *a, const struct alarm *b) {
  return a->at != b->at ? a->at < b->at : a->order < b->order;
}

/* Two roots become one; either may be NULL. */
static struct alarm *meld(struct alarm *a, struct alarm *b) {
  if (!a || !b)
    return !a ? b : a;
  if (before(b, a)) {
    struct alarm *first = b;
    b = a;
    a = first;
  }
  b->prev = a;
  b->next = a->child;
  if (b->next)
    b->next->prev = b;
  a->child = b;
  a->next = a->prev = NULL;
  return a;
}

/* Siblings become one root: neighbours are melded from left to right, and the pairs from right to left. */
static struct alarm *meld_siblings(struct alarm *first) {
  struct alarm *pairs = NULL, *root = NULL;
  while (first) {
    struct alarm *second = first->next, *rest = !second ? NULL : second->next;
    struct alarm *pair = meld(first, second);
    pair->next = pairs;
    pairs = pair;
    first = rest;
  }
  while (pairs) {
    struct alarm *rest = pairs->next;
    pairs->next = NULL;
    root = meld(root, pairs);
    pairs = rest;
  }
  if (root)
    root->next = root->prev = NULL;
  return root;
}

void alarm_add(struct alarm_heap *heap, struct alarm *a) {
  a->order = heap->added++;
  a->child = a->next = a->prev = NULL;
  a->set = true;
  heap->first = meld(heap->first, a);
}

void alarm_remove(struct alarm_heap *heap, struct alarm *a) {
  if (!a->set)
    return;
  a->set = false;
  struct alarm *below = meld_siblings(a->child);
  if (heap->first == a) {
    heap->first = below;
    return;
  }
  if (a->prev->child == a)
    a->prev->child = a->next;
  else
    a->prev->next = a->next;
  if (a->next)
    a->next->prev = a->prev;
  heap->first = meld(heap->first, below);
}
