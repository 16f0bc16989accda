/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Options of one command, from a small table: `--name`, `--name value`, `--name=value`, `-x`, `-x value`. Options end
 * at `--` or, for a command that hands arguments on, at the first operand. A mistake is reported here.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct option_spec {
  const char *name;  /* without the dashes */
  char letter;       /* or 0 */
  const char *value; /* what the value is, for messages; NULL: it takes none */
};

struct option_scan {
  const char *command;
  const struct option_spec *specs;
  size_t spec_count;
  int argc;
  char **argv;
  int next;        /* the argument that is looked at next; start with 1 */
  bool only_files; /* `--` has been seen */
};

enum {
  OPTION_END = -1,     /* no arguments are left */
  OPTION_OPERAND = -2, /* *ret_value is not an option */
  OPTION_ERROR = -3    /* reported */
};

/* The index of the next option in the table, or one of the above. */
int option_next(struct option_scan *scan, const char **ret_value);

/* The one of `names` that is nearest to a misspelt word; NULL where none is near. */
const char *option_nearest(const char *word, const char *const *names, size_t count);

/* Reads a list of choices of the schedule into weir_choice bits; false: reported. */
bool option_choices(const char *list, uint32_t *ret);

/* Reads a list of features, "all" or names with commas, into weir_feature bits; false: reported. */
bool option_features(const char *list, uint32_t *ret);

/* Read a number; false: reported, with the option's name. Bytes may end in K, M or G; seconds may have a fraction. */
bool option_number(const char *option, const char *text, uint64_t *ret);
bool option_bytes(const char *option, const char *text, uint64_t *ret);
bool option_seconds(const char *option, const char *text, uint64_t *ret_milliseconds);

enum { OPTION_FEATURES_ALL = 0x1ff };

#endif
