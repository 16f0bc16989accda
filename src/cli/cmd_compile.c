/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * `weir compile`: a component to a file of compiled code, which `weir run` starts without compiling.
 *
 * In order: options; writing the file, beside an older one that stays until the new one is whole; the command.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/options.h"
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
     "of "
     "its ending, in the current folder.",
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

static bool write_to(FILE *out, const void *bytes, size_t size) {
  return fwrite(bytes, 1, size, out) == size && fflush(out) == 0;
}

/* As if it were written in place: the mode of the file that is there, or that of a new one. */
static mode_t mode_for(const char *output) {
  struct stat st;
  if (stat(output, &st) == 0)
    return st.st_mode & 0777;
  mode_t mask = umask(0);
  umask(mask);
  return 0666 & ~mask;
}

/* Beside the file that is to be, and renamed when it is whole: until then an older one stays as it is. */
static bool write_beside(const char *output, const void *bytes, size_t size) {
  size_t room = strlen(output) + sizeof(".XXXXXX");
  char *name = malloc(room);
  if (!name)
    return false;
  snprintf(name, room, "%s.XXXXXX", output);
  int fd = mkostemp(name, O_CLOEXEC);
  FILE *out = fd < 0 ? NULL : fdopen(fd, "wb");
  bool ok = out && fchmod(fd, mode_for(output)) == 0 && write_to(out, bytes, size);
  if (out && fclose(out) != 0)
    ok = false;
  if (ok)
    ok = rename(name, output) == 0;
  int error = errno;
  if (!ok && fd >= 0)
    unlink(name);
  free(name);
  errno = error;
  return ok;
}

/* What is there and is no plain file (a pipe, a terminal) is written to as it is. */
static bool write_in_place(const char *output, const void *bytes, size_t size) {
  FILE *out = fopen(output, "wb");
  if (!out)
    return false;
  bool ok = write_to(out, bytes, size);
  return fclose(out) == 0 && ok;
}

static int write_output(const char *output, const void *bytes, size_t size) {
  struct stat st;
  bool special = stat(output, &st) == 0 && !S_ISREG(st.st_mode), ok;
  if (strcmp(output, "-") == 0)
    ok = write_to(stdout, bytes, size);
  else
    ok = special ? write_in_place(output, bytes, size) : write_beside(output, bytes, size);
  if (!ok)
    cli_error("%s cannot be written: %s", output, strerror(errno));
  return ok ? CLI_OK : CLI_INTERNAL;
}

static int write_code(const struct compile_options *o, const weir_component *component) {
  char *own = !o->output ? default_output(o->input) : NULL;
  const char *output = !o->output ? own : o->output;
  void *bytes = NULL;
  size_t size = 0;
  weir_error *error = NULL;
  weir_code *code = weir_component_code(component);
  weir_status status = !output ? WEIR_ERR_NOMEM : weir_code_serialize(code, &bytes, &size, &error);
  int result = status == WEIR_OK ? write_output(output, bytes, size) : cli_fail(o->input, status, error);
  weir_code_free(code);
  weir_bytes_free(bytes);
  free(own);
  return result;
}

static int compile(const struct compile_options *o) {
  struct source_options source = {.path = o->input};
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
        "on "
        "the same kind of machine, and with the same `--features`. FILE may be binary or text; `-` reads the component "
        "from the standard input.",
    .options = option_table,
    .option_count = sizeof(option_table) / sizeof(option_table[0]),
    .notes = "Compiled code is machine code that runs unchecked: run only what you have compiled yourself.",
    .examples =
        "weir compile app.wasm && weir run app.cwasm\n"
        "weir compile -o build/app.cwasm app.wat\n",
    .run = run,
};
