/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Cursors without a diag: an error ends the walk and leaves no trace. */
#include "wasm/names.h"

static bool open_section(const struct wasm_sections *s, struct cursor *ret) {
  for (uint32_t i = 0; i < s->customs.count; i++)
    if (str_eq(s->customs.data[i].name, STR("name"))) {
      *ret = sections_cursor(s, s->customs.data[i].bytes, NULL);
      return true;
    }
  return false;
}

bool names_open(const struct wasm_sections *s, enum names_id id, struct names *ret) {
  struct cursor section;
  if (!open_section(s, &section))
    return false;
  *ret = (struct names){.nested = id == NAMES_LOCAL || id == NAMES_LABEL || id == NAMES_FIELD};
  while (cursor_left(&section) != 0) {
    uint8_t kind;
    uint32_t size;
    if (cursor_u8(&section, &kind) != WEIR_OK || cursor_u32_leb(&section, &size) != WEIR_OK ||
        cursor_sub(&section, size, &ret->c) != WEIR_OK)
      return false;
    if (kind == id)
      return cursor_u32_leb(&ret->c, &ret->left) == WEIR_OK;
  }
  return false;
}

static bool skip_map(struct cursor *c) {
  uint32_t count, index;
  struct str name;
  if (cursor_u32_leb(c, &count) != WEIR_OK)
    return false;
  for (uint32_t i = 0; i < count; i++)
    if (cursor_u32_leb(c, &index) != WEIR_OK || cursor_name(c, &name) != WEIR_OK)
      return false;
  return true;
}

bool names_next(struct names *n, struct names_entry *ret) {
  struct cursor *c = &n->c;
  if (n->left == 0 || cursor_u32_leb(c, &ret->index) != WEIR_OK)
    return false;
  n->left--;
  size_t at = c->pos;
  struct str name;
  if (n->nested ? !skip_map(c) : cursor_name(c, &name) != WEIR_OK)
    return false;
  if (!n->nested)
    at = c->pos - name.size;
  ret->bytes = (struct wasm_span){(uint32_t)(c->base + at), (uint32_t)(c->pos - at)};
  return true;
}
