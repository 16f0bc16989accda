/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A client's request, from its making until its stream leaves its connection; for client.c. */
#ifndef HTTP_CLIENT_JOB_H
#define HTTP_CLIENT_JOB_H

#include "http/pool.h"
#include "http/request.h"
#include "http/stream.h"

enum { CLIENT_HOST_MOST = 256, CLIENT_HELD_MOST = 65536 /* bytes of a body, before there is a connection */ };

struct client_job;

/* How long the head of a request of unknown length waits for the first bytes or the end, in milliseconds. */
enum { CLIENT_HOLD_MS = 20 };

struct client_job {
  struct list node;           /* the client's */
  struct http_pool_wait wait; /* while it waits */
  struct http_loop *loop;
  struct http_stream *s;
  struct http_deadline deadline; /* until there is a connection */
  struct http_head head;         /* with texts and fields of its own */
  struct http_fields fields, trailers;
  char *text;
  size_t text_size;
  struct http_reach reach;
  uint64_t connect_ms;
  char host[CLIENT_HOST_MOST], proxy[CLIENT_HOST_MOST];
  uint16_t port, proxy_port;
  bool is_tls;
  bool end; /* the head is all of it */
  bool has_ended, has_trailers;
  bool is_held; /* until it is known whether there is a body, at most for CLIENT_HOLD_MS; ready() then: */
  void (*ready)(struct client_job *job); /* may free the job */
  struct http_client *client;
  bool is_waiting;    /* in the pool */
  bool is_repeatable; /* an idempotent method and no body */
  bool may_retry, was_retried;
  enum http_failure_code refusal; /* the request is none; HTTP_FAILURES: it is one */
};

/* A job with a stream, whose carrier the job is. NULL: out of memory. `refusal` says whether the request is one. */
struct client_job *client_job_new(struct http_loop *loop, const struct http_request *request,
                                  const struct http_listener *listener, void *data);
/* Reads the target of the job's head, and of the proxy. HTTP_FAILURES: the request is right. */
enum http_failure_code client_target_read(struct client_job *job, const struct http_request *request);
/* The stream fails, and the job goes. */
void client_job_fail(struct client_job *job, enum http_failure_code code);
void client_job_fail_with(struct client_job *job, const struct http_failure *why);
/* The job goes; its stream is somebody else's. */
void client_job_free(struct client_job *job);
/* Keeps a request back of which nobody knows yet whether it has a body. false: it is known. */
bool client_job_hold(struct client_job *job);
/* Before the head goes: where the body has ended without bytes and trailers, the head is all of the request. */
void client_job_look(struct client_job *job);
/* The stream is on a connection: what the user has sent meanwhile follows the head. */
void client_job_replay(struct client_job *job);
/* The stream came back: it waits again. */
void client_job_requeue(struct client_job *job);

#endif
