/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What the engine's operations cost, in nanoseconds of processor time. Not a test, but quick enough to be run as one;
 * an argument multiplies the number of rounds.
 */
#include <stdlib.h>
#include <time.h>

#include "engine/fixture.h"

enum { IMPORTS = 40 };

static const char guest_text[] =
    "(module (import \"h\" \"add\" (func $add (param i32 i32) (result i32)))"
    " (func (export \"loop\") (param $n i32) (result i32) (local $a i32)"
    "   (loop $l (local.set $a (call $add (local.get $a) (i32.const 1)))"
    "     (local.set $n (i32.sub (local.get $n) (i32.const 1))) (br_if $l (local.get $n))) (local.get $a))"
    " (func (export \"echo\") (param i32) (result i32) (local.get 0)))";

struct bench {
  struct fixture f;
  struct eng_func loop, echo;
  int times;
};

static struct wasm_trap_t *host_add(struct eng_host *host, union eng_val *vals) {
  (void)host;
  vals[0].i32 += vals[1].i32;
  return NULL;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void report(const char *what, double from, int count) {
  printf("%-44s %8.1f ns\n", what, (now() - from) / count);
}

static void calls(struct bench *b) {
  int n = 200000 * b->times;
  double from = now();
  call_i32(b->f.s, &b->loop, n);
  report("guest calls host", from, n);
  union eng_val val = {.i32 = 1};
  from = now();
  for (int i = 0; i < n; i++)
    eng_call(b->f.s, &b->echo, &val, 1, NULL);
  report("host calls guest", from, n);
}

static void job_call(void *arg) {
  struct bench *b = arg;
  union eng_val val = {.i32 = 1};
  eng_call(b->f.s, &b->echo, &val, 1, NULL);
}

static void job_empty(void *arg) {
  (void)arg;
}

static void job_suspend(void *arg) {
  struct bench *b = arg;
  eng_suspend(b->f.s);
}

static void stacks(struct bench *b) {
  int n = 50000 * b->times;
  struct eng_stack *stack = NULL;
  double from = now();
  for (int i = 0; i < n; i++)
    eng_stack_start(b->f.s, job_empty, b, &stack, NULL);
  report("job on a kept stack, empty", from, n);
  from = now();
  for (int i = 0; i < n; i++)
    eng_stack_start(b->f.s, job_call, b, &stack, NULL);
  report("job on a kept stack, one guest call", from, n);
  from = now();
  for (int i = 0; i < n; i++) {
    eng_stack_start(b->f.s, job_suspend, b, &stack, NULL);
    eng_stack_resume(stack);
  }
  report("job on a kept stack, one suspension", from, n);
  from = now();
  for (int i = 0; i < n / 10; i++) {
    eng_stack_start(b->f.s, job_suspend, b, &stack, NULL);
    eng_stack_drop(stack);
  }
  report("job on a new stack, dropped while suspended", from, n / 10);
}

static void trap_cost(struct bench *b) {
  int n = 2000 * b->times;
  struct eng_instance i = instance_of(&b->f, "(module (func (export \"t\") unreachable))", NULL, 0);
  struct eng_func t = func_named(b->f.s, &i, "t");
  union eng_val val;
  double from = now();
  for (int k = 0; k < n; k++)
    eng_call(b->f.s, &t, &val, 0, NULL);
  report("a trap", from, n);
}

static char *wide_text(void) {
  char *text = malloc(8192);
  int n = sprintf(text, "(module");
  for (int i = 0; i < IMPORTS; i++)
    n += sprintf(text + n, " (import \"h\" \"f%d\" (func (param i32 i32) (result i32)))", i);
  sprintf(text + n, " (memory 1) (func (export \"r\")))");
  return text;
}

/* A store, its host functions, one instance of 40 imports, and, where asked for, a first stack. */
static void instances(struct eng *e, const char *what, int count, bool stack_too) {
  char *text = wide_text();
  struct eng_module *m = module_of(e, text);
  struct eng_host host = {host_add};
  struct eng_extern imports[IMPORTS];
  struct eng_instance instance;
  struct eng_stack *stack = NULL;
  double from = now();
  for (int i = 0; i < count; i++) {
    struct eng_store *s = NULL;
    eng_store_new(e, NULL, &s, NULL);
    struct eng_signature *sig = eng_signature_new((const uint8_t[]){0, 0}, 2, (const uint8_t[]){0}, 1);
    for (int k = 0; k < IMPORTS; k++)
      eng_host_func(s, sig, &host, &imports[k]);
    eng_signature_free(sig);
    if (stack_too)
      eng_stack_start(s, job_empty, NULL, &stack, NULL);
    eng_instantiate(s, m, imports, IMPORTS, &instance, NULL);
    eng_store_free(s);
  }
  report(what, from, count);
  eng_module_unref(m);
  free(text);
}

int main(int argc, char **argv) {
  struct bench b = {.times = argc > 1 ? atoi(argv[1]) : 1};
  const struct eng_config pooling = {.pooling = true};
  struct eng_host host = {host_add};
  b.f = fixture_new(NULL);
  struct eng_extern import = host_of(b.f.s, &host, 2, 1);
  struct eng_instance i = instance_of(&b.f, guest_text, &import, 1);
  b.loop = func_named(b.f.s, &i, "loop");
  b.echo = func_named(b.f.s, &i, "echo");
  calls(&b);
  stacks(&b);
  trap_cost(&b);
  int n = 2000 * b.times;
  instances(b.f.e, "store, 40 host functions, instance", n, false);
  instances(b.f.e, "the same with a stack", n, true);
  fixture_free(&b.f);
  b.f = fixture_new(&pooling);
  instances(b.f.e, "store, 40 host functions, instance, pooled", n, false);
  instances(b.f.e, "the same with a stack, pooled", n, true);
  fixture_free(&b.f);
  return 0;
}
