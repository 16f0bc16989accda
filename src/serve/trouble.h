/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What no response tells: weir_serve_config.trouble. */
#ifndef SERVE_TROUBLE_H
#define SERVE_TROUBLE_H

#include "serve/state.h"

/* Tells it in these words, where somebody wants to know. */
void trouble_tell(const struct worker *w, struct text *take_words);

#endif
