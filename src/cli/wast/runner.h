/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Inside the runner of scripts: one run, how an operation of the library ended, and the directives. */
#ifndef CLI_WAST_RUNNER_H
#define CLI_WAST_RUNNER_H

#include "cli/wast/read.h"
#include "cli/wast/world.h"

struct wast_options;

struct wast_runner {
  const struct wast_options *options;
  struct wast_world world;
  struct str source;
  struct diag *diag; /* of the directive that runs */
};

/* How an operation of the library ended. */
struct wast_outcome {
  weir_status status;
  weir_error *error;
};

/* ---- outcome.c: words about outcomes ----------------------------------------------------------------------------- */

const char *wast_outcome_message(const struct wast_outcome *o);
bool wast_outcome_is_trap(const struct wast_outcome *o);
bool wast_outcome_is_refusal(const struct wast_outcome *o);
/* The expected outcome and the actual one. */
weir_status wast_mismatch(struct wast_runner *r, const char *expected, const struct wast_outcome *o);
weir_status wast_message_mismatch(struct wast_runner *r, struct str expected, const struct wast_outcome *o);
weir_status wast_unexpected_failure(struct wast_runner *r, const char *what, const struct wast_outcome *o);
weir_status wast_bad_script(struct wast_runner *r, const struct sexp *at, const char *message);

/* ---- action.c ---------------------------------------------------------------------------------------------------- */

/*
 * Makes the component of a form, and with `instantiate` also the instance. Returns a script's error; all else is in
 * `*ret`.
 */
weir_status wast_run_form(struct wast_runner *r, const struct sexp *s, bool instantiate, struct wast_outcome *ret);
/* Runs (invoke ...). Returns a script's error; all else is in `*ret`. */
weir_status wast_run_action(struct wast_runner *r, const struct sexp *s, const weir_func **ret_func,
                            weir_value *ret_value, struct wast_outcome *ret);
size_t wast_count_forms(const struct sexp *first);

/* ---- directives: WEIR_OK where the directive holds --------------------------------------------------------------- */

weir_status wast_do_component(struct wast_runner *r, const struct sexp *s);
weir_status wast_do_invoke(struct wast_runner *r, const struct sexp *s);
weir_status wast_assert_return(struct wast_runner *r, const struct sexp *s);
weir_status wast_assert_trap(struct wast_runner *r, const struct sexp *s);
weir_status wast_assert_unlinkable(struct wast_runner *r, const struct sexp *s);
weir_status wast_assert_refused(struct wast_runner *r, const struct sexp *s);

#endif
