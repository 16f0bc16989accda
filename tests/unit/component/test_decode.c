/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Components, sections and their errors: what is refused, with which words and at which byte, and the limits. */
#include "unit/component/decode_support.h"

/* ---- what is accepted -------------------------------------------------------------------------------------------- */

static void a_preamble_alone_is_an_empty_component(void **state) {
  (void)state;
  struct decoded d;
  decoded_ok(&d, LIT(HEAD), 0);
  assert_int_equal(d.component->offset, 0);
  assert_int_equal(d.component->size, 8);
  assert_str(d.component->name, "");
  decoded_done(&d);
}

static void definitions_come_in_the_order_of_the_sections(void **state) {
  (void)state;
  static const enum ast_def_kind kinds[EVERY_SECTION_DEFINITIONS] = {
      AST_DEF_CORE_MODULE, AST_DEF_CORE_INSTANCE, AST_DEF_CORE_INSTANCE, AST_DEF_CORE_TYPE,
      AST_DEF_CORE_TYPE,   AST_DEF_COMPONENT,     AST_DEF_INSTANCE,      AST_DEF_INSTANCE,
      AST_DEF_ALIAS,       AST_DEF_ALIAS,         AST_DEF_ALIAS,         AST_DEF_TYPE,
      AST_DEF_CANON,       AST_DEF_START,         AST_DEF_IMPORT,        AST_DEF_EXPORT};
  struct build b;
  struct decoded d;
  build_every_section(&b);
  decoded_ok(&d, b.data, b.size, EVERY_SECTION_DEFINITIONS);
  for (uint32_t i = 0; i < EVERY_SECTION_DEFINITIONS; i++) {
    assert_int_equal(d.component->defs[i].kind, kinds[i]);
    assert_true(i == 0 || d.component->defs[i].offset > d.component->defs[i - 1].offset);
  }
  assert_str(d.component->name, "all");
  decoded_done(&d);
}

static void a_core_module_keeps_its_bytes(void **state) {
  (void)state;
  struct decoded d;
  decoded_ok(&d, LIT(HEAD "\1\x0a" MODULE_HEAD "\0\0"), 1);
  const struct core_bytes *module = d.component->defs[0].of.core_module;
  assert_ptr_equal(module->data, d.bytes + 10);
  assert_int_equal(module->size, 10);
  assert_int_equal(d.component->defs[0].offset, 10);
  decoded_done(&d);
}

static void nested_components_have_offsets_in_the_whole_input(void **state) {
  (void)state;
  struct decoded d;
  decoded_ok(&d, LIT(HEAD "\4\x16" HEAD "\4\x0c" HEAD "\7\2\1\x73"), 1);
  const struct ast_component *outer = d.component->defs[0].of.component;
  assert_int_equal(outer->offset, 10);
  assert_int_equal(outer->size, 22);
  assert_int_equal(outer->def_count, 1);
  const struct ast_component *inner = outer->defs[0].of.component;
  assert_int_equal(inner->offset, 20);
  assert_int_equal(inner->def_count, 1);
  assert_int_equal(inner->defs[0].offset, 31);
  decoded_done(&d);
}

static void sections_may_be_empty_and_repeat(void **state) {
  (void)state;
  struct decoded d;
  decoded_ok(&d, LIT(HEAD "\5\1\0\7\1\0\7\2\1\x73\7\x81\x80\x80\x80\0\0\7\2\1\x7f"), 2);
  assert_int_equal(d.component->defs[0].of.type->primitive, TYPE_STRING);
  assert_int_equal(d.component->defs[1].of.type->primitive, TYPE_BOOL);
  decoded_done(&d);
}

static void a_broken_name_section_is_no_error(void **state) {
  (void)state;
  static const struct {
    const char *bytes;
    size_t size;
    const char *name;
  } rows[] = {
#define ROW(payload, name) {payload, sizeof(payload) - 1, name}
      ROW("", ""),
      ROW("\xff\xfe\1", ""),
      ROW("\0\x63\1a", ""),        /* the subsection is too long */
      ROW("\0\2\1\xff", ""),       /* not UTF-8 */
      ROW("\0\3\1ab", ""),         /* something behind the name */
      ROW("\1\2\0\0\0\2\1a", "a"), /* another subsection first */
      ROW("\0\2\1a\xff", "a"),
#undef ROW
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    struct build body = {0}, b = {0};
    struct decoded d;
    build_bytes(&body, LIT("\016component-name"));
    build_bytes(&body, (const uint8_t *)rows[i].bytes, rows[i].size);
    build_bytes(&b, LIT(HEAD));
    build_section(&b, 0, body.data, body.size);
    decoded_ok(&d, b.data, b.size, 0);
    assert_str(d.component->name, rows[i].name);
    decoded_done(&d);
  }
}

static void the_layer_is_told_by_the_first_eight_bytes(void **state) {
  (void)state;
  assert_int_equal(ast_layer(LIT(HEAD)), AST_LAYER_COMPONENT);
  assert_int_equal(ast_layer(LIT(HEAD "\7")), AST_LAYER_COMPONENT);
  assert_int_equal(ast_layer(LIT(MAGIC "\x0e\0\1\0")), AST_LAYER_COMPONENT);
  assert_int_equal(ast_layer(LIT(MODULE_HEAD)), AST_LAYER_CORE_MODULE);
  assert_int_equal(ast_layer(LIT(MAGIC "\x0d\0\2\0")), AST_LAYER_OTHER);
  assert_int_equal(ast_layer(LIT(MAGIC "\x0d\0\1\1")), AST_LAYER_OTHER);
  assert_int_equal(ast_layer(LIT(MAGIC "\x0d\0\1")), AST_LAYER_OTHER);
  assert_int_equal(ast_layer(LIT("(module)")), AST_LAYER_OTHER);
  assert_int_equal(ast_layer(NULL, 0), AST_LAYER_OTHER);
}

/* ---- what is refused --------------------------------------------------------------------------------------------- */

struct refusal {
  const char *bytes;
  size_t size;
  size_t offset;
  const char *message;
};
#define REFUSED(bytes, offset, message) \
  { bytes, sizeof(bytes) - 1, offset, message }

static void assert_refused(const struct refusal *rows, size_t count) {
  for (size_t i = 0; i < count; i++) {
    struct decoded d;
    decoded_init(&d, (const uint8_t *)rows[i].bytes, rows[i].size);
    if (d.status != WEIR_ERR_MALFORMED || d.diag.offset != rows[i].offset || !d.diag.has_offset ||
        strcmp(diag_message(&d.diag), rows[i].message) != 0)
      fail_msg("row %zu: status %d at %zu: %s", i, d.status, d.diag.offset, diag_message(&d.diag));
    decoded_done(&d);
  }
}
#define ASSERT_REFUSED(rows) assert_refused(rows, sizeof(rows) / sizeof((rows)[0]))

static void files_that_are_no_components_are_named(void **state) {
  (void)state;
  static const struct refusal rows[] = {
      REFUSED("", 0, "unexpected end"),
      REFUSED("\0as", 3, "unexpected end"),
      REFUSED(MAGIC "\x0d\0\1", 7, "unexpected end"),
      REFUSED("\x7f"
              "ELF\2\1\1\0",
              0, "not a WebAssembly file: bad magic"),
      REFUSED("x", 0, "not a WebAssembly file: bad magic"),
      REFUSED(MODULE_HEAD, 0, "this is a core module, not a component"),
      REFUSED(MAGIC "\x0c\0\1\0", 4, "unknown binary version: 0x1000c"),
      REFUSED(MAGIC "\x0d\0\1\1", 4, "unknown binary version: 0x101000d"),
      REFUSED(HEAD "\1\x08" HEAD, 10, "expected a version header for a module"),
      REFUSED(HEAD "\1\x04" MAGIC, 14, "unexpected end"),
      REFUSED(HEAD "\4\x08" MODULE_HEAD, 10, "expected a version header for a component"),
      REFUSED(HEAD "\4\x08" MAGIC "\x0c\0\1\0", 14, "unknown binary version: 0x1000c"),
  };
  ASSERT_REFUSED(rows);
}

static void sections_are_used_up_exactly(void **state) {
  (void)state;
  static const struct refusal rows[] = {
      REFUSED(HEAD "\x0d\0", 8, "malformed section id: 13"),
      REFUSED(HEAD "\xff", 8, "malformed section id: 255"),
      REFUSED(HEAD "\7", 9, "unexpected end"),
      REFUSED(HEAD "\7\x80\x80", 11, "unexpected end"),
      REFUSED(HEAD "\7\x81\x80\x80\x80\x70\0", 13, "integer too large"),
      REFUSED(HEAD "\7\x81\x80\x80\x80\x80\0", 13, "integer representation too long"),
      REFUSED(HEAD "\7\3\0", 11, "unexpected end"),
      REFUSED(HEAD "\7\1\1\x73", 11, "unexpected end"),
      REFUSED(HEAD "\7\2\0\x73", 11, "section size mismatch: unexpected data at the end of the section"),
      REFUSED(HEAD "\x09\4\0\0\0\0", 13, "section size mismatch: unexpected data at the end of the section"),
      REFUSED(HEAD "\0\0", 10, "unexpected end"),
      REFUSED(HEAD "\0\3\5ab", 13, "unexpected end"),
      REFUSED(HEAD "\0\3\2\xff\xfe", 11, "malformed UTF-8 encoding"),
      /* a nested component that would go on past the end of the one around it */
      REFUSED(HEAD "\4\x0a" HEAD "\7\2\1\x73", 20, "unexpected end"),
      REFUSED(HEAD "\4\x09" HEAD, 18, "unexpected end"),
  };
  ASSERT_REFUSED(rows);
}

static void a_count_is_held_against_the_bytes_that_are_left(void **state) {
  (void)state;
  static const struct refusal rows[] = {
      REFUSED(HEAD "\7\2\2\x73", 12, "unexpected end"),
      REFUSED(HEAD "\7\4\xbf\x84\x3d\x73", 14, "unexpected end"),
      REFUSED(HEAD "\7\7\1\x72\xff\xff\xff\xff\x0f", 17, "unexpected end"),
      REFUSED(HEAD "\7\7\1\x41\xff\xff\xff\xff\x0f", 17, "unexpected end"),
      REFUSED(HEAD "\5\x08\1\0\0\xff\xff\xff\xff\x0f", 18, "unexpected end"),
      REFUSED(HEAD "\2\7\1\1\xff\xff\xff\xff\x0f", 17, "unexpected end"),
      REFUSED(HEAD "\3\7\1\x50\xff\xff\xff\xff\x0f", 17, "unexpected end"),
      REFUSED(HEAD "\3\7\1\x4e\xff\xff\xff\xff\x0f", 17, "unexpected end"),
      REFUSED(HEAD "\x08\7\1\x1c\xff\xff\xff\xff\x0f", 17, "unexpected end"),
      REFUSED(HEAD "\x09\6\0\xff\xff\xff\xff\x0f", 16, "unexpected end"),
      REFUSED(HEAD "\x0a\x09\1\2\1i\xff\xff\xff\xff\x0f", 19, "unexpected end"),
  };
  ASSERT_REFUSED(rows);
}

static void malformed_definitions_are_refused(void **state) {
  (void)state;
  static const struct refusal rows[] = {
      REFUSED(HEAD "\2\4\1\2\0\0", 11, "invalid leading byte (0x2) for core instance"),
      REFUSED(HEAD "\2\x08\1\0\1\1\1i\0\0", 16, "invalid leading byte (0x0) for instantiation arg kind"),
      REFUSED(HEAD "\2\7\1\1\1\1i\5\0", 15, "invalid leading byte (0x5) for external kind"),
      REFUSED(HEAD "\5\4\1\2\0\0", 11, "invalid leading byte (0x2) for instance"),
      REFUSED(HEAD "\5\x08\1\0\0\1\1x\0\0\0", 17, "invalid leading byte (0x0) for component external kind"),
      REFUSED(HEAD "\6\5\1\3\3\0\0", 12, "invalid leading byte (0x3) for alias"),
      REFUSED(HEAD "\6\5\1\6\2\0\0", 11, "invalid leading byte (0x6) for component outer alias kind"),
      REFUSED(HEAD "\6\6\1\0\5\2\0\0", 12, "invalid leading byte (0x5) for component outer alias kind"),
      REFUSED(HEAD "\6\5\1\1\2\0\0", 11, "invalid leading byte (0x1) for component outer alias kind"),
      REFUSED(HEAD "\6\6\1\1\1\0\1f", 11, "invalid leading byte (0x1) for core instance export kind"),
      REFUSED(HEAD "\6\7\1\0\x10\1\0\1f", 12, "invalid leading byte (0x10) for external kind"),
      REFUSED(HEAD "\6\7\1\0\0\0\0\1f", 12, "invalid leading byte (0x0) for component external kind"),
      REFUSED(HEAD "\x0a\6\1\3\1a\1\0", 11, "invalid leading byte (0x3) for component name"),
      REFUSED(HEAD "\x0a\x0a\1\2\1a\1\3\1x\1\0", 15, "invalid leading byte (0x3) for name option"),
      REFUSED(HEAD "\x0a\x0c\1\2\1i\2\0\1x\0\1y\5", 18, "duplicate 'implements' option in name"),
      REFUSED(HEAD "\x0a\6\1\0\1t\3\2", 15, "invalid leading byte (0x2) for type bound"),
      REFUSED(HEAD "\x0a\6\1\0\1t\2\2", 15, "invalid leading byte (0x2) for value bound"),
      REFUSED(HEAD "\x0a\6\1\0\1x\6\0", 14, "invalid leading byte (0x6) for component external kind"),
      REFUSED(HEAD "\x0a\6\1\0\1m\0\0", 15, "invalid leading byte (0x0) for component external kind"),
      REFUSED(HEAD "\x0b\7\1\0\1e\1\0\2", 16, "invalid leading byte (0x2) for optional component export type"),
      /* the one index that means "absent" inside the AST */
      REFUSED(HEAD "\x08\7\1\2\xff\xff\xff\xff\x0f", 12, "index out of range"),
      REFUSED(HEAD "\7\7\1\x70\xff\xff\xff\xff\x0f", 12, "index out of range"),
  };
  ASSERT_REFUSED(rows);
}

static void malformed_types_are_refused(void **state) {
  (void)state;
  static const struct refusal rows[] = {
      REFUSED(HEAD "\7\2\1\x62", 11, "invalid leading byte (0x62) for component defined type"),
      REFUSED(HEAD "\7\3\1\x70\x65", 12, "invalid leading byte (0x65) for component value type"),
      REFUSED(HEAD "\7\4\1\x70\xff\x7f", 12, "invalid leading byte (0xff) for component value type"),
      REFUSED(HEAD "\7\3\1\x66\2", 12, "invalid leading byte (0x2) for optional component value type"),
      REFUSED(HEAD "\7\7\1\x71\1\1c\0\1", 16, "invalid leading byte (0x1) for zero byte required"),
      REFUSED(HEAD "\7\5\1\x40\0\1\1", 14, "invalid leading byte (0x1) for number of results"),
      REFUSED(HEAD "\7\5\1\x40\0\2\0", 13, "invalid leading byte (0x2) for component function results"),
      REFUSED(HEAD "\7\4\1\x3f\x7f\2", 13, "invalid leading byte (0x2) for resource destructor"),
      REFUSED(HEAD "\7\4\1\x3f\x40\0", 12, "invalid value type"),
      REFUSED(HEAD "\7\5\1\x41\1\5\x73", 13, "invalid leading byte (0x5) for component or instance type declaration"),
      REFUSED(HEAD "\7\x09\1\x42\1\3\0\1a\3\1", 13,
              "invalid leading byte (0x3) for component or instance type declaration"),
      REFUSED(HEAD "\3\4\1\x61\0\0", 11, "invalid leading byte (0x61) for type"),
      REFUSED(HEAD "\3\4\1\0\x60\0", 12, "invalid leading byte (0x60) for non-final sub type"),
      REFUSED(HEAD "\3\5\1\x5f\1\x7f\2", 14, "invalid leading byte (0x2) for mutability of a field"),
      REFUSED(HEAD "\3\6\1\x50\1\4\0\0", 13, "invalid leading byte (0x4) for type definition"),
      REFUSED(HEAD "\3\7\1\x50\1\2\0\1\0", 14, "invalid leading byte (0x0) for outer alias kind"),
      REFUSED(HEAD "\3\7\1\x50\1\2\x10\0\0", 15, "invalid leading byte (0x0) for outer alias target"),
      REFUSED(HEAD "\3\7\1\x50\1\3\0\5\0", 15, "invalid leading byte (0x5) for external kind"),
      REFUSED(HEAD "\3\7\1\x50\1\3\0\2\x10", 16, "invalid memory limits flags"),
      REFUSED(HEAD "\3\7\1\x50\1\3\0\1\x7f", 16, "malformed reference type"),
      REFUSED(HEAD "\3\x08\1\x50\1\3\0\1\x63\x7f", 17, "invalid heap type"),
  };
  ASSERT_REFUSED(rows);
}

static void malformed_canonical_definitions_are_refused(void **state) {
  (void)state;
  static const struct refusal rows[] = {
      REFUSED(HEAD "\x08\2\1\x2e", 11, "invalid leading byte (0x2e) for canonical function"),
      REFUSED(HEAD "\x08\2\1\x08", 11, "invalid leading byte (0x8) for canonical function"),
      REFUSED(HEAD "\x08\6\1\0\1\0\0\0", 12, "invalid leading byte (0x1) for canonical function lift"),
      REFUSED(HEAD "\x08\5\1\1\1\0\0", 12, "invalid leading byte (0x1) for canonical function lower"),
      REFUSED(HEAD "\x08\5\1\x1c\1\x0a\0", 13, "invalid leading byte (0xa) for canonical option"),
      REFUSED(HEAD "\x08\3\1\x0c\2", 12, "invalid leading byte (0x2) for cancellable"),
      REFUSED(HEAD "\x08\3\1\6\2", 12, "invalid leading byte (0x2) for async"),
      REFUSED(HEAD "\x08\4\1\x0a\x7d\0", 12, "invalid leading byte (0x7d) for type of a context slot"),
      REFUSED(HEAD "\x08\3\1\x0e\x80", 13, "unexpected end"),
  };
  ASSERT_REFUSED(rows);
}

static void value_sections_are_not_supported(void **state) {
  (void)state;
  struct decoded d;
  decoded_init(&d, LIT(HEAD "\x0c\4\1\x7f\1\1"));
  assert_int_equal(d.status, WEIR_ERR_UNSUPPORTED);
  assert_int_equal(d.diag.offset, 10);
  decoded_done(&d);
}

/* A cut component decodes only where a section ends. */
static void every_truncation_is_an_error_inside_a_section(void **state) {
  (void)state;
  struct build b;
  build_every_section(&b);
  size_t decoded = 0;
  for (size_t size = 0; size < b.size; size++) {
    struct decoded d;
    decoded_init(&d, b.data, size);
    decoded += d.status == WEIR_OK;
    assert_true(d.status == WEIR_OK || d.status == WEIR_ERR_MALFORMED);
    assert_true(d.diag.offset <= size);
    decoded_done(&d);
  }
  assert_int_equal(decoded, 12);
}

/* ---- limits ------------------------------------------------------------------------------------------------------ */

/* `levels` component types, each in the next, as a component; returns the size. Counted from the inside out. */
static size_t nest_types(uint8_t *out, unsigned levels) {
  struct {
    uint8_t data[400];
    size_t size;
  } body = {{0}, 0};
  for (unsigned i = 0; i + 1 < levels; i++) {
    memcpy(body.data + body.size, "\x42\1\1", 3);
    body.size += 3;
  }
  memcpy(body.data + body.size, "\x42\0", 2);
  body.size += 2;
  memcpy(out, HEAD "\7", 9);
  size_t section = body.size + 1;
  out[9] = (uint8_t)(0x80 | (section & 0x7f));
  out[10] = (uint8_t)(section >> 7);
  out[11] = 1;
  memcpy(out + 12, body.data, body.size);
  return 12 + body.size;
}

static void types_nest_up_to_a_limit(void **state) {
  (void)state;
  uint8_t bytes[512];
  struct decoded d;
  decoded_ok(&d, bytes, nest_types(bytes, 99), 1);
  decoded_done(&d);
  decoded_init(&d, bytes, nest_types(bytes, 100));
  assert_int_equal(d.status, WEIR_ERR_LIMIT);
  assert_string_equal(diag_message(&d.diag), "components or types nest deeper than 100");
  decoded_done(&d);
}

/* The innermost of `levels` components is written last. Sizes take two bytes each. */
static size_t nest_components(uint8_t *out, unsigned levels) {
  size_t size = 0;
  for (unsigned i = 0; i < levels; i++) {
    size_t rest = (levels - i - 1) * 11;
    memcpy(out + size, HEAD, 8);
    size += 8;
    if (rest == 0)
      break;
    size_t section = rest - 3;
    out[size++] = 4;
    out[size++] = (uint8_t)(0x80 | (section & 0x7f));
    out[size++] = (uint8_t)(section >> 7);
  }
  return size;
}

static void components_nest_up_to_a_limit(void **state) {
  (void)state;
  uint8_t bytes[1200];
  struct decoded d;
  decoded_ok(&d, bytes, nest_components(bytes, 100), 1);
  decoded_done(&d);
  decoded_init(&d, bytes, nest_components(bytes, 101));
  assert_int_equal(d.status, WEIR_ERR_LIMIT);
  decoded_done(&d);
}

static void neighbours_do_not_nest(void **state) {
  (void)state;
  struct build b = {0};
  struct decoded d;
  build_bytes(&b, LIT(HEAD));
  for (unsigned i = 0; i < 110; i++) {
    build_section(&b, 4, LIT(HEAD));
    build_section(&b, 7, LIT("\1\x42\0"));
  }
  decoded_ok(&d, b.data, b.size, 220);
  decoded_done(&d);
}

/* One type section with `count` times `bool`. */
static void decode_many(uint32_t count, struct decoded *d) {
  size_t size = 16 + count;
  uint8_t *bytes = calloc(1, size);
  assert_non_null(bytes);
  memcpy(bytes, HEAD "\7", 9);
  for (unsigned i = 0; i < 4; i++) {
    bytes[9 + i] = (uint8_t)(((count + 3) >> (7 * i) & 0x7f) | (i < 3 ? 0x80 : 0));
    if (i < 3)
      bytes[13 + i] = (uint8_t)((count >> (7 * i) & 0x7f) | (i < 2 ? 0x80 : 0));
  }
  memset(bytes + 16, 0x7f, count);
  decoded_init(d, bytes, size);
  free(bytes);
}

static void definitions_are_limited(void **state) {
  (void)state;
  struct decoded d;
  decode_many(1000000, &d);
  assert_int_equal(d.status, WEIR_OK);
  assert_int_equal(d.component->def_count, 1000000);
  decoded_done(&d);
  decode_many(1000001, &d);
  assert_int_equal(d.status, WEIR_ERR_LIMIT);
  assert_string_equal(diag_message(&d.diag), "more than 1000000 definitions");
  decoded_done(&d);
}

static void detail_may_be_left_out(void **state) {
  (void)state;
  struct arena arena;
  const struct ast_component *component = NULL;
  arena_init(&arena, &mem_system);
  assert_int_equal(ast_decode(&arena, LIT(HEAD "\7\3\0"), &component, NULL), WEIR_ERR_MALFORMED);
  assert_int_equal(component->def_count, 0);
  arena_done(&arena);
}

static void what_was_read_before_an_error_is_kept(void **state) {
  (void)state;
  struct decoded d;
  decoded_init(&d, LIT(HEAD "\7\2\1\x73"
                            "\4\x0e" HEAD "\7\2\1\x73\x63\0"));
  assert_int_equal(d.status, WEIR_ERR_MALFORMED);
  assert_int_equal(d.component->def_count, 2);
  assert_int_equal(d.component->defs[0].kind, AST_DEF_TYPE);
  assert_int_equal(d.component->defs[1].kind, AST_DEF_COMPONENT);
  assert_int_equal(d.component->defs[1].of.component->def_count, 1);
  decoded_done(&d);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_preamble_alone_is_an_empty_component),
      cmocka_unit_test(definitions_come_in_the_order_of_the_sections),
      cmocka_unit_test(a_core_module_keeps_its_bytes),
      cmocka_unit_test(nested_components_have_offsets_in_the_whole_input),
      cmocka_unit_test(sections_may_be_empty_and_repeat),
      cmocka_unit_test(a_broken_name_section_is_no_error),
      cmocka_unit_test(the_layer_is_told_by_the_first_eight_bytes),
      cmocka_unit_test(files_that_are_no_components_are_named),
      cmocka_unit_test(sections_are_used_up_exactly),
      cmocka_unit_test(a_count_is_held_against_the_bytes_that_are_left),
      cmocka_unit_test(malformed_definitions_are_refused),
      cmocka_unit_test(malformed_types_are_refused),
      cmocka_unit_test(malformed_canonical_definitions_are_refused),
      cmocka_unit_test(value_sections_are_not_supported),
      cmocka_unit_test(every_truncation_is_an_error_inside_a_section),
      cmocka_unit_test(types_nest_up_to_a_limit),
      cmocka_unit_test(components_nest_up_to_a_limit),
      cmocka_unit_test(neighbours_do_not_nest),
      cmocka_unit_test(definitions_are_limited),
      cmocka_unit_test(detail_may_be_left_out),
      cmocka_unit_test(what_was_read_before_an_error_is_kept),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
