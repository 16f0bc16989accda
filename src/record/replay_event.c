/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The fields of an event that a replay does again, and what is wrong where they cannot be used. */
#include <stdlib.h>
#include <string.h>

#include "record/replay.h"

uint64_t replay_number(const struct log_event *e, const char *name) {
  return log_event_field(e, name)->n;
}

/* From malloc(), terminated. */
char *replay_text(const struct log_event *e, const char *name) {
  struct str s = log_event_field(e, name)->s;
  return strndup(s.data ? s.data : "", s.size);
}

weir_status replay_unknown(const struct log_event *e, const char *what, struct diag *d) {
  return diag_set(d, WEIR_ERR_DIVERGED, "the record's %s names a %s that is not there", log_event_kind_name(e->kind),
                  what);
}

weir_status replay_not_full(struct diag *d) {
  return diag_set(d, WEIR_ERR_UNSUPPORTED,
                  "payloads of this record were hashed or left out: it can be checked, not replayed");
}

weir_status replay_value(struct replay *r, const struct log_event *e, const char *name, weir_value *ret,
                         struct diag *d) {
  const struct log_field *f = log_event_field(e, name);
  struct log_view v = log_view(f->s.data, f->s.size);
  struct log_handles handles = replay_handles(r);
  if (f->form != LOG_FORM_FULL)
    return replay_not_full(d);
  weir_status status = log_value_get(&v, &handles, ret);
  if (status == WEIR_OK && v.at != v.end) {
    weir_value_clear(ret);
    status = WEIR_ERR_MALFORMED;
  }
  return status == WEIR_OK
             ? status
             : diag_set(d, status, "a value of the record's %s cannot be made", log_event_kind_name(e->kind));
}
