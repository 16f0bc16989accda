/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Replays a fuzzed property without libFuzzer: every file of the corpus folders named on the command line, the empty
 * input, and a bounded number of mutations of each file that are the same on every run. A failure prints the file and
 * the number of the mutation; `program <file> <number>` repeats it alone.
 */
#include <dirent.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

enum { MUTATIONS = 64, MUTATED_MAX = 64 * 1024, EDITS_MAX = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *current_file = "(empty input)";
static unsigned current_mutation;

static void report(void) {
  fprintf(stderr, "fuzz driver: stopped at %s, mutation %u\n", current_file, current_mutation);
}

static void report_signal(int number) {
  report();
  signal(number, SIG_DFL);
  raise(number);
}

/* A sanitizer ends the program without a signal, by its own way. */
static void report_install(void) {
  signal(SIGABRT, report_signal);
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_set_death_callback(report);
#else
  signal(SIGSEGV, report_signal);
#endif
}

static uint32_t random_next(uint64_t *state) {
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(*state >> 33);
}

/* One edit: flip a bit, set an interesting byte, cut the end, repeat or remove a piece. Returns the new size. */
static size_t edit(uint8_t *data, size_t size, size_t capacity, uint64_t *state) {
  static const uint8_t interesting[] = {0x00, 0x01, 0x0a, 0x20, 0x22, 0x40, 0x60, 0x7f, 0x80, 0xc0, 0xed, 0xff};
  if (size == 0)
    return 0;
  size_t at = random_next(state) % size, length = 1 + random_next(state) % 16;
  if (length > size - at)
    length = size - at;
  switch (random_next(state) % 6) {
    case 0:
    case 1:
      data[at] ^= (uint8_t)(1u << random_next(state) % 8);
      return size;
    case 2:
      data[at] = interesting[random_next(state) % sizeof(interesting)];
      return size;
    case 3:
      return at;
    case 4:
      memmove(data + at, data + at + length, size - at - length);
      return size - length;
    default:
      if (size + length > capacity)
        return size;
      memmove(data + at + length, data + at, size - at);
      return size + length;
  }
}

/* Runs the property on a copy of exactly the input's size, so that ASan sees a read behind it. */
static void run_exact(const uint8_t *data, size_t size) {
  uint8_t *copy = malloc(size == 0 ? 1 : size);
  if (!copy)
    exit(2);
  if (size != 0)
    memcpy(copy, data, size);
  LLVMFuzzerTestOneInput(copy, size);
  free(copy);
}

static void run_mutation(const uint8_t *data, size_t size, unsigned number) {
  size_t capacity = size + 16 * EDITS_MAX;
  uint8_t *copy = malloc(capacity);
  if (!copy)
    exit(2);
  memcpy(copy, data, size);
  uint64_t state = number * 0x9e3779b97f4a7c15u + size;
  for (uint32_t edits = 1 + random_next(&state) % EDITS_MAX; edits > 0; edits--)
    size = edit(copy, size, capacity, &state);
  current_mutation = number;
  run_exact(copy, size);
  free(copy);
}

static uint8_t *read_file(const char *path, size_t *ret_size) {
  FILE *file = fopen(path, "rb");
  struct stat info;
  if (!file || fstat(fileno(file), &info) != 0)
    return NULL;
  size_t size = (size_t)info.st_size;
  uint8_t *data = malloc(size == 0 ? 1 : size);
  if (data && fread(data, 1, size, file) != size) {
    free(data);
    data = NULL;
  }
  fclose(file);
  *ret_size = size;
  return data;
}

/* only == 0: the file and all its mutations; else only that mutation. */
static int run_file(const char *path, unsigned only) {
  size_t size;
  uint8_t *data = read_file(path, &size);
  if (!data) {
    fprintf(stderr, "fuzz driver: %s cannot be read\n", path);
    return 1;
  }
  current_file = path;
  current_mutation = 0;
  if (only == 0)
    run_exact(data, size);
  for (unsigned i = 1; i <= MUTATIONS && size != 0 && size <= MUTATED_MAX; i++)
    if (only == 0 || only == i)
      run_mutation(data, size, i);
  free(data);
  return 0;
}

static int run_folder(const char *path) {
  struct dirent **entries;
  int count = scandir(path, &entries, NULL, alphasort), failed = 0, files = 0;
  if (count < 0) {
    printf("%s: no corpus; only the empty input\n", path);
    return 0;
  }
  for (int i = 0; i < count; i++) {
    char file[4096];
    if (entries[i]->d_name[0] != '.') {
      snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
      failed |= run_file(file, 0);
      files++;
    }
    free(entries[i]);
  }
  free(entries);
  printf("%s: %d files, %d mutations each\n", path, files, MUTATIONS);
  return failed;
}

int main(int argc, char **argv) {
  report_install();
  run_exact(NULL, 0);
  int failed = 0;
  struct stat info;
  if (argc == 3 && stat(argv[1], &info) == 0 && S_ISREG(info.st_mode)) {
    failed = run_file(argv[1], (unsigned)strtoul(argv[2], NULL, 10));
  } else {
    for (int i = 1; i < argc; i++)
      failed |= stat(argv[i], &info) == 0 && S_ISREG(info.st_mode) ? run_file(argv[i], 0) : run_folder(argv[i]);
  }
  return failed;
}
