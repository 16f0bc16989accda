/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Reads a command line by a command's table (options.h). Every mistake is reported where it is found, with an example
 * of a right value or the name of a similar option.
 *
 * In order: numbers; storing a value in the command's struct; the command line.
 */
#include "cli/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/names.h"

/* ---- numbers ----------------------------------------------------------------------------------------------------- */

/* The digits at the front; *ret_end is behind them. */
static bool read_digits(const char *text, uint64_t *ret, const char **ret_end) {
  char *end;
  errno = 0;
  *ret = strtoull(text, &end, 10);
  *ret_end = end;
  return text[0] >= '0' && text[0] <= '9' && errno == 0;
}

static bool read_number(const char *text, uint64_t *ret) {
  const char *end;
  return read_digits(text, ret, &end) && *end == '\0';
}

static bool read_bytes(const char *text, uint64_t *ret) {
  static const char units[] = "KMG";
  const char *end;
  if (!read_digits(text, ret, &end))
    return false;
  const char *unit = *end ? strchr(units, *end) : NULL;
  if ((*end && !unit) || (unit && end[1]))
    return false;
  unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
  if (*ret > UINT64_MAX >> shift)
    return false;
  *ret <<= shift;
  return true;
}

/* A part of a millisecond counts as a whole one: only zero is no time at all. */
static bool read_seconds(const char *text, uint64_t *ret_milliseconds) {
  const double longest = 1e9;
  char *end;
  double seconds = strtod(text, &end);
  if (end == text || *end || !(seconds >= 0 && seconds <= longest))
    return false;
  *ret_milliseconds = (uint64_t)(seconds * 1000);
  if ((double)*ret_milliseconds < seconds * 1000)
    ++*ret_milliseconds;
  return true;
}

static bool bad_number(const char *name, const char *text, const char *example) {
  cli_error("--%s: `%s` is no such number", name, text);
  cli_hint("--%s %s", name, example);
  return false;
}

bool option_read_number(const char *name, const char *text, uint64_t *ret) {
  return read_number(text, ret) || bad_number(name, text, "1000000");
}

static bool store_number(const struct option *option, struct option_number *number, const char *text) {
  bool good = option->kind == OPTION_NUMBER  ? read_number(text, &number->value)
              : option->kind == OPTION_BYTES ? read_bytes(text, &number->value)
                                             : read_seconds(text, &number->value);
  number->given = true;
  return good || bad_number(option->name, text, option->example);
}

/* ---- storing ----------------------------------------------------------------------------------------------------- */

static bool option_store(const struct option *option, void *options, const char *value) {
  void *member = (char *)options + option->at;
  switch (option->kind) {
    case OPTION_FLAG:
      *(bool *)member = true;
      return true;
    case OPTION_TEXT:
      *(const char **)member = value;
      return true;
    case OPTION_NUMBER:
    case OPTION_BYTES:
    case OPTION_SECONDS:
      return store_number(option, member, value);
    case OPTION_FEATURES:
      return names_read_features(value, member);
    case OPTION_CHOICES:
      return names_read_choices(value, member);
    case OPTION_OTHER:
      return option->take((char *)options + option->at, value);
  }
  return false;
}

/* ---- the command line -------------------------------------------------------------------------------------------- */

static void suggest(const struct cli_command *command, const char *name) {
  enum { NAMES_MAX = 32 };
  const char *names[NAMES_MAX];
  size_t count = 0;
  while (count < command->option_count && count < NAMES_MAX) {
    names[count] = command->options[count].name;
    count++;
  }
  const char *near = names_nearest(name, names, count);
  if (near)
    cli_hint("did you mean `--%s`?", near);
  else
    cli_hint("`weir help %s` lists the options", command->name);
}

static const struct option *find_option(const struct cli_command *command, const char *name, size_t size) {
  for (size_t i = 0; i < command->option_count; i++)
    if (strlen(command->options[i].name) == size && memcmp(command->options[i].name, name, size) == 0)
      return &command->options[i];
  return NULL;
}

static const struct option *find_letter(const struct cli_command *command, char letter) {
  for (size_t i = 0; i < command->option_count; i++)
    if (command->options[i].letter != 0 && command->options[i].letter == letter)
      return &command->options[i];
  return NULL;
}

/* Takes the value from behind `=` or from the next argument, and stores it. */
static bool take_value(struct option_scan *scan, const struct option *option, const char *attached) {
  if (!option->value && attached) {
    cli_error("the option --%s takes no value", option->name);
    return false;
  }
  if (option_value_may_miss(option))
    return option_store(option, scan->options, attached);
  if (option->value && !attached && scan->next < scan->argc)
    attached = scan->argv[scan->next++];
  if (option->value && !attached) {
    cli_error("the option --%s needs a value: %s", option->name, option->value);
    cli_hint("--%s %s; `weir help %s` has examples", option->name, option->example, scan->command->name);
    return false;
  }
  return option_store(option, scan->options, attached);
}

static bool long_option(struct option_scan *scan, const char *name) {
  const char *equals = strchr(name, '=');
  size_t size = !equals ? strlen(name) : (size_t)(equals - name);
  const struct option *found = find_option(scan->command, name, size);
  if (found)
    return take_value(scan, found, !equals ? NULL : equals + 1);
  cli_error("weir %s: unknown option `--%.*s`", scan->command->name, (int)size, name);
  suggest(scan->command, name);
  return false;
}

static bool short_option(struct option_scan *scan, const char *letters) {
  const struct option *found = find_letter(scan->command, letters[0]);
  if (found && (letters[1] == '\0' || found->value))
    return take_value(scan, found, letters[1] == '\0' ? NULL : letters + 1);
  cli_error("weir %s: unknown option `-%s`", scan->command->name, letters);
  cli_hint("`weir help %s` lists the options", scan->command->name);
  return false;
}

enum option_found option_next(struct option_scan *scan, const char **ret_operand) {
  while (scan->next < scan->argc) {
    const char *arg = scan->argv[scan->next++];
    if (scan->only_files || arg[0] != '-' || arg[1] == '\0') {
      *ret_operand = arg;
      return OPTIONS_OPERAND;
    }
    if (strcmp(arg, "--") == 0)
      scan->only_files = true;
    else if (!(arg[1] == '-' ? long_option(scan, arg + 2) : short_option(scan, arg + 1)))
      return OPTIONS_ERROR;
  }
  return OPTIONS_END;
}
