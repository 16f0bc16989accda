/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See notice.h. A diag makes the text: it is cut between characters where memory is out. */
#include "base/notice.h"

#include "base/diag.h"

void notice_tell(const struct notice *n, weir_notice kind, const char *format, ...) {
  if (!n || !n->tell)
    return;
  struct diag d;
  va_list args;
  diag_init(&d);
  va_start(args, format);
  diag_vset(&d, WEIR_ERR_MISUSE, format, args);
  va_end(args);
  n->tell(n->data, kind, diag_message(&d));
  diag_done(&d);
}
