/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See core_world.h. Sections are copied as they are, but for core modules, components, and custom sections. */
#include "fuse/core_world.h"

#include "wasm/cursor.h"
#include "wasm/put.h"
#include "wasm/skeleton.h"

enum { PREAMBLE = 8, PART_CUSTOM = 0, PART_CORE_MODULE = 1, PART_COMPONENT = 4 };

static void copy(uint8_t id, const struct cursor *c, struct text *out) {
  put_byte(out, id);
  put_u32(out, (uint32_t)c->size);
  text_add(out, (struct str){(const char *)c->data, c->size});
}

static weir_status copy_custom(const struct cursor *c, struct text *out) {
  struct cursor look = *c;
  struct str name;
  WEIR_TRY(cursor_name(&look, &name));
  if (str_eq(name, STR("component-name")))
    copy(PART_CUSTOM, c, out);
  return WEIR_OK;
}

/* What `write` leaves of a part, in its place. */
typedef weir_status part_fn(const uint8_t *data, size_t size, struct text *out, struct diag *d);

static weir_status put_part(uint8_t id, part_fn *write, const struct cursor *c, struct text *out) {
  struct text part = {0};
  weir_status status = write(c->data, c->size, &part, c->diag);
  if (status == WEIR_OK) {
    put_byte(out, id);
    put_sized(out, &part);
  }
  out->failed |= part.failed;
  text_done(&part);
  return status;
}

static weir_status put(uint8_t id, const struct cursor *c, struct text *out) {
  switch (id) {
    case PART_CUSTOM:
      return copy_custom(c, out);
    case PART_CORE_MODULE:
      return put_part(id, skeleton_write, c, out);
    case PART_COMPONENT:
      return put_part(id, core_world_write, c, out);
    default:
      copy(id, c, out);
      return WEIR_OK;
  }
}

weir_status core_world_write(const uint8_t *data, size_t size, struct text *out, struct diag *d) {
  struct cursor c = {.data = data, .size = size, .diag = d};
  const uint8_t *preamble;
  WEIR_TRY(cursor_bytes(&c, PREAMBLE, &preamble));
  text_add(out, (struct str){(const char *)preamble, PREAMBLE});
  while (cursor_left(&c) > 0) {
    struct cursor part;
    uint8_t id;
    uint32_t length;
    WEIR_TRY(cursor_u8(&c, &id));
    WEIR_TRY(cursor_u32_leb(&c, &length));
    WEIR_TRY(cursor_sub(&c, length, &part));
    WEIR_TRY(put(id, &part, out));
  }
  return out->failed ? diag_nomem(d) : WEIR_OK;
}
