/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See flow.h. */
#include "wasi/host/flow.h"

#include "base/diag.h"

enum { LOOKS = 2 }; /* two leave for one that comes: no more rest than are open */

void wasi_flows_init(struct wasi_flows *flows, const struct weir_alloc *alloc, struct wasi_guards *guards,
                     wasi_result_code_fn *code_of, void (*release)(struct wasi_flow *flow)) {
  *flows = (struct wasi_flows){.alloc = alloc, .guards = guards, .code_of = code_of, .release = release};
  list_init(&flows->all);
  list_init(&flows->resting);
}

void wasi_flows_close(struct wasi_flows *flows) {
  while (!list_empty(&flows->all))
    wasi_flow_end(LIST_OWNER(flows->all.next, struct wasi_flow, all));
}

/* ---- ending ------------------------------------------------------------------------------------------------------ */

void wasi_flow_end(struct wasi_flow *flow) {
  list_remove(&flow->all);
  list_remove(&flow->rest);
  wasi_guard_mark_remove(&flow->mark);
  weir_stream_drop(flow->data);
  wasi_result_done(&flow->result);
  flow->flows->release(flow);
}

static void flow_settled(struct wasi_result *result) {
  wasi_flow_end(LIST_OWNER(result, struct wasi_flow, result));
}

/* The store is being freed while the guest is told how the stream ended: that write calls back. */
static void flow_settling_gone(struct wasi_flow *flow) {
  (void)flow;
}

void wasi_flow_finish(struct wasi_flow *flow, int error) {
  weir_stream_drop(flow->data);
  flow->data = NULL;
  if (weir_stream_other_end(flow->result.future) == WEIR_END_DROPPED) {
    wasi_flow_end(flow);
    return;
  }
  flow->store_gone = flow_settling_gone;
  wasi_flow_rise(flow);
  wasi_result_settle(&flow->result, error, flow_settled);
}

/* ---- resting ----------------------------------------------------------------------------------------------------- */

void wasi_flow_rest(struct wasi_flow *flow) {
  if (list_empty(&flow->rest))
    list_append(&flow->flows->resting, &flow->rest);
}

void wasi_flow_rise(struct wasi_flow *flow) {
  list_remove(&flow->rest);
}

static bool flow_is_dropped(const struct wasi_flow *flow) {
  return weir_stream_other_end(flow->data) == WEIR_END_DROPPED &&
         weir_stream_other_end(flow->result.future) == WEIR_END_DROPPED;
}

void wasi_flows_sweep(struct wasi_flows *flows) {
  for (int i = 0; i < LOOKS && !list_empty(&flows->resting); i++) {
    struct wasi_flow *flow = LIST_OWNER(flows->resting.next, struct wasi_flow, rest);
    list_remove(&flow->rest);
    list_append(&flows->resting, &flow->rest);
    if (flow_is_dropped(flow))
      wasi_flow_end(flow);
  }
}

/* ---- beginning --------------------------------------------------------------------------------------------------- */

static void flow_gone(struct wasi_guard_mark *mark) {
  struct wasi_flow *flow = LIST_OWNER(mark, struct wasi_flow, mark);
  flow->gone = true;
  flow->store_gone(flow);
}

weir_status wasi_flow_init(struct wasi_flow *flow, struct wasi_flows *flows, weir_store *store,
                           void (*store_gone)(struct wasi_flow *flow), weir_value *ret_future) {
  *flow = (struct wasi_flow){.flows = flows, .store_gone = store_gone};
  list_init(&flow->all);
  list_init(&flow->rest);
  weir_status status = wasi_guard_mark_add(flows->guards, store, &flow->mark, flow_gone);
  if (status == WEIR_OK)
    status = wasi_result_init(&flow->result, store, flows->code_of, ret_future);
  if (status == WEIR_OK)
    list_append(&flows->all, &flow->all);
  else
    wasi_flow_end(flow);
  return status;
}
