/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The loop that drives a replay, between the record's side (replay_record.c) and the host's (replay_host.c).
 *
 * In order: the run; its beginning, with what the header and the limits demand, and its end; the public functions.
 */
#include "record/replay.h"

#include <inttypes.h>

#include "base/mem.h"
#include "base/sized.h"
#include "weir/limits.h"

/* ---- the run ----------------------------------------------------------------------------------------------------- */

static weir_status verdict(struct replay *r, struct diag *d) {
  const weir_replay_report *p = r->report;
  if (!r->diverged)
    return WEIR_OK;
  if (p->expected || p->found)
    return diag_set(d, WEIR_ERR_DIVERGED, "event %" PRIu64 " differs: expected %s, found %s", p->index,
                    p->expected ? p->expected : "the end of the record", p->found ? p->found : "nothing more");
  const struct diag *f = &r->store->rt.failure;
  weir_status status = f->status == WEIR_OK ? WEIR_ERR_DIVERGED : f->status;
  return diag_set(d, status, "%s", diag_message(f));
}

static weir_status check_end(struct replay *r, struct diag *d) {
  if (r->has_next)
    return replay_differ(r, NULL, d);
  r->report->state = r->reader.report.state;
  return replay_check_state(r, d);
}

static weir_status run(struct replay *r, struct diag *d) {
  for (;;) {
    replay_host_runs(r, 0);
    WEIR_TRY(verdict(r, d));
    if (replay_hosts_turn(r, 0)) /* it was tried and has not happened */
      return replay_differ(r, NULL, d);
    if (r->ended || (!r->has_next && r->store->turn >= r->reader.last_turn))
      return check_end(r, d);
    replay_stop_guest(r, r->store->turn + 1);
    weir_step step = weir_store_step(r->store->handle);
    WEIR_TRY(verdict(r, d));
    if (r->ended || (step != WEIR_STEP_READY && !replay_hosts_turn(r, 0)))
      return check_end(r, d);
  }
}

/* ---- beginning and end ------------------------------------------------------------------------------------------- */

static weir_status check_setting(const struct replay *r, const char *field, const char *name, uint64_t here,
                                 struct diag *d) {
  uint64_t there = log_event_field(&r->next, field)->n;
  if (there == here)
    return WEIR_OK;
  return diag_set(d, WEIR_ERR_MISUSE,
                  "the record is of an engine with weir_engine_config.%s %" PRIu64 ", and this one has %" PRIu64
                  ": see weir_log_engine_config()",
                  name, there, here);
}

/* The code generator and the kind of machine; settings stand behind them, and are compared by name. */
static weir_status check_engine(const struct replay *r, struct diag *d) {
  struct str there = log_event_field(&r->next, "engine")->s;
  struct text here;
  if (r->config->any_engine)
    return WEIR_OK;
  text_init(&here);
  eng_fingerprint(r->engine->eng, &here);
  bool same = !here.failed && str_eq(there, (struct str){here.data, here.size});
  if (!same)
    diag_set(d, WEIR_ERR_MISUSE,
             "the record is of the engine `" STR_FMT "`, and this is `" STR_FMT "`: see weir_replay_config.any_engine",
             STR_ARG(there), (int)here.size, here.data ? here.data : "");
  text_done(&here);
  return same ? WEIR_OK : WEIR_ERR_MISUSE;
}

/* The engine must run guests as the one that recorded did. */
static weir_status check_header(const struct replay *r, struct diag *d) {
#define RUN_SETTING(name, type, field) WEIR_TRY(check_setting(r, field, #name, r->engine->settings.name, d));
#include "base/settings.def"
  WEIR_TRY(check_engine(r, d));
  if (log_event_field(&r->next, "payload")->n != WEIR_LOG_FULL)
    return diag_set(d, WEIR_ERR_UNSUPPORTED, "payloads of this record were hashed: it can be checked, not replayed");
  return WEIR_OK;
}

/* The header of the second record is that of the first, so that the heads can be the same. */
static weir_status begin_again(struct replay *r, const struct weir_record_config *again, struct diag *d) {
  const struct log_event *e = &r->next;
  struct log_header h = {
      .component = log_event_field(e, "component")->s,
      .engine = log_event_field(e, "engine")->s,
      .settings = r->engine->settings, /* they were compared */
      .excluded = log_event_field(e, "excluded")->s,
      .seed = log_event_field(e, "seed")->n,
      .keep = log_event_field(e, "keep")->n,
      .payload = log_event_field(e, "payload")->n,
  };
  weir_record_config own;
  if (!again)
    return WEIR_OK;
  WEIR_TRY(SIZED_READ(again, &own, weir_record_config, d));
  if (own.path && log_reader_reads(&r->reader, own.path))
    return diag_set(d, WEIR_ERR_MISUSE, "%s: the replay of a record cannot be recorded in its place", own.path);
  WEIR_TRY(log_writer_open(&r->tap.writer, &own, &h, d));
  r->tap.writing = true;
  return WEIR_OK;
}

static uint64_t at_most(uint64_t n, uint64_t most) {
  return n < most ? n : most;
}

/* The record's first event may be that of the limits; in others there are no such fields, and zero is the default. */
static void read_limits(const struct replay *r, weir_store_config *ret) {
  if (!r->has_next || r->next.kind != LOG_LIMITS)
    return;
  ret->fuel = log_event_field(&r->next, "fuel")->n;
#define LIMIT(name, type, usual, field) ret->max_##name = (type)at_most(log_event_field(&r->next, field)->n, (type)-1);
#include "base/limits.def"
  ret->packed_lists = log_event_field(&r->next, "packed-lists")->n != 0;
}

static weir_status make_store(struct replay *r, weir_store_config *config, struct diag *d) {
  weir_error *error = NULL;
  read_limits(r, config);
  weir_store *handle = NULL;
  weir_status status = weir_store_new(r->engine, config, &handle, &error);
  r->store = store_get(handle);
  if (status != WEIR_OK)
    diag_set(d, status, "no store for the replay: %s", error ? weir_error_message(error) : weir_status_name(status));
  weir_error_free(error);
  WEIR_TRY(status);
  r->store->late_answers = true;
  eng_store_set_attentive(r->store->rt.eng);
  WEIR_TRY(replay_link(r, d));
  r->tap.check = replay_check;
  r->tap.check_data = r;
  r->tap.export_ended = replay_export_ended;
  tap_install(&r->tap, r->store, NULL);
  if (r->has_next && r->next.kind == LOG_LIMITS)
    tap_limits(&r->tap);
  return WEIR_OK;
}

static weir_status begin(struct replay *r, struct diag *d) {
  if (r->config->component_count == 0)
    return diag_set(d, WEIR_ERR_MISUSE, "weir_replay_config: a record and a component are needed");
  r->has_next = log_reader_next(&r->reader, &r->next, &r->bytes, &r->size);
  if (!r->has_next) {
    WEIR_TRY(log_reader_status(&r->reader, d));
    return diag_set(d, WEIR_ERR_MALFORMED, "%s", r->reader.report.message);
  }
  weir_store_config config = {.size = sizeof(weir_store_config),
                              .schedule_seed = log_event_field(&r->next, "seed")->n,
                              .schedule_keep = (uint32_t)log_event_field(&r->next, "keep")->n};
  struct str digest = log_event_field(&r->next, "component")->s;
  r->tap.digests = digest.size > 0;
  WEIR_TRY(check_header(r, d));
  WEIR_TRY(replay_component(r, 0, digest, d));
  WEIR_TRY(begin_again(r, r->config->again, d));
  replay_advance(r);
  return make_store(r, &config, d);
}

static void done(struct replay *r, weir_status *status, struct diag *d) {
  uint64_t turn = r->store ? r->store->turn : 0;
  if (r->tap.writing) {
    weir_status closed = log_writer_close(&r->tap.writer, turn, d);
    *status = *status == WEIR_OK ? closed : *status;
  }
  tap_remove(&r->tap);
  weir_store_free(r->store ? r->store->handle : NULL);
  for (uint32_t i = 0; i < r->things.count; i++) {
    struct replay_thing *t = &r->things.data[i];
    replay_buffer_done(t);
    weir_value_clear(&t->value);
    if (t->kind == REPLAY_END)
      weir_stream_drop(t->object);
  }
  VEC_DONE(&mem_system, &r->things);
  VEC_DONE(&mem_system, &r->components);
  VEC_DONE(&mem_system, &r->instances);
  weir_linker_free(r->linker);
  log_reader_close(&r->reader);
}

static weir_status replay(struct replay *r, struct diag *d) {
  WEIR_TRY(log_reader_open(&r->reader, r->config->path, d));
  weir_status status = begin(r, d);
  if (status == WEIR_OK)
    status = run(r, d);
  done(r, &status, d);
  return status;
}

weir_status weir_replay_with(weir_engine *engine, const weir_replay_config *config, weir_replay_report *ret,
                             weir_error **ret_error) {
  weir_replay_config own = WEIR_REPLAY_CONFIG_INIT;
  weir_replay_report report = WEIR_REPLAY_REPORT_INIT;
  struct replay r = {.engine = engine, .config = &own, .report = &report};
  struct diag d;
  diag_init(&d);
  weir_status status = sized_check(ret, "weir_replay_report", &d);
  if (status == WEIR_OK) {
    sized_clear(ret);
    status = SIZED_READ(config, &own, weir_replay_config, &d);
  }
  if (status == WEIR_OK && !own.path)
    status = diag_set(&d, WEIR_ERR_MISUSE, "weir_replay_config: a record and a component are needed");
  if (status == WEIR_OK) {
    status = replay(&r, &d);
    sized_write(ret, &report, sizeof(report));
  }
  if (status != WEIR_OK)
    diag_raise(&d, ret_error);
  diag_done(&d);
  return status;
}

weir_status weir_replay(weir_engine *engine, const weir_component *component, const char *path,
                        const weir_record_config *again, weir_replay_report *ret, weir_error **ret_error) {
  weir_replay_config config = {
      .size = sizeof(config), .path = path, .components = &component, .component_count = 1, .again = again};
  return weir_replay_with(engine, &config, ret, ret_error);
}

void weir_replay_report_clear(weir_replay_report *report) {
  weir_replay_report own = WEIR_REPLAY_REPORT_INIT;
  if (SIZED_READ(report, &own, weir_replay_report, NULL) != WEIR_OK)
    return;
  weir_text_free(own.expected);
  weir_text_free(own.found);
  sized_clear(report);
}
