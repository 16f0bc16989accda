/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Words of a command line that stand for bits (names.h). Each list is a table, which errors and hints read too.
 *
 * In order: words that are near; lists; single names.
 */
#include "cli/names.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "weir/engine.h"
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

const char *names_nearest(const char *word, const char *const *names, size_t count) {
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

/* ---- lists ---------------------------------------------------------------------------------------------------- */

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
    {"all", NAMES_FEATURES_ALL},
    {"released", WEIR_FEATURES_RELEASED},
};

static const struct named_bit choices[] = {
    {"threads", WEIR_CHOICE_THREADS},
    {"events", WEIR_CHOICE_EVENTS},
    {"cancellations", WEIR_CHOICE_CANCELLATIONS},
    {"waits", WEIR_CHOICE_WAITS},
};

/* A kind of list: the word for its names, and the names. */
struct name_list {
  const char *kind;
  const struct named_bit *bits;
  size_t count;
};

static const struct name_list feature_list = {
    "feature",
    features,
    sizeof(features) / sizeof(features[0]),
};

static const struct name_list choice_list = {
    "choice",
    choices,
    sizeof(choices) / sizeof(choices[0]),
};

enum { NAMES_MAX = 16 };

static void hint_all(const struct name_list *l) {
  char text[256] = "";
  size_t at = 0;
  for (size_t i = 0; i < l->count && at < sizeof(text); i++)
    at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s", i == 0 ? "" : ", ", l->bits[i].name);
  cli_hint("%ss are %s", l->kind, text);
}

static bool unknown_name(const struct name_list *l, const char *name, size_t size) {
  const char *names[NAMES_MAX];
  char word[WORD_MAX + 1] = "";
  memcpy(word, name, least(size, WORD_MAX));
  for (size_t i = 0; i < l->count; i++)
    names[i] = l->bits[i].name;
  const char *near = names_nearest(word, names, l->count);
  cli_error("unknown %s `%.*s`", l->kind, (int)size, name);
  if (near)
    cli_hint("did you mean `%s`?", near);
  else
    hint_all(l);
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

bool names_read_features(const char *list, uint32_t *ret) {
  uint32_t bits = WEIR_FEATURES_RELEASED;
  if (!read_names(&feature_list, list, &bits))
    return false;
  *ret = bits;
  return true;
}

bool names_read_choices(const char *list, uint32_t *ret) {
  return read_names(&choice_list, list, ret);
}

const char *names_of_feature(uint32_t bit) {
  for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++)
    if (features[i].bit == bit)
      return features[i].name;
  return "";
}
