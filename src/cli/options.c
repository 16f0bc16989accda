/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Reading of options, and the suggestions for words that are misspelt. */
#include "cli/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "weir/limits.h"

enum { WORD_MAX = 32, NEAR = 3 };

static size_t least(size_t a, size_t b) {
  return a < b ? a : b;
}

/* Levenshtein's distance of two words that fit into WORD_MAX; else a large number. */
static size_t distance(const char *a, const char *b) {
  size_t row[WORD_MAX + 1], n = strlen(a), m = strlen(b);
  if (n > WORD_MAX || m > WORD_MAX)
    return WORD_MAX;
  for (size_t j = 0; j <= m; j++)
    row[j] = j;
  for (size_t i = 1; i <= n; i++) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= m; j++) {
      size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = least(replaced, least(row[j], row[j - 1]) + 1);
    }
  }
  return row[m];
}

const char *option_nearest(const char *word, const char *const *names, size_t count) {
  const char *best = NULL;
  size_t best_distance = NEAR;
  for (size_t i = 0; i < count; i++) {
    size_t d = distance(word, names[i]);
    if (d < best_distance && d < strlen(names[i])) {
      best = names[i];
      best_distance = d;
    }
  }
  return best;
}

static void suggest(const struct option_scan *scan, const char *name) {
  const char *names[16];
  size_t count = 0;
  while (count < scan->spec_count && count < sizeof(names) / sizeof(names[0])) {
    names[count] = scan->specs[count].name;
    count++;
  }
  const char *near = option_nearest(name, names, count);
  if (near != NULL)
    cli_hint("did you mean `--%s`?", near);
  else
    cli_hint("`weir help %s` lists the options", scan->command);
}

static int find_option(const struct option_scan *scan, const char *name, size_t size) {
  for (size_t i = 0; i < scan->spec_count; i++)
    if (strlen(scan->specs[i].name) == size && memcmp(scan->specs[i].name, name, size) == 0)
      return (int)i;
  return OPTION_ERROR;
}

static int find_letter(const struct option_scan *scan, char letter) {
  for (size_t i = 0; i < scan->spec_count; i++)
    if (scan->specs[i].letter != 0 && scan->specs[i].letter == letter)
      return (int)i;
  return OPTION_ERROR;
}

/* Takes the value from behind `=` or from the next argument. */
static int take_value(struct option_scan *scan, int found, const char *attached, const char **ret_value) {
  const struct option_spec *spec = &scan->specs[found];
  if (spec->value == NULL && attached != NULL) {
    cli_error("the option --%s takes no value", spec->name);
    return OPTION_ERROR;
  }
  if (spec->value == NULL)
    return found;
  if (attached == NULL && scan->next < scan->argc)
    attached = scan->argv[scan->next++];
  if (attached == NULL) {
    cli_error("the option --%s needs a value: %s", spec->name, spec->value);
    cli_hint("`weir help %s` has examples", scan->command);
    return OPTION_ERROR;
  }
  *ret_value = attached;
  return found;
}

static int long_option(struct option_scan *scan, const char *name, const char **ret_value) {
  const char *equals = strchr(name, '=');
  size_t size = equals == NULL ? strlen(name) : (size_t)(equals - name);
  int found = find_option(scan, name, size);
  if (found < 0) {
    cli_error("weir %s: unknown option `--%.*s`", scan->command, (int)size, name);
    suggest(scan, name);
    return OPTION_ERROR;
  }
  return take_value(scan, found, equals == NULL ? NULL : equals + 1, ret_value);
}

static int short_option(struct option_scan *scan, const char *letters, const char **ret_value) {
  int found = find_letter(scan, letters[0]);
  if (found < 0 || (letters[1] != '\0' && scan->specs[found].value == NULL)) {
    cli_error("weir %s: unknown option `-%s`", scan->command, letters);
    cli_hint("`weir help %s` lists the options", scan->command);
    return OPTION_ERROR;
  }
  return take_value(scan, found, letters[1] == '\0' ? NULL : letters + 1, ret_value);
}

int option_next(struct option_scan *scan, const char **ret_value) {
  *ret_value = NULL;
  if (scan->next >= scan->argc)
    return OPTION_END;
  const char *arg = scan->argv[scan->next++];
  if (scan->only_files || arg[0] != '-' || arg[1] == '\0') {
    *ret_value = arg;
    return OPTION_OPERAND;
  }
  if (strcmp(arg, "--") == 0) {
    scan->only_files = true;
    return option_next(scan, ret_value);
  }
  return arg[1] == '-' ? long_option(scan, arg + 2, ret_value) : short_option(scan, arg + 1, ret_value);
}

/* ---- numbers --------------------------------------------------------------------------------------------------------- */

/* The digits at the front; *ret_end is behind them. */
static bool read_digits(const char *text, uint64_t *ret, const char **ret_end) {
  char *end;
  errno = 0;
  *ret = strtoull(text, &end, 10);
  *ret_end = end;
  return text[0] >= '0' && text[0] <= '9' && errno == 0;
}

static bool bad_number(const char *option, const char *text, const char *example) {
  cli_error("--%s: `%s` is no such number", option, text);
  cli_hint("--%s %s", option, example);
  return false;
}

bool option_number(const char *option, const char *text, uint64_t *ret) {
  const char *end;
  return (read_digits(text, ret, &end) && *end == '\0') || bad_number(option, text, "1000000");
}

bool option_bytes(const char *option, const char *text, uint64_t *ret) {
  static const char units[] = "KMG";
  const char *end;
  if (!read_digits(text, ret, &end))
    return bad_number(option, text, "64M");
  const char *unit = *end ? strchr(units, *end) : NULL;
  if ((*end && !unit) || (unit && end[1]))
    return bad_number(option, text, "64M");
  unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
  if (*ret > UINT64_MAX >> shift)
    return bad_number(option, text, "64M");
  *ret <<= shift;
  return true;
}

bool option_seconds(const char *option, const char *text, uint64_t *ret_milliseconds) {
  enum { LONGEST = 1000000000 };
  char *end;
  double seconds = strtod(text, &end);
  if (end == text || *end || !(seconds > 0 && seconds <= LONGEST))
    return bad_number(option, text, "2.5");
  *ret_milliseconds = (uint64_t)(seconds * 1000 + 0.999);
  return true;
}

/* ---- lists of names ----------------------------------------------------------------------------------------------------- */

struct named_bit {
  const char *name;
  uint32_t bit;
};

static const struct named_bit features[] = {
    {"async", WEIR_FEATURE_ASYNC},
    {"async-stackful", WEIR_FEATURE_ASYNC_STACKFUL},
    {"more-async-builtins", WEIR_FEATURE_MORE_ASYNC_BUILTINS},
    {"threading", WEIR_FEATURE_THREADING},
    {"error-context", WEIR_FEATURE_ERROR_CONTEXT},
    {"fixed-length-lists", WEIR_FEATURE_FIXED_LENGTH_LISTS},
    {"map", WEIR_FEATURE_MAP},
    {"implements", WEIR_FEATURE_IMPLEMENTS},
    {"memory64", WEIR_FEATURE_MEMORY64},
    {"all", OPTION_FEATURES_ALL},
    {"released", WEIR_FEATURES_RELEASED},
};

static const struct named_bit choices[] = {
    {"threads", WEIR_CHOICE_THREADS},
    {"events", WEIR_CHOICE_EVENTS},
    {"cancellations", WEIR_CHOICE_CANCELLATIONS},
    {"waits", WEIR_CHOICE_WAITS},
};

/* A kind of list: what its names are called, and which there are. */
struct name_list {
  const char *kind, *hint;
  const struct named_bit *bits;
  size_t count;
};

static const struct name_list feature_list = {
    "feature",
    "features are async, async-stackful, more-async-builtins, threading, error-context, fixed-length-lists, map, "
    "implements, memory64; or all, released",
    features,
    sizeof(features) / sizeof(features[0]),
};

static const struct name_list choice_list = {
    "choice",
    "choices are threads, events, cancellations, waits",
    choices,
    sizeof(choices) / sizeof(choices[0]),
};

enum { NAMES_MAX = 16 };

static bool unknown_name(const struct name_list *l, const char *name, size_t size) {
  const char *names[NAMES_MAX];
  char word[WORD_MAX + 1] = "";
  memcpy(word, name, least(size, WORD_MAX));
  for (size_t i = 0; i < l->count; i++)
    names[i] = l->bits[i].name;
  const char *near = option_nearest(word, names, l->count);
  cli_error("unknown %s `%.*s`", l->kind, (int)size, name);
  if (near != NULL)
    cli_hint("did you mean `%s`?", near);
  else
    cli_hint("%s", l->hint);
  return false;
}

/* Adds the bits of the names to *ret. */
static bool read_names(const struct name_list *l, const char *list, uint32_t *ret) {
  while (*list != '\0') {
    size_t size = strcspn(list, ","), i = 0;
    while (i < l->count && (strlen(l->bits[i].name) != size || memcmp(l->bits[i].name, list, size) != 0))
      i++;
    if (i == l->count)
      return unknown_name(l, list, size);
    *ret |= l->bits[i].bit;
    list += size + (list[size] == ',' ? 1 : 0);
  }
  return true;
}

bool option_features(const char *list, uint32_t *ret) {
  uint32_t bits = WEIR_FEATURES_RELEASED;
  if (!read_names(&feature_list, list, &bits))
    return false;
  *ret = bits;
  return true;
}

bool option_choices(const char *list, uint32_t *ret) {
  return read_names(&choice_list, list, ret);
}
