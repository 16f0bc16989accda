/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Hundreds of exchanges between a client and a server, of which both users do what comes to their minds: send much or
 * little, read slowly, let go early, break off, at steps that a seed chooses. Each exchange is released once by each
 * user; in the end nothing is live, and all memory is back. Over HTTP/1.1, and over HTTP/2 and TLS.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rng.h"
#include "http/client.h"
#include "http/tls_context.h"
#include "unit/http/identity.h"
#include "unit/http/talk.h"

enum { AT_ONCE = 24, EXCHANGES = 400, SEEDS = 6, MOST_BODY = 300000 };

struct soak;

/* One end of an exchange, and its user's plan. */
struct end {
  struct soak *soak;
  struct http_exchange *x; /* NULL: let go, or not begun */
  size_t to_send;
  uint32_t patience; /* steps until it lets go or breaks off */
  uint8_t plan;
  bool has_head, has_end, received_end;
};

enum { PLAN_WHOLE, PLAN_SLOW, PLAN_LET_GO, PLAN_BREAK, PLAN_NO_READING, PLANS };

struct soak {
  struct talk t; /* first: the server's config has it */
  struct http_client *client;
  struct rng rng;
  struct end clients[AT_ONCE], servers[4 * AT_ONCE];
  unsigned begun, whole, failed;
  bool is_tls;
};

static void let_go(struct end *e) {
  struct http_exchange *x = e->x;
  e->x = NULL;
  http_release(x);
}

static void go_on(struct end *e) {
  static const char bytes[8192];
  bool may_send = e->has_head && !e->has_end;
  while (may_send && e->to_send > 0) {
    size_t size = e->to_send < sizeof(bytes) ? e->to_send : sizeof(bytes);
    size_t taken = http_send_body(e->x, bytes, size);
    e->to_send -= taken;
    if (taken < size)
      return;
    if (e->plan == PLAN_SLOW)
      return;
  }
  if (may_send) {
    e->has_end = true;
    http_send_end(e->x, NULL);
  }
}

static void end_if_whole(struct end *e) {
  if (!e->received_end || !e->has_end)
    return;
  e->soak->whole++;
  let_go(e);
}

/* ---- what both are told ------------------------------------------------------------------------------------------ */

static void on_head(void *data, struct http_exchange *x) {
  struct end *e = data;
  if (e->plan != PLAN_NO_READING)
    http_want(x);
}

static void on_readable(void *data, struct http_exchange *x) {
  struct end *e = data;
  const uint8_t *bytes;
  size_t size = http_peek(x, &bytes);
  http_take(x, e->plan == PLAN_SLOW ? size / 2 : size);
}

static void on_end(void *data, struct http_exchange *x, const struct http_fields *trailers) {
  struct end *e = data;
  (void)x;
  (void)trailers;
  e->received_end = true;
  end_if_whole(e);
}

static void on_writable(void *data, struct http_exchange *x) {
  (void)x;
  go_on(data);
}

/* The other end may want no more of what is sent. */
static void on_sent(void *data, struct http_exchange *x) {
  struct end *e = data;
  (void)x;
  e->has_end = true;
  end_if_whole(e);
}

static void on_failed(void *data, struct http_exchange *x, const struct http_failure *why) {
  struct end *e = data;
  assert_ptr_equal(e->x, x);
  assert_true((unsigned)why->code < HTTP_FAILURES);
  e->soak->failed++;
  let_go(e);
}

static const struct http_listener listener = {.head = on_head,
                                              .readable = on_readable,
                                              .end = on_end,
                                              .writable = on_writable,
                                              .sent = on_sent,
                                              .failed = on_failed};

/* ---- plans ------------------------------------------------------------------------------------------------------- */

static void plan(struct soak *s, struct end *e) {
  *e = (struct end){.soak = s, .patience = 1 + rng_below(&s->rng, 200)};
  e->plan = (uint8_t)(rng_below(&s->rng, 3) == 0 ? rng_below(&s->rng, PLANS) : PLAN_WHOLE);
  e->to_send = rng_below(&s->rng, 4) == 0 ? rng_below(&s->rng, MOST_BODY) : rng_below(&s->rng, 1000);
}

static void step(struct end *e) {
  static const struct http_failure why = {.code = HTTP_INTERNAL_ERROR};
  if (!e->x)
    return;
  if (--e->patience == 0) {
    if (e->plan == PLAN_BREAK)
      http_reset(e->x, &why);
    if (e->plan != PLAN_WHOLE && e->plan != PLAN_SLOW) {
      let_go(e);
      return;
    }
    e->patience = 1000000;
  }
  go_on(e);
  const uint8_t *bytes;
  if (e->plan == PLAN_SLOW && e->x)
    http_take(e->x, http_peek(e->x, &bytes));
  if (e->x)
    end_if_whole(e);
}

static void on_request(void *data, struct http_exchange *x) {
  struct soak *s = data;
  for (size_t i = 0; i < 4 * AT_ONCE; i++) {
    struct end *e = &s->servers[i];
    if (e->x)
      continue;
    struct http_head head = {.status = 200, .length = HTTP_LENGTH_UNKNOWN};
    plan(s, e);
    e->x = x;
    e->has_head = true;
    http_listen(x, &listener, e);
    http_send_head(x, &head, false);
    on_head(e, x);
    return;
  }
  http_release(x);
}

static void begin_one(struct soak *s, struct end *e) {
  char authority[32];
  snprintf(authority, sizeof(authority), "127.0.0.1:%u", http_server_port(s->t.server));
  struct http_head head = {.method = STR("POST"),
                           .scheme = s->is_tls ? STR("https") : STR("http"),
                           .authority = str_from(authority),
                           .path = STR("/"),
                           .length = HTTP_LENGTH_UNKNOWN};
  plan(s, e);
  e->has_end = rng_below(&s->rng, 3) == 0; /* no body */
  struct http_request request = {.head = &head, .end = e->has_end};
  e->has_head = true;
  e->x = http_client_send(s->client, &request, &listener, e);
  assert_non_null(e->x);
  s->begun++;
}

/* ---- the soak ---------------------------------------------------------------------------------------------------- */

static bool is_idle(const struct soak *s) {
  for (size_t i = 0; i < AT_ONCE; i++) {
    if (s->clients[i].x)
      return false;
  }
  for (size_t i = 0; i < 4 * AT_ONCE; i++) {
    if (s->servers[i].x)
      return false;
  }
  return true;
}

static void run(struct soak *s) {
  for (unsigned round = 0; round < 2000000 && (s->begun < EXCHANGES || !is_idle(s)); round++) {
    for (size_t i = 0; i < AT_ONCE; i++) {
      if (!s->clients[i].x && s->begun < EXCHANGES)
        begin_one(s, &s->clients[i]);
      step(&s->clients[i]);
    }
    for (size_t i = 0; i < 4 * AT_ONCE; i++)
      step(&s->servers[i]);
    talk_turn(&s->t);
  }
  assert_int_equal(s->begun, EXCHANGES);
  assert_true(is_idle(s));
  assert_true(s->whole > EXCHANGES / 2);
}

static void soak(const struct identity *identity, uint64_t seed) {
  struct soak *s = calloc(1, sizeof(*s));
  struct http_tls_identity own = {.certificate = identity->certificate, .key = identity->key};
  struct http_tls_config server = {.identities = &own, .identity_count = 1};
  struct http_tls_config client = {.is_client = true, .authorities = identity->certificate};
  struct http_tls_context *server_tls, *client_tls;
  assert_int_equal(http_tls_context_new(NULL, &server, &server_tls, NULL), WEIR_OK);
  assert_int_equal(http_tls_context_new(NULL, &client, &client_tls, NULL), WEIR_OK);
  s->is_tls = seed & 1;
  rng_seed(&s->rng, seed);
  s->t.config.tls = s->is_tls ? server_tls : NULL;
  talk_begin(&s->t, on_request);
  struct http_client_config config = {.tls = client_tls, .max_connections = 6};
  assert_int_equal(http_client_new(s->t.loop, &config, &s->client), WEIR_OK);
  run(s);
  TALK_UNTIL(&s->t, http_server_counts(s->t.server).live == 0);
  http_client_close(s->client, talk_closed, &s->t);
  TALK_UNTIL(&s->t, s->t.is_closed);
  s->t.is_closed = false;
  talk_end(&s->t);
  http_tls_context_free(server_tls);
  http_tls_context_free(client_tls);
  free(s);
}

static void users_may_do_what_they_want(void **state) {
  (void)state;
  struct identity identity = identity_new("server", "IP:127.0.0.1");
  for (uint64_t seed = 0; seed < SEEDS; seed++)
    soak(&identity, seed);
  identity_done(&identity);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(users_may_do_what_they_want)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
