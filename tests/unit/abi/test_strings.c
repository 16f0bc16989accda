/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Strings between all encodings: the vectors come from the specification's definitions (make_string_vectors.py), with
 * every call of realloc. Then the traps of both sides.
 */
#include "abi_support.h"

struct vector {
  const char *source, *encoding, *text;
  size_t call_count;
  uint32_t length;
  const char *bytes;
  struct realloc_call calls[4];
};

#define CALLS(...) \
  { __VA_ARGS__ }
#define VECTOR(source, encoding, text, count, length, bytes, calls) \
  {source, encoding, text, count, length, bytes, calls},
static const struct vector vectors[] = {
#include "string_vectors.inc"
};

enum { VECTORS = sizeof(vectors) / sizeof(vectors[0]) };

static size_t unhex(const char *hex, uint8_t *out) {
  size_t n = strlen(hex) / 2;
  for (size_t i = 0; i < n; i++) {
    char digits[3] = {hex[2 * i], hex[2 * i + 1], 0};
    out[i] = (uint8_t)strtoul(digits, NULL, 16);
  }
  return n;
}

static enum ast_encoding encoding_of(const char *name) {
  return strcmp(name, "utf8") == 0    ? AST_ENCODING_UTF8
         : strcmp(name, "utf16") == 0 ? AST_ENCODING_UTF16
                                      : AST_ENCODING_LATIN1_UTF16;
}

/* The bytes that a vector's source has in memory: taken from another vector, where the same text was stored so. */
static size_t source_bytes(const struct vector *v, uint8_t *out) {
  if (strcmp(v->source, "utf8") == 0)
    return unhex(v->text, out);
  bool latin1 = strcmp(v->source, "latin1") == 0;
  for (size_t i = 0; i < VECTORS; i++) {
    const struct vector *w = &vectors[i];
    const char *encoding = latin1 ? "latin1+utf16" : "utf16";
    if (strcmp(w->text, v->text) == 0 && strcmp(w->encoding, encoding) == 0)
      return unhex(w->bytes, out);
  }
  fail_msg("no source for %s", v->text);
  return 0;
}

static void assert_stored(const struct guest *g, uint64_t address, uint64_t length, const struct vector *v) {
  uint8_t want[512];
  size_t size = unhex(v->bytes, want);
  uint64_t tag = g->cx.memory64 ? (v->length & UINT64_C(0x80000000)) << 32 : v->length & UINT64_C(0x80000000);
  assert_true(length == ((v->length & 0x7fffffff) | tag));
  assert_true(address + size <= g->cx.size);
  assert_memory_equal(g->cx.base + address, want, size);
  assert_int_equal(g->call_count, v->call_count);
  for (size_t i = 0; i < v->call_count; i++) {
    const struct realloc_call *a = &g->calls[i], *b = &v->calls[i];
    assert_true(a->old == b->old && a->old_size == b->old_size && a->align == b->align && a->size == b->size);
  }
}

/* Puts the source where a guest keeps it: in memory that ends with it. */
static union eng_val *place_source(struct guest *src, const struct vector *v, union eng_val *vals) {
  uint8_t bytes[512];
  size_t size = source_bytes(v, bytes);
  enum ast_encoding encoding = strcmp(v->source, "utf8") == 0    ? AST_ENCODING_UTF8
                               : strcmp(v->source, "utf16") == 0 ? AST_ENCODING_UTF16
                                                                 : AST_ENCODING_LATIN1_UTF16;
  guest_init(src, encoding, false, 8 + size);
  memcpy(src->cx.base + 8, bytes, size);
  bool wide = strcmp(v->source, "utf16") == 0 || strcmp(v->source, "tagged") == 0;
  uint64_t tag = strcmp(v->source, "tagged") == 0 ? UINT32_C(0x80000000) : 0;
  vals[0].u64 = 8;
  vals[1].u64 = (wide ? size / 2 : size) | tag;
  return vals;
}

static void copies_as_the_definitions_do(void **state) {
  struct types types;
  (void)state;
  types_init(&types);
  for (size_t i = 0; i < VECTORS * 2; i++) {
    const struct vector *v = &vectors[i / 2];
    struct guest src, dst;
    union eng_val vals[2], out[2];
    place_source(&src, v, vals);
    guest_init(&dst, encoding_of(v->encoding), i % 2 != 0, 64);
    assert_int_equal(abi_copy(&src.cx, in_flat(vals), &dst.cx, in_flat(out), prim(&types, TYPE_STRING)), WEIR_OK);
    assert_stored(&dst, out[0].u64, out[1].u64, v);
    guest_done(&src);
    guest_done(&dst);
  }
  types_done(&types);
}

static void lowers_from_the_host_as_from_utf8(void **state) {
  struct types types;
  (void)state;
  types_init(&types);
  for (size_t i = 0; i < VECTORS; i++) {
    const struct vector *v = &vectors[i];
    if (strcmp(v->source, "utf8") != 0)
      continue;
    uint8_t bytes[512];
    weir_value value;
    struct guest dst;
    union eng_val out[2];
    assert_int_equal(weir_value_new_string((char *)bytes, unhex(v->text, bytes), &value), WEIR_OK);
    guest_init(&dst, encoding_of(v->encoding), false, 64);
    assert_int_equal(abi_lower_value(&dst.cx, in_flat(out), prim(&types, TYPE_STRING), &value), WEIR_OK);
    assert_stored(&dst, out[0].u64, out[1].u64, v);
    guest_done(&dst);
    weir_value_clear(&value);
  }
  types_done(&types);
}

static void lifts_to_the_host_as_utf8(void **state) {
  (void)state;
  for (size_t i = 0; i < VECTORS; i++) {
    const struct vector *v = &vectors[i];
    uint8_t want[512];
    size_t size = unhex(v->text, want);
    struct guest src;
    union eng_val vals[2];
    weir_value value;
    place_source(&src, v, vals);
    assert_int_equal(abi_load_string(&src.cx, vals[0].u64, vals[1].u64, &value), WEIR_OK);
    assert_int_equal(value.kind, WEIR_VALUE_STRING);
    assert_int_equal(value.of.string.size, size);
    if (size != 0)
      assert_memory_equal(value.of.string.data, want, size);
    weir_value_clear(&value);
    guest_done(&src);
  }
}

/* ---- faults of the source ---------------------------------------------------------------------------------------- */

struct bad_source {
  enum ast_encoding encoding;
  uint32_t address, length; /* in a memory of 64 bytes */
  const char *bytes;        /* at 8 */
  size_t size;
  const char *host, *guest; /* words of the trap */
};

#define OOB_HOST "string pointer/length out of bounds of memory"
#define OOB_GUEST "wasm trap: string content out-of-bounds"
#define BYTES(s) s, sizeof(s) - 1

static const struct bad_source bad_sources[] = {
    {AST_ENCODING_UTF8, 65, 0, BYTES(""), OOB_HOST, OOB_GUEST},
    {AST_ENCODING_UTF8, 0xdeadbeef, 0, BYTES(""), OOB_HOST, OOB_GUEST},
    {AST_ENCODING_UTF8, 63, 2, BYTES(""), OOB_HOST, OOB_GUEST},
    {AST_ENCODING_UTF8, 0xffffffff, 0xffffffff, BYTES(""), OOB_HOST, OOB_GUEST},
    {AST_ENCODING_UTF8, 0, 1u << 28, BYTES(""), OOB_HOST, OOB_GUEST},
    {AST_ENCODING_UTF16, 62, 2, BYTES(""), OOB_HOST, OOB_GUEST},
    {AST_ENCODING_UTF16, 0, 0x80000001, BYTES(""), OOB_HOST, OOB_GUEST},
    {AST_ENCODING_UTF16, 1, 0, BYTES(""), "not aligned", "wasm trap: unaligned pointer"},
    {AST_ENCODING_LATIN1_UTF16, 1, 0, BYTES(""), "not aligned", "wasm trap: unaligned pointer"},
    {AST_ENCODING_LATIN1_UTF16, 1, 0x80000000, BYTES(""), "not aligned", "wasm trap: unaligned pointer"},
    {AST_ENCODING_LATIN1_UTF16, 62, 0x80000002, BYTES(""), OOB_HOST, OOB_GUEST},
    {AST_ENCODING_LATIN1_UTF16, 62, 3, BYTES(""), OOB_HOST, OOB_GUEST},
    {AST_ENCODING_UTF8, 8, 1, BYTES("\xff"), "invalid utf-8", "invalid utf-8"},
    {AST_ENCODING_UTF8, 8, 2, BYTES("\xc0\x80"), "invalid utf-8", "invalid utf-8"},
    {AST_ENCODING_UTF8, 8, 3, BYTES("\xed\xa0\x80"), "invalid utf-8", "invalid utf-8"},
    {AST_ENCODING_UTF8, 8, 4, BYTES("\xf4\x90\x80\x80"), "invalid utf-8", "invalid utf-8"},
    {AST_ENCODING_UTF8, 8, 20, BYTES("0123456789abcdefghi\x80"), "index 19", "invalid utf-8"},
    {AST_ENCODING_UTF8, 8, 1, BYTES("\xc3"), "incomplete utf-8 byte sequence", "incomplete utf-8 byte sequence"},
    {AST_ENCODING_UTF8, 8, 3, BYTES("\xf0\x9f\x8d"), "incomplete utf-8", "incomplete utf-8 byte sequence"},
    {AST_ENCODING_UTF16, 8, 1, BYTES("\x00\xd8"), "unpaired surrogate", "unpaired surrogate"},
    {AST_ENCODING_UTF16, 8, 1, BYTES("\xff\xdf"), "unpaired surrogate", "unpaired surrogate"},
    {AST_ENCODING_UTF16, 8, 2, BYTES("\x00\xd8\x00\xd8"), "unpaired surrogate", "unpaired surrogate"},
    {AST_ENCODING_UTF16, 8, 2, BYTES("\x00\xd8\x61\x00"), "unpaired surrogate", "unpaired surrogate"},
    {AST_ENCODING_UTF16, 8, 17, BYTES("a\0b\0c\0d\0e\0f\0g\0h\0i\0j\0k\0l\0m\0n\0o\0p\0\x00\xdc"), "unpaired surrogate",
     "unpaired surrogate"},
    {AST_ENCODING_LATIN1_UTF16, 8, 0x80000001, BYTES("\x00\xdc"), "unpaired surrogate", "unpaired surrogate"},
};

static void traps_on_bad_sources(void **state) {
  struct types types;
  (void)state;
  types_init(&types);
  for (size_t i = 0; i < sizeof(bad_sources) / sizeof(bad_sources[0]); i++) {
    const struct bad_source *b = &bad_sources[i];
    struct guest src, dst;
    union eng_val vals[2] = {{.u64 = b->address}, {.u64 = b->length}}, out[2];
    weir_value value = {.kind = WEIR_VALUE_U8};
    guest_init(&src, b->encoding, false, 64);
    guest_init(&dst, AST_ENCODING_UTF8, false, 64);
    memcpy(src.cx.base + 8, b->bytes, b->size);
    const struct weir_type *t = prim(&types, TYPE_STRING);
    assert_trap(&src, abi_lift_value(&src.cx, in_flat(vals), t, &value), b->host);
    assert_int_equal(value.kind, WEIR_VALUE_NONE);
    assert_trap(&src, abi_load_string(&src.cx, b->address, b->length, &value), b->host);
    assert_trap(&src, abi_copy(&src.cx, in_flat(vals), &dst.cx, in_flat(out), t), b->guest);
    assert_int_equal(dst.call_count, 0);
    guest_done(&src);
    guest_done(&dst);
  }
  types_done(&types);
}

/* Lengths that overflow when they are doubled. */
static void traps_on_huge_lengths_in_64_bits(void **state) {
  const uint64_t lengths[] = {UINT64_C(1) << 28, UINT64_C(1) << 63, UINT64_MAX, UINT64_MAX / 2};
  (void)state;
  for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
    for (int encoding = AST_ENCODING_UTF8; encoding <= AST_ENCODING_LATIN1_UTF16; encoding++) {
      if (encoding == AST_ENCODING_LATIN1_UTF16 && lengths[i] == UINT64_C(1) << 63)
        continue; /* an empty string */
      struct guest src;
      weir_value value;
      guest_init(&src, encoding, true, 64);
      assert_trap(&src, abi_load_string(&src.cx, 8, lengths[i], &value), OOB_HOST);
      guest_done(&src);
    }
  }
}

/* ---- faults of realloc ------------------------------------------------------------------------------------------- */

static void check_bad_realloc(struct types *types, enum ast_encoding encoding, uint64_t forced, const char *host,
                              const char *guest) {
  struct guest src, dst;
  union eng_val vals[2] = {{.u64 = 8}, {.u64 = 3}}, out[2];
  weir_value value;
  assert_int_equal(weir_value_new_string("abc", 3, &value), WEIR_OK);
  guest_init(&src, AST_ENCODING_UTF8, false, 64);
  guest_init(&dst, encoding, false, 64);
  memcpy(src.cx.base + 8, "abc", 3);
  dst.forced = true;
  dst.forced_address = forced;
  const struct weir_type *t = prim(types, TYPE_STRING);
  assert_trap(&dst, abi_copy(&src.cx, in_flat(vals), &dst.cx, in_flat(out), t), guest);
  assert_trap(&dst, abi_lower_value(&dst.cx, in_flat(out), t, &value), host);
  guest_done(&src);
  guest_done(&dst);
  weir_value_clear(&value);
}

static void traps_on_bad_results_of_realloc(void **state) {
  struct types types;
  (void)state;
  types_init(&types);
  check_bad_realloc(&types, AST_ENCODING_UTF8, 62, "realloc return: beyond end of memory", OOB_GUEST);
  check_bad_realloc(&types, AST_ENCODING_UTF8, UINT64_MAX, "realloc return: beyond end of memory", OOB_GUEST);
  check_bad_realloc(&types, AST_ENCODING_UTF16, 60, "realloc return: beyond end of memory", OOB_GUEST);
  check_bad_realloc(&types, AST_ENCODING_UTF16, 1, "realloc return: result not aligned",
                    "wasm trap: unaligned pointer");
  check_bad_realloc(&types, AST_ENCODING_LATIN1_UTF16, 3, "realloc return: result not aligned",
                    "wasm trap: unaligned pointer");
  types_done(&types);
}

/* A realloc that gives its own source as the result: nothing may be read or written out of bounds. */
static void survives_a_realloc_that_returns_the_source(void **state) {
  struct types types;
  (void)state;
  types_init(&types);
  for (size_t i = 0; i < VECTORS; i++) {
    const struct vector *v = &vectors[i];
    struct guest g;
    union eng_val vals[2], out[2];
    place_source(&g, v, vals);
    guest_move(&g, g.cx.size + 3 * g.cx.size);
    struct abi_cx dst = g.cx;
    g.forced = true;
    g.forced_address = 8;
    dst.encoding = encoding_of(v->encoding);
    struct guest shadow = g;
    shadow.cx = dst;
    weir_status status = abi_copy(&g.cx, in_flat(vals), &shadow.cx, in_flat(out), prim(&types, TYPE_STRING));
    assert_true(status == WEIR_OK || status == WEIR_ERR_TRAP);
    diag_done(&shadow.diag);
    guest_done(&g);
  }
  types_done(&types);
}

static void stores_pointer_and_length(void **state) {
  struct guest g;
  weir_value value;
  (void)state;
  guest_init(&g, AST_ENCODING_UTF8, false, 64);
  assert_int_equal(weir_value_new_string("hey", 3, &value), WEIR_OK);
  assert_int_equal(abi_store_string(&g.cx, &value, 16), WEIR_OK);
  assert_int_equal(get32(&g, 16), GUEST_HEAP);
  assert_int_equal(get32(&g, 20), 3);
  assert_memory_equal(g.cx.base + GUEST_HEAP, "hey", 3);
  assert_trap(&g, abi_store_string(&g.cx, &value, 18), "unaligned pointer");
  assert_trap(&g, abi_store_string(&g.cx, &value, g.cx.size - 4), "out-of-bounds");
  weir_value_clear(&value);
  guest_done(&g);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(copies_as_the_definitions_do),
      cmocka_unit_test(lowers_from_the_host_as_from_utf8),
      cmocka_unit_test(lifts_to_the_host_as_utf8),
      cmocka_unit_test(traps_on_bad_sources),
      cmocka_unit_test(traps_on_huge_lengths_in_64_bits),
      cmocka_unit_test(traps_on_bad_results_of_realloc),
      cmocka_unit_test(survives_a_realloc_that_returns_the_source),
      cmocka_unit_test(stores_pointer_and_length),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
