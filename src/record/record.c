/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Recording, behind weir/record.h: a tap that writes. */
#include "weir/record.h"

#include <stdlib.h>

#include "base/sized.h"
#include "base/text.h"
#include "record/tap.h"

struct weir_recorder {
  struct tap tap; /* first */
};

/* What guests may see and no event tells: growth that the system refuses, and the bits of NaNs. */
static struct str log_excluded(const weir_config *settings) {
  return settings->canonical_nans ? STR("refused-growth") : STR("refused-growth nan-bits");
}

static weir_status open_writer(struct weir_recorder *r, struct store *store, const weir_record_config *config,
                               struct diag *d) {
  uint8_t digest[SHA256_SIZE];
  struct text engine;
  struct log_header h = {
      .settings = store->engine->settings,
      .excluded = log_excluded(&store->engine->settings),
      .seed = store->config.schedule_seed,
      .keep = store->config.schedule_keep,
      .payload = config->payload,
  };
  if (config->component) {
    sha256_of(config->component->code->bytes, config->component->code->size, digest);
    h.component = (struct str){(const char *)digest, sizeof digest};
  }
  text_init(&engine);
  eng_fingerprint(store->engine->eng, &engine);
  h.engine = (struct str){engine.data, engine.size};
  weir_status status = engine.failed ? diag_nomem(d) : log_writer_open(&r->tap.writer, config, &h, d);
  text_done(&engine);
  return status;
}

weir_status weir_record_start(weir_store *store, const weir_record_config *given, weir_recorder **ret,
                              weir_error **ret_error) {
  weir_record_config own, *config = &own;
  struct diag d;
  diag_init(&d);
  weir_recorder *r = calloc(1, sizeof *r);
  struct store *s = store_get(store);
  weir_status status = r ? SIZED_READ(given, config, weir_record_config, &d) : diag_nomem(&d);
  if (!s)
    status = diag_set(&d, WEIR_ERR_MISUSE, "the store has been freed");
  if (status == WEIR_OK && s->rt.slices)
    status =
        diag_set(&d, WEIR_ERR_MISUSE,
                 "a store with time slices cannot be recorded: where they end is the clock's, and cannot be replayed "
                 "(weir_store_config.slice)");
  if (status == WEIR_OK)
    status = open_writer(r, s, config, &d);
  if (status == WEIR_OK) {
    r->tap.writing = true;
    status = tap_install(&r->tap, s, config, &d);
    if (status != WEIR_OK)
      log_writer_close(&r->tap.writer, 0, NULL);
    else
      tap_limits(&r->tap);
  }
  if (status == WEIR_OK) {
    *ret = r;
    diag_done(&d);
    return WEIR_OK;
  }
  free(r);
  diag_raise(&d, ret_error);
  return status;
}

weir_status weir_recorder_flush(weir_recorder *r) {
  return log_writer_flush(&r->tap.writer);
}

uint64_t weir_recorder_head(const weir_recorder *r, uint8_t ret[WEIR_LOG_HEAD]) {
  memcpy(ret, r->tap.writer.hash.head, WEIR_LOG_HEAD);
  return r->tap.writer.hash.count;
}

weir_status weir_recorder_close(weir_recorder *r, weir_error **ret_error) {
  struct diag d;
  if (!r)
    return WEIR_OK;
  diag_init(&d);
  weir_status status = log_writer_close(&r->tap.writer, r->tap.store ? r->tap.store->turn : r->tap.turn, &d);
  tap_remove(&r->tap);
  free(r);
  if (status != WEIR_OK)
    diag_raise(&d, ret_error);
  diag_done(&d);
  return status;
}
