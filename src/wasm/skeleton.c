/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Copies a section, drops it, or in the case of code writes it anew (skeleton.h). */
#include "wasm/skeleton.h"

#include "wasm/cursor.h"
#include "wasm/put.h"

enum { PREAMBLE = 8 };

/* As many functions, each without locals and with nothing but a trap. */
static weir_status put_bodies(struct cursor *c, struct text *out) {
  struct text body = {0};
  uint32_t count;
  WEIR_TRY(cursor_u32_leb(c, &count));
  if (count > cursor_left(c))
    return diag_at(c->diag, WEIR_ERR_MALFORMED, cursor_offset(c), "length out of bounds");
  put_u32(&body, count);
  for (uint32_t i = 0; i < count; i++) {
    put_u32(&body, 3); /* bytes of a body: */
    put_u32(&body, 0);
    put_op(&body, OP_UNREACHABLE);
    put_op(&body, OP_END);
  }
  put_section(out, SECTION_CODE, &body);
  text_done(&body);
  return WEIR_OK;
}

static weir_status copy_section(uint8_t id, struct cursor *c, struct text *out) {
  switch (id) {
    case SECTION_CUSTOM:
    case SECTION_START:
    case SECTION_ELEMENT:
    case SECTION_DATA:
    case SECTION_DATA_COUNT:
      return WEIR_OK;
    case SECTION_CODE:
      return put_bodies(c, out);
    default:
      put_byte(out, id);
      put_u32(out, (uint32_t)c->size);
      text_add(out, (struct str){(const char *)c->data, c->size});
      return WEIR_OK;
  }
}

weir_status skeleton_write(const uint8_t *data, size_t size, struct text *out, struct diag *d) {
  struct cursor c = {.data = data, .size = size, .diag = d};
  const uint8_t *preamble;
  WEIR_TRY(cursor_bytes(&c, PREAMBLE, &preamble));
  text_add(out, (struct str){(const char *)preamble, PREAMBLE});
  while (cursor_left(&c) > 0) {
    struct cursor section;
    uint8_t id;
    uint32_t length;
    WEIR_TRY(cursor_u8(&c, &id));
    WEIR_TRY(cursor_u32_leb(&c, &length));
    WEIR_TRY(cursor_sub(&c, length, &section));
    WEIR_TRY(copy_section(id, &section, out));
  }
  return out->failed ? diag_nomem(d) : WEIR_OK;
}
