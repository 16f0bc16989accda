/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What the command line grants to guests. Each option that may be given many times adds to an array that has room for
 * all words of the command line; what is made of a word belongs to the options.
 *
 * In order: life; single options; texts, which must be UTF-8; what follows for the host.
 */
#include "cli/world_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

bool world_options_init(struct world_options *w, int argc) {
  size_t room = (size_t)argc + 1;
  w->env = calloc(room, sizeof(*w->env));
  w->owned = calloc(room, sizeof(*w->owned));
  w->dirs = calloc(room, sizeof(*w->dirs));
  w->net = calloc(room, sizeof(*w->net));
  return w->env && w->owned && w->dirs && w->net;
}

void world_options_done(struct world_options *w) {
  for (size_t i = 0; i < w->owned_count; i++)
    free(w->owned[i]);
  free(w->env);
  free(w->owned);
  free(w->dirs);
  free(w->net);
}

/* ---- single options ---------------------------------------------------------------------------------------------- */

const char world_options_limit_help[] =
    "Lower one of the limits "
#define LIMIT(name, type, usual, field) "`" field "`, "
#include "base/limits.def"
#define LIMIT(name, type, usual, field) "`" field "`, "
#include "base/wasi_limits.def"
    "which keep a program from taking all there is.";

bool world_options_net(void *world, const char *value) {
  struct world_options *w = world;
  w->net[w->net_count++] = value;
  return true;
}

/* NAME alone: the variable as weir has it; nothing where it has none. */
static bool inherit_env(struct world_options *w, const char *name) {
  const char *value = getenv(name);
  if (!value)
    return true;
  size_t size = strlen(name) + strlen(value) + 2;
  char *entry = malloc(size);
  if (!entry) {
    cli_fail("--env", WEIR_ERR_NOMEM, NULL);
    return false;
  }
  snprintf(entry, size, "%s=%s", name, value);
  w->owned[w->owned_count++] = entry;
  w->env[w->env_count++] = entry;
  return true;
}

/* A copy of `size` bytes of text that lives as long as the options; NULL, with a message, where memory is out. */
static char *own_text(struct world_options *w, const char *text, size_t size) {
  char *copy = strndup(text, size);
  if (copy)
    w->owned[w->owned_count++] = copy;
  else
    cli_fail("--dir", WEIR_ERR_NOMEM, NULL);
  return copy;
}

static bool ends_with(const char *text, const char *end) {
  size_t size = strlen(text), end_size = strlen(end);
  return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

/* HOST, HOST::GUEST, with or without :ro. */
bool world_options_dir(void *world, const char *value) {
  struct world_options *w = world;
  weir_wasi_preopen dir = {.fd = -1, .read_only = ends_with(value, ":ro")};
  size_t size = strlen(value) - (dir.read_only ? strlen(":ro") : 0);
  const char *host = own_text(w, value, size);
  if (!host)
    return false;
  char *guest = strstr(host, "::");
  dir.host_path = host;
  dir.guest_path = guest ? guest + strlen("::") : host;
  if (guest)
    *guest = '\0';
  if (host[0] == '\0' || dir.guest_path[0] == '\0') {
    cli_error("--dir: `%s` has no directory", value);
    cli_hint("--dir HOST, --dir HOST::GUEST or --dir HOST::GUEST:ro");
    return false;
  }
  w->dirs[w->dir_count++] = dir;
  return true;
}

bool world_options_env(void *world, const char *value) {
  struct world_options *w = world;
  if (value[0] == '=' || value[0] == '\0') {
    cli_error("--env: `%s` has no name", value);
    cli_hint("--env NAME=VALUE");
    return false;
  }
  if (!strchr(value, '='))
    return inherit_env(w, value);
  w->env[w->env_count++] = value;
  return true;
}

/* One limit of limits.def or wasi_limits.def: its offset in world_options, and its largest value. */
struct limit_name {
  const char *name;
  size_t at, size;
};

static const struct limit_name limit_names[] = {
#define LIMIT(name, type, usual, field) {field, offsetof(struct world_options, limits.max_##name), sizeof(type)},
#include "base/limits.def"
#define LIMIT(name, type, usual, field) {field, offsetof(struct world_options, wasi.max_##name), sizeof(type)},
#include "base/wasi_limits.def"
};

/* To the library zero is the usual limit. */
static bool store_limit(struct world_options *w, const struct limit_name *limit, uint64_t number) {
  if (number == 0) {
    cli_error("--limit: the least number of %s is 1", limit->name);
    return false;
  }
  if (limit->size == sizeof(uint32_t))
    *(uint32_t *)(void *)((char *)w + limit->at) = number < UINT32_MAX ? (uint32_t)number : UINT32_MAX;
  else
    *(uint64_t *)(void *)((char *)w + limit->at) = number;
  return true;
}

bool world_options_limit(void *world, const char *value) {
  struct world_options *w = world;
  const char *equals = strchr(value, '=');
  size_t size = !equals ? strlen(value) : (size_t)(equals - value);
  uint64_t number;
  for (size_t i = 0; i < sizeof(limit_names) / sizeof(limit_names[0]); i++)
    if (equals && strlen(limit_names[i].name) == size && memcmp(limit_names[i].name, value, size) == 0)
      return option_read_number("limit", equals + 1, &number) && store_limit(w, &limit_names[i], number);
  cli_error("--limit: there is no limit `%.*s`", (int)size, value);
  cli_hint("--limit tasks=100; `weir help run` lists the names");
  return false;
}

/* ---- texts ------------------------------------------------------------------------------------------------------- */

/* Shows bytes that are no text as numbers. */
static void print_bytes(char *out, size_t room, const char *text) {
  size_t at = 0;
  for (const char *c = text; *c != '\0' && at + 5 < room; c++)
    at += (size_t)snprintf(out + at, room - at, (unsigned char)*c < 0x80 ? "%c" : "\\x%02x", (unsigned char)*c);
  out[at] = '\0';
}

bool world_options_check_text(const char *what, const char *text) {
  char shown[256];
  if (utf8_valid((const uint8_t *)text, strlen(text)))
    return true;
  print_bytes(shown, sizeof(shown), text);
  cli_error("%s `%s` is not UTF-8, which is all that a component can be given", what, shown);
  return false;
}

bool world_options_check(const struct world_options *w) {
  bool good = true;
  for (size_t i = 0; good && i < w->env_count; i++)
    good = world_options_check_text("--env: the variable", w->env[i]);
  for (size_t i = 0; good && i < w->dir_count; i++)
    good = world_options_check_text("--dir: the program's name", w->dirs[i].guest_path);
  return good;
}

/* ---- the host ---------------------------------------------------------------------------------------------------- */

weir_wasi_config world_options_wasi(const struct world_options *w) {
  weir_wasi_config config = w->wasi;
  config.size = sizeof(config);
  config.env = w->env;
  config.env_count = w->env_count;
  config.preopens = w->dirs;
  config.preopen_count = w->dir_count;
  config.net = w->net;
  config.net_count = w->net_count;
  return config;
}
