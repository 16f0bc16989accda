/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A call on its way through a chain of interceptors: what they see of it, what they decide, and what becomes of it
 * then. It lives in a room of the seam and is built once a call; nothing is allocated unless an interceptor says more
 * than WEIR_GO_ON. The host_call, call, or flat call that crosses outlives the crossing, and keeps how far it has got.
 */
#ifndef INTERCEPT_CROSSING_H
#define INTERCEPT_CROSSING_H

#include "intercept/interceptors.h"

struct crossing {
  weir_crossing shown; /* first: what interceptors see */
  struct chain *chain;
  const struct interceptors *interceptors;
  const struct func_type *type;
  uint32_t *depth; /* interceptors that were told of the beginning, and not yet of the end: the first so many */
  struct host_call *import;
  struct call *export;
  struct seam_flat *flat; /* one of the three */
  bool touched;           /* one has said something: only then is there what follows */
  weir_value answer;
  char *words; /* FAIL */
  struct weir_hook *hook;
};

_Static_assert(sizeof(struct crossing) <= SEAM_ROOM, "a crossing must fit into its room");

/* ---- crossing_show.c --------------------------------------------------------------------------------------------- */

void crossing_of_import(struct crossing *x, struct chain *chain, struct host_call *call);
void crossing_of_export(struct crossing *x, struct chain *chain, struct call *call);
void crossing_of_flat(struct crossing *x, struct chain *chain, struct seam_flat *call);
/* There may be something of an interceptor's from now on. */
void crossing_touch(struct crossing *x);
/* The words of a failure, from here on; NULL: the usual ones. */
void crossing_say(struct crossing *x, const char *message);
/* Lets go of what interceptors have left behind. */
void crossing_done(struct crossing *x);
/* Shows the arguments again, where they lie by now. */
void crossing_show_args(struct crossing *x, const weir_value *args);

/* ---- crossing_outcome.c ------------------------------------------------------------------------------------------ */

weir_status crossing_status(const struct crossing *x);
const char *crossing_message(const struct crossing *x, weir_status status);
const weir_value *crossing_result(const struct crossing *x);
/* The outcome is a failure, in the words of the crossing. */
void crossing_set_failed(struct crossing *x);
/* The outcome is the crossing's answer, or a failure where the answer is not one that the host could give. */
void crossing_set_answer(struct crossing *x);

/* ---- crossing.c -------------------------------------------------------------------------------------------------- */

/* Asks the interceptors from `from` on before the call. SEAM_DONE: the call has an outcome. */
enum seam_next crossing_go_in(struct crossing *x, uint32_t from);
/* Asks those that were told of the beginning after the call, the last first, or tells them of its failure. */
enum seam_next crossing_go_out(struct crossing *x);
/* What interceptor `at` has decided. *ret_on: the next one is asked. */
enum seam_next crossing_decide(struct crossing *x, weir_verdict verdict, uint32_t at, bool before, bool *ret_on);
/* Keeps it waiting for x->hook. false: there is none, or no memory. */
bool crossing_wait(struct crossing *x, uint32_t at);
/* Tells those that were told of the beginning, the last first, that there will be no other end. */
void crossing_tell_failure(struct crossing *x, weir_status status, const char *message);

#endif
