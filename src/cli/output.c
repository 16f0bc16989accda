/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Writing of output files, beside an older one that stays until the new one is whole. */
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

static bool write_to(FILE *out, const void *bytes, size_t size) {
  return fwrite(bytes, 1, size, out) == size && fflush(out) == 0;
}

/* As if it were written in place: the mode of the file that is there, or that of a new one. */
static mode_t mode_for(const char *output) {
  struct stat st;
  if (stat(output, &st) == 0)
    return st.st_mode & 0777;
  mode_t mask = umask(0);
  umask(mask);
  return 0666 & ~mask;
}

/* Beside the file that is to be, and renamed when it is whole: until then an older one stays as it is. */
static bool write_beside(const char *output, const void *bytes, size_t size) {
  size_t room = strlen(output) + sizeof(".XXXXXX");
  char *name = malloc(room);
  if (!name)
    return false;
  snprintf(name, room, "%s.XXXXXX", output);
  int fd = mkostemp(name, O_CLOEXEC);
  FILE *out = fd < 0 ? NULL : fdopen(fd, "wb");
  bool ok = out && fchmod(fd, mode_for(output)) == 0 && write_to(out, bytes, size);
  if (out && fclose(out) != 0)
    ok = false;
  if (ok)
    ok = rename(name, output) == 0;
  int error = errno;
  if (!ok && fd >= 0)
    unlink(name);
  free(name);
  errno = error;
  return ok;
}

/* Writes directly to an existing pipe or terminal: only plain files are replaced. */
static bool write_in_place(const char *output, const void *bytes, size_t size) {
  FILE *out = fopen(output, "wb");
  if (!out)
    return false;
  bool ok = write_to(out, bytes, size);
  return fclose(out) == 0 && ok;
}

int output_write(const char *output, const void *bytes, size_t size) {
  struct stat st;
  bool special = stat(output, &st) == 0 && !S_ISREG(st.st_mode), ok;
  if (strcmp(output, "-") == 0)
    ok = write_to(stdout, bytes, size);
  else
    ok = special ? write_in_place(output, bytes, size) : write_beside(output, bytes, size);
  if (!ok)
    cli_error("%s cannot be written: %s", output, strerror(errno));
  return ok ? CLI_OK : CLI_INTERNAL;
}
