/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See request.h. The paths, and room for a text, lie behind the struct in one block. */
#include "wasi/filesystem/request.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"

static void request_free(struct wasi_request *request) {
  struct wasi_requests *requests = request->requests;
  wasi_op_unopen(&request->call);
  wasi_file_unref(request->file);
  wasi_file_unref(request->other);
  wasi_budget_give(requests->bytes, request->size);
  mem_free(requests->alloc, request, request->size);
}

static void request_run(struct wasi_job *job) {
  struct wasi_request *request = LIST_OWNER(job, struct wasi_request, job);
  request->status = request->op(&request->call, true);
}

static void request_done(struct wasi_job *job) {
  struct wasi_request *request = LIST_OWNER(job, struct wasi_request, job);
  if (request->done)
    request->done(request);
  request_free(request);
}

static size_t text_size(const char *text) {
  return text ? strlen(text) + 1 : 0;
}

static char *text_copy(char *to, const char *text) {
  return text ? memcpy(to, text, text_size(text)) : NULL;
}

/* The call, with all that it points to. */
static void request_own(struct wasi_request *request, const struct wasi_op_call *call) {
  char *texts = (char *)(request + 1);
  request->call = *call;
  request->call.fd = -1;
  request->call.recent = NULL;
  request->call.path = text_copy(texts, call->path);
  texts += text_size(call->path);
  request->call.new_path = text_copy(texts, call->new_path);
  request->call.text = texts + text_size(call->new_path);
  request->file = wasi_file_ref((struct wasi_file *)(uintptr_t)call->file);
  request->other = call->other ? wasi_file_ref((struct wasi_file *)(uintptr_t)call->other) : NULL;
}

int wasi_request_new(struct wasi_requests *requests, wasi_op *op, const struct wasi_op_call *call,
                     void (*done)(struct wasi_request *request), void *data, struct wasi_request **ret) {
  size_t size = sizeof(struct wasi_request) + text_size(call->path) + text_size(call->new_path) + call->text_room;
  if (!wasi_budget_take(requests->bytes, size))
    return -ENOMEM;
  struct wasi_request *request = mem_zalloc(requests->alloc, size);
  if (!request) {
    wasi_budget_give(requests->bytes, size);
    return -ENOMEM;
  }
  *request = (struct wasi_request){.requests = requests, .size = size, .op = op, .done = done, .data = data};
  request_own(request, call);
  wasi_pool_start(requests->pool, &request->job, request_run, request_done);
  *ret = request;
  return 0;
}

void wasi_request_drop(struct wasi_request *request) {
  request->done = NULL;
  if (wasi_pool_take_back(&request->job))
    request_free(request);
}
