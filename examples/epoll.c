/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * An epoll loop: the store is one descriptor among others, a timer for each nap is another.
 *
 *     example-epoll examples/guests/wat/sleeper.wat
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "weir/weir.h"

static void must(weir_status status, weir_error *const *error) {
  if (status == WEIR_OK)
    return;
  fprintf(stderr, "%s: %s\n", weir_status_name(status), error && *error ? weir_error_message(*error) : "no details");
  exit(1);
}

struct program {
  weir_engine *engine;
  weir_component *component;
  weir_linker *linker;
  weir_store *store;
  weir_instance *instance;
  int running; /* calls */
  int epoll;
};

struct nap {
  weir_host_call *call;
  int timer;
};

static void watch(int epoll, int fd, void *data) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = data};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
    must(WEIR_ERR_IO, NULL);
}

static void host_sleep(void *data, weir_host_call *call, weir_value *args, size_t count) {
  struct program *p = data;
  (void)count;
  uint32_t milliseconds = args[0].of.u32;
  struct itimerspec time = {.it_value = {milliseconds / 1000, milliseconds % 1000 * 1000000L + 1}};
  struct nap *nap = malloc(sizeof(*nap));
  if (!nap) {
    weir_host_call_fail(call, "out of memory");
    return;
  }
  nap->call = call;
  nap->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  timerfd_settime(nap->timer, 0, &time, NULL);
  watch(p->epoll, nap->timer, nap);
}

static void nap_over(struct nap *nap) {
  weir_host_call_return(nap->call, NULL, NULL);
  close(nap->timer);
  free(nap);
}

static void load(struct program *p, const char *path) {
  weir_error *error = NULL;
  static char bytes[1 << 20];
  FILE *file = fopen(path, "rb");
  size_t size = file ? fread(bytes, 1, sizeof(bytes), file) : 0;
  if (file)
    fclose(file);
  must(weir_engine_new(NULL, &p->engine, &error), &error);
  must(weir_component_new(p->engine, bytes, size, &p->component, &error), &error);
  must(weir_linker_new(p->engine, &p->linker, &error), &error);
  must(weir_linker_define_func(p->linker, NULL, "sleep", "async func(ms: u32)", host_sleep, p, NULL, &error), &error);
  must(weir_store_new(p->engine, NULL, &p->store, &error), &error);
  must(weir_instance_new(p->store, p->linker, p->component, &p->instance, &error), &error);
}

static void unload(struct program *p) {
  weir_store_free(p->store);
  weir_linker_free(p->linker);
  weir_component_free(p->component);
  weir_engine_free(p->engine);
}

static void nap_ended(void *data, weir_call *call) {
  struct program *p = data;
  weir_error *error = NULL;
  weir_value result;
  must(weir_call_result(call, &result, &error), &error);
  printf("%u\n", result.of.u32);
  weir_call_free(call);
  p->running--;
}

static void start_nap(struct program *p, uint32_t milliseconds, uint32_t n) {
  weir_error *error = NULL;
  weir_call *call;
  const weir_func *nap = weir_component_find_func(p->component, NULL, "nap");
  weir_value args[2] = {{.kind = WEIR_VALUE_U32, .of.u32 = milliseconds}, {.kind = WEIR_VALUE_U32, .of.u32 = n}};
  must(weir_call_start(p->instance, nap, args, 2, nap_ended, p, &call, &error), &error);
  p->running++;
}

/* One step a turn, so that other descriptors get theirs: the store's stays readable while there is more to do. */
static void turn(struct program *p) {
  struct epoll_event events[8];
  int count = epoll_wait(p->epoll, events, 8, -1);
  for (int i = 0; i < count; i++) {
    if (events[i].data.ptr == p->store)
      weir_store_step(p->store);
    else
      nap_over(events[i].data.ptr);
  }
}

int main(int argc, char **argv) {
  struct program p = {.epoll = epoll_create1(EPOLL_CLOEXEC)};
  load(&p, argc > 1 ? argv[1] : "examples/guests/wat/sleeper.wat");
  watch(p.epoll, weir_store_fd(p.store), p.store);
  start_nap(&p, 80, 3);
  start_nap(&p, 40, 2);
  start_nap(&p, 10, 1);
  while (p.running > 0)
    turn(&p);
  unload(&p);
  close(p.epoll);
  return 0;
}
