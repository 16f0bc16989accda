/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What is said of a request that is over: its line in the access log, its record, the numbers (tell.h). */
#include "serve/tell.h"

#include "serve/access.h"
#include "serve/client.h"
#include "serve/flight.h"

static void tell_access(const struct request *r, const struct http_exchange *x, uint64_t took) {
  const struct worker *w = r->worker;
  const struct http_head *head = x->received;
  char remote[CLIENT_TEXT];
  struct text out = {0};
  if (!w->config->access || !head)
    return;
  access_write(&out, &(struct access){.time = r->wall,
                                      .remote = client_text(&r->client, remote),
                                      .method = head->method,
                                      .host = head->authority,
                                      .path = head->path,
                                      .version = x->peer ? x->peer->version : 11,
                                      .status = r->status,
                                      .received = x->taken,
                                      .sent = x->sent,
                                      .waited = r->started > r->began ? r->started - r->began : 0,
                                      .took = took,
                                      .instance = r->number,
                                      .why = r->why,
                                      .detail = str_from(r->detail),
                                      .record = r->record ? str_from(r->record) : (struct str){0},
                                      .trace = &r->trace});
  if (!out.failed)
    w->config->access(w->config->data, out.data, out.size);
  text_done(&out);
}

/* Whether its instance keeps the record of its flight; then the instance takes no more requests. */
static void consider_record(struct request *r, uint64_t took) {
  struct instance *i = r->instance;
  struct flight_facts facts = {r->guest_failed || r->status >= 500, took, ++r->worker->requests};
  if (!i)
    return;
  if (flight_request(i, &facts) && i->slot)
    slot_retire(i->slot);
  if (i->flight.is_kept)
    r->record = i->flight.name;
}

void tell_over(struct request *r, const struct http_exchange *x) {
  uint64_t took = uv_hrtime() - r->began;
  meter_request(&r->worker->meter, r->status, took);
  consider_record(r, took);
  tell_access(r, x, took);
}
