/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * See compose.h. From the innermost outwards, two at a time: a chain of components that export the same name leaves no
 * doubt then whose import is whose export.
 */
#include "cli/compose.h"

#include <stdlib.h>

#include "cli/cli.h"
#include "cli/load.h"
#include "weir/bytes.h"
#include "weir/fuse.h"

/* The bytes so far, which are taken, behind the component of one more file: paths[0] in front of paths[1]. */
static int put_in_front(weir_engine *engine, const char *const *paths, const struct load *front, struct load *inner) {
  weir_fuse_link_config config = WEIR_FUSE_LINK_CONFIG_INIT;
  weir_component *both[2] = {NULL, NULL};
  weir_error *error = NULL;
  void *bytes = NULL;
  size_t size = 0;
  config.names = paths;
  weir_status status = weir_component_inspect(engine, front->bytes, front->size, &both[0], &error);
  if (status == WEIR_OK)
    status = weir_component_inspect(engine, inner->bytes, inner->size, &both[1], &error);
  if (status == WEIR_OK)
    status = weir_fuse_link((const weir_component *const *)both, 2, &config, &bytes, &size, &error);
  weir_component_free(both[0]);
  weir_component_free(both[1]);
  if (status != WEIR_OK)
    return cli_fail(paths[0], status, error);
  load_done(inner);
  *inner = (struct load){.bytes = bytes, .size = size, .capacity = size};
  return CLI_OK;
}

int compose_open(weir_engine *engine, const char *const *paths, size_t count, weir_component **ret) {
  struct load inner, front;
  weir_error *error = NULL;
  int code = load_component(paths[count - 1], &inner);
  if (code != CLI_OK)
    return code;
  for (size_t i = count - 1; i > 0 && code == CLI_OK; i--) {
    code = load_component(paths[i - 1], &front);
    if (code != CLI_OK)
      break;
    code = put_in_front(engine, &paths[i - 1], &front, &inner);
    load_done(&front);
  }
  weir_status status = code == CLI_OK ? weir_component_new(engine, inner.bytes, inner.size, ret, &error) : WEIR_OK;
  load_done(&inner);
  return status == WEIR_OK ? code : cli_fail(paths[0], status, error);
}
