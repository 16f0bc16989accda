/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Whom an engine tells what its statuses do not say: weir/notice.h. */
#ifndef BASE_NOTICE_H
#define BASE_NOTICE_H

#include "weir/notice.h"

struct notice {
  weir_notice_fn tell; /* NULL: nobody */
  void *data;
};

/* `n` may be NULL. Any thread. */
void notice_tell(const struct notice *n, weir_notice kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
