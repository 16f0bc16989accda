/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See refused.h. */
#include "cli/refused.h"

#include <stdio.h>

#include "cli/cli.h"

/* A path is the program's own words: nothing of it may reach a terminal as anything but text, nor without end. */
static void show(const char *path, char *out, size_t room) {
  size_t at = 0;
  for (const char *c = path; *c != '\0' && at + 5 < room; c++)
    at += (size_t)snprintf(out + at, room - at, *c >= ' ' && *c < 0x7f ? "%c" : "\\x%02x", (unsigned char)*c);
  out[at] = '\0';
}

void refused_tell(void *data, weir_wasi_grant grant, const char *text) {
  struct refused *r = data;
  char shown[256];
  if ((int)grant >= REFUSED_GRANTS || r->told[grant])
    return;
  r->told[grant] = true;
  show(text, shown, sizeof(shown));
  if (grant == WEIR_WASI_GRANT_DIR)
    cli_warning(
        "the program was refused `%s`, which is outside of its directories; `--dir HOST::GUEST` gives it another",
        shown);
  else if (grant == WEIR_WASI_GRANT_NET)
    cli_warning("the program was refused a use of the network; `--net %s` grants it", shown);
  else
    cli_warning(
        "the program was refused a change of `%s` in a directory that it may only read; `--dir` without `:ro` "
        "lets it",
        shown);
}
