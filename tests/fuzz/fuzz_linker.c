/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Property: whatever versions of two interfaces a host defines, in whatever order and however incomplete, a component
 * that can be instantiated is served by one version of each, the exact one or else the highest compatible one, and no
 * host function sees a resource that its own version did not make.
 *
 * The input: the version that is imported, then a byte for each definition: six bits for the version, two for the part.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/rep_of.h"
#include "weir/weir.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct version {
  const char *text;
  int track, rank; /* who goes with whom, and who is higher; 0: with nobody */
};

static const struct version versions[] = {
    {"0.0.1", 1, 1},  {"0.0.1+b", 1, 2}, {"0.0.2", 2, 1}, {"0.3.0", 3, 1},      {"0.3.0-rc.1", 0, 0}, {"0.3.9", 3, 2},
    {"0.3.10", 3, 3}, {"0.4.0", 4, 1},   {"1.0.0", 5, 1}, {"1.2.0-rc.1", 0, 0}, {"1.2.0", 5, 2},      {"1.2.0+b", 5, 3},
    {"1.10.0", 5, 5}, {"1.9.9", 5, 4},   {"2.0.0", 6, 1}, {"10.0.0", 7, 1},
};
enum { VERSIONS = sizeof(versions) / sizeof(versions[0]), RESOURCE = 0, MAKE, REP, LOOK, PARTS };

struct host {
  char types[VERSIONS][32], user[VERSIONS][32];
  bool defined[VERSIONS][PARTS];
  int types_seen, user_seen; /* the versions whose functions ran; -1: none */
};

static void must(int condition) {
  if (!condition)
    abort();
}

static const char guest[] =
    "(component (import \"a:b/types@%s\" (instance $types (export \"r\" (type $r (sub resource)))"
    "  (export \"make\" (func (result (own $r)))) (export \"rep\" (func (param \"r\" (borrow $r))))))"
    " (alias export $types \"r\" (type $r))"
    " (import \"a:b/user@%s\" (instance $user (alias outer 1 $r (type $o)) (export \"r\" (type $mine (eq $o)))"
    "  (export \"look\" (func (param \"r\" (borrow $mine))))))"
    " (core func $make (canon lower (func $types \"make\"))) (core func $rep (canon lower (func $types \"rep\")))"
    " (core func $look (canon lower (func $user \"look\"))) (core func $drop (canon resource.drop $r))"
    " (core module $m (import \"\" \"make\" (func $make (result i32))) (import \"\" \"rep\" (func $rep (param i32)))"
    "  (import \"\" \"look\" (func $look (param i32))) (import \"\" \"drop\" (func $drop (param i32)))"
    "  (func (export \"run\") (local $h i32) (local.set $h (call $make)) (call $rep (local.get $h))"
    "   (call $look (local.get $h)) (call $drop (local.get $h))))"
    " (core instance $i (instantiate $m (with \"\" (instance (export \"make\" (func $make))"
    "  (export \"rep\" (func $rep)) (export \"look\" (func $look)) (export \"drop\" (func $drop))))))"
    " (func (export \"run\") (canon lift (core func $i \"run\"))))";

static weir_engine *engine;
static weir_component *components[VERSIONS]; /* compiled once */

static weir_component *component_for(int version) {
  char text[2048];
  if (!engine)
    must(weir_engine_new(NULL, &engine, NULL) == WEIR_OK);
  if (components[version])
    return components[version];
  int size = snprintf(text, sizeof(text), guest, versions[version].text, versions[version].text);
  must(weir_component_new(engine, text, (size_t)size, &components[version], NULL) == WEIR_OK);
  return components[version];
}

/* ---- the host: data is &types[v] or &user[v] --------------------------------------------------------------------- */

static struct host *host;

static int version_in(char (*names)[32], const void *data) {
  return (int)((char(*)[32])data - names);
}

static void saw(int *seen, int version) {
  must(*seen < 0 || *seen == version);
  *seen = version;
}

static void dropped(void *data, weir_store *store, uint64_t rep) {
  (void)store;
  must(rep == (uint64_t)version_in(host->types, data) + 1);
}

static void make(void *data, weir_host_call *call, weir_value *args, size_t count) {
  int v = version_in(host->types, data);
  weir_value made;
  (void)args;
  must(count == 0 &&
       weir_resource_new(weir_host_call_instance(call), data, "r", (uint64_t)v + 1, &made, NULL) == WEIR_OK);
  saw(&host->types_seen, v);
  weir_host_call_return(call, &made, NULL);
}

static void rep(void *data, weir_host_call *call, weir_value *args, size_t count) {
  int v = version_in(host->types, data);
  must(count == 1 && rep_of(&args[0]) == (uint64_t)v + 1);
  saw(&host->types_seen, v);
  weir_host_call_return(call, NULL, NULL);
}

static void look(void *data, weir_host_call *call, weir_value *args, size_t count) {
  int v = version_in(host->user, data);
  must(count == 1);
  if (host->defined[v][RESOURCE]) /* its own version's */
    must(rep_of(&args[0]) == (uint64_t)v + 1);
  saw(&host->user_seen, v);
  weir_host_call_return(call, NULL, NULL);
}

static void define(weir_linker *l, int v, int part) {
  char *types = host->types[v], *user = host->user[v];
  weir_status status = WEIR_OK;
  if (part == RESOURCE)
    status = weir_linker_define_resource(l, types, "r", dropped, types, NULL, NULL);
  else if (part == MAKE)
    status = weir_linker_define_func(l, types, "make", "func() -> own<r>", make, types, NULL, NULL);
  else if (part == REP)
    status = weir_linker_define_func(l, types, "rep", "func(r: borrow<r>)", rep, types, NULL, NULL);
  else
    status = weir_linker_define_func(l, user, "look", "func(r: borrow<r>)", look, user, NULL, NULL);
  must(status == WEIR_OK);
  host->defined[v][part] = true;
}

/* ---- what the linker should have done ---------------------------------------------------------------------------- */

static bool has(int v, bool user) {
  const bool *d = host->defined[v];
  return user ? d[LOOK] : d[RESOURCE] || d[MAKE] || d[REP];
}

static int serving(int want, bool user) {
  int best = -1;
  if (has(want, user))
    return want;
  for (int v = 0; v < VERSIONS; v++) {
    bool fits = versions[want].track > 0 && versions[v].track == versions[want].track && has(v, user);
    if (fits && (best < 0 || versions[v].rank > versions[best].rank))
      best = v;
  }
  return best;
}

static bool should_link(int want) {
  int types = serving(want, false), user = serving(want, true), resources = 0;
  for (int v = 0; v < VERSIONS; v++)
    resources += host->defined[v][RESOURCE];
  if (types < 0 || user < 0)
    return false;
  const bool *d = host->defined[types];
  if (!d[RESOURCE] || !d[MAKE] || !d[REP])
    return false;
  return types == user || (!host->defined[user][RESOURCE] && resources == 1);
}

static void run(weir_store *store, weir_instance *instance, int want) {
  const weir_func *func = weir_component_find_func(components[want], NULL, "run");
  weir_value result;
  host->types_seen = host->user_seen = -1;
  must(weir_call_run(instance, func, NULL, 0, &result, NULL) == WEIR_OK);
  must(host->types_seen == serving(want, false) && host->user_seen == serving(want, true));
  weir_store_free(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct host h = {0};
  weir_linker *linker;
  weir_store *store;
  weir_instance *instance;
  if (size == 0 || size > 65)
    return 0;
  host = &h;
  int want = data[0] % VERSIONS;
  weir_component *component = component_for(want);
  for (int v = 0; v < VERSIONS; v++) {
    snprintf(h.types[v], sizeof(h.types[v]), "a:b/types@%s", versions[v].text);
    snprintf(h.user[v], sizeof(h.user[v]), "a:b/user@%s", versions[v].text);
  }
  must(weir_linker_new(engine, &linker, NULL) == WEIR_OK && weir_store_new(engine, NULL, &store, NULL) == WEIR_OK);
  for (size_t i = 1; i < size; i++)
    define(linker, (data[i] >> 2) % VERSIONS, data[i] % PARTS);
  weir_status status = weir_instance_new(store, linker, component, &instance, NULL);
  must(status == (should_link(want) ? WEIR_OK : WEIR_ERR_LINK));
  if (status == WEIR_OK)
    run(store, instance, want);
  else
    weir_store_free(store);
  weir_linker_free(linker);
  return 0;
}
