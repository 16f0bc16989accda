/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Whether work grows with what a guest has open: for each row of tests/support/many.h, how much longer an item takes
 * where there are 40,000 than where there are 10,000 (rows with stacks: 5,000 and 1,250). One line each: name, unit,
 * factor. About 1 is right, and what leaves the caches makes it 2; a walk over all items would be 4 and more.
 */
#include <time.h>

#include "../tests/support/many.h"

enum { FEW = 10000, MANY = 40000, STACKS = 8, ROUNDS = 3 };

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Of an item, the best of some rounds, each in a store of its own. */
static double time_of(const char *path, const struct many_row *row, uint32_t n) {
  double best = 1e9;
  for (int i = 0; i < ROUNDS; i++) {
    struct many m;
    many_open(&m, path);
    double start = seconds();
    many_run(&m, row, n);
    double item = (seconds() - start) / n;
    best = item < best ? item : best;
    many_close(&m);
  }
  return best;
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: bench-scaling many.wat\n");
    return 2;
  }
  for (int i = 0; i < MANY_ROWS; i++) {
    const struct many_row *row = &many_rows[i];
    uint32_t divisor = row->stacks ? STACKS : 1;
    double factor = time_of(argv[1], row, MANY / divisor) / time_of(argv[1], row, FEW / divisor);
    printf("scaling: %s\tx\t%.2f\n", row->name, factor);
  }
  return 0;
}
