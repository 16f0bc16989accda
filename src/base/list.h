/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * An intrusive doubly linked ring. The node sits inside its owner; LIST_OWNER() gets back to it. A list head is a node
 * of its own. A node in no list points to itself, so list_remove() may be called twice.
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct list {
  struct list *next, *prev;
};

static inline void list_init(struct list *l) {
  l->next = l->prev = l;
}

static inline bool list_empty(const struct list *l) {
  return l->next == l;
}

static inline void list_append(struct list *head, struct list *node) {
  node->prev = head->prev;
  node->next = head;
  head->prev->next = node;
  head->prev = node;
}

static inline void list_prepend(struct list *head, struct list *node) {
  list_append(head->next, node);
}

static inline void list_remove(struct list *node) {
  node->prev->next = node->next;
  node->next->prev = node->prev;
  list_init(node);
}

/* Walks the whole list. */
static inline uint32_t list_count(const struct list *head) {
  uint32_t count = 0;
  for (const struct list *n = head->next; n != head; n = n->next)
    count++;
  return count;
}

/* Moves all of `from` to the (empty) head `to`, so that callbacks may add to `from` during a walk over `to`. */
static inline void list_take(struct list *to, struct list *from) {
  list_init(to);
  if (list_empty(from))
    return;
  to->next = from->next;
  to->prev = from->prev;
  to->next->prev = to;
  to->prev->next = to;
  list_init(from);
}

/* Appends all of `from` in its order; `from` is empty afterwards. */
static inline void list_append_all(struct list *head, struct list *from) {
  if (list_empty(from))
    return;
  from->next->prev = head->prev;
  head->prev->next = from->next;
  from->prev->next = head;
  head->prev = from->prev;
  list_init(from);
}

#define LIST_OWNER(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

#endif
