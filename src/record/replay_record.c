/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The record's side of a replay: the comparison. What always holds: `next` is the event of the record that must come;
 * `report` has what was the same before; after the first difference (`diverged`) nothing is compared any more.
 */
#include <inttypes.h>
#include <string.h>

#include "record/replay.h"

static bool stopped_by_deadline(const struct replay *r) {
  return r->has_next && r->next.kind == LOG_FAILURE &&
         log_unzigzag(log_event_field(&r->next, "status")->n) == WEIR_ERR_TIMEOUT;
}

/* The guest was stopped by a deadline in this turn: it runs no further than to where it can be stopped. */
void replay_stop_guest(struct replay *r, uint64_t turn) {
  if (!stopped_by_deadline(r) || r->next.turn != turn || !r->engine->deadlines)
    return;
  weir_store_set_deadline(r->store->handle, 0);
  weir_engine_tick(r->engine); /* so that what runs takes notice */
}

static bool cannot_stop(const struct replay *r, struct diag *d) {
  if (!stopped_by_deadline(r) || r->engine->deadlines)
    return false;
  diag_set(d, WEIR_ERR_MISUSE,
           "the record ends with a deadline: replay it with an engine that has them (weir_engine_config.deadlines)");
  return true;
}

/* The instance of a component that is new to the record is the event behind it, and made in the same go. */
static void take_stacks(struct replay *r) {
  if (r->has_next && r->next.kind == LOG_INSTANCE)
    r->store->rt.always_stacks |= log_event_field(&r->next, "stacks")->n != 0;
}

void replay_advance(struct replay *r) {
  bool component = r->has_next && r->next.kind == LOG_COMPONENT;
  memcpy(r->report->head, r->reader.hash.head, WEIR_LOG_HEAD);
  r->report->events = r->reader.hash.count;
  r->has_next = log_reader_next(&r->reader, &r->next, &r->bytes, &r->size);
  r->ended = !r->has_next && r->reader.report.state != WEIR_LOG_WHOLE;
  if (component)
    take_stacks(r);
  if (r->store)
    replay_stop_guest(r, r->store->turn);
}

static char *text_of(const struct log_event *e) {
  struct text t;
  text_init(&t);
  log_event_print(e, &t);
  return text_take(&t, NULL);
}

/* The first difference is the one that is reported. `found` NULL: nothing came. */
weir_status replay_differ(struct replay *r, const struct log_event *found, struct diag *d) {
  if (r->diverged)
    return WEIR_ERR_DIVERGED;
  r->diverged = true;
  r->report->index = r->report->events;
  if (r->has_next)
    r->report->expected = text_of(&r->next);
  if (found)
    r->report->found = text_of(found);
  return diag_set(d, WEIR_ERR_DIVERGED, "event %" PRIu64 " differs: expected %s, found %s", r->report->index,
                  r->report->expected ? r->report->expected : "the end of the record",
                  r->report->found ? r->report->found : "nothing more");
}

weir_status replay_check_state(const struct replay *r, struct diag *d) {
  WEIR_TRY(log_reader_status(&r->reader, d));
  const weir_log_report *log = &r->reader.report;
  if (log->state == WEIR_LOG_WHOLE || (log->state == WEIR_LOG_UNFINISHED && r->config->unfinished))
    return WEIR_OK;
  return diag_set(d, WEIR_ERR_MALFORMED, "the record is %s: %s",
                  log->state == WEIR_LOG_DAMAGED ? "damaged" : "unfinished", log->message);
}

enum tap_check replay_check(void *data, const uint8_t *event, size_t size, struct diag *d) {
  struct replay *r = data;
  struct log_event found;
  if (r->diverged)
    return TAP_OTHER;
  if (r->has_next && size == r->size && memcmp(event, r->bytes, size) == 0) {
    replay_advance(r);
    if (cannot_stop(r, d)) {
      r->diverged = true;
      return TAP_OTHER;
    }
    if (!r->ended)
      return TAP_SAME;
    diag_set(d, WEIR_ERR_MALFORMED, "the record ends here");
    return TAP_LAST;
  }
  replay_differ(r, log_event_read(event, size, &found) ? &found : NULL, d);
  return TAP_OTHER;
}
