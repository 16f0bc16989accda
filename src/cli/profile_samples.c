/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The map and the looks (profile_samples.h). The handler of the timer's signal runs in the midst of anything: it reads
 * the map's ranges, which do not change while the timer runs, and the stack, and writes words that nobody else touches.
 *
 * In order: the map; looking; the timer.
 */
#include "cli/profile_samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "base/mem.h"

#ifndef sigev_notify_thread_id /* glibc has no name for it */
#define sigev_notify_thread_id _sigev_un._tid
#endif

/* ---- the map ----------------------------------------------------------------------------------------------------- */

static char *read_all(FILE *in, size_t *ret_size) {
  char *text = NULL;
  size_t size = 0, room = 0, count;
  do {
    if (room - size < BUFSIZ) {
      char *larger = realloc(text, room = 2 * room + 2 * BUFSIZ);
      if (!larger)
        break;
      text = larger;
    }
    count = fread(text + size, 1, room - size - 1, in);
    size += count;
  } while (count > 0);
  if (text)
    text[size] = '\0';
  *ret_size = size;
  return text;
}

/* `ADDRESS SIZE NAME`, the first two in base 16; ends the name's text. */
static bool read_line(char *line, struct profile_symbol *ret) {
  char *at = line;
  ret->from = strtoull(at, &at, 16);
  uint64_t size = strtoull(at, &at, 16);
  ret->to = ret->from + size;
  ret->name = at + 1;
  return *at == ' ' && size > 0 && ret->to > ret->from;
}

static int by_address(const void *a, const void *b) {
  const struct profile_symbol *x = a, *y = b;
  return x->from < y->from ? -1 : x->from > y->from;
}

/* Guests choose names, which may have zeroes in them. */
static void remove_zeroes(struct profile_map *map) {
  for (char *zero = map->text; (zero = memchr(zero, '\0', (size_t)(map->text + map->size - zero)));)
    *zero = '_';
}

static bool read_symbols(struct profile_map *map) {
  char *rest = map->text;
  remove_zeroes(map);
  for (char *line; (line = strsep(&rest, "\n"));) {
    struct profile_symbol symbol;
    if (read_line(line, &symbol) && !VEC_PUSH(&mem_system, &map->symbols, symbol))
      return false;
  }
  qsort(map->symbols.data, map->symbols.count, sizeof(*map->symbols.data), by_address);
  return map->symbols.count > 0;
}

/* Functions stand close to each other, but for padding. */
static bool make_ranges(struct profile_map *map) {
  enum { PADDING = 64 };
  for (uint32_t i = 0; i < map->symbols.count; i++) {
    const struct profile_symbol *s = &map->symbols.data[i];
    struct profile_symbol *last = map->ranges.count > 0 ? &map->ranges.data[map->ranges.count - 1] : NULL;
    if (last && s->from <= last->to + PADDING)
      last->to = s->to > last->to ? s->to : last->to;
    else if (!VEC_PUSH(&mem_system, &map->ranges, *s))
      return false;
  }
  return true;
}

bool profile_map_read(struct profile_map *map) {
  char path[48];
  snprintf(path, sizeof(path), "/tmp/perf-%ld.map", (long)getpid());
  FILE *in = fopen(path, "r");
  *map = (struct profile_map){0};
  if (!in)
    return false;
  map->text = read_all(in, &map->size);
  fclose(in);
  unlink(path);
  return map->text && read_symbols(map) && make_ranges(map);
}

/* The last that begins at or before an address, and contains it. In the signal handler too. */
static const struct profile_symbol *find(const struct profile_symbol *sorted, uint32_t count, uint64_t address) {
  uint32_t low = 0, high = count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (sorted[middle].from <= address)
      low = middle + 1;
    else
      high = middle;
  }
  return low > 0 && address < sorted[low - 1].to ? &sorted[low - 1] : NULL;
}

const struct profile_symbol *profile_map_find(const struct profile_map *map, uint64_t address) {
  return find(map->symbols.data, map->symbols.count, address);
}

void profile_map_done(struct profile_map *map) {
  VEC_DONE(&mem_system, &map->symbols);
  VEC_DONE(&mem_system, &map->ranges);
  free(map->text);
  *map = (struct profile_map){0};
}

/* ---- looking ----------------------------------------------------------------------------------------------------- */

#ifdef __x86_64__
static bool is_code(const struct profile_samples *s, uint64_t address) {
  return find(s->map->ranges.data, s->map->ranges.count, address);
}

/* Whether a frame may be at an address: above the one below it, and not farther than a stack is large. */
static bool is_frame(uint64_t frame, uint64_t below) {
  enum { FARTHEST = 1 << 20 };
  return frame % sizeof(uint64_t) == 0 && frame >= below && frame - below < FARTHEST;
}

/*
 * What is interrupted, and the frames above it: each begins with the address of the next frame and a return address.
 * In the first instruction of code that the host calls, the register of frames is still the host's, and may be
 * anything. AddressSanitizer knows nothing of stacks of compiled code.
 */
__attribute__((no_sanitize_address)) static size_t walk(const struct profile_samples *s, const greg_t *registers,
                                                        uint64_t *out) {
  uint64_t at = (uint64_t)registers[REG_RIP], frame = (uint64_t)registers[REG_RBP],
           below = (uint64_t)registers[REG_RSP];
  size_t depth = 0;
  while (depth < PROFILE_DEPTH && is_code(s, at)) {
    out[depth++] = at;
    if (!is_frame(frame, below))
      break;
    at = ((const uint64_t *)frame)[1] - 1; /* of the call, not what follows */
    below = frame + 2 * sizeof(uint64_t);
    frame = ((const uint64_t *)frame)[0];
  }
  return depth;
}
#endif

static void look(int number, siginfo_t *info, void *context) {
  (void)number;
  if (info->si_code != SI_TIMER)
    return;
  struct profile_samples *s = info->si_value.sival_ptr;
#ifdef __x86_64__
  const ucontext_t *now = context;
  if (s->room - s->count < PROFILE_DEPTH + 1) {
    s->lost++;
    return;
  }
  size_t depth = walk(s, now->uc_mcontext.gregs, s->words + s->count + 1);
  s->words[s->count] = depth;
  s->count += depth + 1;
#else
  (void)s, (void)context;
#endif
}

/* ---- the timer --------------------------------------------------------------------------------------------------- */

/* Untouched memory costs nothing: room for an hour of stacks of common depth. */
enum { ROOM = 1 << 25 };

static bool start_timer(struct profile_samples *s) {
  struct sigaction action = {.sa_sigaction = look, .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK};
  struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGPROF, .sigev_value.sival_ptr = s};
  struct itimerspec every = {.it_interval.tv_nsec = PROFILE_MICROSECONDS * 1000,
                             .it_value.tv_nsec = PROFILE_MICROSECONDS * 1000};
  event.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
  sigemptyset(&action.sa_mask);
  if (sigaction(SIGPROF, &action, NULL) != 0 || timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &s->timer) != 0)
    return false;
  s->running = timer_settime(s->timer, 0, &every, NULL) == 0;
  return s->running;
}

bool profile_samples_start(struct profile_samples *s, const struct profile_map *map) {
  *s = (struct profile_samples){.map = map, .room = ROOM};
  s->words = calloc(ROOM, sizeof(*s->words));
  return s->words && start_timer(s);
}

/* A signal that is under way is ignored. */
void profile_samples_stop(struct profile_samples *s) {
  struct itimerspec never = {0};
  if (!s->running)
    return;
  timer_settime(s->timer, 0, &never, NULL);
  signal(SIGPROF, SIG_IGN);
  timer_delete(s->timer);
  s->running = false;
}

void profile_samples_done(struct profile_samples *s) {
  free(s->words);
  s->words = NULL;
}
