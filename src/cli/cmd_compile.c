/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * `weir compile`: a component to a file of compiled code, which `weir run` starts without compiling.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/source.h"

struct compile_options {
  uint32_t features;
  bool timeout, fuel;
  const char *input, *output;
};

#define AT(member) offsetof(struct compile_options, member)

static const struct option option_table[] = {
    {"output", 'o', "FILE", "app.cwasm",
     "Where to write it; `-` is the standard output. The default is the name of the component with `.cwasm` in place "
     "of its ending, in the current folder.",
     OPTION_TEXT, AT(output), NULL},
    {"timeout", 0, NULL, NULL, "Make code for `weir run --timeout`, which differs.", OPTION_FLAG, AT(timeout), NULL},
    {"fuel", 0, NULL, NULL, "Make code for `weir run --fuel`, which differs.", OPTION_FLAG, AT(fuel), NULL},
    OPTION_OF_FEATURES(struct compile_options, features),
};

static int check_options(const struct compile_options *o) {
  if (!o->input) {
    cli_error("weir compile: there is no file to compile");
    cli_hint("weir compile app.wasm; `weir help compile` explains");
    return CLI_USAGE;
  }
  if (!o->output && strcmp(o->input, "-") == 0) {
    cli_error("weir compile: a component from the standard input needs a name to write to");
    cli_hint("weir compile -o app.cwasm -");
    return CLI_USAGE;
  }
  return CLI_OK;
}

static int parse_options(struct compile_options *o, int argc, char **argv) {
  struct option_scan scan = {&cli_compile, o, argc, argv, 1, false};
  const char *file;
  enum option_found found;
  while ((found = option_next(&scan, &file)) == OPTIONS_OPERAND) {
    if (o->input) {
      cli_error("weir compile: one file at a time; there are `%s` and `%s`", o->input, file);
      return CLI_USAGE;
    }
    o->input = file;
  }
  return found == OPTIONS_END ? check_options(o) : CLI_USAGE;
}

/* "dir/app.wasm" -> "app.cwasm". For free(). */
static char *default_output(const char *input) {
  const char *slash = strrchr(input, '/'), *name = !slash ? input : slash + 1;
  const char *dot = strrchr(name, '.');
  size_t size = !dot || dot == name ? strlen(name) : (size_t)(dot - name);
  char *output = malloc(size + sizeof(".cwasm"));
  if (output) {
    memcpy(output, name, size);
    memcpy(output + size, ".cwasm", sizeof(".cwasm"));
  }
  return output;
}

static int write_code(const struct compile_options *o, const weir_component *component) {
  char *own = !o->output ? default_output(o->input) : NULL;
  const char *output = !o->output ? own : o->output;
  void *bytes = NULL;
  size_t size = 0;
  weir_error *error = NULL;
  weir_code *code = weir_component_code(component);
  weir_status status = !output ? WEIR_ERR_NOMEM : weir_code_serialize(code, &bytes, &size, &error);
  int result = status == WEIR_OK ? output_write(output, bytes, size) : cli_fail(o->input, status, error);
  weir_code_free(code);
  weir_bytes_free(bytes);
  free(own);
  return result;
}

static int compile(const struct compile_options *o) {
  struct source_options source = {.path = o->input, .no_cache = true};
  weir_engine_config config = WEIR_ENGINE_CONFIG_INIT;
  config.features = o->features;
  config.fuel = o->fuel;
  config.deadlines = o->timeout;
  weir_engine *engine = NULL;
  weir_component *component = NULL;
  weir_error *error = NULL;
  weir_status status = weir_engine_new(&config, &engine, &error);
  int code = status == WEIR_OK ? source_open(&source, engine, &component) : cli_fail(o->input, status, error);
  if (code == CLI_OK)
    code = write_code(o, component);
  weir_component_free(component);
  weir_engine_free(engine);
  return code;
}

static int run(int argc, char **argv) {
  struct compile_options options = {0};
  int code = parse_options(&options, argc, argv);
  if (code == CLI_OK && cli_would_replace(options.output, options.input))
    code = CLI_USAGE;
  return code == CLI_OK ? compile(&options) : code;
}

const struct cli_command cli_compile = {
    .name = "compile",
    .summary = "compile a component to a file that starts faster",
    .usage = "[options] FILE",
    .description =
        "Validates and compiles a component and writes the compiled code to a file, for `weir run` of the same version "
        "on the same kind of machine, and with the same `--features`. FILE may be binary or text; `-` reads the "
        "component from the standard input.",
    .options = option_table,
    .option_count = sizeof(option_table) / sizeof(option_table[0]),
    .notes = "Compiled code is machine code that runs unchecked: run only what you have compiled yourself.",
    .examples =
        "weir compile app.wasm && weir run app.cwasm\n"
        "weir compile -o build/app.cwasm app.wat\n",
    .run = run,
};
