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
static struct str log_excluded(const weir_engine_config *settings) {
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
    code_digest(config->component->code, digest);
    h.component = (struct str){(const char *)digest, sizeof(digest)};
  }
  text_init(&engine);
  eng_fingerprint(store->engine->eng, &engine);
  h.engine = (struct str){engine.data, engine.size};
  weir_status status = engine.failed ? diag_nomem(d) : log_writer_open(&r->tap.writer, config, &h, d);
  text_done(&engine);
  return status;
}

/* All that can be wrong without a file is looked at first: a record that is refused leaves the old one as it was. */
static weir_status check(const struct store *s, struct diag *d) {
  if (!s)
    return diag_set(d, WEIR_ERR_MISUSE, "the store has been freed");
  if (s->rt.slices)
    return diag_set(
        d, WEIR_ERR_MISUSE,
        "a store with time slices cannot be recorded: where they end is the clock's, and cannot be replayed "
        "(weir_store_config.slice)");
  return tap_check(s, d);
}

weir_status weir_record_start(weir_store *store, const weir_record_config *given, weir_recorder **ret,
                              weir_error **ret_error) {
  weir_record_config own, *config = &own;
  struct diag d;
  diag_init(&d);
  struct store *s = store_get(store);
  weir_status status = check(s, &d);
  if (status == WEIR_OK)
    status = SIZED_READ(given, config, weir_record_config, &d);
  weir_recorder *r = status == WEIR_OK ? calloc(1, sizeof(*r)) : NULL;
  if (status == WEIR_OK)
    status = r ? open_writer(r, s, config, &d) : diag_nomem(&d);
  if (status == WEIR_OK) {
    r->tap.writing = true;
    tap_install(&r->tap, s, config);
    tap_limits(&r->tap);
    *ret = r;
  } else {
    free(r);
    diag_raise(&d, ret_error);
  }
  diag_done(&d);
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
  if (r->tap.store && store_is_inside(r->tap.store)) {
    diag_set(&d, WEIR_ERR_MISUSE, "a record cannot be ended inside a step, a call or an interceptor of its store");
    diag_raise(&d, ret_error);
    diag_done(&d);
    return WEIR_ERR_MISUSE;
  }
  weir_status status = log_writer_close(&r->tap.writer, r->tap.store ? r->tap.store->turn : r->tap.turn, &d);
  tap_remove(&r->tap);
  free(r);
  if (status != WEIR_OK)
    diag_raise(&d, ret_error);
  diag_done(&d);
  return status;
}
