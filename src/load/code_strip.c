/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Copies sections, but for core modules and nested components (code_strip.h). */
#include "load/code_strip.h"

#include "wasm/cursor.h"
#include "wasm/put.h"
#include "wasm/skeleton.h"

enum { PREAMBLE = 8, CORE_MODULE = 1, COMPONENT = 4, NESTING_MAX = 200 /* the decoder takes less */ };

static weir_status strip(const uint8_t *data, size_t size, unsigned depth, struct text *out, struct diag *d);

/* A part that becomes shorter, behind its new size. */
static weir_status strip_part(uint8_t id, const struct cursor *section, unsigned depth, struct text *out,
                              struct diag *d) {
  struct text part;
  text_init(&part);
  weir_status status = id == CORE_MODULE ? skeleton_write(section->data, section->size, &part, d)
                                         : strip(section->data, section->size, depth + 1, &part, d);
  put_byte(out, id);
  out->failed = out->failed || part.failed;
  put_sized(out, &part);
  text_done(&part);
  return status;
}

static weir_status strip(const uint8_t *data, size_t size, unsigned depth, struct text *out, struct diag *d) {
  struct cursor c = {.data = data, .size = size, .diag = d};
  const uint8_t *preamble;
  if (depth > NESTING_MAX)
    return diag_set(d, WEIR_ERR_LIMIT, "components are nested too deep");
  WEIR_TRY(cursor_bytes(&c, PREAMBLE, &preamble));
  text_add(out, (struct str){(const char *)preamble, PREAMBLE});
  while (cursor_left(&c) > 0) {
    struct cursor section;
    size_t begin = c.pos;
    uint8_t id;
    uint32_t length;
    WEIR_TRY(cursor_u8(&c, &id));
    WEIR_TRY(cursor_u32_leb(&c, &length));
    WEIR_TRY(cursor_sub(&c, length, &section));
    if (id == CORE_MODULE || id == COMPONENT)
      WEIR_TRY(strip_part(id, &section, depth, out, d));
    else
      text_add(out, (struct str){(const char *)data + begin, c.pos - begin});
  }
  return out->failed ? diag_nomem(d) : WEIR_OK;
}

weir_status code_strip(const uint8_t *data, size_t size, struct text *out, struct diag *d) {
  return strip(data, size, 0, out, d);
}
