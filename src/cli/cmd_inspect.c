/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* `weir inspect`: what a component imports, exports and contains, without compiling or running it. */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "cli/cli.h"
#include "cli/inspect_json.h"
#include "cli/load.h"
#include "cli/options.h"
#include "engine/eng.h"
#include "load/code.h"
#include "weir/engine.h"
#include "wit/wit.h"

struct inspect_options {
  bool json;
  uint32_t features;
};

static const struct option option_table[] = {
    {"json", 0, NULL, NULL, "Print JSON: an object for each file, one a line.", OPTION_FLAG,
     offsetof(struct inspect_options, json), NULL},
    OPTION_OF_FEATURES(struct inspect_options, features),
};

static const char *plural(uint32_t count) {
  return count == 1 ? "" : "s";
}

static void print_parts(struct text *out, const struct graph *g) {
  for (uint32_t i = 0; i < g->module_count; i++) {
    const struct graph_module *m = &g->modules[i];
    text_printf(out, "// core module %u: ", i);
    if (m->name.size > 0)
      text_printf(out, STR_FMT ", ", STR_ARG(m->name));
    text_printf(out, "%zu bytes, %u import%s\n", m->bytes.size, m->import_count, plural(m->import_count));
  }
  text_printf(out, "// %u component instance%s, %u core instance%s, %u function%s lifted, %u canonical built-in%s\n",
              g->instance_count, plural(g->instance_count), g->core_instance_count, plural(g->core_instance_count),
              g->lift_count, plural(g->lift_count), g->trampoline_count, plural(g->trampoline_count));
}

static void print_world(struct text *out, const struct graph *g) {
  text_add(out, STR("world {\n"));
  for (uint32_t i = 0; i < g->import_count; i++)
    wit_item(out, "import", &g->imports[i], 1);
  for (uint32_t i = 0; i < g->export_count; i++)
    wit_item(out, "export", &g->exports[i], 1);
  text_add(out, STR("}\n"));
}

static void print_view(struct text *out, const char *path, const struct load *load, const struct view *view) {
  text_printf(out, "// %s: component", path);
  if (view->ast->name.size > 0)
    text_printf(out, " " STR_FMT, STR_ARG(view->ast->name));
  text_printf(out, ", %zu bytes\n", load->file_size);
  print_parts(out, view->graph);
  print_world(out, view->graph);
}

static weir_status inspect_open(const struct load *load, uint32_t features, struct view *view, struct diag *d) {
  WEIR_TRY(code_validate(&mem_system, load->bytes, load->size, features, d));
  return view_open(view, load->bytes, load->size, d);
}

static int inspect_text(const char *path, const struct load *load, const struct view *view, bool json) {
  struct text out;
  text_init(&out);
  if (json)
    inspect_json(&out, path, load->file_size, view);
  else
    print_view(&out, path, load, view);
  char *text = text_take(&out, NULL);
  if (text == NULL)
    return cli_fail(path, WEIR_ERR_NOMEM, NULL);
  fputs(text, stdout);
  free(text);
  return CLI_OK;
}

static int inspect_file(const char *path, const struct inspect_options *options) {
  struct load load;
  struct view view;
  struct diag d;
  weir_error *error = NULL;
  int code = load_component(path, &load);
  if (code != CLI_OK)
    return code;
  diag_init(&d);
  if (inspect_open(&load, options->features, &view, &d) == WEIR_OK) {
    code = inspect_text(path, &load, &view, options->json);
    view_close(&view);
  } else {
    weir_status status = diag_raise(&d, &error);
    code = cli_fail(path, status, error);
  }
  load_done(&load);
  return code;
}

/* Options may stand between files; each file sees those before it. */
static int run(int argc, char **argv) {
  struct inspect_options options = {false, WEIR_FEATURES_RELEASED};
  struct option_scan scan = {&cli_inspect, &options, argc, argv, 1, false};
  const char *file;
  enum option_found found;
  int files = 0, worst = CLI_OK;
  while ((found = option_next(&scan, &file)) == OPTIONS_OPERAND) {
    files++;
    int code = inspect_file(file, &options);
    worst = worst == CLI_OK ? code : worst;
  }
  if (found == OPTIONS_ERROR)
    return CLI_USAGE;
  if (files > 0)
    return worst;
  cli_error("weir inspect: there is no file to inspect");
  cli_hint("weir inspect app.wasm");
  return CLI_USAGE;
}

const struct cli_command cli_inspect = {
    .name = "inspect",
    .summary = "show what components import, export and contain",
    .usage = "[options] FILE...",
    .description =
        "Shows the imports and exports of components in WIT syntax, and what they are made of. They are "
        "validated, but neither compiled nor run.",
    .options = option_table,
    .option_count = sizeof(option_table) / sizeof(option_table[0]),
    .examples =
        "weir inspect app.wasm\n"
        "weir inspect --json app.wasm | jq '.exports[].name'\n",
    .run = run,
};
