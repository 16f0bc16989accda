/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * `weir wast`: scripts of components, calls and assertions, like the specification's tests.
 * In order: options; files; the command, which owns the engine and its clock.
 */
#include <string.h>

#include "cli/cli.h"
#include "cli/load.h"
#include "cli/names.h"
#include "cli/options.h"
#include "cli/wast/clock.h"
#include "cli/wast/run.h"
#include "load/engine.h"

struct wast_command {
  struct wast_options options;
  struct option_number seed;
  bool json, quiet, no_adapters;
  int file_count;
  char **files; /* moved to the front of argv */
};

static bool take_slice(void *options, const char *value) {
  struct wast_command *c = options;
  c->options.slice = WEIR_SLICE_EVERYWHERE;
  return strcmp(value, "every") == 0 || option_read_number("time-slice", value, &c->options.slice);
}

#define AT(member) offsetof(struct wast_command, member)

static const struct option option_table[] = {
    {"strict", 0, NULL, NULL, "Messages of `assert_invalid` and `assert_malformed` must match too.", OPTION_FLAG,
     AT(options.strict), NULL},
    {"schedule-seed", 0, "N", "42",
     "Permute, the same way every time, each choice of the schedule that the specification leaves open, in every store "
     "that the script makes; `0`, the default: do not.",
     OPTION_NUMBER, AT(seed), NULL},
    {"schedule-keep", 0, "LIST", "threads",
     "But leave these as they are, named with commas: `threads` (which ready thread runs next), `events` (which event "
     "of a waitable set comes first), `cancellations` (which thread is told), `waits` (whether a wait that need not "
     "block does).",
     OPTION_CHOICES, AT(options.schedule_keep), NULL},
    {"time-slice", 0, "N", "every",
     "Set guests aside after N times 50 microseconds; with `every` at the entry of every function and the head of "
     "every loop. Scripts should not be able to tell.",
     OPTION_OTHER, 0, take_slice},
    {"replay", 0, NULL, NULL, "Record every instance and replay it in the end: the records must be the same.",
     OPTION_FLAG, AT(options.replay), NULL},
    {"no-adapters", 0, NULL, NULL,
     "Let calls between components go through the runtime, not through compiled adapters; the outcome is the same.",
     OPTION_FLAG, AT(no_adapters), NULL},
    {"fused", 0, NULL, NULL,
     "Make one core module of each component, as `weir fuse --core` does, and run that; the outcome is the same.",
     OPTION_FLAG, AT(options.fused), NULL},
    {"fused-component", 0, NULL, NULL,
     "Make one component of each component, as `weir fuse` does, and run that. Where a component has to stay nested, "
     "the reason is printed. Traps happen at the same places, but not all have the same words: any trap will do.",
     OPTION_FLAG, AT(options.fused_component), NULL},
    {"json", 0, NULL, NULL, "Print the outcome as JSON.", OPTION_FLAG, AT(json), NULL},
    {"quiet", 'q', NULL, NULL, "Print failures only.", OPTION_FLAG, AT(quiet), NULL},
    OPTION_OF_FEATURES(struct wast_command, options.features),
};

static int parse_options(struct wast_command *c, int argc, char **argv) {
  struct option_scan scan = {&cli_wast, c, argc, argv, 1, false};
  const char *file;
  enum option_found found;
  c->files = argv;
  while ((found = option_next(&scan, &file)) == OPTIONS_OPERAND)
    c->files[c->file_count++] = argv[scan.next - 1];
  c->options.schedule_seed = c->seed.value;
  if (found == OPTIONS_ERROR)
    return CLI_USAGE;
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
  struct wast_command command = {.options.features = NAMES_FEATURES_ALL};
  weir_engine *engine = NULL;
  weir_error *error = NULL;
  int code = parse_options(&command, argc, argv);
  if (code != CLI_OK)
    return code;
  weir_engine_config config = WEIR_ENGINE_CONFIG_INIT;
  config.features = command.options.features;
  config.deadlines = command.options.slice != 0;
  config.no_adapters = command.no_adapters;
  weir_status status = weir_engine_new(&config, &engine, &error);
  if (status != WEIR_OK)
    return cli_fail("weir wast", status, error);
  engine->adapters_at_once = true; /* scripts are short, and are there to try what there is */
  struct wast_clock clock = {0};
  if (command.options.slice != 0)
    status = wast_clock_start(&clock, engine);
  code = status == WEIR_OK ? run_files(engine, &command) : cli_fail("weir wast", status, NULL);
  wast_clock_stop(&clock);
  weir_engine_free(engine);
  return code;
}

const struct cli_command cli_wast = {
    .name = "wast",
    .summary = "run scripts of components, calls and assertions",
    .usage = "[options] FILE...",
    .description =
        "Runs scripts: components in text form, calls, and assertions about them. Each component is instantiated in a "
        "store of its own; calls go to the latest instance, or to the one that they name. A directive that fails is "
        "printed with its line, and the script goes on. All features are on; `--features` chooses, and may name "
        "`released`.",
    .options = option_table,
    .option_count = sizeof(option_table) / sizeof(option_table[0]),
    .notes =
        "Directives are `component`, `component definition`, `component instance`, `module` (validated only), "
        "`invoke`, `assert_return`, `assert_trap`, `assert_exhaustion`, `assert_uninstantiable`, "
        "`assert_unlinkable`, `assert_invalid`, `assert_malformed`. The exit code is 0 where all of them passed, "
        "else 1.",
    .examples =
        "weir wast test.wast\n"
        "weir wast --quiet --strict tests/*.wast\n",
    .run = run,
};
