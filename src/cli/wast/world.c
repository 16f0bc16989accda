/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Lifetimes of the components and instances of scripts. An instance without a name is freed when the next one takes its
 * place.
 */
#include "cli/wast/world.h"

#include "base/mem.h"
#include "weir/bytes.h"
#include "weir/fuse.h"

void wast_world_open(struct wast_world *w, weir_engine *engine, const weir_store_config *config) {
  *w = (struct wast_world){.engine = engine, .config = *config};
}

/* Frees an instance and its store. */
static void instance_done(struct wast_world *w, struct wast_instance *made) {
  if (!wast_tape_check(&made->tape, w->engine, made->component))
    w->diverged++;
  weir_store_free(made->store);
}

void wast_world_close(struct wast_world *w) {
  for (uint32_t i = 0; i < w->instances.count; i++)
    instance_done(w, &w->instances.data[i]);
  for (uint32_t i = 0; i < w->components.count; i++)
    weir_component_free(w->components.data[i].component);
  VEC_DONE(&mem_system, &w->instances);
  VEC_DONE(&mem_system, &w->components);
}

/* Notes that a component stays as it is, and why. */
static void stay(struct wast_world *w, const char *why) {
  w->unfused++;
  if (w->on_unfused)
    w->on_unfused(w->data, why);
}

static weir_status fuse_to_core(struct wast_world *w, const weir_component *component, void **bytes, size_t *size,
                                weir_error **ret_error) {
  weir_status status = weir_fuse_core(component, NULL, bytes, size, NULL, ret_error);
  if (status != WEIR_ERR_UNSUPPORTED)
    return status;
  stay(w, weir_error_message(*ret_error));
  weir_error_free(*ret_error);
  *ret_error = NULL;
  *bytes = NULL;
  return WEIR_OK;
}

static weir_status fuse_to_component(struct wast_world *w, const weir_component *component, void **bytes, size_t *size,
                                     weir_error **ret_error) {
  char *nested = NULL;
  WEIR_TRY(weir_fuse_component(component, NULL, bytes, size, NULL, &nested, ret_error));
  if (nested) {
    stay(w, nested);
    weir_bytes_free(*bytes);
    *bytes = NULL;
  }
  weir_text_free(nested);
  return WEIR_OK;
}

/* Puts what it is fused to in the place of a component; one that cannot be fused stays, and is counted. */
static weir_status fuse(struct wast_world *w, weir_component **component, weir_error **ret_error) {
  weir_component *fused;
  void *bytes;
  size_t size;
  WEIR_TRY(w->fuse == WAST_FUSE_CORE ? fuse_to_core(w, *component, &bytes, &size, ret_error)
                                     : fuse_to_component(w, *component, &bytes, &size, ret_error));
  if (!bytes)
    return WEIR_OK;
  weir_status status = weir_component_new(w->engine, bytes, size, &fused, ret_error);
  weir_bytes_free(bytes);
  WEIR_TRY(status);
  weir_component_free(*component);
  *component = fused;
  w->fused++;
  return WEIR_OK;
}

weir_status wast_world_component(struct wast_world *w, struct str name, const char *code, size_t size,
                                 const weir_component **ret, weir_error **ret_error) {
  struct wast_component made = {name, NULL};
  WEIR_TRY(weir_component_new(w->engine, code, size, &made.component, ret_error));
  weir_status status = w->fuse ? fuse(w, &made.component, ret_error) : WEIR_OK;
  if (status != WEIR_OK) {
    weir_component_free(made.component);
    return status;
  }
  if (!VEC_PUSH(&mem_system, &w->components, made)) {
    weir_component_free(made.component);
    return WEIR_ERR_NOMEM;
  }
  *ret = made.component;
  return WEIR_OK;
}

const weir_component *wast_world_find_component(const struct wast_world *w, struct str name) {
  for (uint32_t i = w->components.count; i > 0; i--)
    if (str_eq(w->components.data[i - 1].name, name))
      return w->components.data[i - 1].component;
  return NULL;
}

/* Puts an instance in the place of the current one where nothing can name that any more, else behind all others. */
static bool keep_instance(struct wast_world *w, struct wast_instance made) {
  if (w->has_current && w->instances.data[w->current].name.size == 0) {
    instance_done(w, &w->instances.data[w->current]);
    w->instances.data[w->current] = made;
    return true;
  }
  if (!VEC_PUSH(&mem_system, &w->instances, made))
    return false;
  w->has_current = true;
  w->current = w->instances.count - 1;
  return true;
}

weir_status wast_world_instance(struct wast_world *w, struct str name, const weir_component *component,
                                weir_error **ret_error) {
  struct wast_instance made = {name, component, NULL, NULL, {NULL, NULL}};
  weir_status status = weir_store_new(w->engine, &w->config, &made.store, ret_error);
  if (status == WEIR_OK && w->replay)
    status = wast_tape_start(&made.tape, made.store, component, ret_error);
  if (status == WEIR_OK)
    status = weir_instance_new(made.store, NULL, component, &made.instance, ret_error);
  if (status == WEIR_OK && !keep_instance(w, made))
    status = WEIR_ERR_NOMEM;
  if (status != WEIR_OK)
    instance_done(w, &made);
  return status;
}

const struct wast_instance *wast_world_find_instance(const struct wast_world *w, struct str name) {
  if (name.size == 0)
    return w->has_current ? &w->instances.data[w->current] : NULL;
  for (uint32_t i = w->instances.count; i > 0; i--)
    if (str_eq(w->instances.data[i - 1].name, name))
      return &w->instances.data[i - 1];
  return NULL;
}
