/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Telling an embedder of the events of a record as they happen: weir_record_config.tell. */
#ifndef RECORD_TELL_H
#define RECORD_TELL_H

#include "base/text.h"
#include "weir/record.h"

struct tell {
  weir_log_tell_fn fn; /* NULL: nobody is told */
  void *data;
  struct str interface_name; /* of the event in the making */
  struct text interface_text, line;
};

/* Tells of an event. WEIR_ERR_NOMEM: it was not told. */
weir_status tell_event(struct tell *t, const struct text *event, uint64_t index);
void tell_done(struct tell *t);

#endif
