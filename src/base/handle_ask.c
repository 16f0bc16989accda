/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What any thread may ask of an object that another thread owns: a wish is a bit in the handle's cell, and the cell's
 * mail carries it to the owner. Nothing is allocated, and a handle has one mail at most, however often somebody asks.
 *
 * What holds: whoever turns `asked` from 0 has the mail, until it is delivered; whoever turns it back to 0 answers for
 * what stood in it. A cell may meanwhile be used again, even in another store. So a wish names its handle, a stale one
 * is forgotten, and mail that has come to the wrong store is sent on.
 */
#include "base/handle.h"

#include "base/list.h"

/* A wish: the handle's generation and kind where the handle has them, and its bits where a handle has the address. */
enum { WISH_SHIFT = 8 };
static const uintptr_t address_bits = ((uintptr_t)1 << HANDLE_SHIFT) - HANDLE_KINDS;

static uintptr_t wish_of(const void *handle, unsigned wish) {
  return ((uintptr_t)handle & ~address_bits) | (uintptr_t)wish << WISH_SHIFT;
}

static unsigned bits_of(uintptr_t asked) {
  return (unsigned)((asked & address_bits) >> WISH_SHIFT);
}

static bool same_handle(uintptr_t a, uintptr_t b) {
  return ((a ^ b) & ~address_bits) == 0;
}

static void act(void *handle, enum handle_kind kind, unsigned wish) {
  for (unsigned one = HANDLE_CANCEL; one <= HANDLE_LET_GO; one <<= 1) {
    struct handled *object = handle_object(handle, kind);
    if (!object || !(wish & one))
      continue;
    if (one == HANDLE_LET_GO)
      object->ops->end(object);
    else if (object->ops->cancel)
      object->ops->cancel(object);
  }
}

static bool ask(void *handle, enum handle_kind kind, unsigned wish);

/* Takes what was asked, and asks it again: of this thread, if the handle is its own, or of its owner. */
static void ask_again(struct handle_cell *cell) {
  uintptr_t asked = atomic_exchange(&cell->asked, 0);
  uintptr_t handle = (uintptr_t)cell | (asked & ~address_bits);
  if (bits_of(asked))
    ask((void *)handle, handle_kind_of((void *)handle), bits_of(asked));
}

static void deliver(struct mail *mail, void *owner) {
  (void)owner;
  ask_again(LIST_OWNER(mail, struct handle_cell, mail));
}

/* The mail is ours. Where the store takes none it is going, and what is asked of it needs not be done. */
static void send(struct handle_cell *cell, struct inbox *place, uintptr_t wish) {
  cell->mail.deliver = deliver;
  if (inbox_post(place, &cell->mail))
    return;
  uintptr_t asked = atomic_exchange(&cell->asked, 0);
  if (bits_of(asked) && !same_handle(asked, wish)) /* somebody has asked for another store meanwhile */
    ask((void *)((uintptr_t)cell | (asked & ~address_bits)), handle_kind_of((void *)asked), bits_of(asked));
}

static bool ask(void *handle, enum handle_kind kind, unsigned wish) {
  struct handle_cell *cell = handle_cell_of(handle);
  for (;;) {
    uintptr_t asked = atomic_load(&cell->asked), want = wish_of(handle, wish);
    if (atomic_load_explicit(&cell->good, memory_order_acquire) != (uintptr_t)handle)
      return false;
    struct inbox *place = atomic_load_explicit(&cell->place, memory_order_relaxed);
    if (!place || inbox_is_mine(place)) {
      act(handle, kind, wish);
      return true;
    }
    if (asked && same_handle(asked, want)) {
      if (bits_of(asked) & HANDLE_LET_GO)
        return false;
      want |= asked;
    }
    if (!atomic_compare_exchange_strong(&cell->asked, &asked, want))
      continue;
    if (!asked)
      send(cell, place, want);
    return true;
  }
}

bool handle_ask(void *handle, enum handle_kind kind, enum handle_wish wish) {
  if (handle_kind_of(handle) != kind)
    return false;
  return ask(handle, kind, (unsigned)wish);
}
