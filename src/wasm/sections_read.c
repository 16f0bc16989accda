/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The frame of a module: its preamble, and sections of a number and a size. Known sections stand in one order, each
 * once at most, custom ones anywhere; so what an index can mean is known when a section is read. A section must be used
 * up by its reader.
 */
#include "wasm/sections_read.h"

#include <string.h>

#include "wasm/put.h"
#include "wasm/sections_parts.h"

static const struct {
  uint8_t id;
  weir_status (*read)(struct sections_reader *r, struct cursor *c);
} readers[] = {
    {SECTION_TYPE, read_types},     {SECTION_IMPORT, read_imports},        {SECTION_FUNCTION, read_funcs},
    {SECTION_TABLE, read_tables},   {SECTION_MEMORY, read_memories},       {SECTION_TAG, read_tags},
    {SECTION_GLOBAL, read_globals}, {SECTION_EXPORT, read_exports},        {SECTION_START, read_start},
    {SECTION_ELEMENT, read_elems},  {SECTION_DATA_COUNT, read_data_count}, {SECTION_CODE, read_code},
    {SECTION_DATA, read_datas},
};
enum { READERS = sizeof(readers) / sizeof(readers[0]) };

static weir_status read_custom(struct sections_reader *r, struct cursor *c) {
  struct wasm_custom custom;
  WEIR_TRY(cursor_name(c, &custom.name));
  size_t at = c->pos;
  c->pos = c->size;
  custom.bytes = span_since(c, at);
  return ARENA_PUSH(r->arena, &r->s->customs, custom) ? WEIR_OK : diag_nomem(c->diag);
}

/* `*done`: the number of readers that have had their section. */
static weir_status read_known(struct sections_reader *r, uint8_t id, size_t at, struct cursor *c, uint32_t *done) {
  uint32_t i = 0;
  while (i < READERS && readers[i].id != id)
    i++;
  if (i == READERS)
    return diag_at(c->diag, WEIR_ERR_MALFORMED, at, "malformed section id: %u", (unsigned)id);
  if (i < *done)
    return diag_at(c->diag, WEIR_ERR_MALFORMED, at, "section out of order");
  *done = i + 1;
  WEIR_TRY(readers[i].read(r, c));
  if (cursor_left(c) != 0)
    return diag_at(c->diag, WEIR_ERR_MALFORMED, cursor_offset(c), "section size mismatch: unexpected data at the end");
  return WEIR_OK;
}

static weir_status read_section(struct sections_reader *r, struct cursor *c, uint32_t *done) {
  struct cursor section;
  size_t at = cursor_offset(c);
  uint8_t id;
  uint32_t size;
  WEIR_TRY(cursor_u8(c, &id));
  WEIR_TRY(cursor_u32_leb(c, &size));
  WEIR_TRY(cursor_sub(c, size, &section));
  return id == SECTION_CUSTOM ? read_custom(r, &section) : read_known(r, id, at, &section, done);
}

static weir_status check_counts(const struct wasm_sections *s, struct diag *d) {
  if (!s->bodies && s->count[SPACE_FUNC] != s->imported[SPACE_FUNC])
    return diag_at(d, WEIR_ERR_MALFORMED, s->size, "function and code section have inconsistent lengths");
  if (s->has_data_count && !s->datas && s->count[SPACE_DATA] != 0)
    return diag_at(d, WEIR_ERR_MALFORMED, s->size, "data count and data section have inconsistent lengths");
  return WEIR_OK;
}

weir_status sections_read(struct arena *arena, const uint8_t *data, size_t size, struct wasm_sections *ret,
                          struct diag *d) {
  static const uint8_t expected[] = {0, 'a', 's', 'm', 1, 0, 0, 0};
  struct cursor c = {.data = data, .size = size, .diag = d};
  struct sections_reader r = {arena, ret};
  const uint8_t *preamble;
  uint32_t done = 0;
  *ret = (struct wasm_sections){.data = data, .size = size};
  if (size > UINT32_MAX)
    return diag_set(d, WEIR_ERR_LIMIT, "a core module of 4 GiB or more");
  WEIR_TRY(cursor_bytes(&c, sizeof(expected), &preamble));
  if (memcmp(preamble, expected, sizeof(expected)) != 0)
    return diag_at(d, WEIR_ERR_MALFORMED, 0, "not a core module");
  while (cursor_left(&c) != 0)
    WEIR_TRY(read_section(&r, &c, &done));
  return check_counts(ret, d);
}
