/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Structs of other versions (weir/api.h), each at the end of a page that is followed by one that nobody may touch: as
 * small as they have ever been, and longer than this version knows.
 */
#include <sys/mman.h>

#include "behaviour/behaviour.h"

enum { PAGE = 4096, LATER = 64 };

struct setup {
  weir_engine *engine;
  weir_component *component;
  weir_cache *cache;
  weir_bridge *bridge;
  weir_store *store;
  weir_instance *instance;
  char log[64];
};

struct sized { /* a struct and what takes it or fills it in */
  const char *name;
  size_t size;
  void (*fill)(struct setup *s, void *struct_of_this_version); /* what is needed; NULL: nothing is */
  weir_status (*use)(struct setup *s, void *at);
  bool out;
};

/* ---- what is done with each -------------------------------------------------------------------------------------- */

static void *reallocate(void *ctx, void *block, size_t old_size, size_t new_size) {
  (void)ctx, (void)old_size;
  if (new_size > 0)
    return realloc(block, new_size);
  free(block);
  return NULL;
}

static void fill_alloc(struct setup *s, void *at) {
  (void)s;
  ((weir_alloc *)at)->reallocate = reallocate;
}

static weir_status use_alloc(struct setup *s, void *at) {
  (void)s;
  weir_alloc *alloc = at;
  weir_engine_config config = WEIR_ENGINE_CONFIG_INIT;
  weir_engine *engine = NULL;
  if (alloc->size >= sizeof(size_t) && alloc->size < sizeof(*alloc))
    return WEIR_ERR_MISUSE; /* what is no allocator cannot be tried */
  config.alloc = alloc;
  weir_status status = weir_engine_new(&config, &engine, NULL);
  weir_engine_free(engine);
  return status;
}

static weir_status use_config(struct setup *s, void *at) {
  (void)s;
  weir_engine *engine = NULL;
  weir_status status = weir_engine_new(at, &engine, NULL);
  weir_engine_free(engine);
  return status;
}

static weir_status use_store(struct setup *s, void *at) {
  weir_store *store = NULL;
  weir_status status = weir_store_new(s->engine, at, &store, NULL);
  weir_store_free(store);
  return status;
}

static weir_status use_cache(struct setup *s, void *at) {
  weir_cache *cache = NULL;
  weir_status status = weir_cache_new(s->engine, at, &cache, NULL);
  weir_cache_free(cache);
  return status;
}

static weir_status use_bridge(struct setup *s, void *at) {
  (void)s;
  weir_bridge *bridge = NULL;
  weir_status status = weir_bridge_new(at, &bridge, NULL);
  weir_bridge_free(bridge);
  return status;
}

static void complete(void *data, weir_bridge_request *request) {
  (void)data;
  weir_bridge_complete(request, WEIR_OK, NULL);
}

static void fill_job(struct setup *s, void *at) {
  (void)s;
  ((weir_bridge_job *)at)->start = complete;
}

static weir_status use_job(struct setup *s, void *at) {
  weir_status status = weir_bridge_submit(s->bridge, at, NULL, NULL);
  size_t accepted = 0;
  weir_status many = weir_bridge_submit_many(s->bridge, at, 1, NULL, &accepted, NULL);
  assert_int_equal(status, many);
  assert_int_equal(accepted, status == WEIR_OK);
  return status;
}

static void fill_invocation(struct setup *s, void *at) {
  weir_bridge_invocation *call = at;
  call->instance = s->instance;
  call->func = weir_component_find_func(s->component, NULL, "plain");
}

static weir_status use_invocation(struct setup *s, void *at) {
  weir_status status = weir_bridge_call_submit(s->bridge, at, NULL, NULL);
  assert_int_equal(weir_bridge_call_submit_many(s->bridge, at, 1, NULL, NULL, NULL), status);
  return status;
}

static weir_status use_interceptor(struct setup *s, void *at) {
  weir_store *store;
  must(weir_store_new(s->engine, NULL, &store, NULL), NULL);
  weir_status status = weir_store_intercept(store, at, NULL, NULL);
  assert_int_equal(weir_store_intercept_next(store, at, NULL, NULL), status);
  weir_store_free(store);
  return status;
}

static weir_status use_events(struct setup *s, void *at) {
  weir_store *store;
  weir_events *events = NULL;
  must(weir_store_new(s->engine, NULL, &store, NULL), NULL);
  weir_status status = weir_events_new(store, at, &events);
  weir_store_free(store);
  weir_events_free(events);
  return status;
}

static weir_status use_http(struct setup *s, const weir_http_request *request, const weir_http_events *events) {
  weir_wasi *wasi;
  weir_store *store;
  weir_instance *instance;
  weir_http_exchange *x;
  const weir_func *plain = weir_component_find_func(s->component, NULL, "plain");
  must(weir_wasi_new(NULL, &wasi, NULL), NULL);
  must(weir_store_new(s->engine, NULL, &store, NULL), NULL);
  must(weir_instance_new(store, NULL, s->component, &instance, NULL), NULL);
  weir_status status = weir_http_handle(wasi, store, instance, plain, request, events, NULL, &x, NULL);
  weir_store_free(store);
  weir_wasi_free(wasi);
  return status == WEIR_ERR_NOT_FOUND ? WEIR_OK : status; /* no request can be made for a guest without HTTP */
}

static weir_status use_http_request(struct setup *s, void *at) {
  return use_http(s, at, NULL);
}

static weir_status use_http_events(struct setup *s, void *at) {
  weir_http_request request = WEIR_HTTP_REQUEST_INIT;
  return use_http(s, &request, at);
}

static weir_status use_event(struct setup *s, void *at) {
  weir_events_config config = WEIR_EVENTS_CONFIG_INIT;
  weir_events *events;
  weir_store *store;
  weir_instance *instance;
  uint64_t result;
  must(weir_store_new(s->engine, NULL, &store, NULL), NULL);
  must(weir_events_new(store, &config, &events), NULL);
  must(weir_instance_new(store, NULL, s->component, &instance, NULL), NULL);
  must(weir_call_flat(instance, weir_component_find_func(s->component, NULL, "plain"), NULL, 0, &result, NULL), NULL);
  weir_status status = weir_events_take(events, at);
  weir_event_clear(at);
  assert_int_equal(weir_events_wait(events, 0, at), status); /* the second one */
  weir_store_free(store);
  weir_events_free(events);
  return status;
}

static weir_status use_record(struct setup *s, void *at) {
  weir_store *store;
  weir_recorder *recorder = NULL;
  must(weir_store_new(s->engine, NULL, &store, NULL), NULL);
  weir_status status = weir_record_start(store, at, &recorder, NULL);
  weir_store_free(store);
  weir_recorder_close(recorder, NULL);
  return status;
}

static void fill_replay(struct setup *s, void *at) {
  static const weir_component *components[1];
  weir_replay_config *config = at;
  components[0] = s->component;
  config->path = s->log;
  config->components = components;
  config->component_count = 1;
}

static weir_status use_replay(struct setup *s, void *at) {
  weir_replay_report report = WEIR_REPLAY_REPORT_INIT;
  weir_status status = weir_replay_with(s->engine, at, &report, NULL);
  weir_replay_report_clear(&report);
  return status;
}

static weir_status use_replay_report(struct setup *s, void *at) {
  return weir_replay(s->engine, s->component, s->log, NULL, at, NULL);
}

static weir_status use_log_event(struct setup *s, void *at) {
  weir_log *log;
  must(weir_log_open(s->log, &log, NULL), NULL);
  weir_status status = weir_log_next(log, at, NULL);
  weir_log_close(log);
  return status;
}

static weir_status use_engine_config(struct setup *s, void *at) {
  return weir_log_engine_config(s->log, at, NULL);
}

static weir_status use_report_so_far(struct setup *s, void *at) {
  weir_log *log;
  must(weir_log_open(s->log, &log, NULL), NULL);
  weir_status status = weir_log_report_so_far(log, at, NULL);
  weir_log_close(log);
  return status;
}

static weir_status use_log_report(struct setup *s, void *at) {
  return weir_log_verify(s->log, NULL, NULL, at, NULL);
}

static weir_status use_wasi(struct setup *s, void *at) {
  (void)s;
  weir_wasi *wasi = NULL;
  weir_status status = weir_wasi_new(at, &wasi, NULL);
  weir_wasi_free(wasi);
  return status;
}

static void fill_serve(struct setup *s, void *at) {
  static const char *const address = "127.0.0.1:0";
  (void)s;
  ((weir_serve_config *)at)->addresses = &address;
  ((weir_serve_config *)at)->address_count = 1;
}

/* The component has no handler, which is seen after the settings. */
static weir_status use_serve(struct setup *s, void *at) {
  weir_server *server = NULL;
  weir_status status = weir_server_new(s->component, at, &server, NULL);
  weir_server_free(server);
  return status == WEIR_ERR_NOT_FOUND ? WEIR_OK : status;
}

static weir_status use_fuse(struct setup *s, void *at) {
  void *bytes = NULL;
  size_t size;
  weir_status status = weir_fuse_core(s->component, at, &bytes, &size, NULL, NULL);
  weir_bytes_free(bytes);
  return status;
}

static weir_status use_fuse_link(struct setup *s, void *at) {
  const weir_component *components[] = {s->component};
  void *bytes = NULL;
  size_t size;
  weir_status status = weir_fuse_link(components, 1, at, &bytes, &size, NULL);
  weir_bytes_free(bytes);
  return status;
}

static weir_status use_fuse_stats(struct setup *s, void *at) {
  void *bytes = NULL;
  size_t size;
  weir_status status = weir_fuse_core(s->component, NULL, &bytes, &size, at, NULL);
  weir_bytes_free(bytes);
  return status;
}

static weir_status use_fuse_origin(struct setup *s, void *at) {
  weir_component *fused;
  void *bytes;
  size_t size;
  must(weir_fuse_core(s->component, NULL, &bytes, &size, NULL, NULL), NULL);
  must(weir_component_inspect(s->engine, bytes, size, &fused, NULL), NULL);
  weir_status status = weir_fuse_get_origin(fused, at, NULL);
  weir_component_free(fused);
  weir_bytes_free(bytes);
  return status;
}

static const struct sized all[] = {
    {"weir_alloc", sizeof(weir_alloc), fill_alloc, use_alloc, false},
    {"weir_engine_config", sizeof(weir_engine_config), NULL, use_config, false},
    {"weir_store_config", sizeof(weir_store_config), NULL, use_store, false},
    {"weir_cache_config", sizeof(weir_cache_config), NULL, use_cache, false},
    {"weir_bridge_config", sizeof(weir_bridge_config), NULL, use_bridge, false},
    {"weir_bridge_job", sizeof(weir_bridge_job), fill_job, use_job, false},
    {"weir_bridge_invocation", sizeof(weir_bridge_invocation), fill_invocation, use_invocation, false},
    {"weir_interceptor", sizeof(weir_interceptor), NULL, use_interceptor, false},
    {"weir_events_config", sizeof(weir_events_config), NULL, use_events, false},
    {"weir_event", sizeof(weir_event), NULL, use_event, true},
    {"weir_record_config", sizeof(weir_record_config), NULL, use_record, false},
    {"weir_replay_config", sizeof(weir_replay_config), fill_replay, use_replay, false},
    {"weir_replay_report", sizeof(weir_replay_report), NULL, use_replay_report, true},
    {"weir_log_report", sizeof(weir_log_report), NULL, use_log_report, true},
    {"weir_log_report", sizeof(weir_log_report), NULL, use_report_so_far, true},
    {"weir_log_event", sizeof(weir_log_event), NULL, use_log_event, true},
    {"weir_engine_config", sizeof(weir_engine_config), NULL, use_engine_config, true},
    {"weir_wasi_config", sizeof(weir_wasi_config), NULL, use_wasi, false},
    {"weir_http_request", sizeof(weir_http_request), NULL, use_http_request, false},
    {"weir_http_events", sizeof(weir_http_events), NULL, use_http_events, false},
    {"weir_serve_config", sizeof(weir_serve_config), fill_serve, use_serve, false},
    {"weir_fuse_config", sizeof(weir_fuse_config), NULL, use_fuse, false},
    {"weir_fuse_origin", sizeof(weir_fuse_origin), NULL, use_fuse_origin, true},
    {"weir_fuse_link_config", sizeof(weir_fuse_link_config), NULL, use_fuse_link, false},
    {"weir_fuse_stats", sizeof(weir_fuse_stats), NULL, use_fuse_stats, true},
};

/* ---- on the edge ------------------------------------------------------------------------------------------------- */

static unsigned char *guarded; /* a page, and behind it one that nobody may touch */

/* A struct of `size` bytes that says it has `says`, as far as there is something in it of this version. */
static void *on_the_edge(struct setup *s, const struct sized *of, size_t size, size_t says) {
  unsigned char own[PAGE] = {0};
  unsigned char *at = guarded + PAGE - size;
  if (of->fill)
    of->fill(s, own);
  memset(guarded, 0, PAGE);
  memcpy(at, own, size < of->size ? size : of->size);
  memcpy(at, &says, sizeof(says));
  return at;
}

static void expect(const struct sized *of, size_t size, weir_status status, weir_status want) {
  if (status != want)
    fail_msg("%s of %zu bytes: %s", of->name, size, weir_status_name(status));
}

static void clear(const struct sized *of, void *at) {
  if (of->use == use_event)
    weir_event_clear(at);
  if (of->use == use_replay_report)
    weir_replay_report_clear(at);
}

/*
 * What is missing may be needed: then that is told, as misuse; nothing behind the end is looked at. What a caller has
 * to release has been there from the beginning.
 */
static void smaller_ones(struct setup *s, const struct sized *of) {
  size_t least = of->use == use_event || of->use == use_replay_report ? of->size : sizeof(size_t);
  for (size_t size = least; size <= of->size; size += sizeof(size_t)) {
    void *at = on_the_edge(s, of, size, size);
    weir_status status = of->use(s, at);
    size_t said;
    memcpy(&said, at, sizeof(said));
    assert_int_equal(said, size);
    if (!of->fill || size == of->size)
      expect(of, size, status, WEIR_OK);
    else if (status != WEIR_OK)
      expect(of, size, status, WEIR_ERR_MISUSE);
    clear(of, at);
  }
}

static void longer_ones(struct setup *s, const struct sized *of) {
  size_t size = of->size + LATER;
  unsigned char *at = on_the_edge(s, of, size, size);
  expect(of, size, of->use(s, at), WEIR_OK);
  for (size_t i = 0; i < LATER; i++)
    assert_int_equal(at[of->size + i], 0);
  clear(of, at);
  at = on_the_edge(s, of, size, size);
  at[size - 1] = 1;
  expect(of, size, of->use(s, at), of->out ? WEIR_OK : WEIR_ERR_MISUSE);
  assert_int_equal(at[size - 1], of->out ? 0 : 1);
  clear(of, at);
}

static void ones_without_a_size(struct setup *s, const struct sized *of) {
  static const size_t wrong[] = {0, 1, sizeof(size_t) - 1, 1 << 20, SIZE_MAX};
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
    void *at = on_the_edge(s, of, of->size, wrong[i]);
    expect(of, wrong[i], of->use(s, at), WEIR_ERR_MISUSE);
    clear(of, at);
  }
}

/* What is counted is written as far as there is room for it. */
static void counters(struct setup *s, const struct sized *of) {
  for (size_t size = 0; size <= sizeof(weir_bridge_times) + LATER && of == all; size += sizeof(uint64_t)) {
    unsigned char *at = guarded + PAGE - size;
    memset(at, 1, size);
    weir_bridge_get_times(s->bridge, (void *)at, size);
    assert_true(size <= sizeof(weir_bridge_times) || at[size - 1] == 0);
    weir_bridge_get_stats(s->bridge, (void *)at, size);
    weir_cache_get_stats(s->cache, (void *)at, size);
    assert_true(size <= sizeof(weir_cache_stats) || at[size - 1] == 0);
  }
}

static const char guest[] =
    "(component (core module $m (func (export \"plain\") (result i32) (i32.const 7)))"
    " (core instance $i (instantiate $m)) (func (export \"plain\") (result u32) (canon lift (core func $i "
    "\"plain\"))))";

static weir_status begin(void *data, weir_bridge *bridge, weir_error **ret_error) {
  struct setup *s = data;
  must(weir_store_new(s->engine, NULL, &s->store, NULL), NULL);
  must(weir_instance_new(s->store, NULL, s->component, &s->instance, NULL), NULL);
  return weir_bridge_attach(bridge, s->store, ret_error);
}

static void end(void *data, weir_bridge *bridge) {
  (void)bridge;
  weir_store_free(((struct setup *)data)->store);
}

/* A record of nothing but the beginning of an instance. */
static void make_log(struct setup *s) {
  weir_record_config config = WEIR_RECORD_CONFIG_INIT;
  weir_recorder *recorder;
  weir_store *store;
  weir_instance *instance;
  snprintf(s->log, sizeof(s->log), "/tmp/weir-sizes-%d", (int)getpid());
  config.path = s->log;
  must(weir_store_new(s->engine, NULL, &store, NULL), NULL);
  must(weir_record_start(store, &config, &recorder, NULL), NULL);
  must(weir_instance_new(store, NULL, s->component, &instance, NULL), NULL);
  weir_store_free(store);
  must(weir_recorder_close(recorder, NULL), NULL);
}

static void each(void (*check)(struct setup *s, const struct sized *of)) {
  struct setup s = {0};
  weir_bridge_config bridge = WEIR_BRIDGE_CONFIG_INIT;
  guarded = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  assert_true(guarded != MAP_FAILED);
  assert_int_equal(mprotect(guarded + PAGE, PAGE, PROT_NONE), 0);
  must(weir_engine_new(NULL, &s.engine, NULL), NULL);
  s.component = component_from(s.engine, guest, strlen(guest));
  bridge.start = begin;
  bridge.stop = end;
  bridge.data = &s;
  must(weir_cache_new(s.engine, NULL, &s.cache, NULL), NULL);
  must(weir_bridge_new(&bridge, &s.bridge, NULL), NULL);
  make_log(&s);
  for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
    check(&s, &all[i]);
  remove(s.log);
  weir_bridge_free(s.bridge);
  weir_cache_free(s.cache);
  weir_component_free(s.component);
  weir_engine_free(s.engine);
}

static void what_an_older_caller_has_not_is_not_touched(void **state) {
  (void)state;
  each(smaller_ones);
}

static void what_is_not_known_must_be_zero(void **state) {
  (void)state;
  each(longer_ones);
}

static void without_a_size_it_is_misuse(void **state) {
  (void)state;
  each(ones_without_a_size);
}

static void counters_are_cut_to_the_room_there_is(void **state) {
  (void)state;
  each(counters);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_an_older_caller_has_not_is_not_touched),
    cmocka_unit_test(what_is_not_known_must_be_zero),
    cmocka_unit_test(without_a_size_it_is_misuse),
    cmocka_unit_test(counters_are_cut_to_the_room_there_is),
};

BEHAVIOUR_MAIN(tests)
