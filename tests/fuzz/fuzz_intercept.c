/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Interceptors and a record, together: the input says what a host does, one operation a byte (start a call, cancel one,
 * finish one of its own, drop a resource that a call has given, step), and what two interceptors make of each crossing
 * (let it go on, answer it, fail it, keep it waiting until an operation finishes the hook). Whatever that is, the
 * record is replayed with the same head, each interceptor hears one end for each beginning, and each call ends once.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/rep_of.h"
#include "weir/unstable.h"
#include "weir/weir.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 24, GUEST_MAX = 1 << 16 };

struct play;

struct started {
  struct play *play;
  int ended;
};

struct play {
  const uint8_t *at, *end;
  weir_store *store;
  weir_instance *instance;
  weir_call *calls[MOST];
  struct started started[MOST];
  int call_count;
  weir_value things[MOST]; /* that calls have given */
  int thing_count;
  weir_host_call *host[MOST];
  int host_count;
  weir_hook *hooks[MOST];
  int hook_count;
};

struct ear {
  struct play *play;
  int begun, ended;
};

static weir_engine *engine;
static weir_component *component;

static void must(bool condition) {
  if (!condition)
    abort();
}

static uint8_t take(struct play *p) {
  return p->at < p->end ? *p->at++ : 0;
}

/* ---- the host ---------------------------------------------------------------------------------------------------- */

static void step(void *data, weir_host_call *call, weir_value *args, size_t count) {
  weir_value result = {.kind = WEIR_VALUE_U32, .of.u32 = args[0].of.u32 + 1};
  (void)data, (void)count;
  weir_host_call_return(call, &result, NULL);
}

static void later(void *data, weir_host_call *call, weir_value *args, size_t count) {
  struct play *p = data;
  if (args[0].of.u32 % 2 == 0 || p->host_count == MOST)
    step(NULL, call, args, count);
  else
    p->host[p->host_count++] = call;
}

static void note(void *data, weir_host_call *call, weir_value *args, size_t count) {
  weir_value taken = args[0];
  (void)data, (void)count;
  args[0] = (weir_value){0};
  weir_host_call_return(call, &taken, NULL);
}

static void make(void *data, weir_host_call *call, weir_value *args, size_t count) {
  weir_value thing;
  (void)data, (void)count;
  must(weir_resource_new(weir_host_call_instance(call), NULL, "thing", args[0].of.u32, &thing, NULL) == WEIR_OK);
  weir_host_call_return(call, &thing, NULL);
}

static void look(void *data, weir_host_call *call, weir_value *args, size_t count) {
  weir_value result = {.kind = WEIR_VALUE_U32, .of.u32 = (uint32_t)rep_of(&args[0])};
  (void)data, (void)count;
  weir_host_call_return(call, &result, NULL);
}

static void take_thing(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)data, (void)count, (void)args;
  weir_host_call_return(call, NULL, NULL);
}

static weir_linker *linker_for(struct play *p) {
  static const struct {
    const char *name;
    weir_host_fn fn;
  } all[] = {{"step", step}, {"later", later}, {"note", note}, {"make", make}, {"look", look}, {"take", take_thing}};
  weir_linker *linker;
  must(weir_linker_new(engine, &linker, NULL) == WEIR_OK);
  must(weir_linker_define_resource(linker, NULL, "thing", NULL, NULL, NULL, NULL) == WEIR_OK);
  for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
    must(weir_linker_define_func(linker, NULL, all[i].name, NULL, all[i].fn, p, NULL, NULL) == WEIR_OK);
  return linker;
}

/* ---- interceptors ------------------------------------------------------------------------------------------------ */

static weir_value answer_of(const weir_crossing *c) {
  weir_value v = {.kind = WEIR_VALUE_U32, .of.u32 = 7};
  if (c->name_size == 4 && (memcmp(c->name, "note", 4) == 0 || memcmp(c->name, "text", 4) == 0))
    must(weir_value_new_string("answer", 6, &v) == WEIR_OK);
  return v; /* of another type for `make`, `take` and `give`: that fails the call */
}

static weir_verdict decide(struct play *p, weir_crossing *c) {
  uint8_t what = take(p) % 16;
  if (what == 1) {
    weir_value v = answer_of(c);
    return weir_crossing_answer(c, &v);
  }
  if (what == 2)
    return weir_crossing_fail(c, "failed");
  if (what == 3)
    return WEIR_PENDING; /* without a hook */
  if (what > 6 || what < 4 || p->hook_count == MOST)
    return WEIR_GO_ON;
  weir_hook *hook = weir_crossing_hold(c);
  must(hook);
  p->hooks[p->hook_count++] = hook;
  return what == 6 ? WEIR_GO_ON : WEIR_PENDING; /* or held in vain */
}

static weir_verdict before(void *data, weir_crossing *c) {
  struct ear *e = data;
  e->begun++;
  return decide(e->play, c);
}

static weir_verdict after(void *data, weir_crossing *c) {
  struct ear *e = data;
  e->ended++;
  return decide(e->play, c);
}

static void failure(void *data, const weir_crossing *c) {
  must(c->status != WEIR_OK && c->message);
  ((struct ear *)data)->ended++;
}

/* ---- operations -------------------------------------------------------------------------------------------------- */

static void done(void *data, weir_call *call) {
  struct started *s = data;
  weir_value result = {0};
  s->ended++;
  weir_call_result(call, &result, NULL);
  if (result.kind == WEIR_VALUE_RESOURCE && s->play->thing_count < MOST)
    s->play->things[s->play->thing_count++] = result;
  else
    weir_value_clear(&result);
}

static void drop_thing(struct play *p, uint8_t which) {
  if (p->thing_count == 0)
    return;
  weir_value *at = &p->things[which % p->thing_count];
  weir_value_clear(at);
  *at = p->things[--p->thing_count];
}

static void start(struct play *p) {
  enum { NAMES = 7 };
  static const char *const names[NAMES] = {"plain", "task", "cancel", "text", "things", "give", "lend"};
  uint8_t which = take(p);
  const char *name = names[which % NAMES];
  weir_value args[2] = {{.kind = WEIR_VALUE_U32, .of.u32 = which / NAMES}};
  bool lends = strcmp(name, "lend") == 0;
  if (p->call_count == MOST || (lends && p->thing_count == 0))
    return;
  if (strcmp(name, "text") == 0)
    must(weir_value_new_string("words", 5, &args[0]) == WEIR_OK);
  if (lends) {
    args[1] = args[0];
    args[0] = p->things[which % p->thing_count]; /* which stays the play's */
  }
  const weir_func *f = weir_component_find_func(component, NULL, name);
  int n = p->call_count;
  p->started[n].play = p;
  if (weir_call_start(p->instance, f, args, lends ? 2 : 1, done, &p->started[n], &p->calls[n], NULL) == WEIR_OK)
    p->call_count++;
}

static void cancel(struct play *p) {
  uint8_t which = take(p);
  if (p->call_count > 0)
    weir_call_cancel(p->calls[which % p->call_count]);
}

static void finish_hook(struct play *p) {
  uint8_t which = take(p), how = take(p);
  weir_value v = {.kind = WEIR_VALUE_U32, .of.u32 = how};
  if (p->hook_count == 0)
    return;
  weir_hook **at = &p->hooks[which % p->hook_count], *hook = *at;
  *at = p->hooks[--p->hook_count];
  if (how % 4 == 0)
    weir_hook_fail(hook, "failed later");
  else if (how % 4 == 1)
    weir_hook_answer(hook, &v);
  else
    weir_hook_go_on(hook);
}

static void finish_host(struct play *p) {
  uint8_t which = take(p);
  weir_value v = {.kind = WEIR_VALUE_U32, .of.u32 = which};
  if (p->host_count == 0)
    return;
  weir_host_call **at = &p->host[which % p->host_count], *call = *at;
  *at = p->host[--p->host_count];
  if (which % 8 == 0)
    weir_host_call_fail(call, "the host fails");
  else
    weir_host_call_return(call, &v, NULL);
}

static void operate(struct play *p) {
  for (int i = 0; i < 200 && p->at < p->end; i++) {
    switch (take(p) % 8) {
      case 0:
      case 1:
        start(p);
        break;
      case 2:
        cancel(p);
        break;
      case 3:
      case 4:
        finish_hook(p);
        break;
      case 5:
        finish_host(p);
        break;
      case 6:
        drop_thing(p, take(p));
        break;
      default:
        weir_store_step(p->store);
    }
  }
  while (p->thing_count > 0)
    drop_thing(p, 0);
}

/* ---- the property ------------------------------------------------------------------------------------------------ */

static void load(void) {
  static char text[GUEST_MAX];
  weir_engine_config config = {.size = sizeof(weir_engine_config), .features = 0x1ff, .fast_compile = true};
  if (engine)
    return;
  FILE *f = fopen(WEIR_SOURCE_DIR "/tests/behaviour/guests/crossings.wat", "rb");
  must(f);
  size_t size = fread(text, 1, sizeof(text), f);
  fclose(f);
  must(weir_engine_new(&config, &engine, NULL) == WEIR_OK);
  must(weir_component_new(engine, text, size, &component, NULL) == WEIR_OK);
}

static void replay(const char *path, const uint8_t head[WEIR_LOG_HEAD]) {
  weir_record_config again = {.size = sizeof(weir_record_config), .component = component};
  weir_replay_report report = WEIR_REPLAY_REPORT_INIT;
  weir_error *error = NULL;
  if (weir_replay(engine, component, path, &again, &report, &error) != WEIR_OK) {
    fprintf(stderr, "%s\n", weir_error_message(error));
    abort();
  }
  must(memcmp(report.head, head, WEIR_LOG_HEAD) == 0);
  weir_replay_report_clear(&report);
}

static void run(struct play *p, const char *path, bool holds) {
  struct ear ears[2] = {{.play = p}, {.play = p}};
  weir_interceptor v = {.size = sizeof(weir_interceptor),
                        .holds = holds,
                        .before_import = before,
                        .after_import = after,
                        .before_export = before,
                        .after_export = after,
                        .failure = failure};
  weir_record_config config = {.size = sizeof(weir_record_config), .path = path, .component = component};
  weir_recorder *recorder;
  uint8_t head[WEIR_LOG_HEAD];
  must(weir_store_new(engine, NULL, &p->store, NULL) == WEIR_OK);
  must(weir_record_start(p->store, &config, &recorder, NULL) == WEIR_OK);
  for (int i = 0; i < 2; i++)
    must(weir_store_intercept(p->store, &v, &ears[i], NULL) == WEIR_OK);
  weir_linker *linker = linker_for(p);
  must(weir_instance_new(p->store, linker, component, &p->instance, NULL) == WEIR_OK);
  operate(p);
  weir_recorder_head(recorder, head);
  must(weir_recorder_close(recorder, NULL) == WEIR_OK);
  weir_store_free(p->store);
  weir_linker_free(linker);
  for (int i = 0; i < 2; i++)
    must(ears[i].begun == ears[i].ended);
  for (int i = 0; i < p->call_count; i++)
    must(p->started[i].ended == 1);
  for (int i = 0; i < p->hook_count; i++)
    must(weir_hook_go_on(p->hooks[i]) == WEIR_ERR_GONE);
  replay(path, head);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char path[64];
  if (size == 0)
    return 0;
  load();
  struct play p = {.at = data + 1, .end = data + size};
  snprintf(path, sizeof(path), "/tmp/weir-fuzz-intercept-%ld", (long)getpid());
  run(&p, path, data[0] & 1);
  unlink(path);
  return 0;
}
