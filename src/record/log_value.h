/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Values in events: a byte for the kind, then what belongs to it. Compact and canonical: values that are equal have the
 * same bytes, so events are compared as bytes. A list of u8 is always bytes. Resources, streams and futures are numbers
 * that the store has given them (host_resource.id, host_end.id), never representations of guests.
 */
#ifndef RECORD_LOG_VALUE_H
#define RECORD_LOG_VALUE_H

#include "base/text.h"
#include "record/log_view.h"
#include "weir/value.h"

enum { LOG_VALUE_DEPTH = 128 }; /* types nest less */

/* NULL: nothing. false: it nests deeper than any type does. */
bool log_value_put(struct text *b, const weir_value *value);

/* Whether a list is written as bytes: it has elements, and all of them are u8. */
bool log_value_is_bytes(const weir_value *list);

/* Finds what a number stands for. Only WEIR_VALUE_RESOURCE, _STREAM and _FUTURE. */
struct log_handles {
  weir_status (*take)(void *data, weir_value_kind kind, uint64_t id, bool own, weir_value *ret);
  void *data;
};

/*
 * Reads one value. WEIR_ERR_MALFORMED: these bytes are none, or not the canonical ones. `handles` NULL: handles are
 * refused with WEIR_ERR_UNSUPPORTED.
 */
weir_status log_value_get(struct log_view *v, const struct log_handles *handles, weir_value *ret);

/* Writes one value for people, without knowing its type. false: it is malformed; `out` has what came before. */
bool log_value_print(struct log_view *v, struct text *out);

#endif
