/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Components and their sections (Binary.md#component-definitions). A section is a cursor of its own: items cannot read
 * past its end, and must use it up exactly. Items of sections are in decode_*.c.
 */
#include "component/ast.h"
#include "component/decode_items.h"

enum {
  SECTION_CUSTOM = 0,
  SECTION_CORE_MODULE = 1,
  SECTION_COMPONENT = 4,
  SECTION_START = 9,
  SECTION_VALUE = 12,
  PREAMBLE_SIZE = 8
};

struct component_builder {
  struct ast_component *component;
  struct decode_list defs; /* struct ast_def */
};

static const uint8_t preamble[PREAMBLE_SIZE] = {0x00, 'a', 's', 'm', 0x0d, 0x00, 0x01, 0x00};

/* ---- the first eight bytes --------------------------------------------------------------------------------------- */

enum ast_layer ast_layer(const uint8_t *bytes, size_t size) {
  if (size < PREAMBLE_SIZE || memcmp(bytes, preamble, 4) != 0 || bytes[7] != 0)
    return AST_LAYER_OTHER;
  switch (bytes[6]) {
    case 0:
      return AST_LAYER_CORE_MODULE;
    case 1:
      return AST_LAYER_COMPONENT;
    default:
      return AST_LAYER_OTHER;
  }
}

/* Checks the magic number and the length, and not yet the kind of file. */
static weir_status check_magic(const struct cursor *c) {
  size_t common = c->size < 4 ? c->size : 4;
  if (common != 0 && memcmp(c->data, preamble, common) != 0)
    return diag_at(c->diag, WEIR_ERR_MALFORMED, c->base, "not a WebAssembly file: bad magic");
  if (c->size < PREAMBLE_SIZE)
    return diag_at(c->diag, WEIR_ERR_MALFORMED, c->base + c->size, "unexpected end");
  return WEIR_OK;
}

static weir_status fail_version(const struct cursor *c) {
  const uint8_t *b = c->data + 4;
  unsigned version = b[0] | (unsigned)b[1] << 8 | (unsigned)b[2] << 16 | (unsigned)b[3] << 24;
  return diag_at(c->diag, WEIR_ERR_MALFORMED, c->base + 4, "unknown binary version: 0x%x", version);
}

static weir_status read_preamble(struct cursor *c, bool nested) {
  WEIR_TRY(check_magic(c));
  if (ast_layer(c->data, c->size) == AST_LAYER_CORE_MODULE)
    return diag_at(c->diag, WEIR_ERR_MALFORMED, c->base,
                   nested ? "expected a version header for a component" : "this is a core module, not a component");
  if (memcmp(c->data, preamble, PREAMBLE_SIZE) != 0)
    return fail_version(c);
  c->pos = PREAMBLE_SIZE;
  return WEIR_OK;
}

/* ---- definitions ------------------------------------------------------------------------------------------------- */

static weir_status append_def(struct decoder *dec, struct cursor *c, struct component_builder *b, struct ast_def def) {
  void *place;
  WEIR_TRY(decode_append(dec, c, &b->defs, &place));
  *(struct ast_def *)place = def;
  return WEIR_OK;
}

static weir_status read_core_types(struct decoder *dec, struct cursor *c, struct component_builder *b,
                                   struct ast_def def) {
  uint32_t count;
  WEIR_TRY(decode_core_type(dec, c, &def.of.core_type, &count));
  for (uint32_t i = 0; i < count; i++)
    WEIR_TRY(append_def(dec, c, b, def));
  return WEIR_OK;
}

static weir_status read_item(struct decoder *dec, struct cursor *c, struct ast_def *def) {
  switch (def->kind) {
    case AST_DEF_CORE_INSTANCE:
      return decode_core_instance(dec, c, &def->of.core_instance);
    case AST_DEF_INSTANCE:
      return decode_instance(dec, c, &def->of.instance);
    case AST_DEF_ALIAS:
      return decode_alias(dec, c, &def->of.alias);
    case AST_DEF_TYPE:
      return decode_type(dec, c, &def->of.type);
    case AST_DEF_CANON:
      return decode_canon(dec, c, &def->of.canon);
    case AST_DEF_IMPORT:
      return decode_import(dec, c, &def->of.import);
    default:
      return decode_export(dec, c, &def->of.export);
  }
}

static weir_status read_vector(struct decoder *dec, struct cursor *c, struct component_builder *b,
                               enum ast_def_kind kind) {
  uint32_t count;
  WEIR_TRY(decode_count(c, 1, &count));
  for (uint32_t i = 0; i < count; i++) {
    struct ast_def def = {.kind = kind, .offset = cursor_offset(c)};
    if (kind == AST_DEF_CORE_TYPE) {
      WEIR_TRY(read_core_types(dec, c, b, def));
      continue;
    }
    WEIR_TRY(read_item(dec, c, &def));
    WEIR_TRY(append_def(dec, c, b, def));
  }
  return WEIR_OK;
}

static weir_status read_core_module(struct decoder *dec, struct cursor *c, struct component_builder *b) {
  struct core_bytes *bytes = ARENA_NEW(dec->arena, struct core_bytes);
  if (!bytes)
    return diag_nomem(c->diag);
  struct ast_def def = {.kind = AST_DEF_CORE_MODULE, .offset = cursor_offset(c), .of.core_module = bytes};
  WEIR_TRY(check_magic(c));
  if (ast_layer(c->data, c->size) == AST_LAYER_COMPONENT)
    return diag_at(c->diag, WEIR_ERR_MALFORMED, c->base, "expected a version header for a module");
  *bytes = (struct core_bytes){c->data, c->size};
  c->pos = c->size;
  return append_def(dec, c, b, def);
}

static weir_status read_component(struct decoder *dec, struct cursor *c, const struct ast_component **ret);

static weir_status read_nested(struct decoder *dec, struct cursor *c, struct component_builder *b) {
  struct ast_def def = {.kind = AST_DEF_COMPONENT, .offset = cursor_offset(c)};
  weir_status status = read_component(dec, c, &def.of.component);
  if (def.of.component && (status == WEIR_OK || status == WEIR_ERR_MALFORMED))
    WEIR_TRY(append_def(dec, c, b, def));
  return status;
}

static weir_status read_start(struct decoder *dec, struct cursor *c, struct component_builder *b) {
  struct ast_def def = {.kind = AST_DEF_START, .offset = cursor_offset(c)};
  WEIR_TRY(decode_start(dec, c, &def.of.start));
  return append_def(dec, c, b, def);
}

/* ---- custom sections --------------------------------------------------------------------------------------------- */

/* The name of the component out of its name section. A fault in there is no error: reading stops. */
static struct str component_name(struct cursor names) {
  uint8_t id;
  uint32_t size;
  struct cursor body;
  struct str name;
  names.diag = NULL;
  while (cursor_u8(&names, &id) == WEIR_OK && cursor_u32_leb(&names, &size) == WEIR_OK &&
         cursor_sub(&names, size, &body) == WEIR_OK) {
    if (id == 0 && cursor_name(&body, &name) == WEIR_OK && cursor_left(&body) == 0)
      return name;
  }
  return STR("");
}

static weir_status read_custom(struct cursor *c, struct component_builder *b) {
  struct str name;
  WEIR_TRY(cursor_name(c, &name));
  if (str_eq(name, STR("component-name")) && b->component->name.size == 0)
    b->component->name = component_name(*c);
  c->pos = c->size;
  return WEIR_OK;
}

/* ---- sections ---------------------------------------------------------------------------------------------------- */

/* Sections that are vectors of definitions of one kind. */
static bool vector_kind(uint8_t id, enum ast_def_kind *ret) {
  static const struct {
    uint8_t id, kind;
  } vectors[] = {{2, AST_DEF_CORE_INSTANCE}, {3, AST_DEF_CORE_TYPE}, {5, AST_DEF_INSTANCE}, {6, AST_DEF_ALIAS},
                 {7, AST_DEF_TYPE},          {8, AST_DEF_CANON},     {10, AST_DEF_IMPORT},  {11, AST_DEF_EXPORT}};
  for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
    if (vectors[i].id != id)
      continue;
    *ret = (enum ast_def_kind)vectors[i].kind;
    return true;
  }
  return false;
}

static weir_status read_section_body(struct decoder *dec, uint8_t id, struct cursor *c, struct component_builder *b) {
  enum ast_def_kind kind;
  if (vector_kind(id, &kind))
    return read_vector(dec, c, b, kind);
  switch (id) {
    case SECTION_CUSTOM:
      return read_custom(c, b);
    case SECTION_CORE_MODULE:
      return read_core_module(dec, c, b);
    case SECTION_COMPONENT:
      return read_nested(dec, c, b);
    case SECTION_START:
      return read_start(dec, c, b);
    default:
      return diag_at(c->diag, WEIR_ERR_UNSUPPORTED, cursor_offset(c), "value definitions are not supported");
  }
}

static weir_status read_section(struct decoder *dec, struct cursor *c, struct component_builder *b) {
  size_t at = cursor_offset(c);
  uint8_t id;
  uint32_t size;
  struct cursor body;
  WEIR_TRY(cursor_u8(c, &id));
  if (id > SECTION_VALUE)
    return diag_at(c->diag, WEIR_ERR_MALFORMED, at, "malformed section id: %u", id);
  WEIR_TRY(cursor_u32_leb(c, &size));
  WEIR_TRY(cursor_sub(c, size, &body));
  WEIR_TRY(read_section_body(dec, id, &body, b));
  if (cursor_left(&body) != 0)
    return diag_at(c->diag, WEIR_ERR_MALFORMED, cursor_offset(&body),
                   "section size mismatch: unexpected data at the end of the section");
  return WEIR_OK;
}

static weir_status read_sections(struct decoder *dec, struct cursor *c, struct component_builder *b) {
  WEIR_TRY(decode_enter(dec, c));
  WEIR_TRY(read_preamble(c, dec->nesting > 1));
  while (cursor_left(c) != 0)
    WEIR_TRY(read_section(dec, c, b));
  decode_leave(dec);
  return WEIR_OK;
}

/* `c` holds the bytes of the component. On failure `*ret` has the part before the failure. */
static weir_status read_component(struct decoder *dec, struct cursor *c, const struct ast_component **ret) {
  struct ast_component *component = ARENA_NEW(dec->arena, struct ast_component);
  struct component_builder b = {.component = component, .defs = {.size = sizeof(struct ast_def)}};
  if (!component)
    return diag_nomem(c->diag);
  component->offset = c->base;
  component->size = c->size;
  component->name = STR("");
  weir_status status = read_sections(dec, c, &b);
  component->defs = b.defs.data;
  component->def_count = b.defs.count;
  *ret = component;
  return status;
}

weir_status ast_decode(struct arena *arena, const uint8_t *bytes, size_t size, const struct ast_component **ret,
                       struct diag *d) {
  struct decoder dec = {.arena = arena};
  struct cursor c = {.data = bytes, .size = size, .diag = d};
  *ret = NULL;
  return read_component(&dec, &c, ret);
}
