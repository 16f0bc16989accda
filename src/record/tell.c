/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Telling of events (tell.h): the words are those of log_event_print(). */
#include "record/tell.h"

#include "record/log_event.h"

weir_status tell_event(struct tell *t, const struct text *event, uint64_t index) {
  struct log_event e;
  if (!t->fn || !log_event_read(text_bytes(event), event->size, &e))
    return WEIR_OK;
  t->interface_text.size = t->line.size = 0;
  text_add(&t->interface_text, t->interface_name);
  text_char(&t->interface_text, '\0');
  log_event_print(&e, &t->line);
  text_char(&t->line, '\0');
  if (t->interface_text.failed || t->line.failed)
    return WEIR_ERR_NOMEM;
  const weir_log_event told = {.size = sizeof(told),
                               .index = index,
                               .kind = log_event_kind_name(e.kind),
                               .bytes = event->data,
                               .byte_count = event->size};
  t->fn(t->data, &told, t->interface_text.data, t->line.data);
  return WEIR_OK;
}

void tell_done(struct tell *t) {
  text_done(&t->interface_text);
  text_done(&t->line);
}
