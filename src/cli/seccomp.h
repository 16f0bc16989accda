/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * seccomp: the kernel lets the process make the system calls that weir makes, and no others: no program is started, no
 * other process is touched, nothing of the system is changed, whatever code runs here. All threads, for good.
 */
#ifndef CLI_SECCOMP_H
#define CLI_SECCOMP_H

#include <stdbool.h>

/* What is allowed beside what every program needs. */
struct seccomp_net {
  bool tcp, udp, lookup;
};

/* Whether weir was built with it (libseccomp). */
bool seccomp_is_there(void);
/* 0 or an errno; ENOSYS: weir was built without. */
int seccomp_restrict(const struct seccomp_net *net);

#endif
