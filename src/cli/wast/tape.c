/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Records instances of scripts and replays them (cli/wast/tape.h). */
#include "cli/wast/tape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

static char *temporary(void) {
  const char *folder = getenv("TMPDIR");
  size_t size = strlen(folder ? folder : "/tmp") + sizeof("/weir-tape-XXXXXX");
  char *path = malloc(size);
  if (!path)
    return NULL;
  snprintf(path, size, "%s/weir-tape-XXXXXX", folder ? folder : "/tmp");
  int fd = mkstemp(path);
  if (fd >= 0) {
    close(fd);
    return path;
  }
  free(path);
  return NULL;
}

weir_status wast_tape_start(struct wast_tape *t, weir_store *store, const weir_component *component,
                            weir_error **ret_error) {
  t->path = temporary();
  if (!t->path)
    return WEIR_ERR_IO;
  weir_record_config record = WEIR_RECORD_CONFIG_INIT;
  record.path = t->path;
  record.component = component;
  return weir_record_start(store, &record, &t->recorder, ret_error);
}

bool wast_tape_check(struct wast_tape *t, weir_engine *engine, const weir_component *component) {
  uint8_t head[WEIR_LOG_HEAD] = {0};
  weir_record_config again = WEIR_RECORD_CONFIG_INIT;
  again.path = NULL;
  weir_replay_report report = WEIR_REPLAY_REPORT_INIT;
  weir_error *error = NULL;
  if (!t->path)
    return true;
  if (t->recorder)
    weir_recorder_head(t->recorder, head);
  weir_status status = t->recorder ? weir_recorder_close(t->recorder, &error) : WEIR_ERR_IO;
  if (status == WEIR_OK) {
    status = weir_replay(engine, component, t->path, &again, &report, &error);
    bool same = memcmp(head, report.head, sizeof(head)) == 0;
    weir_replay_report_clear(&report);
    if (status == WEIR_OK && !same)
      status = WEIR_ERR_DIVERGED;
  }
  if (status != WEIR_OK)
    cli_error("replay: %s", error ? weir_error_message(error) : weir_status_name(status));
  weir_error_free(error);
  unlink(t->path);
  free(t->path);
  *t = (struct wast_tape){0};
  return status == WEIR_OK;
}
