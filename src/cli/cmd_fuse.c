/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * `weir fuse`: a component, with those in it, becomes one component without any in it, or one core module.
 *
 * In order: the options; fusing, counting and writing; verifying; reading and linking; the command.
 */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/load.h"
#include "cli/names.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "weir/bytes.h"
#include "weir/fuse.h"

enum { INPUTS = 64, LINKS = 256 };

struct fuse_options {
  uint32_t features;
  bool core, component, strict, no_adapters, explain, stats, validate, map_1;
  const char *verify;
  const char *input, *output, *import_map; /* input: the first file, for messages */
  const char *inputs[INPUTS];
  size_t input_count;
  const char *links[LINKS];
  size_t link_count;
};

#define AT(member) offsetof(struct fuse_options, member)

static bool take_link(void *options, const char *value) {
  struct fuse_options *o = options;
  if (o->link_count == LINKS) {
    cli_error("weir fuse: there are too many links");
    return false;
  }
  o->links[o->link_count++] = value;
  return true;
}

static const struct option option_table[] = {
    {"component", 0, NULL, NULL,
     "Make a component for any runtime, with the imports, exports and types of the one that is fused (the default). "
     "Where components have to stay nested, the reason is printed.",
     OPTION_FLAG, AT(component), NULL},
    {"core", 0, NULL, NULL, "Make a core module, whose tasks, handles and calls that can wait are imports.",
     OPTION_FLAG, AT(core), NULL},
    {"strict", 0, NULL, NULL, "Fail where components have to stay nested.", OPTION_FLAG, AT(strict), NULL},
    {"output", 'o', "FILE", "fused.wasm", "Where to write it; `-` is the standard output.", OPTION_TEXT, AT(output),
     NULL},
    {"no-adapters", 0, NULL, NULL,
     "With --core: leave all calls between components outside. Where guests are held (time slices, host functions of "
     "synchronous type that wait) they go outside anyway.",
     OPTION_FLAG, AT(no_adapters), NULL},
    {"link", 0, "IMPORT=EXPORT", "app.a:b/c=lib.x:y/z",
     "Give an import of one file the export of another, whatever their names are: each is told by the name of its "
     "file, without ending, and the name behind a dot. May be given many times.",
     OPTION_OTHER, 0, take_link},
    {"emit-import-map", 0, "FILE", "imports.json",
     "With --core: write the imports of the module as JSON too, for a runtime that provides them; `-` is the standard "
     "output.",
     OPTION_TEXT, AT(import_map), NULL},
    {"import-map-1", 0, NULL, NULL, "Write that file in version 1 of its format.", OPTION_FLAG, AT(map_1), NULL},
    {"explain", 0, NULL, NULL, "Print for each call between components where it went, and why not inside.", OPTION_FLAG,
     AT(explain), NULL},
    {"stats", 0, NULL, NULL, "Print what the module is made of.", OPTION_FLAG, AT(stats), NULL},
    {"validate", 0, NULL, NULL, "Validate the result before it is written, and print which features it needs.",
     OPTION_FLAG, AT(validate), NULL},
    {"verify", 0, "MODULE", "out.wasm",
     "Make nothing: check that this fused module is what FILE is fused to, by fusing it again with the settings that "
     "the module tells.",
     OPTION_TEXT, AT(verify), NULL},
    OPTION_OF_FEATURES(struct fuse_options, features),
};

static int usage(const char *what, const char *hint) {
  cli_error("weir fuse: %s", what);
  cli_hint("%s", hint);
  return CLI_USAGE;
}

static int check_options(const struct fuse_options *o) {
  if (!o->input)
    return usage("there is no component to fuse", "weir fuse -o out.wasm app.wasm; `weir help fuse` explains");
  if (o->verify)
    return CLI_OK;
  if (o->core && o->component)
    return usage("either --core or --component", "weir fuse -o out.wasm app.wasm makes a component");
  if (!o->core && (o->import_map || o->no_adapters))
    return usage("--emit-import-map and --no-adapters are for --core", "weir fuse --core -o out.wasm app.wasm");
  if (!o->output)
    return usage("where should it go?", "weir fuse -o out.wasm app.wasm");
  if (cli_would_replace(o->import_map, o->input))
    return CLI_USAGE;
  for (size_t i = 0; i < o->input_count; i++)
    if (cli_would_replace(o->output, o->inputs[i]))
      return CLI_USAGE;
  return CLI_OK;
}

static int parse_options(struct fuse_options *o, int argc, char **argv) {
  struct option_scan scan = {&cli_fuse, o, argc, argv, 1, false};
  const char *file;
  enum option_found found;
  while ((found = option_next(&scan, &file)) == OPTIONS_OPERAND) {
    if (o->input_count == INPUTS)
      return usage("there are too many files", "64 at most");
    o->inputs[o->input_count++] = file;
    o->input = o->inputs[0];
  }
  return found == OPTIONS_END ? check_options(o) : CLI_USAGE;
}

/* ---- fusing ------------------------------------------------------------------------------------------------------ */

struct fused_module {
  void *bytes;
  size_t size;
  weir_fuse_stats stats;
  char *nested; /* why components stay nested, or NULL */
};

static weir_status explain(const weir_component *component, weir_error **ret_error) {
  char *text;
  weir_status status = weir_fuse_explain(component, &text, NULL, ret_error);
  if (status == WEIR_OK) {
    fputs(text, stderr);
    weir_text_free(text);
  }
  return status;
}

static weir_status fuse_bytes(const struct fuse_options *o, weir_engine *engine, const struct load *load,
                              struct fused_module *ret, weir_error **ret_error) {
  weir_fuse_config config = WEIR_FUSE_CONFIG_INIT;
  weir_component *component = NULL;
  config.no_adapters = o->no_adapters;
  config.strict = o->strict;
  weir_status status = weir_component_inspect(engine, load->bytes, load->size, &component, ret_error);
  if (status == WEIR_OK && o->core)
    status = weir_fuse_core(component, &config, &ret->bytes, &ret->size, &ret->stats, ret_error);
  else if (status == WEIR_OK)
    status = weir_fuse_component(component, &config, &ret->bytes, &ret->size, &ret->stats, &ret->nested, ret_error);
  if (status == WEIR_OK && o->explain)
    status = explain(component, ret_error);
  weir_component_free(component);
  return status;
}

/* Of the module that was made, as another reader would have it. */
static int write_import_map(const struct fuse_options *o, weir_engine *engine, const struct fused_module *module) {
  weir_component *component = NULL;
  weir_error *error = NULL;
  char *text = NULL;
  size_t size = 0;
  weir_status status = weir_component_inspect(engine, module->bytes, module->size, &component, &error);
  if (status == WEIR_OK)
    status = o->map_1 ? weir_fuse_import_map_1(component, &text, &size, &error)
                      : weir_fuse_import_map(component, &text, &size, &error);
  int code = status == WEIR_OK ? output_write(o->import_map, text, size) : cli_fail(o->output, status, error);
  weir_text_free(text);
  weir_component_free(component);
  return code;
}

static void print_stats(const weir_fuse_stats *s, size_t size) {
  const struct {
    const char *what;
    uint64_t value;
  } rows[] = {
      {"core instances", s->core_instances},
      {"calls between components", s->calls},
      {"  of them inside", s->calls_inside},
      {"imports met from inside", s->wired},
      {"imports of the module", s->imports},
      {"functions", s->functions},
      {"memories", s->memories},
      {"tables", s->tables},
      {"globals", s->globals},
      {"bytes", size},
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
    fprintf(stderr, "%-24s %10llu\n", rows[i].what, (unsigned long long)rows[i].value);
}

/* Whether the validator takes the bytes with these features. */
static bool is_valid_with(const struct fused_module *module, uint32_t features) {
  weir_engine_config config = WEIR_ENGINE_CONFIG_INIT;
  weir_engine *engine = NULL;
  weir_error *error = NULL;
  config.features = features;
  weir_status status = weir_engine_new(&config, &engine, &error);
  if (status == WEIR_OK)
    status = weir_bytes_validate(engine, module->bytes, module->size, &error);
  weir_error_free(error);
  weir_engine_free(engine);
  return status == WEIR_OK;
}

/* Which features are needed: without any one of them, the result is not valid. */
static void print_features(const struct fused_module *module) {
  size_t told = 0;
  fprintf(stderr, "valid; features that are needed:");
  if (module->stats.memories > 1)
    told += fprintf(stderr, " multi-memory") > 0;
  for (uint32_t bit = 1; bit <= NAMES_FEATURES_ALL; bit <<= 1)
    if (!is_valid_with(module, NAMES_FEATURES_ALL & ~bit))
      fprintf(stderr, "%s %s", told++ > 0 ? "," : "", names_of_feature(bit));
  fprintf(stderr, "%s\n", told == 0 ? " none" : "");
}

static weir_status validate(weir_engine *engine, const struct fused_module *fused, weir_error **ret_error) {
  progress_tell("fuse", "validating", fused->size);
  weir_status status = weir_bytes_validate(engine, fused->bytes, fused->size, ret_error);
  progress_end(fused->size);
  if (status == WEIR_OK)
    print_features(fused);
  return status;
}

static int fuse_loaded(const struct fuse_options *o, weir_engine *engine, const struct load *load) {
  struct fused_module fused = {NULL, 0, WEIR_FUSE_STATS_INIT, NULL};
  weir_error *error = NULL;
  progress_tell("fuse", "fusing", load->size);
  weir_status status = fuse_bytes(o, engine, load, &fused, &error);
  progress_end(load->size);
  if (status != WEIR_OK)
    return cli_fail(o->input, status, error);
  if (fused.nested)
    fprintf(stderr, "weir fuse: %s: components stay nested: %s\n", o->input, fused.nested);
  if (o->validate)
    status = validate(engine, &fused, &error);
  int code = status == WEIR_OK ? output_write(o->output, fused.bytes, fused.size) : cli_fail(o->output, status, error);
  if (code == CLI_OK && o->import_map)
    code = write_import_map(o, engine, &fused);
  if (code == CLI_OK && o->stats)
    print_stats(&fused.stats, fused.size);
  weir_bytes_free(fused.bytes);
  weir_text_free(fused.nested);
  return code;
}

static int verify(const struct fuse_options *o, weir_engine *engine, const struct load *load) {
  weir_component *component = NULL, *fused = NULL;
  weir_error *error = NULL;
  struct load module;
  int code = load_component(o->verify, &module);
  if (code != CLI_OK)
    return code;
  weir_status status = weir_component_inspect(engine, load->bytes, load->size, &component, &error);
  if (status != WEIR_OK) {
    code = cli_fail(o->input, status, error);
  } else {
    status = weir_component_inspect(engine, module.bytes, module.size, &fused, &error);
    if (status == WEIR_OK)
      status = weir_fuse_verify(fused, component, &error);
    code = status == WEIR_OK ? CLI_OK : cli_fail(o->verify, status, error);
  }
  weir_component_free(component);
  weir_component_free(fused);
  load_done(&module);
  return code;
}

/* ---- the input --------------------------------------------------------------------------------------------------- */

/* Several components become one, in the place of the first. */
static int link_loaded(const struct fuse_options *o, weir_engine *engine, struct load *loads) {
  weir_component *components[INPUTS] = {NULL};
  weir_fuse_link_config config = WEIR_FUSE_LINK_CONFIG_INIT;
  weir_error *error = NULL;
  void *bytes;
  size_t size, i = 0;
  weir_status status = WEIR_OK;
  config.names = o->inputs;
  config.links = o->links;
  config.link_count = o->link_count;
  while (i < o->input_count && status == WEIR_OK) {
    status = weir_component_inspect(engine, loads[i].bytes, loads[i].size, &components[i], &error);
    i++;
  }
  const char *where = status == WEIR_OK ? "weir fuse" : o->inputs[i - 1];
  if (status == WEIR_OK)
    status = weir_fuse_link((const weir_component *const *)components, o->input_count, &config, &bytes, &size, &error);
  int code = status == WEIR_OK ? CLI_OK : cli_fail(where, status, error);
  if (code == CLI_OK) {
    load_done(&loads[0]);
    loads[0] = (struct load){.bytes = bytes, .size = size, .capacity = size};
  }
  while (i > 0)
    weir_component_free(components[--i]);
  return code;
}

static int fuse_with(const struct fuse_options *o, weir_engine *engine) {
  struct load loads[INPUTS];
  size_t count = 0, size = 0;
  int code = CLI_OK;
  while (count < o->input_count && code == CLI_OK) {
    code = load_component(o->inputs[count], &loads[count]);
    count += code == CLI_OK;
  }
  for (size_t i = 0; i < count; i++)
    size += loads[i].size;
  if (code == CLI_OK && (count > 1 || o->link_count > 0)) {
    progress_tell("fuse", "linking", size);
    code = link_loaded(o, engine, loads);
    progress_end(size);
  }
  if (code == CLI_OK)
    code = o->verify ? verify(o, engine, &loads[0]) : fuse_loaded(o, engine, &loads[0]);
  while (count > 0)
    load_done(&loads[--count]);
  return code;
}

static int fuse(const struct fuse_options *o) {
  weir_engine_config config = WEIR_ENGINE_CONFIG_INIT;
  weir_engine *engine = NULL;
  weir_error *error = NULL;
  config.features = o->features;
  weir_status status = weir_engine_new(&config, &engine, &error);
  if (status != WEIR_OK)
    return cli_fail(o->input, status, error);
  int code = fuse_with(o, engine);
  weir_engine_free(engine);
  return code;
}

static int run(int argc, char **argv) {
  struct fuse_options options = {0};
  int code = parse_options(&options, argc, argv);
  return code == CLI_OK ? fuse(&options) : code;
}

const struct cli_command cli_fuse = {
    .name = "fuse",
    .summary = "make one component or core module of a component and those in it",
    .usage = "-o FILE [options] FILE...\n--core -o FILE [options] FILE...\n--verify MODULE FILE...",
    .description =
        "Links a component and makes one core module of all core modules in it, in one component with the same "
        "imports, "
        "exports and types, which any runtime with the features that it needs can run. What cannot be fused without "
        "anybody being able to tell stays nested. FILE may be binary or text; `-` reads it from the standard input."
        "\n\n"
        "With --core the core module is the result. Calls between components that are compiled become calls inside of "
        "it; what can wait, handles, and calls of the host become imports that carry the number of their component "
        "instance. `weir run` runs such a module as it runs the component."
        "\n\n"
        "Several files are linked first: the others take the place of what the first one imports, by name or a "
        "compatible version. What none of them exports stays an import, and serves the others too.",
    .options = option_table,
    .option_count = sizeof(option_table) / sizeof(option_table[0]),
    .notes = "docs/fused.md describes the module, and what holds of it.",
    .examples =
        "weir fuse -o app.fused.wasm app.wasm\n"
        "weir fuse --core -o app.core.wasm app.wasm && weir run app.core.wasm\n"
        "weir fuse --core --stats --validate -o out.wasm composed.wat\n"
        "weir fuse --core -o out.wasm app.wasm library.wasm\n"
        "weir fuse --verify app.core.wasm app.wasm\n",
    .run = run,
};
