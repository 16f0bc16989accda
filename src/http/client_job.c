/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A request before it is on a connection. The job is the carrier of its exchange: it holds the beginning of the body,
 * and refuses the rest. Where it goes is read in client_target.c. Parts: the end; the carrier; making; moving.
 */
#include "http/client_job.h"

#include "base/mem.h"

/* ---- the end ----------------------------------------------------------------------------------------------------- */

void client_job_free(struct client_job *job) {
  const struct weir_alloc *alloc = job->loop->alloc;
  list_remove(&job->node);
  if (job->is_waiting) {
    http_pool_leave(&job->wait);
    http_pool_settle(job->wait.host);
  }
  http_deadline_stop(job->loop, &job->deadline);
  http_fields_done(&job->fields);
  http_fields_done(&job->trailers);
  mem_free(alloc, job->text, job->text_size);
  mem_free(alloc, job, sizeof(*job));
}

void client_job_fail_with(struct client_job *job, const struct http_failure *why) {
  struct http_stream *s = job->s;
  s->job = NULL;
  client_job_free(job);
  http_stream_fail(s, why);
  http_stream_detach(s);
}

void client_job_fail(struct client_job *job, enum http_failure_code code) {
  struct http_failure why = http_failure(code);
  client_job_fail_with(job, &why);
}

static void set_deadline(struct client_job *job, uint64_t milliseconds) {
  http_deadline_set(job->loop, &job->deadline, http_loop_now(job->loop) + milliseconds);
}

static void let_go(struct client_job *job) {
  if (!job->is_held)
    return;
  job->is_held = false;
  set_deadline(job, job->connect_ms);
  job->ready(job);
}

static void on_late(struct http_deadline *deadline) {
  struct client_job *job = LIST_OWNER(deadline, struct client_job, deadline);
  if (job->is_held)
    let_go(job);
  else
    client_job_fail(job, HTTP_CONNECTION_TIMEOUT);
}

bool client_job_hold(struct client_job *job) {
  job->is_held = !job->end && !job->has_ended && job->head.length == HTTP_LENGTH_UNKNOWN;
  if (job->is_held)
    set_deadline(job, CLIENT_HOLD_MS);
  return job->is_held;
}

/* ---- the carrier ------------------------------------------------------------------------------------------------- */

static struct client_job *job_of(struct http_exchange *x) {
  return http_stream_of(x)->job;
}

static void send_interim(struct http_exchange *x, uint16_t status, const struct http_fields *fields) {
  (void)x;
  (void)status;
  (void)fields;
}

static void send_head(struct http_exchange *x, const struct http_head *head, bool end) {
  (void)head;
  (void)end;
  struct http_failure why = http_failure_text(HTTP_INTERNAL_ERROR, STR("a request has its head already"));
  if (job_of(x))
    client_job_fail_with(job_of(x), &why);
}

static size_t send_body(struct http_exchange *x, const void *bytes, size_t size) {
  struct client_job *job = job_of(x);
  struct http_stream *s = http_stream_of(x);
  if (!job || job->end || job->has_ended)
    return 0;
  size_t room = CLIENT_HELD_MOST - http_bytes_size(&s->out);
  s->is_refused = s->is_refused || size > room;
  size = size < room ? size : room;
  size = http_bytes_add(&s->out, job->loop, bytes, size) ? size : 0;
  let_go(job);
  return size;
}

static void send_end(struct http_exchange *x, const struct http_fields *trailers) {
  struct client_job *job = job_of(x);
  if (!job || job->end || job->has_ended)
    return;
  job->has_ended = true;
  job->has_trailers = trailers;
  if (trailers && http_fields_add_all(&job->trailers, trailers) != HTTP_FIELD_OK)
    client_job_fail(job, HTTP_INTERNAL_ERROR);
  else
    let_go(job);
}

static void want(struct http_exchange *x) {
  http_stream_of(x)->is_wanted = true;
}

static size_t peek(struct http_exchange *x, const uint8_t **ret) {
  (void)x;
  (void)ret;
  return 0;
}

static void take(struct http_exchange *x, size_t size) {
  (void)x;
  (void)size;
}

static void reset(struct http_exchange *x, const struct http_failure *why) {
  struct http_stream *s = http_stream_of(x);
  s->has_failed = true; /* the user knows */
  if (s->job)
    client_job_fail_with(s->job, why);
}

static void release(struct http_exchange *x) {
  struct client_job *job = job_of(x);
  http_stream_release(http_stream_of(x)); /* without a job it is gone now */
  if (job)
    client_job_fail(job, HTTP_CONNECTION_TERMINATED);
}

static const struct http_carrier carrier = {.send_interim = send_interim,
                                            .send_head = send_head,
                                            .send_body = send_body,
                                            .send_end = send_end,
                                            .want = want,
                                            .peek = peek,
                                            .take = take,
                                            .reset = reset,
                                            .release = release};

/* ---- making ------------------------------------------------------------------------------------------------------ */

static struct str put_text(char **at, struct str text) {
  struct str copy = {*at, text.size};
  if (text.size > 0)
    memcpy(*at, text.data, text.size);
  *at += text.size;
  return copy;
}

/* Copies the head into the job's own memory. */
static bool copy_head(struct client_job *job, const struct http_head *head) {
  struct str scheme = head->scheme.size > 0 ? head->scheme : STR("http");
  job->text_size = head->method.size + scheme.size + head->authority.size + head->path.size + 1;
  job->text = mem_alloc(job->loop->alloc, job->text_size);
  if (!job->text)
    return false;
  char *at = job->text;
  job->head = *head;
  job->head.method = put_text(&at, head->method);
  job->head.scheme = put_text(&at, scheme);
  job->head.authority = put_text(&at, head->authority);
  job->head.path = put_text(&at, head->path);
  job->head.fields = &job->fields;
  return !head->fields || http_fields_add_all(&job->fields, head->fields) == HTTP_FIELD_OK;
}

static void set_up(struct client_job *job, const struct http_request *request) {
  struct http_stream *s = job->s;
  s->job = job;
  s->first_byte_ms = request->first_byte_ms;
  s->between_bytes_ms = request->between_bytes_ms;
  s->is_proxied = request->proxy && !job->is_tls;
  job->reach = request->reach;
  job->end = request->end;
  job->connect_ms = request->connect_ms ? request->connect_ms : 30000;
  job->deadline.late = on_late;
  set_deadline(job, job->connect_ms);
}

struct client_job *client_job_new(struct http_loop *loop, const struct http_request *request,
                                  const struct http_listener *listener, void *data) {
  struct client_job *job = mem_zalloc(loop->alloc, sizeof(*job));
  if (!job)
    return NULL;
  job->loop = loop;
  list_init(&job->node);
  http_fields_init(&job->fields, loop->alloc);
  http_fields_init(&job->trailers, loop->alloc);
  job->s = http_stream_new(loop, &carrier, job);
  if (!job->s || !copy_head(job, request->head)) {
    if (job->s) {
      http_stream_release(job->s);
      http_stream_detach(job->s);
    }
    client_job_free(job);
    return NULL;
  }
  http_listen(&job->s->x, listener, data);
  job->refusal = client_target_read(job, request);
  set_up(job, request);
  return job;
}

/* ---- moving ------------------------------------------------------------------------------------------------------ */

static bool is_idempotent(struct str method) {
  static const char *const methods[] = {"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"};
  for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
    if (str_eq(method, str_from(methods[i])))
      return true;
  }
  return false;
}

void client_job_look(struct client_job *job) {
  bool is_empty = job->has_ended && !job->has_trailers && http_bytes_size(&job->s->out) == 0;
  bool has_promised = job->head.length != HTTP_LENGTH_UNKNOWN && job->head.length > 0;
  if (is_empty && !has_promised) {
    job->end = true;
    job->has_ended = false;
  }
  job->is_repeatable = job->end && is_idempotent(job->head.method);
}

void client_job_replay(struct client_job *job) {
  struct http_stream *s = job->s;
  struct http_exchange *x = &s->x;
  struct http_bytes held = s->out;
  s->out = (struct http_bytes){0};
  bool is_refused = s->is_refused;
  s->is_refused = false;
  if (http_bytes_size(&held) > 0)
    x->carrier->send_body(x, http_bytes_front(&held), http_bytes_size(&held)); /* there is room for all of it */
  http_bytes_done(&held, job->loop);
  if (job->has_ended && !s->has_failed)
    x->carrier->send_end(x, job->has_trailers ? &job->trailers : NULL);
  if (is_refused && !s->has_failed)
    s->tell |= HTTP_TELL_WRITABLE;
}

void client_job_requeue(struct client_job *job) {
  struct http_stream *s = job->s;
  s->x.carrier = &carrier;
  s->conn = job;
  s->sending = (struct http_sending){0};
  s->receiving = HTTP_RECEIVE_HEAD;
  s->was_sent = false;
  s->tell = 0;
  s->line.count = 0;
  http_fields_clear(&s->fields);
  job->was_retried = job->is_waiting = true;
  set_deadline(job, job->connect_ms);
}
