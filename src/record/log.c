/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Looking at records, behind weir/record.h: the reader of log_reader.h for embedders and for the command. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/sized.h"
#include "record/log_reader.h"

struct weir_log {
  struct log_reader reader;
  struct log_event event; /* the one that was handed out last */
  bool has;
};

weir_status weir_log_open(const char *path, weir_log **ret, weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  weir_log *log = calloc(1, sizeof(*log));
  weir_status status = log ? log_reader_open(&log->reader, path, &d) : diag_nomem(&d);
  if (status == WEIR_OK) {
    *ret = log;
  } else {
    free(log);
    diag_raise(&d, ret_error);
  }
  diag_done(&d);
  return status;
}

void weir_log_close(weir_log *log) {
  if (!log)
    return;
  log_reader_close(&log->reader);
  free(log);
}

weir_status weir_log_next(weir_log *log, weir_log_event *ret, weir_error **ret_error) {
  const uint8_t *bytes;
  size_t size;
  struct diag d;
  diag_init(&d);
  if (sized_check(ret, "weir_log_event", &d) != WEIR_OK)
    return diag_raise(&d, ret_error);
  log->has = log_reader_next(&log->reader, &log->event, &bytes, &size);
  if (log->has) {
    weir_log_event event = {.size = sizeof(weir_log_event),
                            .index = log->reader.hash.count - 1,
                            .kind = log_event_kind_name(log->event.kind),
                            .bytes = bytes,
                            .byte_count = size};
    sized_write(ret, &event, sizeof(event));
    return WEIR_OK;
  }
  if (log->reader.status == WEIR_OK)
    return WEIR_ERR_NOT_FOUND;
  weir_status status = log_reader_status(&log->reader, &d);
  diag_raise(&d, ret_error);
  diag_done(&d);
  return status;
}

weir_status weir_log_event_print(const weir_log *log, bool json, char **ret_text, size_t *ret_size) {
  struct text t;
  if (!log->has)
    return WEIR_ERR_NOT_FOUND;
  text_init(&t);
  if (json)
    log_event_print_json(&log->event, log->reader.hash.count - 1, &t);
  else
    log_event_print(&log->event, &t);
  *ret_text = text_take(&t, ret_size);
  return *ret_text ? WEIR_OK : WEIR_ERR_NOMEM;
}

weir_status weir_log_report_so_far(const weir_log *log, weir_log_report *ret, uint64_t *ret_total) {
  WEIR_TRY(sized_check(ret, "weir_log_report", NULL));
  sized_write(ret, &log->reader.report, sizeof(log->reader.report));
  if (ret_total)
    *ret_total = log->reader.before + log->reader.total;
  return WEIR_OK;
}

weir_status weir_log_verify(const char *path, weir_log_progress_fn progress, void *data, weir_log_report *ret,
                            weir_error **ret_error) {
  enum { EVERY = 0xffff };
  weir_log *log;
  weir_log_event event = WEIR_LOG_EVENT_INIT;
  struct diag d;
  diag_init(&d);
  if (sized_check(ret, "weir_log_report", &d) != WEIR_OK)
    return diag_raise(&d, ret_error);
  WEIR_TRY(weir_log_open(path, &log, ret_error));
  weir_status status = WEIR_OK;
  while (status == WEIR_OK) {
    status = weir_log_next(log, &event, ret_error);
    if (status == WEIR_OK && progress && (event.index & EVERY) == EVERY)
      progress(data, log->reader.report.bytes, log->reader.before + log->reader.total);
  }
  weir_log_report_so_far(log, ret, NULL);
  weir_log_close(log);
  return status == WEIR_ERR_NOT_FOUND ? WEIR_OK : status;
}

/* ---- the engine of a record -------------------------------------------------------------------------------------- */

static void settings_of(const struct log_event *header, weir_engine_config *ret) {
#define RUN_SETTING(name, type, field) ret->name = (type)log_event_field(header, field)->n;
#include "base/settings.def"
}

weir_status weir_log_engine_config(const char *path, weir_engine_config *ret, weir_error **ret_error) {
  weir_log *log;
  weir_log_event event = WEIR_LOG_EVENT_INIT;
  weir_engine_config own = WEIR_ENGINE_CONFIG_INIT;
  struct diag d;
  diag_init(&d);
  if (sized_check(ret, "weir_engine_config", &d) != WEIR_OK)
    return diag_raise(&d, ret_error);
  WEIR_TRY(weir_log_open(path, &log, ret_error));
  weir_status status = weir_log_next(log, &event, ret_error);
  if (status == WEIR_OK) {
    settings_of(&log->event, &own);
    sized_write(ret, &own, sizeof(own));
  } else if (status == WEIR_ERR_NOT_FOUND) {
    status = diag_set(&d, WEIR_ERR_MALFORMED, "%s: %s", path, log->reader.report.message);
    diag_raise(&d, ret_error);
    diag_done(&d);
  }
  weir_log_close(log);
  return status;
}
