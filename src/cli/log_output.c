/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Progress, errors and events of `weir log` (log_output.h). */
#include "cli/log_output.h"

#include <stdio.h>

#include "cli/cli.h"

void log_progress(void *data, uint64_t bytes, uint64_t total) {
  struct log_progress *p = data;
  int percent = total ? (int)(bytes * 100 / total) : 0;
  if (!p->on || percent == p->percent)
    return;
  p->percent = percent;
  p->shown = true;
  fprintf(stderr, "\r%3d %%", percent);
  fflush(stderr);
}

void log_progress_end(struct log_progress *p) {
  if (p->shown)
    fputs("\r      \r", stderr);
}

int log_unread(weir_status status, weir_error *take_error) {
  cli_error("%s", take_error ? weir_error_message(take_error) : weir_status_name(status));
  weir_error_free(take_error);
  return status == WEIR_ERR_IO ? CLI_NO_INPUT : CLI_INTERNAL;
}

int log_open(const char *path, weir_log **ret) {
  weir_error *error = NULL;
  weir_status status = weir_log_open(path, ret, &error);
  return status == WEIR_OK ? CLI_OK : log_unread(status, error);
}

int log_print_event(const weir_log *log, bool json) {
  char *text;
  if (weir_log_event_print(log, json, &text, NULL) != WEIR_OK)
    return log_unread(WEIR_ERR_NOMEM, NULL);
  printf("%s", text);
  weir_text_free(text);
  return CLI_OK;
}
