/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See client.h. Where neither the PROXY protocol nor fields are asked for, a request is as it came. */
#include "serve/client.h"

#include <stdio.h>

#include "serve/forwarded.h"

struct str client_text(const struct sockaddr_storage *address, char ret[CLIENT_TEXT]) {
  char host[INET6_ADDRSTRLEN] = "";
  ret[0] = '\0';
  if (address->ss_family == AF_INET) {
    const struct sockaddr_in *a = (const void *)address;
    uv_ip4_name(a, host, sizeof(host));
    snprintf(ret, CLIENT_TEXT, "%s:%d", host, ntohs(a->sin_port));
  } else if (address->ss_family == AF_INET6) {
    const struct sockaddr_in6 *a = (const void *)address;
    uv_ip6_name(a, host, sizeof(host));
    snprintf(ret, CLIENT_TEXT, "[%s]:%d", host, ntohs(a->sin6_port));
  }
  return str_from(ret);
}

bool client_believes(void *worker, const struct sockaddr *proxy) {
  const struct worker *w = worker;
  return trust_has(w->owner->trusted, w->owner->trusted_count, proxy);
}

/* The guest cannot see a connection's addresses, so what the PROXY header says stands in a field. */
static void tell_guest(struct request *r) {
  char client[CLIENT_TEXT], field[CLIENT_TEXT + 32];
  bool is_tls = r->x->peer && r->x->peer->is_tls;
  client_text(&r->client, client);
  snprintf(field, sizeof(field), "for=\"%s\";proto=%s", client, is_tls ? "https" : "http");
  if (client[0])
    http_received_set(r->x, STR("forwarded"), str_from(field));
}

/* The head is the exchange's; what is between it and its user may change the head. */
static struct http_head *head_of(struct request *r) {
  return (struct http_head *)(uintptr_t)r->x->received;
}

static void take_words(struct request *r, const struct forwarded *f) {
  struct http_head *head = head_of(r);
  r->client = f->client;
  if (f->scheme.size > 0)
    head->scheme = f->scheme;
  if (f->host.size == 0)
    return;
  memcpy(r->host, f->host.data, f->host.size); /* at most 255 bytes */
  head->authority = (struct str){r->host, f->host.size};
}

void client_learn(struct request *r) {
  const weir_serve_config *c = r->worker->config;
  const weir_server *s = r->worker->owner;
  struct http_fields *fields = (struct http_fields *)(uintptr_t)r->x->received->fields;
  struct forwarded f;
  if (r->x->peer)
    r->client = r->x->peer->remote;
  if (!fields || (c->forwarded == WEIR_SERVE_FORWARDED_NONE && !c->proxy_protocol))
    return;
  if (c->forwarded == WEIR_SERVE_FORWARDED_NONE) {
    forwarded_remove(fields);
    tell_guest(r);
    return;
  }
  forwarded_read(fields, c->forwarded, &r->client, s->trusted, s->trusted_count, &f);
  if (f.is_believed)
    take_words(r, &f);
  else
    forwarded_remove(fields);
}
