/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Instances, aliases, imports, exports, start and all canonical definitions: every form once. */
#include "unit/component/decode_support.h"

/* Decodes one section that is a vector of `count` definitions. */
static const struct ast_def *decode_section(struct decoded *d, uint8_t id, const uint8_t *body, size_t size,
                                            uint32_t count) {
  struct build b = {0};
  build_bytes(&b, LIT(HEAD));
  build_section(&b, id, body, size);
  decoded_ok(d, b.data, b.size, count);
  return d->component->defs;
}

static void core_instances(void **state) {
  (void)state;
  struct decoded d;
  const struct ast_def *defs =
      decode_section(&d, 2, LIT("\2\0\7\2\1a\x12\1\0\x12\2\1\5\1f\0\1\1t\1\2\1m\2\3\1g\3\4\1x\4\5"), 2);
  const struct ast_instance *i = defs[0].of.core_instance;
  assert_int_equal(i->kind, AST_INSTANTIATE);
  assert_int_equal(i->index, 7);
  assert_int_equal(i->arg_count, 2);
  assert_str(i->args[0].name.name, "a");
  assert_str(i->args[0].name.implements, "");
  assert_int_equal(i->args[1].what.sort, AST_SORT_CORE_INSTANCE);
  assert_int_equal(i->args[1].what.index, 2);
  i = defs[1].of.core_instance;
  assert_int_equal(i->kind, AST_INLINE_EXPORTS);
  assert_int_equal(i->index, AST_NONE);
  assert_int_equal(i->arg_count, 5);
  for (uint32_t n = 0; n < 5; n++) {
    assert_int_equal(i->args[n].what.sort, AST_SORT_CORE_FUNC + n);
    assert_int_equal(i->args[n].what.index, n + 1);
  }
  decoded_done(&d);
}

static void component_instances(void **state) {
  (void)state;
  struct decoded d;
  const struct ast_def *defs = decode_section(&d, 5,
                                              LIT("\2\0\3\2\1m\0\x11\1\1i\5\2\1\2\2\1j\1\0\3"
                                                  "a:b\5\4\0\1t\3\x09"),
                                              2);
  const struct ast_instance *i = defs[0].of.instance;
  assert_int_equal(i->kind, AST_INSTANTIATE);
  assert_int_equal(i->index, 3);
  assert_int_equal(i->args[0].what.sort, AST_SORT_CORE_MODULE);
  assert_int_equal(i->args[0].what.index, 1);
  assert_int_equal(i->args[1].what.sort, AST_SORT_INSTANCE);
  i = defs[1].of.instance;
  assert_int_equal(i->kind, AST_INLINE_EXPORTS);
  assert_int_equal(i->arg_count, 2);
  assert_str(i->args[0].name.implements, "a:b");
  assert_int_equal(i->args[1].what.sort, AST_SORT_TYPE);
  assert_int_equal(i->args[1].what.index, 9);
  decoded_done(&d);
}

static void aliases(void **state) {
  (void)state;
  struct decoded d;
  const struct ast_def *defs =
      decode_section(&d, 6, LIT("\7\1\0\2\1g\0\x11\0\3\1m\0\2\1\4\1n\0\x11\2\1\2\0\x10\2\1\3\3\2\1\4\4\2\1\5"), 7);
  assert_int_equal(defs[0].of.alias->kind, AST_ALIAS_EXPORT);
  assert_int_equal(defs[0].of.alias->sort, AST_SORT_FUNC);
  assert_int_equal(defs[0].of.alias->instance, 2);
  assert_str(defs[0].of.alias->name, "g");
  assert_int_equal(defs[1].of.alias->sort, AST_SORT_CORE_MODULE);
  assert_int_equal(defs[2].of.alias->kind, AST_ALIAS_CORE_EXPORT);
  assert_int_equal(defs[2].of.alias->sort, AST_SORT_CORE_MEMORY);
  assert_int_equal(defs[2].of.alias->instance, 4);
  static const enum ast_sort outer[] = {AST_SORT_CORE_MODULE, AST_SORT_CORE_TYPE, AST_SORT_TYPE, AST_SORT_COMPONENT};
  for (uint32_t i = 0; i < 4; i++) {
    const struct ast_alias *a = defs[3 + i].of.alias;
    assert_int_equal(a->kind, AST_ALIAS_OUTER);
    assert_int_equal(a->sort, outer[i]);
    assert_int_equal(a->count, 1);
    assert_int_equal(a->index, 2 + i);
    assert_str(a->name, "");
  }
  decoded_done(&d);
}

static void imports_of_every_sort(void **state) {
  (void)state;
  static const struct {
    enum ast_sort sort;
    uint32_t index;
  } want[] = {{AST_SORT_CORE_MODULE, 1}, {AST_SORT_FUNC, 2},        {AST_SORT_VALUE, 3},     {AST_SORT_VALUE, AST_NONE},
              {AST_SORT_TYPE, 4},        {AST_SORT_TYPE, AST_NONE}, {AST_SORT_COMPONENT, 5}, {AST_SORT_INSTANCE, 6}};
  struct decoded d;
  const struct ast_def *defs = decode_section(
      &d, 10,
      LIT("\x08\0\1a\0\x11\1\1\1b\1\2\0\1c\2\0\3\0\1d\2\1\x73\0\1e\3\0\4\0\1f\3\1\0\1g\4\5\2\1h\3\2\2id\0\1i\1\1v\5\6"),
      8);
  for (uint32_t i = 0; i < 8; i++) {
    const struct ast_import *import = defs[i].of.import;
    assert_int_equal(import->type.sort, want[i].sort);
    assert_int_equal(import->type.index, want[i].index);
    assert_int_equal(import->name.name.data[0], 'a' + (int)i);
  }
  assert_true(defs[3].of.import->type.value.present);
  assert_int_equal(defs[3].of.import->type.value.primitive, TYPE_STRING);
  assert_str(defs[0].of.import->name.external_id, "");
  assert_str(defs[7].of.import->name.external_id, "id");
  assert_str(defs[7].of.import->name.implements, "i");
  assert_str(defs[7].of.import->name.version_suffix, "v");
  decoded_done(&d);
}

static void exports(void **state) {
  (void)state;
  struct decoded d;
  const struct ast_def *defs = decode_section(&d, 11, LIT("\2\0\1x\1\3\0\1\1y\5\4\1\5\x86\1"), 2);
  assert_false(defs[0].of.export->has_type);
  assert_int_equal(defs[0].of.export->what.sort, AST_SORT_FUNC);
  assert_int_equal(defs[0].of.export->what.index, 3);
  assert_str(defs[1].of.export->name.name, "y");
  assert_true(defs[1].of.export->has_type);
  assert_int_equal(defs[1].of.export->type.sort, AST_SORT_INSTANCE);
  assert_int_equal(defs[1].of.export->type.index, 134);
  decoded_done(&d);
}

static void start(void **state) {
  (void)state;
  struct decoded d;
  const struct ast_start *s = decode_section(&d, 9, LIT("\4\2\1\x81\1\3"), 1)->of.start;
  assert_int_equal(s->func, 4);
  assert_int_equal(s->arg_count, 2);
  assert_int_equal(s->args[0], 1);
  assert_int_equal(s->args[1], 129);
  assert_int_equal(s->results, 3);
  decoded_done(&d);
}

/* ---- canonical definitions --------------------------------------------------------------------------------------- */

static void lift_with_every_option(void **state) {
  (void)state;
  struct decoded d;
  const struct ast_canon *c =
      decode_section(&d, 8, LIT("\1\0\0\x0a\x08\2\3\1\4\2\5\3\6\7\4\x08\5\x09\x0b"), 1)->of.canon;
  assert_int_equal(c->kind, CANON_LIFT);
  assert_int_equal(c->index, 10);
  assert_int_equal(c->type, 11);
  assert_int_equal(c->opts.encoding, AST_ENCODING_LATIN1_UTF16);
  assert_int_equal(c->opts.memory, 1);
  assert_int_equal(c->opts.realloc, 2);
  assert_int_equal(c->opts.post_return, 3);
  assert_true(c->opts.async);
  assert_int_equal(c->opts.callback, 4);
  assert_int_equal(c->opts.core_type, 5);
  assert_true(c->opts.gc);
  decoded_done(&d);
}

static void lower_without_options(void **state) {
  (void)state;
  struct decoded d;
  const struct ast_canon *c = decode_section(&d, 8, LIT("\1\1\0\6\0"), 1)->of.canon;
  assert_int_equal(c->kind, CANON_LOWER);
  assert_int_equal(c->index, 6);
  assert_int_equal(c->type, AST_NONE);
  assert_int_equal(c->opts.encoding, AST_ENCODING_UTF8);
  assert_int_equal(c->opts.memory, AST_NONE);
  assert_int_equal(c->opts.realloc, AST_NONE);
  assert_int_equal(c->opts.post_return, AST_NONE);
  assert_int_equal(c->opts.callback, AST_NONE);
  assert_int_equal(c->opts.core_type, AST_NONE);
  assert_false(c->opts.async || c->opts.gc);
  decoded_done(&d);
}

/* What each class of operands consists of, with a value in every field. */
static void put_operands(struct build *b, const char *operands) {
  static const struct {
    const char *name, *bytes;
    size_t size;
  } rows[] = {
#define ROW(name, s) {name, s, sizeof(s) - 1}
      ROW("NONE", ""),
      ROW("TYPE", "\5"),
      ROW("TYPE_OPTS", "\5\1\3\7"),
      ROW("TYPE_ASYNC", "\5\1"),
      ROW("OPTS", "\1\3\7"),
      ROW("ASYNC", "\1"),
      ROW("CANCEL", "\1"),
      ROW("CANCEL_MEMORY", "\1\5"),
      ROW("RESULT_OPTS", "\0\x79\1\3\7"),
      ROW("SLOT", "\x7e\5"),
      ROW("THREAD_NEW", "\5\6"),
      ROW("SPAWN_REF", "\5"),
      ROW("SPAWN_INDIRECT", "\5\6"),
      ROW("PARALLELISM", ""),
      ROW("LIFT", "\0\5\1\3\7\6"),
      ROW("LOWER", "\0\5\1\3\7"),
#undef ROW
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    if (strcmp(rows[i].name, operands) == 0) {
      build_bytes(b, (const uint8_t *)rows[i].bytes, rows[i].size);
      return;
    }
  }
  fail_msg("operands %s are not covered", operands);
}

static void assert_operands(const struct ast_canon *c, const char *operands) {
  bool has_options = strstr(operands, "OPTS") || strcmp(operands, "LIFT") == 0 || strcmp(operands, "LOWER") == 0;
  bool has_type = strstr(operands, "INDIRECT") || strcmp(operands, "THREAD_NEW") == 0 || strcmp(operands, "LIFT") == 0;
  bool has_index = has_type || strncmp(operands, "TYPE", 4) == 0 || strcmp(operands, "LOWER") == 0 ||
                   strcmp(operands, "SPAWN_REF") == 0 || strcmp(operands, "CANCEL_MEMORY") == 0;
  assert_int_equal(c->index, has_index ? 5 : AST_NONE);
  assert_int_equal(c->type, has_type ? 6 : AST_NONE);
  assert_int_equal(c->opts.memory, has_options ? 7 : AST_NONE);
  assert_int_equal(c->async, !!strstr(operands, "ASYNC"));
  assert_int_equal(c->cancellable, strncmp(operands, "CANCEL", 6) == 0);
  assert_int_equal(c->result.present, strcmp(operands, "RESULT_OPTS") == 0);
  assert_int_equal(c->is64, strcmp(operands, "SLOT") == 0);
  assert_int_equal(c->slot, strcmp(operands, "SLOT") == 0 ? 5 : 0);
}

static void every_canonical_definition(void **state) {
  (void)state;
  static const struct {
    uint8_t opcode;
    const char *name, *operands;
  } rows[CANON_KIND_COUNT] = {
#define CANON(ident, function, opcode, name, class, operands, signature, leaves, blocks, asks) \
  {opcode, name, #operands},
#include "component/canon.def"
#undef CANON
  };
  for (unsigned kind = 0; kind < CANON_KIND_COUNT; kind++) {
    struct build b = {0};
    struct decoded d;
    build_bytes(&b, (const uint8_t[]){2, rows[kind].opcode}, 2);
    put_operands(&b, rows[kind].operands);
    build_bytes(&b, LIT("\5")); /* task.cancel, which shows where the one before ends */
    const struct ast_def *defs = decode_section(&d, 8, b.data, b.size, 2);
    assert_int_equal(defs[0].of.canon->kind, kind);
    assert_operands(defs[0].of.canon, rows[kind].operands);
    assert_int_equal(defs[1].of.canon->kind, CANON_TASK_CANCEL);
    assert_string_equal(canon_info((enum canon_kind)kind)->name, rows[kind].name);
    decoded_done(&d);
  }
}

/* So that a built-in is found by its name: builtin_stream_cancel_read() for stream.cancel-read. */
static void functions_carry_the_names_of_their_built_ins(void **state) {
  (void)state;
  static const struct {
    const char *name, *function;
  } rows[CANON_KIND_COUNT] = {
#define CANON(ident, function, opcode, name, ...) {name, #function},
#include "component/canon.def"
#undef CANON
  };
  for (unsigned kind = 0; kind < CANON_KIND_COUNT; kind++) {
    const char *name = rows[kind].name, *function = rows[kind].function;
    if (strcmp(function, "none") == 0)
      continue;
    assert_int_equal(strlen(name), strlen(function));
    for (size_t i = 0; name[i]; i++)
      assert_int_equal(function[i], strchr(".-", name[i]) ? '_' : name[i]);
  }
}

static void a_task_may_return_nothing(void **state) {
  (void)state;
  struct decoded d;
  const struct ast_canon *c = decode_section(&d, 8, LIT("\1\x09\1\0\0"), 1)->of.canon;
  assert_int_equal(c->kind, CANON_TASK_RETURN);
  assert_false(c->result.present);
  decoded_done(&d);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(core_instances),
      cmocka_unit_test(component_instances),
      cmocka_unit_test(aliases),
      cmocka_unit_test(imports_of_every_sort),
      cmocka_unit_test(exports),
      cmocka_unit_test(start),
      cmocka_unit_test(lift_with_every_option),
      cmocka_unit_test(lower_without_options),
      cmocka_unit_test(every_canonical_definition),
      cmocka_unit_test(functions_carry_the_names_of_their_built_ins),
      cmocka_unit_test(a_task_may_return_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
