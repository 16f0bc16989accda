/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What crossing a bridge costs: requests of a job that ends at once, from one thread and from several, one by one and
 * many at once, and calls of a component. One line each: name, unit, best of several rounds. bench/run.py adds them to
 * its table.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "weir/bridge.h"
#include "weir/weir.h"

enum { ROUNDS = 20, REQUESTS = 4000, BURST = 64, THREADS = 8 };

static const char guest[] =
    "(component (core module $m\n"
    "    (func (export \"add\") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))\n"
    "  (core instance $i (instantiate $m))\n"
    "  (func (export \"add\") (param \"a\" u32) (param \"b\" u32) (result u32) (canon lift (core func $i \"add\"))))";

struct bench {
  weir_engine *engine;
  weir_component *component;
  weir_store *store;
  weir_instance *instance;
  weir_bridge *bridge;
  const weir_func *add;
};

static void must(weir_status status, weir_error *const *error) {
  if (status == WEIR_OK)
    return;
  fprintf(stderr, "%s: %s\n", weir_status_name(status), error && *error ? weir_error_message(*error) : "");
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static weir_status begin(void *data, weir_bridge *bridge, weir_error **error) {
  struct bench *b = data;
  weir_status status = weir_store_new(b->engine, NULL, &b->store, error);
  if (status == WEIR_OK)
    status = weir_instance_new(b->store, NULL, b->component, &b->instance, error);
  return status == WEIR_OK ? weir_bridge_attach(bridge, b->store, error) : status;
}

static void end(void *data, weir_bridge *bridge) {
  (void)bridge;
  weir_store_free(((struct bench *)data)->store);
}

static void open_bench(struct bench *b) {
  weir_error *error = NULL;
  weir_bridge_config config = WEIR_BRIDGE_CONFIG_INIT;
  config.start = begin;
  config.stop = end;
  config.data = b;
  must(weir_engine_new(NULL, &b->engine, &error), &error);
  must(weir_component_new(b->engine, guest, sizeof(guest) - 1, &b->component, &error), &error);
  b->add = weir_component_find_func(b->component, NULL, "add");
  must(weir_bridge_new(&config, &b->bridge, &error), &error);
}

static void close_bench(struct bench *b) {
  weir_bridge_free(b->bridge);
  weir_component_free(b->component);
  weir_engine_free(b->engine);
}

static void job_start(void *data, weir_bridge_request *request) {
  (void)data;
  weir_bridge_complete(request, WEIR_OK, NULL);
}

static void run(struct bench *b) {
  weir_bridge_job job = WEIR_BRIDGE_JOB_INIT;
  job.start = job_start;
  for (int i = 0; i < REQUESTS; i++)
    must(weir_bridge_run(b->bridge, &job, NULL, NULL), NULL);
}

static void *run_thread(void *data) {
  weir_bridge_job job = WEIR_BRIDGE_JOB_INIT;
  job.start = job_start;
  for (int i = 0; i < REQUESTS / THREADS; i++)
    must(weir_bridge_run(((struct bench *)data)->bridge, &job, NULL, NULL), NULL);
  return NULL;
}

static void run_threads(struct bench *b) {
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++)
    pthread_create(&threads[i], NULL, run_thread, b);
  for (int i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
}

static void take(weir_bridge_request *request) {
  must(weir_bridge_wait(request, WEIR_BRIDGE_FOREVER), NULL);
  must(weir_bridge_result(request, NULL, NULL), NULL);
  weir_bridge_request_free(request);
}

static void batches(struct bench *b) {
  weir_bridge_request *requests[BURST];
  weir_bridge_job jobs[BURST];
  for (int k = 0; k < BURST; k++)
    jobs[k] = (weir_bridge_job){.size = sizeof(weir_bridge_job), .start = job_start};
  for (int i = 0; i < REQUESTS; i += BURST) {
    must(weir_bridge_submit_many(b->bridge, jobs, BURST, requests, NULL, NULL), NULL);
    for (int k = 0; k < BURST; k++)
      take(requests[k]);
  }
}

static void bursts(struct bench *b) {
  weir_bridge_request *requests[BURST];
  weir_bridge_job job = WEIR_BRIDGE_JOB_INIT;
  job.start = job_start;
  for (int i = 0; i < REQUESTS; i += BURST) {
    for (int k = 0; k < BURST; k++)
      must(weir_bridge_submit(b->bridge, &job, &requests[k], NULL), NULL);
    for (int k = 0; k < BURST; k++)
      take(requests[k]);
  }
}

static void calls(struct bench *b) {
  for (uint32_t i = 0; i < REQUESTS; i++) {
    weir_value sum, args[2] = {{.kind = WEIR_VALUE_U32, .of.u32 = i}, {.kind = WEIR_VALUE_U32, .of.u32 = 1}};
    weir_bridge_invocation call = WEIR_BRIDGE_INVOCATION_INIT;
    call.instance = b->instance;
    call.func = b->add;
    call.take_args = args;
    call.count = 2;
    weir_error *error = NULL;
    must(weir_bridge_call(b->bridge, &call, &sum, &error), &error);
    if (sum.of.u32 != i + 1)
      must(WEIR_ERR_LOST, NULL);
  }
}

static void measure(struct bench *b, const char *name, void (*work)(struct bench *b)) {
  double best = 1e300;
  for (int i = 0; i < ROUNDS; i++) {
    double start = now();
    work(b);
    double taken = (now() - start) / REQUESTS;
    best = taken < best ? taken : best;
  }
  printf("%s\tns\t%.1f\n", name, best);
  fflush(stdout);
}

int main(void) {
  struct bench b;
  open_bench(&b);
  measure(&b, "bridge-run", run);
  measure(&b, "bridge-run-8", run_threads);
  measure(&b, "bridge-burst", bursts);
  measure(&b, "bridge-batch", batches);
  measure(&b, "bridge-call", calls);
  close_bench(&b);
  return 0;
}
