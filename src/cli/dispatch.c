/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* From the command line to a command: `weir`, `weir help`, `weir --version`, `weir COMMAND ...`. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/names.h"
#include "cli/pages.h"
#include "weir/version.h"

static const struct cli_command *const commands[] = {&cli_run,  &cli_compile, &cli_fuse, &cli_inspect,
                                                     &cli_wast, &cli_replay,  &cli_log,  &cli_serve};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void print_help(FILE *out) {
  fputs("usage: weir COMMAND [options] FILE...\n\n", out);
  pages_wrap(out, cli_description, 0, 0);
  fputs("\n", out);
  for (size_t i = 0; i < COMMANDS; i++)
    fprintf(out, "  %-9s %s\n", commands[i]->name, commands[i]->summary);
  fputs(
      "\n"
      "examples:\n"
      "  weir run hello.wasm                            run a program (its export wasi:cli/run)\n"
      "  weir run --timeout 10 --fuel 1000000 a.wasm    run it within limits\n"
      "  weir run --invoke 'add(1, 2)' calc.wasm        call one function and print its result\n"
      "  weir compile app.wasm                          compile once, to app.cwasm, and run that\n"
      "  weir fuse --core -o one.wasm app.wasm          make one core module of a component\n"
      "  weir inspect calc.wasm                         see what a component imports and exports\n"
      "  weir wast tests/*.wast                         run scripts of assertions\n"
      "\n"
      "`weir help COMMAND` explains a command; `weir help --man` prints the manual page.\n"
      "\n"
      "exit codes:\n",
      out);
  for (size_t i = 0; i < cli_exit_code_count; i++) {
    fprintf(out, "  %-7s", cli_exit_codes[i].code);
    pages_wrap(out, cli_exit_codes[i].meaning, 9, 9);
  }
}

static const struct cli_command *find_command(const char *name) {
  for (size_t i = 0; i < COMMANDS; i++)
    if (strcmp(commands[i]->name, name) == 0)
      return commands[i];
  return NULL;
}

static int unknown_command(const char *name) {
  const char *names[COMMANDS];
  for (size_t i = 0; i < COMMANDS; i++)
    names[i] = commands[i]->name;
  const char *near = names_nearest(name, names, COMMANDS);
  const char *dot = strrchr(name, '.');
  cli_error("there is no command `%s`", name);
  if (dot && (strcmp(dot, ".wasm") == 0 || strcmp(dot, ".wat") == 0 || strcmp(dot, ".cwasm") == 0))
    cli_hint("to run a component: weir run %s", name);
  else if (near)
    cli_hint("did you mean `weir %s`?", near);
  else
    cli_hint("`weir --help` lists the commands");
  return CLI_USAGE;
}

static int help_about(const char *name) {
  const struct cli_command *command = find_command(name);
  if (!command)
    return unknown_command(name);
  pages_help(stdout, command);
  return CLI_OK;
}

/* `weir help [COMMAND | --man | --markdown [COMMAND]]`; without COMMAND the last prints the exit codes. */
static int help(int argc, char **argv) {
  if (argc < 2) {
    print_help(stdout);
    return CLI_OK;
  }
  if (strcmp(argv[1], "--man") == 0) {
    pages_man(stdout, commands, COMMANDS);
    return CLI_OK;
  }
  if (strcmp(argv[1], "--markdown") != 0)
    return help_about(argv[1]);
  const struct cli_command *command = argc > 2 ? find_command(argv[2]) : NULL;
  if (argc > 2 && !command)
    return unknown_command(argv[2]);
  pages_markdown(stdout, command);
  return CLI_OK;
}

static int top_option(const char *option) {
  if (strcmp(option, "--help") == 0 || strcmp(option, "-h") == 0) {
    print_help(stdout);
    return CLI_OK;
  }
  if (strcmp(option, "--version") == 0 || strcmp(option, "-V") == 0) {
    printf("weir %s (%s)\n", weir_version(), weir_code_generator());
    return CLI_OK;
  }
  cli_error("unknown option `%s`", option);
  cli_hint("options stand after the command: weir run %s ...; `weir --help` explains", option);
  return CLI_USAGE;
}

/* Whether the command's own help is asked for, before a file is named. */
static bool wants_help(int argc, char **argv) {
  for (int i = 1; i < argc && argv[i][0] == '-' && strcmp(argv[i], "--") != 0; i++)
    if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
      return true;
  return false;
}

int cli_main(int argc, char **argv) {
  if (argc < 2) {
    print_help(stderr);
    return CLI_USAGE;
  }
  const char *name = argv[1];
  if (name[0] == '-')
    return top_option(name);
  if (strcmp(name, "help") == 0)
    return help(argc - 1, argv + 1);
  const struct cli_command *command = find_command(name);
  if (!command)
    return unknown_command(name);
  return wants_help(argc - 1, argv + 1) ? help_about(name) : command->run(argc - 1, argv + 1);
}
