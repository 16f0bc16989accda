/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See meter.h. In order: counting; sums; the text. */
#include "serve/meter.h"

#include <stddef.h>

static const uint32_t bounds[METER_TIMES] = METER_BOUNDS;

void meter_request(struct meter *m, uint32_t status, uint64_t nanoseconds) {
  uint32_t class = status / 100, bucket = 0;
  uint64_t microseconds = nanoseconds / 1000;
  while (bucket < METER_TIMES && microseconds > bounds[bucket])
    bucket++;
  meter_add(&m->responses[class < METER_CLASSES ? class : 0], 1);
  meter_add(&m->times[bucket], 1);
  meter_add(&m->time, nanoseconds);
}

/* ---- sums -------------------------------------------------------------------------------------------------------- */

struct sum {
  const struct meter *const *meters;
  uint32_t count;
};

/* The count at an offset of the meters. */
static uint64_t sum_of(const struct sum *s, size_t offset) {
  uint64_t all = 0;
  for (uint32_t i = 0; i < s->count; i++) {
    const meter_count *c = (const void *)((const char *)s->meters[i] + offset);
    all += atomic_load_explicit(c, memory_order_relaxed);
  }
  return all;
}

/* ---- the text ---------------------------------------------------------------------------------------------------- */

static const struct {
  const char *name, *type, *help;
  size_t offset;
} singles[] = {
    {"weir_requests_running", "gauge", "Requests that have an instance.", offsetof(struct meter, running)},
    {"weir_requests_waiting", "gauge", "Requests that wait for an instance.", offsetof(struct meter, waiting)},
    {"weir_requests_refused_total", "counter", "Requests answered with 503 since too many waited.",
     offsetof(struct meter, refused)},
    {"weir_requests_timed_out_total", "counter", "Requests over their time.", offsetof(struct meter, timed_out)},
    {"weir_instances", "gauge", "Instances of components.", offsetof(struct meter, instances)},
    {"weir_instances_made_total", "counter", "Instances made.", offsetof(struct meter, made)},
    {"weir_instances_ended_total", "counter", "Instances ended.", offsetof(struct meter, ended)},
    {"weir_instances_trapped_total", "counter", "Instances whose guest trapped.", offsetof(struct meter, trapped)},
    {"weir_instances_overdue_total", "counter", "Instances ended while they worked on after their responses.",
     offsetof(struct meter, overdue)},
    {"weir_live_tasks", "gauge", "Live tasks of all instances.", offsetof(struct meter, live_tasks)},
    {"weir_records_total", "counter", "Flight records written.", offsetof(struct meter, recorded)},
};

static void write_head(struct text *out, const char *name, const char *type, const char *help) {
  text_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void write_responses(struct text *out, const struct sum *s) {
  write_head(out, "weir_requests_total", "counter", "Requests that have ended, by the class of their status.");
  for (uint32_t i = 0; i < METER_CLASSES; i++) {
    uint64_t n = sum_of(s, offsetof(struct meter, responses) + i * sizeof(meter_count));
    if (i == 0)
      text_printf(out, "weir_requests_total{code=\"none\"} %llu\n", (unsigned long long)n);
    else
      text_printf(out, "weir_requests_total{code=\"%uxx\"} %llu\n", (unsigned)i, (unsigned long long)n);
  }
}

static void write_times(struct text *out, const struct sum *s) {
  static const char name[] = "weir_request_duration_seconds";
  uint64_t all = 0, nanoseconds = sum_of(s, offsetof(struct meter, time));
  write_head(out, name, "histogram", "Time from a request's head to the end of its response.");
  for (uint32_t i = 0; i <= METER_TIMES; i++) {
    all += sum_of(s, offsetof(struct meter, times) + i * sizeof(meter_count));
    if (i < METER_TIMES)
      text_printf(out, "%s_bucket{le=\"%u.%06u\"} %llu\n", name, (unsigned)(bounds[i] / 1000000),
                  (unsigned)(bounds[i] % 1000000), (unsigned long long)all);
  }
  text_printf(out, "%s_bucket{le=\"+Inf\"} %llu\n%s_sum %llu.%09llu\n%s_count %llu\n", name, (unsigned long long)all,
              name, (unsigned long long)(nanoseconds / 1000000000), (unsigned long long)(nanoseconds % 1000000000),
              name, (unsigned long long)all);
}

void meter_write(struct text *out, const struct meter *const *meters, uint32_t count) {
  struct sum s = {meters, count};
  write_responses(out, &s);
  write_times(out, &s);
  for (size_t i = 0; i < sizeof(singles) / sizeof(singles[0]); i++) {
    write_head(out, singles[i].name, singles[i].type, singles[i].help);
    text_printf(out, "%s %llu\n", singles[i].name, (unsigned long long)sum_of(&s, singles[i].offset));
  }
}
