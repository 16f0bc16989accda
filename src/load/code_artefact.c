/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Code as bytes, all numbers little-endian:
 *
 *    0  magic (8)   8  version of this format (4)   12  zero (4)   16  size of it all (8)
 *   24  SHA-256 of the rest (32)
 *   56  fingerprint: size (8), text
 *       SHA-256 of the component (32)
 *       component without the code of its core modules (code_strip.h): size (8), bytes; a fused module is whole
 *       number of core modules (8), those of adapters included
 *       of each: SHA-256 of its bytes, without code where it is the component's (32), size (8), machine code
 *
 * The processor runs this machine code unchecked, so the order of checks is the invariant here: magic, format, size,
 * digest, fingerprint, all lengths. Then the graph is linked anew from the component, and adapters are planned anew:
 * each module must be of the bytes that the graph or the plan has there. The bytes were validated when they were
 * compiled, with the same features, so they are not validated again.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/sha256.h"
#include "load/bytes.h"
#include "load/code.h"
#include "load/code_strip.h"
#include "wasm/skeleton.h"
#include "weir/version.h"

enum { FORMAT = 3, AT_FORMAT = BYTES_MAGIC, AT_SIZE = 16, AT_DIGEST = 24, HEADER = AT_DIGEST + SHA256_SIZE };

void code_fingerprint(const weir_engine *engine, struct text *out) {
  text_printf(out, "weir %s features=%x readings=%x adapters=%d ", weir_version(), (unsigned)engine->features,
              (unsigned)engine->readings, !engine->no_adapters);
  eng_fingerprint(engine->eng, out);
}

static void digest_of(const uint8_t *bytes, size_t size, uint8_t ret[SHA256_SIZE]) {
  struct sha256 h;
  sha256_begin(&h);
  sha256_add(&h, bytes, AT_DIGEST);
  sha256_add(&h, bytes + HEADER, size - HEADER);
  sha256_end(&h, ret);
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static void put_u64(uint8_t *to, uint64_t n) {
  for (unsigned i = 0; i < 8; i++)
    to[i] = (uint8_t)(n >> (8 * i));
}

static void write_u64(struct text *out, uint64_t n) {
  uint8_t bytes[8];
  put_u64(bytes, n);
  text_add(out, (struct str){(const char *)bytes, sizeof(bytes)});
}

static void write_sized(struct text *out, const void *bytes, size_t size) {
  write_u64(out, size);
  text_add(out, (struct str){bytes, size});
}

static void bytes_digest(struct str bytes, uint8_t ret[SHA256_SIZE]) {
  struct sha256 h;
  sha256_begin(&h);
  sha256_add(&h, bytes.data, bytes.size);
  sha256_end(&h, ret);
}

/* Of a core module of the component itself only the type matters, so its code may be there or not. */
static weir_status module_digest(struct str bytes, bool own, uint8_t ret[SHA256_SIZE], struct diag *d) {
  struct text skeleton;
  if (!own) {
    bytes_digest(bytes, ret);
    return WEIR_OK;
  }
  text_init(&skeleton);
  weir_status status = skeleton_write((const uint8_t *)bytes.data, bytes.size, &skeleton, d);
  if (status == WEIR_OK)
    bytes_digest((struct str){skeleton.data, skeleton.size}, ret);
  text_done(&skeleton);
  return status;
}

static weir_status write_module(const weir_code *c, uint32_t index, struct text *out, struct diag *d) {
  uint8_t digest[SHA256_SIZE], *code = NULL;
  size_t size = 0;
  WEIR_TRY(module_digest(code_module_bytes(c, index), !c->fused && index < c->own_count, digest, d));
  WEIR_TRY(eng_module_serialize(code_module(c, index), &code, &size, d));
  text_add(out, (struct str){(const char *)digest, sizeof(digest)});
  write_sized(out, code, size);
  eng_bytes_free(code, size);
  return WEIR_OK;
}

static weir_status write_component(const weir_code *c, struct text *out, struct diag *d) {
  uint8_t digest[SHA256_SIZE];
  code_digest(c, digest);
  text_add(out, (struct str){(const char *)digest, sizeof(digest)});
  if (c->fused || c->stripped) {
    write_sized(out, c->bytes, c->size);
    return WEIR_OK;
  }
  struct text stripped;
  text_init(&stripped);
  weir_status status = code_strip(c->bytes, c->size, &stripped, d);
  write_sized(out, stripped.data, stripped.size);
  text_done(&stripped);
  return status;
}

static weir_status write_all(const weir_code *c, struct text *out, struct diag *d) {
  static const uint8_t header[HEADER];
  struct text fingerprint;
  text_init(&fingerprint);
  code_fingerprint(c->engine, &fingerprint);
  text_add(out, (struct str){(const char *)header, HEADER});
  write_sized(out, fingerprint.data, fingerprint.size);
  out->failed |= fingerprint.failed;
  text_done(&fingerprint);
  WEIR_TRY(write_component(c, out, d));
  write_u64(out, code_module_count(c));
  for (uint32_t i = 0; i < code_module_count(c) && !out->failed; i++)
    WEIR_TRY(write_module(c, i, out, d));
  return out->failed ? diag_nomem(d) : WEIR_OK;
}

static void write_header(uint8_t *bytes, size_t size) {
  memcpy(bytes, bytes_code_magic, BYTES_MAGIC);
  put_u64(bytes + AT_FORMAT, FORMAT);
  put_u64(bytes + AT_SIZE, size);
  digest_of(bytes, size, bytes + AT_DIGEST);
}

weir_status code_serialize(const weir_code *c, void **ret, size_t *ret_size, struct diag *d) {
  struct text out;
  if (!code_is_compiled(c))
    return diag_set(d, WEIR_ERR_MISUSE, "the component is only looked at (weir_component_inspect): it has no code");
  text_init(&out);
  weir_status status = write_all(c, &out, d);
  if (status == WEIR_OK) {
    *ret = text_take(&out, ret_size);
    write_header(*ret, *ret_size);
  }
  text_done(&out);
  return status;
}

weir_status weir_code_serialize(const weir_code *c, void **ret, size_t *ret_size, weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  weir_status status = code_serialize(c, ret, ret_size, &d);
  if (status != WEIR_OK)
    diag_raise(&d, ret_error);
  diag_done(&d);
  return status;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

struct reader {
  struct code_source source; /* gives the modules, one after the other */
  weir_engine *engine;
  const uint8_t *at;
  size_t left;
  const uint8_t *digest; /* of the component */
  const uint8_t *component;
  size_t component_size;
  uint64_t module_count;
};

static weir_status lengths_wrong(struct diag *d) {
  return diag_set(d, WEIR_ERR_MALFORMED, "the compiled code's parts do not fit together");
}

static uint64_t get_u64(const uint8_t *from) {
  uint64_t n = 0;
  for (unsigned i = 0; i < 8; i++)
    n |= (uint64_t)from[i] << (8 * i);
  return n;
}

static weir_status read_u64(struct reader *r, uint64_t *ret, struct diag *d) {
  if (r->left < 8)
    return lengths_wrong(d);
  *ret = get_u64(r->at);
  r->at += 8, r->left -= 8;
  return WEIR_OK;
}

static weir_status read_sized(struct reader *r, const uint8_t **ret, size_t *ret_size, struct diag *d) {
  uint64_t size;
  WEIR_TRY(read_u64(r, &size, d));
  if (size > r->left)
    return lengths_wrong(d);
  *ret = r->at;
  *ret_size = (size_t)size;
  r->at += size, r->left -= (size_t)size;
  return WEIR_OK;
}

static weir_status check_header(const uint8_t *bytes, size_t size, struct diag *d) {
  uint8_t digest[SHA256_SIZE];
  if (!weir_code_is_artefact(bytes, size))
    return diag_set(d, WEIR_ERR_MALFORMED, "this is not compiled code");
  if (size < HEADER)
    return diag_set(d, WEIR_ERR_MALFORMED, "the compiled code is cut off");
  if (get_u64(bytes + AT_FORMAT) != FORMAT)
    return diag_set(d, WEIR_ERR_UNSUPPORTED,
                    "the compiled code is in the format of another version of weir: compile the component again");
  uint64_t whole = get_u64(bytes + AT_SIZE);
  if (whole > size)
    return diag_set(d, WEIR_ERR_MALFORMED, "the compiled code is cut off");
  if (whole < size)
    return diag_set(d, WEIR_ERR_MALFORMED, "there are more bytes than the compiled code has");
  digest_of(bytes, size, digest);
  if (memcmp(digest, bytes + AT_DIGEST, SHA256_SIZE) != 0)
    return diag_set(d, WEIR_ERR_MALFORMED, "the compiled code is damaged: it does not fit its digest");
  return WEIR_OK;
}

static weir_status check_fingerprint(struct reader *r, struct diag *d) {
  const uint8_t *theirs;
  size_t size;
  struct text ours;
  WEIR_TRY(read_sized(r, &theirs, &size, d));
  text_init(&ours);
  code_fingerprint(r->engine, &ours);
  bool failed = ours.failed, same = ours.size == size && (failed || memcmp(ours.data, theirs, size) == 0);
  text_done(&ours);
  if (failed)
    return diag_nomem(d);
  if (!same)
    return diag_set(
        d, WEIR_ERR_UNSUPPORTED,
        "the code was compiled by another version of weir or with other settings (features, readings, fuel, deadlines, "
        "sizes of stacks): compile the component again");
  return WEIR_OK;
}

/* A failure here is the code generator's: the code is whole, but for another processor or another build. */
static weir_status load_module(struct reader *r, const uint8_t *code, size_t size, struct eng_module **ret,
                               struct diag *d) {
  struct diag reason;
  diag_init(&reason);
  weir_status status = eng_module_deserialize(r->engine->eng, code, size, ret, &reason);
  if (status == WEIR_ERR_NOMEM || status == WEIR_ERR_LIMIT)
    diag_set(d, status, "%s", diag_message(&reason));
  else if (status != WEIR_OK)
    status =
        diag_set(d, WEIR_ERR_UNSUPPORTED, "the code generator refuses the compiled code: %s", diag_message(&reason));
  diag_done(&reason);
  return status;
}

/* Whether the module that comes next in the artefact is of these bytes. */
static weir_status check_module(const struct reader *r, struct str bytes, struct diag *d) {
  uint8_t digest[SHA256_SIZE];
  for (int own = 1; own >= 0; own--) {
    WEIR_TRY(module_digest(bytes, own == 1, digest, d));
    if (memcmp(digest, r->at, SHA256_SIZE) == 0)
      return WEIR_OK;
  }
  return lengths_wrong(d);
}

static weir_status next_module(struct code_source *source, struct str bytes, uint32_t index, struct eng_module **ret,
                               struct diag *d) {
  struct reader *r = (struct reader *)source;
  const uint8_t *code;
  size_t code_size;
  if (index >= r->module_count || r->left < SHA256_SIZE)
    return lengths_wrong(d);
  WEIR_TRY(check_module(r, bytes, d));
  r->at += SHA256_SIZE, r->left -= SHA256_SIZE;
  WEIR_TRY(read_sized(r, &code, &code_size, d));
  return load_module(r, code, code_size, ret, d);
}

/* Up to the modules. */
static weir_status read_begin(struct reader *r, const uint8_t *bytes, size_t size, struct diag *d) {
  WEIR_TRY(check_header(bytes, size, d));
  r->at = bytes + HEADER, r->left = size - HEADER;
  WEIR_TRY(check_fingerprint(r, d));
  if (r->left < SHA256_SIZE)
    return lengths_wrong(d);
  r->digest = r->at;
  r->at += SHA256_SIZE, r->left -= SHA256_SIZE;
  WEIR_TRY(read_sized(r, &r->component, &r->component_size, d));
  return read_u64(r, &r->module_count, d);
}

static weir_status read_code(struct reader *r, struct str component, weir_code **ret, struct diag *d) {
  weir_code *code = NULL;
  uint8_t digest[SHA256_SIZE];
  WEIR_TRY(code_assemble(r->engine, (const uint8_t *)component.data, component.size, &r->source, &code, d));
  if (r->left != 0 || r->module_count != code_module_count(code)) {
    weir_code_free(code);
    return lengths_wrong(d);
  }
  bytes_digest(component, digest);
  code->stripped = memcmp(digest, r->digest, SHA256_SIZE) != 0;
  memcpy(code->digest, r->digest, SHA256_SIZE);
  *ret = code;
  return WEIR_OK;
}

weir_status code_deserialize(weir_engine *engine, const uint8_t *bytes, size_t size, weir_code **ret, struct diag *d) {
  struct reader r = {.source = {next_module}, .engine = engine};
  WEIR_TRY(read_begin(&r, bytes, size, d));
  return read_code(&r, (struct str){(const char *)r.component, r.component_size}, ret, d);
}

weir_status code_deserialize_for(weir_engine *engine, struct str component, const uint8_t *bytes, size_t size,
                                 weir_code **ret, struct diag *d) {
  struct reader r = {.source = {next_module}, .engine = engine};
  uint8_t digest[SHA256_SIZE];
  WEIR_TRY(read_begin(&r, bytes, size, d));
  bytes_digest(component, digest);
  if (memcmp(digest, r.digest, SHA256_SIZE) != 0)
    return diag_set(d, WEIR_ERR_MALFORMED, "the compiled code is of another component");
  return read_code(&r, component, ret, d);
}

weir_status weir_code_deserialize(weir_engine *engine, const void *bytes, size_t size, weir_code **ret,
                                  weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  weir_status status = code_deserialize(engine, bytes, size, ret, &d);
  if (status != WEIR_OK)
    diag_raise(&d, ret_error);
  diag_done(&d);
  return status;
}
