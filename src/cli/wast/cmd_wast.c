/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* `weir wast`: scripts of components, calls and assertions, as the specification's tests are written. */
#include <string.h>

#include "cli/cli.h"
#include "cli/load.h"
#include "cli/options.h"
#include "cli/wast/clock.h"
#include "cli/wast/run.h"

static const char help[] =
    "usage: weir wast [options] FILE...\n"
    "\n"
    "Runs scripts: components in text form, calls, and assertions about them. Each component is instantiated in a "
    "store\n"
    "of its own; calls go to the latest instance, or to the one that they name. A directive that fails is printed "
    "with\n"
    "its line, and the script goes on.\n"
    "\n"
    "  --features LIST  `all` (the default), `released`, or names with commas; see `weir help run`\n"
    "  --strict         messages of assert_invalid and assert_malformed must match too\n"
    "  --schedule-seed N     permute every choice of the schedule that the specification leaves open; 0: do not\n"
    "  --schedule-keep LIST  but not these: threads, events, cancellations, waits\n"
    "  --time-slice N   set guests aside after N times 50 microseconds; `every`: at every function and loop\n"
    "  --replay         record every instance and replay it in the end: the records must be the same\n"
    "  --no-adapters    let calls between components go through the runtime, not through compiled adapters\n"
    "  --json           print the outcome as JSON\n"
    "  --quiet          print failures only\n"
    "\n"
    "directives: component, component definition, component instance, module (validated only), invoke, assert_return,\n"
    "assert_trap, assert_exhaustion, assert_uninstantiable, assert_unlinkable, assert_invalid, assert_malformed\n"
    "\n"
    "examples:\n"
    "  weir wast test.wast\n"
    "  weir wast --quiet --strict tests/*.wast\n"
    "\n"
    "The exit code is 0 where all directives passed, else 1.\n";

enum { OPT_FEATURES, OPT_STRICT, OPT_JSON, OPT_QUIET, OPT_SEED, OPT_KEEP, OPT_SLICE, OPT_REPLAY, OPT_NO_ADAPTERS };

static const struct option_spec specs[] = {
    [OPT_FEATURES] = {"features", 0, "a list of features, such as `released`"},
    [OPT_STRICT] = {"strict", 0, NULL},
    [OPT_JSON] = {"json", 0, NULL},
    [OPT_QUIET] = {"quiet", 'q', NULL},
    [OPT_SEED] = {"schedule-seed", 0, "a number"},
    [OPT_KEEP] = {"schedule-keep", 0, "a list of choices, such as `threads`"},
    [OPT_SLICE] = {"time-slice", 0, "a number, or `every`"},
    [OPT_REPLAY] = {"replay", 0, NULL},
    [OPT_NO_ADAPTERS] = {"no-adapters", 0, NULL},
};

struct wast_command {
  struct wast_options options;
  bool json, quiet, no_adapters;
  int file_count;
  char **files; /* moved to the front of argv */
};

static bool parse_slice(const char *value, uint64_t *ret) {
  *ret = WEIR_SLICE_EVERYWHERE;
  return strcmp(value, "every") == 0 || option_number("time-slice", value, ret);
}

static int parse_options(struct wast_command *c, int argc, char **argv) {
  struct option_scan scan = {"wast", specs, sizeof(specs) / sizeof(specs[0]), argc, argv, 1, false};
  const char *value;
  c->files = argv;
  for (int found = option_next(&scan, &value); found != OPTION_END; found = option_next(&scan, &value)) {
    if (found == OPTION_ERROR || (found == OPT_FEATURES && !option_features(value, &c->options.features)))
      return CLI_USAGE;
    if (found == OPT_SEED && !option_number("schedule-seed", value, &c->options.schedule_seed))
      return CLI_USAGE;
    if (found == OPT_KEEP && !option_choices(value, &c->options.schedule_keep))
      return CLI_USAGE;
    if (found == OPT_SLICE && !parse_slice(value, &c->options.slice))
      return CLI_USAGE;
    if (found == OPTION_OPERAND)
      c->files[c->file_count++] = argv[scan.next - 1];
    c->options.strict = c->options.strict || found == OPT_STRICT;
    c->options.replay = c->options.replay || found == OPT_REPLAY;
    c->no_adapters = c->no_adapters || found == OPT_NO_ADAPTERS;
    c->json = c->json || found == OPT_JSON;
    c->quiet = c->quiet || found == OPT_QUIET;
  }
  if (c->file_count > 0)
    return CLI_OK;
  cli_error("weir wast: there is no script to run");
  cli_hint("weir wast test.wast; `weir help wast` explains");
  return CLI_USAGE;
}

static int run_file(weir_engine *engine, const struct wast_command *c, const char *path, struct wast_report *report) {
  struct load load;
  int code = load_file(path, &load);
  if (code != CLI_OK)
    return code;
  wast_report_file(report, path);
  wast_run(engine, &c->options, (struct str){(const char *)load.bytes, load.size}, report);
  wast_report_file_end(report);
  load_done(&load);
  return report->failed > 0 ? CLI_FAILED : CLI_OK;
}

/* An unreadable file counts more than a script that fails. */
static int run_files(weir_engine *engine, const struct wast_command *c) {
  struct wast_report report;
  int worst = CLI_OK;
  wast_report_open(&report, c->json, c->quiet);
  for (int i = 0; i < c->file_count; i++) {
    int code = run_file(engine, c, c->files[i], &report);
    worst = code > worst ? code : worst;
  }
  wast_report_close(&report);
  return worst;
}

static int run(int argc, char **argv) {
  struct wast_command command = {.options.features = OPTION_FEATURES_ALL};
  weir_engine *engine = NULL;
  weir_error *error = NULL;
  int code = parse_options(&command, argc, argv);
  if (code != CLI_OK)
    return code;
  weir_config config = {.features = command.options.features,
                        .deadlines = command.options.slice != 0,
                        .no_adapters = command.no_adapters};
  weir_status status = weir_engine_new(&config, &engine, &error);
  if (status != WEIR_OK)
    return cli_fail("weir wast", status, error);
  struct wast_clock clock = {0};
  if (command.options.slice != 0)
    status = wast_clock_start(&clock, engine);
  code = status == WEIR_OK ? run_files(engine, &command) : cli_fail("weir wast", status, NULL);
  wast_clock_stop(&clock);
  weir_engine_free(engine);
  return code;
}

const struct cli_command cli_wast = {"wast", "run scripts of components, calls and assertions", help, run};
