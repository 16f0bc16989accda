/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* wasi:cli/stdin, stdout and stderr@0.2: streams beside those of 0.3, on the same descriptors. */
#include "base/mem.h"
#include "wasi/cli/input.h"
#include "wasi/cli/output.h"
#include "wasi/p2/input.h"
#include "wasi/p2/output.h"
#include "wasi/p2/p2.h"
#include "wasi/p2/relay.h"
#include "wasi/wit.h"

/* ---- one of several who wait for a descriptor -------------------------------------------------------------------- */

/* A stream of a guest. */
struct stdio {
  const struct weir_alloc *alloc;
  struct wasi_input *in; /* one of the two */
  struct wasi_output *out;
  struct wasi_p2_relay relay;
};

static struct stdio *stdio_new(struct wasi_p2 *p2, struct wasi_input *in, struct wasi_output *out) {
  struct stdio *s = mem_zalloc(p2->alloc, sizeof(*s));
  if (s)
    *s = (struct stdio){.alloc = p2->alloc, .in = in, .out = out};
  return s;
}

static void stdio_close(void *of) {
  struct stdio *s = of;
  wasi_p2_relay_unwatch(&s->relay);
  mem_free(s->alloc, s, sizeof(*s));
}

static bool stdio_watch(void *of, struct wasi_event *event) {
  struct stdio *s = of;
  return wasi_p2_relay_watch(&s->relay, s->in ? &s->in->readable : &s->out->writable, event);
}

static void stdio_unwatch(void *of, struct wasi_event *event) {
  (void)event;
  wasi_p2_relay_unwatch(&((struct stdio *)of)->relay);
}

/* ---- input ------------------------------------------------------------------------------------------------------- */

static ssize_t stdin_read(void *of, uint8_t *bytes, size_t size) {
  return wasi_input_read(((struct stdio *)of)->in, bytes, size);
}

static bool stdin_ready(void *of) {
  return wasi_input_is_ready(((struct stdio *)of)->in);
}

static const struct wasi_p2_source stdin_source = {
    .read = stdin_read, .ready = stdin_ready, .watch = stdio_watch, .unwatch = stdio_unwatch, .close = stdio_close};

weir_status wasi_p2_cli_stdin_get_stdin(struct wasi_p2 *p2, weir_store *store, uint64_t *ret) {
  struct stdio *s = stdio_new(p2, p2->in, NULL);
  return s ? wasi_p2_input_new(p2, store, &stdin_source, s, ret) : WEIR_ERR_NOMEM;
}

/* ---- output ------------------------------------------------------------------------------------------------------ */

static ssize_t stdout_write(void *of, const uint8_t *bytes, size_t size) {
  return wasi_output_write(((struct stdio *)of)->out, bytes, size);
}

static void stdout_draining(void *of, bool draining) {
  ((struct stdio *)of)->out->late += draining ? 1 : -1u;
}

static const struct wasi_p2_sink stdout_sink = {.write = stdout_write,
                                                .watch = stdio_watch,
                                                .unwatch = stdio_unwatch,
                                                .draining = stdout_draining,
                                                .close = stdio_close};

static weir_status give_output(struct wasi_p2 *p2, struct wasi_output *out, weir_store *store, uint64_t *ret) {
  struct stdio *s = stdio_new(p2, NULL, out);
  return s ? wasi_p2_output_new(p2, store, &stdout_sink, s, ret) : WEIR_ERR_NOMEM;
}

weir_status wasi_p2_cli_stdout_get_stdout(struct wasi_p2 *p2, weir_store *store, uint64_t *ret) {
  return give_output(p2, p2->out, store, ret);
}

weir_status wasi_p2_cli_stderr_get_stderr(struct wasi_p2 *p2, weir_store *store, uint64_t *ret) {
  return give_output(p2, p2->err, store, ret);
}
