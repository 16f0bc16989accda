/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * From grants to rules of the kernel. What weir itself still opens once a program runs: terminals anew (so that they do
 * not block), and what looking names up takes. All else was opened before: the component, the cache, records, traces.
 *
 * Grants that Landlock cannot say are left to weir: addresses, UDP, and very many ports.
 */
#include "cli/confine.h"

#include <errno.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/landlock.h"
#include "cli/seccomp.h"

enum { PORTS_MAX = 1024, DNS_PORT = 53 };

/* The leak checker of AddressSanitizer starts a process at the end, which is just what is not allowed. */
#ifdef __SANITIZE_ADDRESS__
enum { WEIR_CONFINES = false };
#else
enum { WEIR_CONFINES = true };
#endif

/* ---- the network ------------------------------------------------------------------------------------------------- */

static bool rule_grants(const char *text, weir_wasi_net_kind kind, weir_wasi_net_rule *ret) {
  return weir_wasi_net_rule_parse(text, ret) == WEIR_OK && ret->kinds & (1u << kind);
}

static bool grants(const weir_wasi_config *world, weir_wasi_net_kind kind) {
  weir_wasi_net_rule rule;
  for (size_t i = 0; i < world->net_count; i++)
    if (rule_grants(world->net[i], kind, &rule))
      return true;
  return false;
}

/* Whether the ports of a kind are few enough for a rule each. */
static bool ports_are_few(const weir_wasi_config *world, weir_wasi_net_kind kind) {
  weir_wasi_net_rule rule;
  uint32_t ports = 0;
  for (size_t i = 0; i < world->net_count && ports <= PORTS_MAX; i++)
    if (rule_grants(world->net[i], kind, &rule))
      ports += (uint32_t)rule.last - rule.first + 1;
  return ports <= PORTS_MAX;
}

static void allow_ports(struct landlock *l, const weir_wasi_config *world, weir_wasi_net_kind kind) {
  weir_wasi_net_rule rule;
  for (size_t i = 0; i < world->net_count; i++)
    if (rule_grants(world->net[i], kind, &rule))
      landlock_allow_ports(l, kind == WEIR_WASI_NET_TCP_IN, rule.first, rule.last);
}

/* What the system reads to look a name up; the services that it may ask are found in there. */
static void allow_lookup(struct landlock *l) {
  static const char *const paths[] = {
      "/etc/resolv.conf", "/etc/hosts",     "/etc/nsswitch.conf", "/etc/host.conf",   "/etc/gai.conf",
      "/etc/services",    "/etc/protocols", "/etc/networks",      "/etc/ld.so.cache", "/lib",
      "/lib64",           "/usr/lib",       "/usr/lib64"};
  for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
    landlock_allow_path(l, paths[i], LANDLOCK_READ);
  landlock_allow_ports(l, false, DNS_PORT, DNS_PORT);
}

/* ---- all rules --------------------------------------------------------------------------------------------------- */

static void allow_own(struct landlock *l, const char *const *paths, unsigned uses) {
  for (; paths && *paths; paths++)
    landlock_allow_path(l, *paths, uses);
}

static int restrict_files_and_ports(const struct confine *c) {
  const weir_wasi_config *world = c->world;
  struct landlock_net limits = {.limit_bind = ports_are_few(world, WEIR_WASI_NET_TCP_IN),
                                .limit_connect = ports_are_few(world, WEIR_WASI_NET_TCP_OUT)};
  struct landlock l = landlock_begin(&limits);
  if (l.version == 0)
    return ENOSYS;
  for (size_t i = 0; i < world->preopen_count; i++) {
    const weir_wasi_preopen *dir = &world->preopens[i];
    landlock_allow_path(&l, dir->host_path, dir->read_only ? LANDLOCK_READ : LANDLOCK_READ | LANDLOCK_CHANGE);
  }
  allow_own(&l, c->reads, LANDLOCK_READ);
  allow_own(&l, c->changes, LANDLOCK_READ | LANDLOCK_CHANGE);
  for (int fd = 0; fd <= 2; fd++)
    landlock_allow_terminal(&l, fd);
  if (limits.limit_bind)
    allow_ports(&l, world, WEIR_WASI_NET_TCP_IN);
  if (limits.limit_connect)
    allow_ports(&l, world, WEIR_WASI_NET_TCP_OUT);
  if (grants(world, WEIR_WASI_NET_LOOKUP))
    allow_lookup(&l);
  int error = landlock_restrict(&l);
  landlock_end(&l);
  return error;
}

static int restrict_calls(const struct confine *c) {
  const weir_wasi_config *world = c->world;
  const struct seccomp_net allowed = {
      .tcp = c->serves || grants(world, WEIR_WASI_NET_TCP_IN) || grants(world, WEIR_WASI_NET_TCP_OUT),
      .udp = grants(world, WEIR_WASI_NET_UDP_IN) || grants(world, WEIR_WASI_NET_UDP_OUT),
      .lookup = grants(world, WEIR_WASI_NET_LOOKUP)};
  return seccomp_restrict(&allowed);
}

/* ---- what a user is told ----------------------------------------------------------------------------------------- */

static int fail(const char *what, int error) {
  cli_error("--confine: %s: %s", what, strerror(error));
  return CLI_INTERNAL;
}

/* Where the kernel cannot do it, and nobody has insisted, weir alone holds the program. */
static int report(const struct confine *c, int files, int calls) {
  if (c->mode == CONFINE_WANTED && files != 0)
    return fail("the kernel does not hold the process to its files (Landlock)", files);
  if (c->mode == CONFINE_WANTED && calls != 0)
    return seccomp_is_there() ? fail("the kernel does not limit system calls (seccomp)", calls)
                              : fail("weir was built without libseccomp", calls);
  if (files == 0)
    return CLI_OK;
  cli_warning(
      "the kernel does not confine the program (Landlock: %s), so weir alone holds it to what it was granted; "
      "`--confine=no` leaves it at that",
      strerror(files));
  return CLI_OK;
}

int confine_process(const struct confine *c) {
  if (c->mode == CONFINE_OFF || (c->mode == CONFINE_USUAL && !WEIR_CONFINES))
    return CLI_OK;
  int files = restrict_files_and_ports(c);
  return report(c, files, restrict_calls(c));
}
