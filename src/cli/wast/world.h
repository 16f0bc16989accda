/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The components of a script by name, and its instances. Actions without a name go to the latest instance. Each
 * instance has a store of its own. Named instances live as long as the script.
 */
#ifndef CLI_WAST_WORLD_H
#define CLI_WAST_WORLD_H

#include "base/diag.h"
#include "base/str.h"
#include "base/vec.h"
#include "cli/wast/tape.h"
#include "weir/instance.h"
#include "weir/limits.h"

struct wast_component {
  struct str name; /* "" for one without */
  weir_component *component;
};

struct wast_instance {
  struct str name;
  const weir_component *component; /* borrowed from the world */
  weir_store *store;
  weir_instance *instance;
  struct wast_tape tape;
};

/* What a component is fused to before it is instantiated. */
enum wast_fuse { WAST_FUSE_NONE, WAST_FUSE_CORE, WAST_FUSE_COMPONENT };

/* Is told why a component stays as it is. */
typedef void wast_unfused_fn(void *data, const char *why);

struct wast_world {
  weir_engine *engine;
  weir_store_config config; /* of every store */
  bool replay;              /* each instance is recorded, and replayed in the end */
  uint32_t diverged;        /* replays that were not the same */
  enum wast_fuse fuse;
  wast_unfused_fn *on_unfused; /* may be NULL */
  void *data;
  uint32_t fused, unfused; /* those that were, and those that could not be */
  VEC(struct wast_component) components;
  VEC(struct wast_instance) instances;
  bool has_current;
  uint32_t current; /* into instances */
};

void wast_world_open(struct wast_world *w, weir_engine *engine, const weir_store_config *config);
void wast_world_close(struct wast_world *w);

/* Makes a component and keeps it under its name, if it has one. */
weir_status wast_world_component(struct wast_world *w, struct str name, const char *code, size_t size,
                                 const weir_component **ret, weir_error **ret_error);
/* NULL: there is none of that name. The latest one wins. */
const weir_component *wast_world_find_component(const struct wast_world *w, struct str name);

/* Makes an instance in a store of its own, which becomes the current one. On failure nothing changes. */
weir_status wast_world_instance(struct wast_world *w, struct str name, const weir_component *component,
                                weir_error **ret_error);
/* The instance of that name, or with "" the current one; NULL: there is none. */
const struct wast_instance *wast_world_find_instance(const struct wast_world *w, struct str name);

#endif
