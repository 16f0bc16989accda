/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A call from start to end, for guests that need no host events; behind weir/instance.h. */
#include "base/error.h"
#include "embed/call.h"
#include "embed/failure.h"
#include "embed/store_step.h"

/* The store has nothing more to do for now. */
static weir_status outcome(struct store *s, weir_call *call, weir_value *ret_result, weir_error **ret_error) {
  static const struct error_detail deadlock = {
      .status = WEIR_ERR_DEADLOCK,
      .message = "wasm trap: deadlock detected: event loop cannot make further progress",
  };
  if (s->rt.failed) { /* also a trap after it has returned: in post-return, or in what went on */
    if (ret_error)
      *ret_error = failure_error(s);
    return s->rt.failure.status;
  }
  if (weir_call_finished(call))
    return weir_call_result(call, ret_result, ret_error);
  if (ret_error)
    *ret_error = error_new(&deadlock);
  return WEIR_ERR_DEADLOCK;
}

static weir_status start(struct instance *inst, const weir_func *func, weir_value *take_args, size_t count,
                         weir_call **ret, struct diag *d) {
  struct call *c;
  if (inst && inst->store->stepping) { /* it could not be stepped */
    diag_set(d, WEIR_ERR_MISUSE, "a call cannot be run to its end from inside a callback of its store");
    inst = NULL; /* only the arguments are taken */
  }
  WEIR_TRY(call_start(inst, func, take_args, count, &c, d));
  *ret = c->handle;
  return WEIR_OK;
}

weir_status weir_call_run(weir_instance *instance, const weir_func *func, weir_value *take_args, size_t count,
                          weir_value *ret_result, weir_error **ret_error) {
  struct instance *inst = instance_get(instance);
  struct diag d;
  weir_call *call;
  diag_init(&d);
  weir_status status = start(inst, func, take_args, count, &call, &d);
  if (status != WEIR_OK) {
    diag_raise(&d, ret_error);
    diag_done(&d);
    return status;
  }
  diag_done(&d);
  struct store *s = inst->store;
  weir_step step = WEIR_STEP_READY;
  while (step == WEIR_STEP_READY && !call_settled(call))
    step = store_step(s);
  status = outcome(s, call, ret_result, ret_error);
  weir_call_free(call);
  return status;
}
