/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Everything about a component as one JSON object; weir/component.h has its form. */
#ifndef WIT_WORLD_JSON_H
#define WIT_WORLD_JSON_H

#include "base/text.h"
#include "component/graph.h"

/* WEIR_ERR_LIMIT: more than 64 MiB; WEIR_ERR_NOMEM. */
weir_status world_json(struct text *out, const struct graph *g, struct diag *d);

#endif
