/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See trouble.h. Where memory is out there are no words. */
#include "serve/trouble.h"

void trouble_tell(const struct worker *w, struct text *take_words) {
  char *words = text_take(take_words, NULL);
  if (words && w->config->trouble)
    w->config->trouble(w->config->data, words);
  weir_text_free(words);
}
