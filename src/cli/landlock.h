/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Landlock: the kernel keeps a process to files below some places, and TCP to some ports, whatever its code does. Only
 * opening is checked: what is open stays usable. The three system calls are called raw; what the kernel does not know
 * yet (an older version of Landlock) is left out, not refused.
 */
#ifndef CLI_LANDLOCK_H
#define CLI_LANDLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct landlock {
  int version; /* 0: the kernel has none */
  int fd;      /* of the rules */
  int error;   /* the first errno of a rule that could not be made; 0: none */
};

enum landlock_use {
  LANDLOCK_READ = 1,
  LANDLOCK_CHANGE = 2 /* below a directory: to make, write, move and remove files, directories and links */
};

/* TCP is limited to the ports that are allowed; where such a side is false, to nothing or to all. */
struct landlock_net {
  bool limit_bind, limit_connect;
};

/* Begins rules that allow nothing. version 0: there is no Landlock, and the functions below have no effect. */
struct landlock landlock_begin(const struct landlock_net *net);
/* Allows a use of what is at a path, and below; a path that is not there needs no rule. */
void landlock_allow_path(struct landlock *l, const char *path, unsigned uses);
/* The same for what a descriptor is of: a terminal, which is opened anew. */
void landlock_allow_terminal(struct landlock *l, int fd);
/* Allows ports; without effect for a side that is not limited. Ports are in order. */
void landlock_allow_ports(struct landlock *l, bool bind, uint16_t first, uint16_t last);
/* Holds all threads of the process to the rules, for good. 0 or an errno. */
int landlock_restrict(struct landlock *l);
void landlock_end(struct landlock *l);

#endif
