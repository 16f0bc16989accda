/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The outcome of a call that crosses, of each of the three kinds: how it is read, and how interceptors set it. */
#include <stdlib.h>
#include <string.h>

#include "abi/value.h"
#include "base/error.h"
#include "embed/give.h"
#include "intercept/crossing.h"

static weir_status import_status(const struct host_call *call) {
  switch (call->outcome.kind) {
    case HOST_CALL_RETURNED:
      return WEIR_OK;
    case HOST_CALL_EXITED:
      return WEIR_ERR_EXIT;
    case HOST_CALL_CANCELLED:
      return WEIR_ERR_CANCELLED;
    default:
      return WEIR_ERR_HOST;
  }
}

weir_status crossing_status(const struct crossing *x) {
  if (x->flat)
    return x->flat->status;
  return x->import ? import_status(x->import) : x->export->status;
}

const char *crossing_message(const struct crossing *x, weir_status status) {
  const char *words = NULL;
  if (x->flat)
    words = x->flat->message;
  else if (x->import)
    words = x->import->outcome.message;
  else if (x->export->error)
    words = weir_error_message(x->export->error);
  if (words)
    return words;
  return status == WEIR_ERR_CANCELLED ? "the call was cancelled" : weir_status_name(status);
}

const weir_value *crossing_result(const struct crossing *x) {
  if (x->flat)
    return &x->flat->result;
  return x->import ? &x->import->outcome.result : &x->export->result;
}

void crossing_set_failed(struct crossing *x) {
  const char *words = x->words ? x->words : "an interceptor failed the call";
  if (x->import) {
    outcome_clear(&x->import->outcome);
    outcome_fail(&x->import->outcome, words);
    return;
  }
  if (x->flat) {
    free(x->flat->message);
    x->flat->message = strdup(words);
    x->flat->status = WEIR_ERR_HOST;
    weir_value_clear(&x->flat->result);
    return;
  }
  struct error_detail detail = {.status = WEIR_ERR_HOST, .message = words};
  weir_value_clear(&x->export->result);
  weir_error_free(x->export->error);
  x->export->status = WEIR_ERR_HOST;
  x->export->error = error_new(&detail);
}

/* As the host's own function is checked: the value is of the type, and the handles in it are the host's to give. */
static bool check_answer(struct crossing *x) {
  const struct weir_type *type = x->type->result;
  struct store *s = x->chain->store;
  struct diag d;
  diag_init(&d);
  bool good = value_check(type, &x->answer, &d) == WEIR_OK;
  if (good && x->import && type && type->has_handle)
    good = give_value(s, x->import->subtask->lower->inst->root, type, &x->answer, &d) == WEIR_OK;
  if (!good)
    crossing_say(x, diag_message(&d));
  diag_done(&d);
  return good;
}

void crossing_set_answer(struct crossing *x) {
  if (!check_answer(x)) {
    crossing_set_failed(x);
    return;
  }
  if (x->import) {
    x->import->outcome.kind = HOST_CALL_RETURNED;
    x->import->outcome.result = x->answer;
  } else if (x->flat) {
    x->flat->status = WEIR_OK;
    x->flat->result = x->answer;
  } else {
    x->export->status = WEIR_OK;
    x->export->result = x->answer;
  }
  x->answer = (weir_value){0};
}
