/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A component that handles requests of the test, which is the server: weir/http.h with a client in memory. Each answer
 * collects what the client would have got.
 */
#ifndef BEHAVIOUR_SERVED_H
#define BEHAVIOUR_SERVED_H

#include "behaviour/behaviour.h"
#include "weir/http.h"

struct served {
  weir_engine *engine;
  weir_component *component;
  weir_linker *linker;
  weir_wasi *wasi;
  weir_store *store;
  weir_instance *instance;
};

struct answer {
  weir_http_exchange *x;
  size_t body_room; /* bytes that one call of `body` takes; 0: all */
  bool keep_unsent; /* the test calls weir_http_sent() */
  uint16_t status;
  char headers[2048], trailers[512], code[64];
  char *body;
  size_t size, capacity;
  unsigned responses, ends, breaks, fails, exits, readables;
};

static inline char *served_bytes(const char *path, size_t *ret_size) {
  FILE *file = fopen(path, "rb");
  if (!file)
    fail_msg("%s cannot be read", path);
  fseek(file, 0, SEEK_END);
  *ret_size = (size_t)ftell(file);
  rewind(file);
  char *bytes = malloc(*ret_size + 1);
  assert_non_null(bytes);
  assert_int_equal(fread(bytes, 1, *ret_size, file), *ret_size);
  fclose(file);
  return bytes;
}

static inline void served_instance(struct served *s) {
  weir_error *error = NULL;
  must(weir_store_new(s->engine, NULL, &s->store, &error), &error);
  must(weir_instance_new(s->store, s->linker, s->component, &s->instance, &error), &error);
}

static inline void served_open(struct served *s, const char *path, const weir_wasi_config *config) {
  weir_error *error = NULL;
  size_t size;
  char *bytes = served_bytes(path, &size);
  weir_engine_config fast = {.size = sizeof(fast), .fast_compile = true};
  *s = (struct served){0};
  must(weir_engine_new(&fast, &s->engine, &error), &error);
  s->component = component_from(s->engine, bytes, size);
  free(bytes);
  must(weir_wasi_new(config, &s->wasi, &error), &error);
  must(weir_linker_new(s->engine, &s->linker, &error), &error);
  must(weir_wasi_link(s->wasi, s->linker, &error), &error);
  served_instance(s);
}

static inline void served_close(struct served *s) {
  weir_store_free(s->store);
  weir_linker_free(s->linker);
  weir_wasi_free(s->wasi);
  weir_component_free(s->component);
  weir_engine_free(s->engine);
}

/* ---- the client -------------------------------------------------------------------------------------------------- */

static inline void text_of_fields(char *to, size_t size, const weir_http_field *fields, size_t count) {
  size_t used = 0;
  to[0] = 0;
  for (size_t i = 0; i < count; i++)
    used += (size_t)snprintf(to + used, size - used, "%.*s: %.*s\n", (int)fields[i].name_size, fields[i].name,
                             (int)fields[i].value_size, fields[i].value);
}

static inline void on_response(void *data, weir_http_exchange *x, uint16_t status, const weir_http_field *headers,
                               size_t count) {
  struct answer *a = data;
  (void)x;
  a->responses++;
  a->status = status;
  text_of_fields(a->headers, sizeof(a->headers), headers, count);
}

static inline size_t on_body(void *data, weir_http_exchange *x, const void *bytes, size_t size) {
  struct answer *a = data;
  size_t taken = a->body_room > 0 && a->body_room < size ? a->body_room : size;
  (void)x;
  if (a->size + taken + 1 > a->capacity) {
    a->capacity = (a->size + taken + 1) * 2;
    a->body = realloc(a->body, a->capacity);
    assert_non_null(a->body);
  }
  memcpy(a->body + a->size, bytes, taken);
  a->size += taken;
  a->body[a->size] = 0;
  return taken;
}

static inline void on_end(void *data, weir_http_exchange *x, const weir_http_field *trailers, size_t count) {
  struct answer *a = data;
  a->ends++;
  text_of_fields(a->trailers, sizeof(a->trailers), trailers, count);
  if (!a->keep_unsent)
    weir_http_sent(x);
}

static inline void on_broken(void *data, weir_http_exchange *x, const char *code, const char *detail) {
  struct answer *a = data;
  (void)x, (void)detail;
  a->breaks++;
  snprintf(a->code, sizeof(a->code), "%s", code);
}

static inline void on_readable(void *data, weir_http_exchange *x) {
  (void)x;
  ((struct answer *)data)->readables++;
}

static inline void on_failed(void *data, weir_http_exchange *x, weir_status status, const weir_error *error) {
  (void)x, (void)status, (void)error;
  ((struct answer *)data)->fails++;
}

static inline void on_exited(void *data, weir_http_exchange *x) {
  (void)x;
  ((struct answer *)data)->exits++;
}

static const weir_http_events client_events = {.size = sizeof(weir_http_events),
                                               .response = on_response,
                                               .body = on_body,
                                               .end = on_end,
                                               .broken = on_broken,
                                               .readable = on_readable,
                                               .failed = on_failed,
                                               .exited = on_exited};

/* ---- requests ---------------------------------------------------------------------------------------------------- */

/* Starts a request, whose body the test sends. */
static inline void ask(struct served *s, struct answer *a, const char *method, const char *path,
                       const weir_http_field *headers, size_t count) {
  weir_error *error = NULL;
  weir_http_request request = {.size = sizeof(request),
                               .method = method,
                               .scheme = "http",
                               .authority = "example.org",
                               .path = path,
                               .headers = headers,
                               .header_count = count};
  must(weir_http_handle(s->wasi, s->store, s->instance, weir_http_find_handler(s->component), &request, &client_events,
                        a, &a->x, &error),
       &error);
}

/* Steps the store and runs the loop until the guest has done all, waits for the test, or so much time is over. */
static inline weir_status settle_for(struct served *s, uint64_t milliseconds) {
  weir_status status = WEIR_OK;
  for (int i = 0; i < 8; i++) { /* what passes from body to body goes on without the guest */
    weir_error *error = NULL;
    status = weir_wasi_drain(s->wasi, s->store, milliseconds, &error);
    weir_error_free(error);
    while (weir_store_step(s->store) == WEIR_STEP_READY) {
    }
  }
  return status;
}

static inline weir_status settle(struct served *s) {
  return settle_for(s, UINT64_MAX);
}

/* A whole body, as fast as the guest takes it. */
static inline void send_all(struct served *s, struct answer *a, const void *bytes, size_t size) {
  for (size_t sent = 0; sent < size;) {
    size_t taken = weir_http_write(a->x, (const char *)bytes + sent, size - sent);
    sent += taken;
    settle_for(s, 20);
    if (taken == 0 && a->breaks + a->ends > 0)
      break;
  }
}

/* A request without body, to its end. */
static inline void get(struct served *s, struct answer *a, const char *path) {
  ask(s, a, "GET", path, NULL, 0);
  must(weir_http_finish(a->x, NULL, 0), NULL);
  settle(s);
}

static inline void answer_free(struct answer *a) {
  weir_http_exchange_free(a->x);
  free(a->body);
}

#endif
