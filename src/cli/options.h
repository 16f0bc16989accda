/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The options of a command are one table. options.c parses the command line by the table; `weir help`, the manual page
 * and docs/cli.md print the table (pages.h).
 *
 * On the command line: `--name`, `--name value`, `--name=value`, `-x`, `-x value`. A value that may be missing stands
 * behind `=` only. Options end at `--`. options.c reports every mistake.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/cli.h"

/* The kind of an option's value, and the type of its member. */
enum option_kind {
  OPTION_FLAG,     /* bool: the option takes no value */
  OPTION_TEXT,     /* const char * */
  OPTION_NUMBER,   /* struct option_number */
  OPTION_BYTES,    /* the same; K, M or G may follow */
  OPTION_SECONDS,  /* the same, in milliseconds; may have a fraction */
  OPTION_FEATURES, /* uint32_t: weir_feature bits, from `all` or names with commas */
  OPTION_CHOICES,  /* uint32_t: weir_choice bits */
  OPTION_OTHER     /* `take` reads it */
};

/* Zero is a number like any other, so `given` tells whether there was one. */
struct option_number {
  bool given;
  uint64_t value;
};

struct option {
  const char *name;    /* without the dashes */
  char letter;         /* or 0 */
  const char *value;   /* its word, such as SECONDS; [=FILE]: may be missing; NULL: the option takes none */
  const char *example; /* of a value, for messages; NULL for an option without value */
  const char *help;    /* sentences; words in `backquotes` are literal */
  enum option_kind kind;
  size_t at;                                     /* offset of the member in the command's struct of options */
  bool (*take)(void *member, const char *value); /* OTHER; false: reported */
};

/* One reading of a command line. The table says where each option goes. */
struct option_scan {
  const struct cli_command *command;
  void *options; /* the command's struct */
  int argc;
  char **argv;
  int next;        /* the next argument to look at; start with 1 */
  bool only_files; /* `--` has been seen */
};

enum option_found { OPTIONS_END, OPTIONS_OPERAND, OPTIONS_ERROR /* reported */ };

/* Reads options up to the next operand, which is *ret_operand. */
enum option_found option_next(struct option_scan *scan, const char **ret_operand);

/* Whether the value may be missing; `take` then gets NULL. */
static inline bool option_value_may_miss(const struct option *option) {
  return option->value && option->value[0] == '[';
}

/* Reads a number that is the value of --name; false: reported. */
bool option_read_number(const char *name, const char *text, uint64_t *ret);
/* The option that nearly every command has; `member` is a uint32_t of the struct `type`. */
#define OPTION_OF_FEATURES(type, member)                                                                               \
  {                                                                                                                    \
    "features", 0, "LIST", "all",                                                                                      \
        "Accept features of the Component Model that are not released yet: `all`, or names "                           \
        "with commas of `async-stackful`, `more-async-builtins`, `threading`, `error-context`, `fixed-length-lists`, " \
        "`memory64`.",                                                                                                 \
        OPTION_FEATURES, offsetof(type, member), NULL                                                                  \
  }

#endif
