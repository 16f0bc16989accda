/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What is said of a request that is over: its line in the access log, its record, the numbers (tell.h). */
#include "serve/tell.h"

#include <stdio.h>

#include "serve/access.h"
#include "serve/flight.h"

static struct str remote_of(const struct http_exchange *x, char *text, size_t room) {
  char host[INET6_ADDRSTRLEN] = "";
  int port = 0;
  const struct sockaddr *a = x->peer ? (const void *)&x->peer->remote : NULL;
  if (a && a->sa_family == AF_INET) {
    uv_ip4_name((const void *)a, host, sizeof(host));
    port = ntohs(((const struct sockaddr_in *)(const void *)a)->sin_port);
    snprintf(text, room, "%s:%d", host, port);
  } else if (a && a->sa_family == AF_INET6) {
    uv_ip6_name((const void *)a, host, sizeof(host));
    port = ntohs(((const struct sockaddr_in6 *)(const void *)a)->sin6_port);
    snprintf(text, room, "[%s]:%d", host, port);
  } else {
    text[0] = '\0';
  }
  return str_from(text);
}

static void tell_access(const struct request *r, const struct http_exchange *x, uint64_t took) {
  const struct worker *w = r->worker;
  const struct http_head *head = x->received;
  char remote[INET6_ADDRSTRLEN + 10];
  struct text out = {0};
  if (!w->config->access || !head)
    return;
  access_write(&out, &(struct access){.time = r->wall,
                                      .remote = remote_of(x, remote, sizeof(remote)),
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
