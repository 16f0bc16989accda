/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * See serve_confine.h. A file that is loaded anew may be another one of the same name by then, so its folder is what
 * may be read.
 */
#include "cli/serve_confine.h"

#include <stdlib.h>
#include <string.h>

#include "cli/confine.h"

static char *folder_of(const char *path) {
  const char *slash = strrchr(path, '/');
  size_t size = slash == path ? 1 : slash ? (size_t)(slash - path) : 0;
  return size > 0 ? strndup(path, size) : strdup(".");
}

/* Folders of all files that are loaded; NULL at the end. false: out of memory. */
static bool list_folders(const struct serve_options *o, char **folders) {
  size_t count = 0;
  for (size_t i = 0; i < o->route_count; i++)
    if (!(folders[count++] = folder_of(o->routes[i].file)))
      return false;
  for (size_t i = 0; i < o->with_count; i++)
    if (!(folders[count++] = folder_of(o->with[i])))
      return false;
  return !o->source.path || (folders[count] = folder_of(o->source.path));
}

int serve_confine(const struct serve_options *o, const weir_wasi_config *world) {
  if (!o->confines)
    return CLI_OK;
  char **folders = calloc(o->route_count + o->with_count + 2, sizeof(*folders));
  char *cache = o->source.no_cache ? NULL : source_cache_directory(&o->source);
  const char *changes[3] = {NULL};
  size_t count = 0;
  if (o->record)
    changes[count++] = o->record;
  if (cache)
    changes[count] = cache;
  int code = folders && list_folders(o, folders) ? CLI_OK : cli_fail("weir serve", WEIR_ERR_NOMEM, NULL);
  if (code == CLI_OK)
    code = confine_process(&(struct confine){.mode = CONFINE_WANTED,
                                             .world = world,
                                             .reads = (const char *const *)folders,
                                             .changes = changes,
                                             .serves = true});
  for (size_t i = 0; folders && folders[i]; i++)
    free(folders[i]);
  free(folders);
  free(cache);
  return code;
}
