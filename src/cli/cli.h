/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Shared by the commands of `weir`: exit codes, and the one way to report an error. Everything for the reader of a
 * message goes to stderr, says what, where and what to do, and begins with "weir: error: ".
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "weir/error.h"
#include "weir/notice.h"

/* The exit codes from 65 on are those of sysexits.h where it has one; a shell shows 134 for SIGABRT. */
enum cli_exit {
  CLI_OK = 0,
  CLI_FAILED = 1,     /* the guest's run returned an error; a script of `weir wast` failed */
  CLI_USAGE = 2,      /* the command line is wrong */
  CLI_BAD_INPUT = 65, /* malformed or invalid component */
  CLI_NO_INPUT = 66,  /* a file cannot be read */
  CLI_LINK = 69,      /* imports are missing or have other types */
  CLI_INTERNAL = 70,  /* the host failed: memory, limits, a bug */
  CLI_DEADLOCK = 71,  /* the guest waits for something that cannot come */
  CLI_TIMEOUT = 124,  /* as timeout(1): the time that --timeout allows is over */
  CLI_TRAP = 134
};

struct option;

/*
 * A command. Its texts are plain sentences. Words in `backquotes` are literal, an empty line separates paragraphs, and
 * a line that begins with two spaces is printed unchanged.
 */
struct cli_command {
  const char *name;
  const char *summary;     /* for `weir --help` */
  const char *usage;       /* the words behind the name; a line for each form */
  const char *description; /* above the options */
  const struct option *options;
  size_t option_count;
  const char *notes;                 /* below the options; NULL: none */
  const char *examples;              /* command lines */
  int (*run)(int argc, char **argv); /* argv[0] is the command's name; returns an exit code */
};

extern const struct cli_command cli_run, cli_compile, cli_fuse, cli_inspect, cli_wast, cli_replay, cli_log, cli_serve;

/* The meaning of an exit code. */
struct cli_exit_code {
  const char *code, *meaning;
};
extern const struct cli_exit_code cli_exit_codes[];
extern const size_t cli_exit_code_count;

/* About weir: purpose, use, and reports; in the form of a command's texts. */
extern const char cli_description[], cli_diagnostics[];

/* The whole program: dispatch to a command. */
int cli_main(int argc, char **argv);

/* "weir: error: ..." and a line break. */
void cli_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* "weir: warning: ..." */
void cli_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A weir_engine_config.notice: what the command itself does wrong is a warning. */
void cli_notice(void *data, weir_notice kind, const char *text);
/* "  hint: ..." below an error. */
void cli_hint(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints a text and a line break, and releases it; CLI_INTERNAL: out of memory in its making. */
int cli_print(struct text *take_text);

/* Whether an output would replace an input; reports that. `output` may be NULL. */
bool cli_would_replace(const char *output, const char *input);

/* The exit code for a failure of that kind. */
int cli_exit_code(weir_status status);

/* Reports and releases an error (NULL: only the status is known) about `where`; returns the exit code. */
int cli_fail(const char *where, weir_status status, weir_error *take_error);

#endif
