/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The table of descriptors, error numbers, and functions on a descriptor that neither read nor write. */
#include "preview1.h"

enum { FDS = 4096, PREOPENED = 3 };

/*
 * What is zero at first lies behind the adapter's data, in memory that nobody else has: as variables it would be zeros in
 * the binary, since the memory is imported.
 */
static struct table {
  bool begun;
  uint32_t count;       /* those above were never in use */
  uint32_t lowest_free; /* none below is free */
  struct fd fds[FDS];
  uint32_t names_size;
  char names[16384]; /* of preopened directories, for good */
} * table(void) {
  extern uint8_t __heap_base;
  return (struct table *)(void *)&__heap_base;
}

void app_store_u32(guest to, uint32_t number) {
  app_store(to, &number, sizeof(number));
}

void app_store_u64(guest to, uint64_t number) {
  app_store(to, &number, sizeof(number));
}

void *app_copy(guest from, uint32_t size) {
  void *copy = scratch_take(size);
  app_load(copy, from, size);
  return copy;
}

/* ---- error numbers ----------------------------------------------------------------------------------------------- */

uint32_t errno_of(uint8_t code) {
  static const uint8_t numbers[] = {
      2,  /* access */
      6,  /* would-block */
      7,  /* already */
      8,  /* bad-descriptor */
      10, /* busy */
      16, /* deadlock */
      19, /* quota */
      20, /* exist */
      22, /* file-too-large */
      25, /* illegal-byte-sequence */
      26, /* in-progress */
      27, /* interrupted */
      28, /* invalid */
      29, /* io */
      31, /* is-directory */
      32, /* loop */
      34, /* too-many-links */
      35, /* message-size */
      37, /* name-too-long */
      43, /* no-device */
      44, /* no-entry */
      46, /* no-lock */
      48, /* insufficient-memory */
      51, /* insufficient-space */
      54, /* not-directory */
      55, /* not-empty */
      56, /* not-recoverable */
      58, /* unsupported */
      59, /* no-tty */
      60, /* no-such-device */
      61, /* overflow */
      63, /* not-permitted */
      64, /* pipe */
      69, /* read-only */
      70, /* invalid-seek */
      74, /* text-file-busy */
      75, /* cross-device */
  };
  return code < sizeof(numbers) ? numbers[code] : E_IO;
}

uint32_t errno_of1(const struct result1 *result) {
  return result->failed ? errno_of(result->error) : SUCCESS;
}

uint8_t type_of(uint8_t type) {
  static const uint8_t numbers[] = {0, 1, 2, 3, 0, 7, 4, 6}; /* fifos have none */
  return type < sizeof(numbers) ? numbers[type] : TYPE_UNKNOWN;
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

int32_t fd_add(struct fd fd) {
  struct table *t = table();
  while (t->lowest_free < t->count && t->fds[t->lowest_free].kind != FD_FREE)
    t->lowest_free++;
  if (t->lowest_free == FDS)
    return -1;
  if (t->lowest_free == t->count)
    t->count++;
  t->fds[t->lowest_free] = fd;
  return (int32_t)t->lowest_free++;
}

static void add_stdio(void) {
  uint32_t in[2] = {0}, out[2] = {0}, err[2] = {0};
  get_terminal_stdin(in);
  get_terminal_stdout(out);
  get_terminal_stderr(err);
  bool terminals[PREOPENED] = {in[0] & 1, out[0] & 1, err[0] & 1};
  if (terminals[0])
    terminal_input_drop(in[1]);
  if (terminals[1])
    terminal_output_drop(out[1]);
  if (terminals[2])
    terminal_output_drop(err[1]);
  handle streams[PREOPENED] = {get_stdin(), get_stdout(), get_stderr()};
  for (int i = 0; i < PREOPENED; i++)
    fd_add((struct fd){.kind = i == 0 ? FD_INPUT : FD_OUTPUT,
                       .handle = streams[i],
                       .type = terminals[i] ? TYPE_CHARACTER_DEVICE : TYPE_UNKNOWN,
                       .readable = i == 0,
                       .writable = i != 0});
}

static void add_preopens(void) {
  struct list found;
  struct table *t = table();
  get_directories(&found);
  const struct preopen *preopens = found.data;
  for (uint32_t i = 0; i < found.count; i++) {
    const struct text *name = &preopens[i].name;
    char *copy = &t->names[t->names_size];
    if (name->size > sizeof(t->names) - t->names_size) /* nobody can name it */
      continue;
    __builtin_memcpy(copy, name->data, name->size);
    t->names_size += name->size;
    fd_add((struct fd){.kind = FD_DIRECTORY,
                       .handle = preopens[i].descriptor,
                       .type = 3,
                       .readable = true,
                       .writable = true,
                       .name = {copy, name->size}});
  }
}

void call_begin(void) {
  scratch_reset();
  if (table()->begun)
    return;
  table()->begun = true;
  add_stdio();
  add_preopens();
}

struct fd *fd_get(uint32_t number) {
  struct table *t = table();
  return number < t->count && t->fds[number].kind != FD_FREE ? &t->fds[number] : NULL;
}

struct fd *fd_of(uint32_t number, enum fd_kind kind, uint32_t *ret_error) {
  struct fd *fd = fd_get(number);
  if (fd && fd->kind == kind)
    return fd;
  if (!fd)
    *ret_error = E_BADF;
  else if (kind == FD_DIRECTORY)
    *ret_error = E_NOTDIR;
  else
    *ret_error = fd->kind == FD_DIRECTORY ? E_ISDIR : E_SPIPE;
  return NULL;
}

void fd_release(struct fd *fd) {
  if (fd->reading)
    entries_drop(fd->entries);
  if (fd->kind == FD_INPUT)
    input_drop(fd->handle);
  else if (fd->kind == FD_OUTPUT)
    output_drop(fd->handle);
  else
    descriptor_drop(fd->handle);
  fd->kind = FD_FREE;
  uint32_t number = (uint32_t)(fd - table()->fds);
  if (number < table()->lowest_free)
    table()->lowest_free = number;
}

/* ---- functions --------------------------------------------------------------------------------------------------- */

EXPORT("fd_close") uint32_t fd_close(uint32_t number) {
  call_begin();
  struct fd *fd = fd_get(number);
  if (!fd)
    return E_BADF;
  fd_release(fd);
  return SUCCESS;
}

EXPORT("fd_renumber") uint32_t fd_renumber(uint32_t from, uint32_t to) {
  call_begin();
  struct fd *source = fd_get(from), *target = fd_get(to);
  if (!source || !target)
    return E_BADF;
  if (from == to)
    return SUCCESS;
  fd_release(target);
  *target = *source;
  source->kind = FD_FREE;
  if (from < table()->lowest_free)
    table()->lowest_free = from;
  return SUCCESS;
}

EXPORT("fd_fdstat_get") uint32_t fd_fdstat_get(uint32_t number, guest ret) {
  call_begin();
  const struct fd *fd = fd_get(number);
  if (!fd)
    return E_BADF;
  struct {
    uint8_t type;
    uint16_t flags;
    uint64_t rights, inheriting;
  } stat = {fd->type, fd->flags, RIGHTS_ALL, RIGHTS_ALL};
  if (!fd->readable)
    stat.rights &= ~(uint64_t)RIGHT_READ;
  if (!fd->writable)
    stat.rights &= ~(uint64_t)RIGHT_WRITE;
  if (fd->kind == FD_INPUT || fd->kind == FD_OUTPUT)
    stat.rights &= ~(uint64_t)(RIGHT_SEEK | RIGHT_TELL);
  if (fd->kind == FD_DIRECTORY)
    stat.rights &= ~(uint64_t)RIGHT_SEEK;
  app_store(ret, &stat, sizeof(stat));
  return SUCCESS;
}

EXPORT("fd_fdstat_set_flags") uint32_t fd_fdstat_set_flags(uint32_t number, uint32_t flags) {
  call_begin();
  struct fd *fd = fd_get(number);
  if (!fd)
    return E_BADF;
  if (flags & (FDFLAG_DSYNC | FDFLAG_RSYNC | FDFLAG_SYNC))
    return E_NOTSUP;
  fd->flags = (uint16_t)flags;
  return SUCCESS;
}

/* Rights were given up by preview 1 itself. */
EXPORT("fd_fdstat_set_rights") uint32_t fd_fdstat_set_rights(uint32_t number, uint64_t base, uint64_t inheriting) {
  (void)base, (void)inheriting;
  call_begin();
  return fd_get(number) ? E_NOTSUP : E_BADF;
}

EXPORT("fd_prestat_get") uint32_t fd_prestat_get(uint32_t number, guest ret) {
  call_begin();
  const struct fd *fd = fd_get(number);
  if (!fd || !fd->name.data)
    return E_BADF;
  app_store_u32(ret, 0); /* a directory */
  app_store_u32(ret + 4, fd->name.size);
  return SUCCESS;
}

EXPORT("fd_prestat_dir_name") uint32_t fd_prestat_dir_name(uint32_t number, guest ret, uint32_t size) {
  call_begin();
  const struct fd *fd = fd_get(number);
  if (!fd || !fd->name.data)
    return E_BADF;
  if (size < fd->name.size)
    return E_NAMETOOLONG;
  app_store(ret, fd->name.data, fd->name.size);
  return SUCCESS;
}
