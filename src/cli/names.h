/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Names on a command line: lists of names that stand for bits, and the likely meaning of a misspelt word. */
#ifndef CLI_NAMES_H
#define CLI_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NAMES_FEATURES_ALL = 0x1ff };

/* Reads names with commas into bits. False: one of them is unknown; reports it. */
bool names_read_features(const char *list, uint32_t *ret); /* weir_feature; the released ones are in it always */
bool names_read_choices(const char *list, uint32_t *ret);  /* weir_choice; added to *ret */

/* The name of a single feature; "" for a bit that is none. */
const char *names_of_feature(uint32_t bit);

/* The one of `names` that is nearest to a misspelt word; NULL: none is near. */
const char *names_nearest(const char *word, const char *const *names, size_t count);

#endif
