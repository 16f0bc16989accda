/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Scripts: the table of directives, and the run of one script. A directive's function returns WEIR_OK where the
 * directive holds; otherwise the diag names the expected outcome and the actual one. An unknown directive fails:
 * nothing in a script is skipped silently.
 */
#include "cli/wast/run.h"

#include "base/mem.h"
#include "cli/wast/runner.h"

typedef weir_status directive_fn(struct wast_runner *r, const struct sexp *s);

static const struct {
  const char *name;
  directive_fn *run;
} directives[] = {
    {"component", wast_do_component},
    {"module", wast_do_component},
    {"invoke", wast_do_invoke},
    {"assert_return", wast_assert_return},
    {"assert_trap", wast_assert_trap},
    {"assert_exhaustion", wast_assert_trap},
    {"assert_uninstantiable", wast_assert_trap},
    {"assert_unlinkable", wast_assert_unlinkable},
    {"assert_invalid", wast_assert_refused},
    {"assert_malformed", wast_assert_refused},
};

static weir_status run_directive(struct wast_runner *r, const struct sexp *s) {
  struct str head = sexp_head(s);
  for (size_t i = 0; i < sizeof(directives) / sizeof(directives[0]); i++)
    if (str_eq(head, str_from(directives[i].name)))
      return directives[i].run(r, s);
  return wast_bad_script(r, s, "unknown directive");
}

/* Annotations, `(@name ...)`, say nothing here. */
static bool is_annotation(const struct sexp *s) {
  return str_starts_with(sexp_head(s), STR("@"));
}

static void run_forms(struct wast_runner *r, const struct sexp *first, struct wast_report *report) {
  for (const struct sexp *s = first; s; s = s->next) {
    struct diag d;
    if (is_annotation(s))
      continue;
    diag_init(&d);
    r->diag = &d;
    if (run_directive(r, s) == WEIR_OK)
      wast_report_passed(report);
    else
      wast_report_failed(report, s, diag_message(&d));
    diag_done(&d);
  }
}

static void tell_unfused(void *data, const char *why) {
  wast_report_unfused(data, why);
}

void wast_run(weir_engine *engine, const struct wast_options *options, struct str source, struct wast_report *report) {
  struct wast_runner r = {.options = options, .source = source};
  weir_store_config config = WEIR_STORE_CONFIG_INIT;
  config.schedule_seed = options->schedule_seed;
  config.schedule_keep = options->schedule_keep;
  config.slice = options->slice;
  struct arena arena;
  struct diag d;
  const struct sexp *first = NULL;
  arena_init(&arena, &mem_system);
  diag_init(&d);
  wast_world_open(&r.world, engine, &config);
  r.world.replay = options->replay;
  r.world.fuse = options->fused_component ? WAST_FUSE_COMPONENT : options->fused ? WAST_FUSE_CORE : WAST_FUSE_NONE;
  r.world.on_unfused = tell_unfused;
  r.world.data = report;
  if (wast_read(&arena, source, &first, &d) == WEIR_OK)
    run_forms(&r, first, report);
  else
    wast_report_failed(report, NULL, diag_message(&d));
  report->fused += r.world.fused;
  wast_world_close(&r.world);
  if (r.world.diverged > 0)
    wast_report_failed(report, NULL, "a replay was not the same");
  diag_done(&d);
  arena_done(&arena);
}
