/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Where compiled code lies, as the engine has told perf (/tmp/perf-PID.map), and looks at the stack of one thread by a
 * timer. Compiled code has frame pointers throughout, so a stack is followed as long as its addresses lie in compiled
 * code; what the host does is one entry.
 */
#ifndef CLI_PROFILE_SAMPLES_H
#define CLI_PROFILE_SAMPLES_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/vec.h"

struct profile_symbol {
  uint64_t from, to; /* addresses */
  const char *name;  /* in `text` */
};

/* Sorted by address. `ranges` are the same without gaps of padding: few. */
struct profile_map {
  char *text;
  size_t size;
  VEC(struct profile_symbol) symbols;
  VEC(struct profile_symbol) ranges;
};

/* Reads the map of this process, and removes the file. false: there is none, or no memory. */
bool profile_map_read(struct profile_map *map);
/* NULL: no function is there. */
const struct profile_symbol *profile_map_find(const struct profile_map *map, uint64_t address);
void profile_map_done(struct profile_map *map);

/* Looks: each is a number of addresses and then these, the innermost first. 0 addresses: the host runs. */
struct profile_samples {
  const struct profile_map *map;
  uint64_t *words;
  size_t count, room;
  uint64_t lost; /* looks for which there was no room */
  timer_t timer;
  bool running;
};

enum { PROFILE_MICROSECONDS = 1000, PROFILE_DEPTH = 256 };

/* Looks at the calling thread from now on, by its own time. false: the system has no timer, or no memory. */
bool profile_samples_start(struct profile_samples *s, const struct profile_map *map);
void profile_samples_stop(struct profile_samples *s);
void profile_samples_done(struct profile_samples *s);

#endif
