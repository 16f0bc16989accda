/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See origin.h. */
#include "fuse/origin.h"

#include "wasm/cursor.h"
#include "wasm/put.h"
#include "weir/version.h"

#define ORIGIN_SECTION "weir:origin"
enum { PREAMBLE = 8, ORIGIN_NO_ADAPTERS = 1, ORIGIN_MAKES_COMPONENT = 2, ORIGIN_COMPONENTS = 1 };

void origin_of(struct str component, bool no_adapters, bool makes_component, struct fuse_origin *ret) {
  struct sha256 h;
  *ret = (struct fuse_origin){str_from(weir_version()), no_adapters, makes_component, component.size, {0}};
  sha256_begin(&h);
  sha256_add(&h, component.data, component.size);
  sha256_end(&h, ret->digest);
}

void origin_write(const struct fuse_origin *origin, struct text *out) {
  struct text body = {0};
  put_name(&body, STR(ORIGIN_SECTION));
  put_name(&body, origin->version);
  put_u32(&body, (origin->no_adapters ? ORIGIN_NO_ADAPTERS : 0u) | (origin->component ? ORIGIN_MAKES_COMPONENT : 0u));
  put_u32(&body, ORIGIN_COMPONENTS);
  put_u64(&body, origin->size);
  text_add(&body, (struct str){(const char *)origin->digest, SHA256_SIZE});
  put_section(out, SECTION_CUSTOM, &body);
  text_done(&body);
}

static weir_status read_body(struct cursor *c, struct fuse_origin *ret) {
  uint32_t bits, components;
  const uint8_t *digest;
  WEIR_TRY(cursor_name(c, &ret->version));
  WEIR_TRY(cursor_u32_leb(c, &bits));
  WEIR_TRY(cursor_u32_leb(c, &components));
  if (components != ORIGIN_COMPONENTS)
    return diag_set(c->diag, WEIR_ERR_INVALID, "the module was made of %u components", (unsigned)components);
  WEIR_TRY(cursor_u64_leb(c, &ret->size));
  WEIR_TRY(cursor_bytes(c, SHA256_SIZE, &digest));
  memcpy(ret->digest, digest, SHA256_SIZE);
  ret->no_adapters = (bits & ORIGIN_NO_ADAPTERS) != 0;
  ret->component = (bits & ORIGIN_MAKES_COMPONENT) != 0;
  return WEIR_OK;
}

weir_status origin_read(struct str module, struct fuse_origin *ret, struct diag *d) {
  struct cursor c = {.data = (const uint8_t *)module.data, .size = module.size, .pos = PREAMBLE, .diag = d};
  while (cursor_left(&c) > 0) {
    uint8_t id;
    uint32_t length;
    struct cursor section;
    struct str name;
    WEIR_TRY(cursor_u8(&c, &id));
    WEIR_TRY(cursor_u32_leb(&c, &length));
    WEIR_TRY(cursor_sub(&c, length, &section));
    if (id != SECTION_CUSTOM)
      continue;
    WEIR_TRY(cursor_name(&section, &name));
    if (str_eq(name, STR(ORIGIN_SECTION)))
      return read_body(&section, ret);
  }
  return diag_set(d, WEIR_ERR_INVALID, "the module does not tell what it was made of");
}
