/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A call on its way through a chain of interceptors: what they see of it, what they decide, and what becomes of it then.
 * It lives in a room of the seam and is built once a call; nothing is allocated unless an interceptor says more than
 * WEIR_GO_ON. What it is a passage of (a host_call, a call, or a flat call) outlives it and keeps how far it has got.
 */
#ifndef INTERCEPT_PASSAGE_H
#define INTERCEPT_PASSAGE_H

#include "intercept/links.h"

struct passage {
  weir_crossing shown; /* first: what interceptors see */
  struct chain *chain;
  const struct links *links;
  const struct func_type *type;
  uint32_t *depth; /* links that were told of the beginning */
  struct host_call *import;
  struct call *export;
  struct seam_flat *flat; /* one of the three */
  bool touched;           /* one has said something: only then is there what follows */
  weir_value answer;
  char *words; /* FAIL */
  struct weir_hook *hook;
};

_Static_assert(sizeof(struct passage) <= SEAM_ROOM, "a passage must fit into its room");

void passage_of_import(struct passage *p, struct chain *chain, struct host_call *call);
void passage_of_export(struct passage *p, struct chain *chain, struct call *call);
void passage_of_flat(struct passage *p, struct chain *chain, struct seam_flat *call);
/* There may be something of an interceptor's from now on. */
void passage_touch(struct passage *p);
/* Lets go of what interceptors have left behind. */
void passage_done(struct passage *p);

/* Asks the links from `from` on before the call. SEAM_DONE: the call has an outcome. */
enum seam_next passage_go_in(struct passage *p, uint32_t from);
/* Asks the `left` first links after the call, the last first, or tells them of its failure. */
enum seam_next passage_go_out(struct passage *p, uint32_t left);
/* What link `at` has decided. *ret_on: the next one is asked. */
enum seam_next passage_decide(struct passage *p, weir_verdict verdict, uint32_t at, bool before, bool *ret_on);
/* Keeps it waiting for p->hook. false: there is none, or no memory. */
bool passage_wait(struct passage *p, uint32_t at);
/* Tells the first `from` links, the last first. */
void passage_tell_failure(struct passage *p, uint32_t from, weir_status status, const char *message);

#endif
