/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Functions that other threads send to a store: weir_store_post(). A post comes as mail, so posts run in the order in
 * which they were sent. The mail names the handle of its store: an inbox may be another store's by the time the mail
 * arrives, and then the store it was meant for has gone.
 */
#include <stdlib.h>

#include "embed/state.h"

struct post {
  struct mail mail;
  weir_store *store;
  void (*run)(void *data);
  void *data;
  void (*free)(void *data);
};

/* From malloc(): a sender sees the engine no more than the store. */
static void deliver(struct mail *mail, void *owner) {
  struct post copy = *LIST_OWNER(mail, struct post, mail);
  const struct store *s = owner;
  free(LIST_OWNER(mail, struct post, mail));
  if (s && s->handle == copy.store)
    copy.run(copy.data);
  else if (copy.free)
    copy.free(copy.data);
}

weir_status weir_store_post(weir_store *store, void (*run)(void *data), void *data, void (*free_data)(void *data)) {
  struct inbox *b = handle_place(store, HANDLE_STORE);
  if (!b)
    return WEIR_ERR_GONE;
  if (!run)
    return handle_refuse(store, HANDLE_STORE, "weir_store_post", "there is no function to run");
  struct post *post = malloc(sizeof(*post));
  if (!post)
    return WEIR_ERR_NOMEM;
  *post = (struct post){.mail.deliver = deliver, .store = store, .run = run, .data = data, .free = free_data};
  if (inbox_post(b, &post->mail))
    return WEIR_OK;
  free(post);
  return WEIR_ERR_GONE;
}
