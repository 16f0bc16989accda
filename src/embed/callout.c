/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See callout.h. */
#include "embed/callout.h"

#include "engine/eng.h"

void callout(struct store *s, eng_job job, void *arg) {
  if (s->config.caller_stack)
    eng_errand(s->rt.eng, job, arg);
  else
    job(arg);
}

/* ---- host functions ---------------------------------------------------------------------------------------------- */

struct host_errand {
  const struct linker_def *def;
  weir_host_call *call;
  weir_value *args;
  size_t count;
};

static void run_host(void *arg) {
  const struct host_errand *e = arg;
  e->def->fn(e->def->data, e->call, e->args, e->count);
}

void callout_host_errand(struct store *s, const struct linker_def *def, weir_host_call *call, weir_value *args,
                         size_t count) {
  callout(s, run_host, &(struct host_errand){def, call, args, count});
}

struct flat_errand {
  const struct linker_def *def;
  weir_flat_call *call;
  uint64_t *slots;
};

static void run_flat(void *arg) {
  const struct flat_errand *e = arg;
  e->def->flat(e->def->data, e->call, e->slots);
}

void callout_flat_errand(struct store *s, const struct linker_def *def, weir_flat_call *call, uint64_t *slots) {
  callout(s, run_flat, &(struct flat_errand){def, call, slots});
}

/* ---- cancellations ----------------------------------------------------------------------------------------------- */

struct cancel_errand {
  void (*cancel)(void *data, weir_host_call *call);
  void *data;
  weir_host_call *call;
};

static void run_cancel(void *arg) {
  const struct cancel_errand *e = arg;
  e->cancel(e->data, e->call);
}

void callout_cancel(struct store *s, void (*cancel)(void *data, weir_host_call *call), void *data,
                    weir_host_call *call) {
  callout(s, run_cancel, &(struct cancel_errand){cancel, data, call});
}
