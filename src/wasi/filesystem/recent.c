/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See recent.h. Two names of the same hash do no harm: one of them may wait for the disk. */
#include "wasi/filesystem/recent.h"

#include <string.h>

#include "base/mem.h"

static uint64_t mix(uint64_t state, uint64_t word) {
  state = (state ^ word) * UINT64_C(0x9e3779b97f4a7c15);
  return state ^ state >> 29;
}

static uint64_t hash(const struct wasi_file *directory, const char *name) {
  uint64_t found = mix(mix(1, directory->device), directory->inode);
  for (const unsigned char *at = (const unsigned char *)name; *at; at++)
    found = mix(found, *at);
  return found ? found : 1;
}

/* The two places for a name. */
static struct wasi_recent_name *places(const struct wasi_recent *recent, uint64_t name) {
  return &recent->names[name % (WASI_RECENT_NAMES / 2) * 2];
}

static bool is_fresh(const struct wasi_recent *recent, const struct wasi_recent_name *place) {
  return recent->now - place->at < WASI_RECENT_MS;
}

bool wasi_recent_is_name(const char *path) {
  return !strchr(path, '/') && strcmp(path, ".") != 0 && strcmp(path, "..") != 0;
}

bool wasi_recent_has(const struct wasi_recent *recent, const struct wasi_file *directory, const char *name) {
  if (!recent->names)
    return false;
  uint64_t wanted = hash(directory, name);
  const struct wasi_recent_name *found = places(recent, wanted);
  found += found->name != wanted;
  return found->name == wanted && is_fresh(recent, found);
}

static bool is_local(struct wasi_recent *recent, const struct wasi_file *directory) {
  if (!recent->known || recent->device != directory->device) {
    recent->known = true;
    recent->device = directory->device;
    recent->local = wasi_file_is_local(directory);
  }
  return recent->local;
}

void wasi_recent_add(struct wasi_recent *recent, const struct wasi_file *directory, const char *name) {
  if (!is_local(recent, directory))
    return;
  if (!recent->names)
    recent->names = mem_array(recent->alloc, WASI_RECENT_NAMES, sizeof(*recent->names));
  if (!recent->names)
    return; /* without memory each name is asked for as if it were new */
  uint64_t found = hash(directory, name);
  struct wasi_recent_name *place = places(recent, found);
  if (place[0].name != found && is_fresh(recent, &place[0]))
    place++; /* the other one, whatever is there */
  *place = (struct wasi_recent_name){.name = found, .at = recent->now};
}

void wasi_recent_done(struct wasi_recent *recent) {
  mem_free(recent->alloc, recent->names, WASI_RECENT_NAMES * sizeof(*recent->names));
  recent->names = NULL;
}
