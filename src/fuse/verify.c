/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What a fused module tells of its making, and whether that is true: the functions of weir/fuse.h. */
#include <string.h>

#include "base/sized.h"
#include "fuse/component.h"
#include "fuse/origin.h"
#include "load/component.h"
#include "weir/bytes.h"
#include "weir/fuse.h"

static struct str bytes_of(const weir_component *c) {
  return (struct str){(const char *)c->code->bytes, c->code->size};
}

static bool is_component(const weir_component *c) {
  return weir_bytes_kind_of(c->code->bytes, c->code->size) == WEIR_BYTES_COMPONENT;
}

/* A component without the section is any component. */
static weir_status read_origin(const weir_component *fused, struct fuse_origin *ret, struct diag *d) {
  struct diag words;
  diag_init(&words);
  weir_status status = origin_read(bytes_of(fused), ret, &words);
  if (status == WEIR_ERR_INVALID && is_component(fused))
    status = diag_set(d, WEIR_ERR_MISUSE, "this is no fused module or component");
  else if (status != WEIR_OK)
    diag_set(d, status, "%s", diag_message(&words));
  diag_done(&words);
  return status;
}

weir_status weir_fuse_get_origin(const weir_component *fused, weir_fuse_origin *ret, weir_error **ret_error) {
  struct fuse_origin origin;
  struct diag d;
  diag_init(&d);
  weir_status status = sized_check(ret, "weir_fuse_origin", &d);
  if (status == WEIR_OK)
    status = read_origin(fused, &origin, &d);
  if (status != WEIR_OK)
    return diag_raise(&d, ret_error);
  weir_fuse_origin all = {.version = origin.version.data,
                          .version_size = origin.version.size,
                          .component_size = origin.size,
                          .no_adapters = origin.no_adapters,
                          .component = origin.component};
  memcpy(all.sha256, origin.digest, sizeof(all.sha256));
  sized_write(ret, &all, sizeof(all));
  diag_done(&d);
  return WEIR_OK;
}

/* ---- verifying --------------------------------------------------------------------------------------------------- */

static weir_status compare_origins(const struct fuse_origin *told, const struct fuse_origin *found, struct diag *d) {
  if (told->size != found->size || memcmp(told->digest, found->digest, SHA256_SIZE) != 0)
    return diag_set(d, WEIR_ERR_INVALID, "the module was made of another component");
  if (str_eq(told->version, found->version))
    return WEIR_OK;
  return diag_set(d, WEIR_ERR_INVALID,
                  "weir " STR_FMT " has made the module, and this is " STR_FMT ": it may fuse otherwise",
                  STR_ARG(told->version), STR_ARG(found->version));
}

static weir_status fuse_again(const weir_component *fused, const weir_component *c, const struct fuse_origin *told,
                              struct diag *d) {
  const struct fuse_core_input input = {c->code->graph, bytes_of(c), told->no_adapters};
  struct text out;
  text_init(&out);
  weir_status status = told->component ? fuse_component(&c->engine->alloc, &input, &out, NULL, d)
                                       : fuse_core(&c->engine->alloc, &input, &out, NULL, d);
  if (status == WEIR_OK && !str_eq((struct str){out.data, out.size}, bytes_of(fused)))
    status = diag_set(d, WEIR_ERR_INVALID, "the module is not what the component is fused to: it was changed");
  text_done(&out);
  return status;
}

static weir_status verify(const weir_component *fused, const weir_component *component, struct diag *d) {
  struct fuse_origin told, found;
  WEIR_TRY(read_origin(fused, &told, d));
  if (!is_component(component))
    return diag_set(d, WEIR_ERR_MISUSE, "a fused module is compared with the component that it was made of");
  WEIR_TRY(code_check_whole(component->code, d));
  origin_of(bytes_of(component), told.no_adapters, told.component, &found);
  WEIR_TRY(compare_origins(&told, &found, d));
  return fuse_again(fused, component, &told, d);
}

weir_status weir_fuse_verify(const weir_component *fused, const weir_component *component, weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  weir_status status = verify(fused, component, &d);
  if (status != WEIR_OK)
    return diag_raise(&d, ret_error);
  diag_done(&d);
  return WEIR_OK;
}
