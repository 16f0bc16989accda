/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The life of a host, which owns the parts of WASI and lends them to the interfaces. `closing` counts what must still
 * close on the loop: a host on the embedder's loop is freed by the last close callback, a host with a loop of its own
 * runs that loop until all is closed.
 *
 * In order: the configuration; the loop and its handles; making; freeing; linking.
 */
#include "wasi/host/host.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/sized.h"
#include "wasi/sockets/sockets.h"
#include "wasi/wit.h"

/* What the caller's version of the struct has, and nothing for the rest. */
static weir_status config_read(const weir_wasi_config *given, weir_wasi_config *ret, struct diag *d) {
  *ret = (weir_wasi_config){.size = sizeof(weir_wasi_config), .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1};
  if (!given)
    return WEIR_OK;
  WEIR_TRY(SIZED_READ(given, ret, weir_wasi_config, d));
  if ((ret->arg_count > 0 && !ret->args) || (ret->env_count > 0 && !ret->env) ||
      (ret->preopen_count > 0 && !ret->preopens) || (ret->net_count > 0 && !ret->net))
    return diag_set(d, WEIR_ERR_MISUSE, "weir_wasi_config: a count without the array");
  if (ret->clock && (!ret->clock->monotonic || !ret->clock->system))
    return diag_set(d, WEIR_ERR_MISUSE, "weir_wasi_config: a clock without one of its two functions");
  if (ret->random && ret->random_seed)
    return diag_set(d, WEIR_ERR_MISUSE, "weir_wasi_config: random numbers by a function and by a seed");
  if (!ret->inherit_stdio)
    return WEIR_OK;
  ret->stdin_fd = fcntl(STDIN_FILENO, F_GETFD) < 0 ? -1 : STDIN_FILENO; /* one that was closed reads as its end */
  ret->stdout_fd = STDOUT_FILENO;
  ret->stderr_fd = STDERR_FILENO;
  return WEIR_OK;
}

bool wasi_host_ask(weir_wasi *wasi) {
  bool in = wasi_input_ask(&wasi->in), out = wasi_output_ask(&wasi->out), err = wasi_output_ask(&wasi->err);
  bool files = wasi_filesystem_ask(&wasi->files), sockets = wasi_sockets_ask(&wasi->sockets);
  bool http = wasi->http.ask && wasi->http.ask(&wasi->http);
  return in || out || err || files || sockets || http;
}

static void before_wait(uv_prepare_t *prepare) {
  weir_wasi *wasi = prepare->data;
  wasi_host_ask(wasi);
  if (wasi_host_is_guest(wasi))
    wasi_clocks_tell(&wasi->clocks);
}

static void alarm_init(weir_wasi *wasi, struct wasi_alarm *alarm) {
  uv_timer_init(wasi->loop, &alarm->timer);
  uv_unref((uv_handle_t *)&alarm->timer);
  alarm->at = UINT64_MAX;
}

static int loop_init(weir_wasi *wasi, struct uv_loop_s *given) {
  int status = given ? 0 : uv_loop_init(&wasi->own_loop);
  if (status != 0)
    return status;
  wasi->loop = given ? given : &wasi->own_loop;
  status = wasi_bell_init(&wasi->bell, wasi->loop);
  if (status != 0 && !given)
    uv_loop_close(&wasi->own_loop);
  return status;
}

static void p2_init(weir_wasi *wasi) {
  wasi->p2 = (struct wasi_p2){.alloc = wasi->alloc,
                              .objects = &wasi->objects,
                              .env = &wasi->env,
                              .random = &wasi->random,
                              .clocks = &wasi->clocks,
                              .in = &wasi->in,
                              .out = &wasi->out,
                              .err = &wasi->err,
                              .terminal = &wasi->terminal,
                              .files = &wasi->files,
                              .sockets = &wasi->sockets,
                              .http = &wasi->http};
  wasi_objects_init(&wasi->objects, wasi->alloc, &wasi->guards);
  wasi_http_init(&wasi->http, wasi->alloc, &wasi->guards, &wasi->objects);
  wasi_http_network_init(&wasi->network, wasi->alloc, wasi->loop, &wasi->sockets.net);
  wasi->http.client = &wasi->network.base;
}

/* The standard streams: descriptors, or what stands in their places. */
static void stdio_init(weir_wasi *wasi, const weir_wasi_config *config) {
  wasi_input_init(&wasi->in, wasi->alloc, &wasi->guards, wasi->loop, config->stdin_fd);
  wasi_output_init(&wasi->out, wasi->alloc, &wasi->guards, wasi->loop, config->stdout_fd);
  wasi_output_init(&wasi->err, wasi->alloc, &wasi->guards, wasi->loop, config->stderr_fd);
  wasi_fd_replace(&wasi->in.fd, wasi_calls_of_source(config->stdin_source, &wasi->in_memory), &wasi->bell);
  wasi_fd_replace(&wasi->out.fd, wasi_calls_of_sink(config->stdout_sink, &wasi->out_memory, wasi->alloc), &wasi->bell);
  wasi_fd_replace(&wasi->err.fd, wasi_calls_of_sink(config->stderr_sink, &wasi->err_memory, wasi->alloc), &wasi->bell);
  wasi->terminal = (struct wasi_terminal){.in = &wasi->in.fd, .out = &wasi->out.fd, .err = &wasi->err.fd};
}

/* Nothing here can fail. */
static void host_init(weir_wasi *wasi, const weir_wasi_config *config) {
  if (!wasi_host_is_guest(wasi)) {
    alarm_init(wasi, &wasi->timeout);
    alarm_init(wasi, &wasi->drain);
  }
  uv_prepare_init(wasi->loop, &wasi->before_wait);
  wasi->before_wait.data = wasi;
  uv_prepare_start(&wasi->before_wait, before_wait);
  uv_unref((uv_handle_t *)&wasi->before_wait);
  wasi_guards_init(&wasi->guards, wasi->alloc);
  wasi_random_init(&wasi->random, config->random_seed);
  wasi_random_replace(&wasi->random, config->random, config->random_data);
  wasi_clocks_init(&wasi->clocks, wasi->alloc, wasi->loop, &wasi->bell, config->clock);
  stdio_init(wasi, config);
  wasi_filesystem_start(&wasi->files, &wasi->guards, wasi->loop);
  wasi_sockets_start(&wasi->sockets, wasi->loop, &wasi->guards, &wasi->objects);
  p2_init(wasi);
  wasi->links = config->links;
  wasi->links_data = config->links_data;
}

weir_status wasi_host_new(const struct weir_alloc *alloc, const weir_wasi_config *config, weir_wasi **ret,
                          struct diag *d) {
  weir_wasi_config read;
  WEIR_TRY(config_read(config, &read, d));
  weir_wasi *wasi = mem_zalloc(alloc, sizeof(*wasi));
  if (!wasi)
    return diag_nomem(d);
  wasi->alloc = alloc;
  weir_status status = wasi_env_init(&wasi->env, alloc, &read, d);
  if (status == WEIR_OK)
    status = wasi_filesystem_init(&wasi->files, alloc, &read, d);
  if (status == WEIR_OK)
    status = wasi_sockets_init(&wasi->sockets, alloc, &read, d);
  if (status != WEIR_OK)
    goto fail;
  int loop_status = loop_init(wasi, read.loop);
  if (loop_status != 0) {
    status = loop_status == UV_ENOMEM ? diag_nomem(d)
                                      : diag_set(d, WEIR_ERR_IO, "no event loop: %s", uv_strerror(loop_status));
    goto fail;
  }
  host_init(wasi, &read);
  *ret = wasi;
  return WEIR_OK;

fail:
  wasi_sockets_done(&wasi->sockets);
  wasi_filesystem_done(&wasi->files);
  wasi_env_done(&wasi->env);
  mem_free(alloc, wasi, sizeof(*wasi));
  return status;
}

weir_status weir_wasi_new(const weir_wasi_config *config, weir_wasi **ret, weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  weir_status status = wasi_host_new(&mem_system, config, ret, &d);
  return status == WEIR_OK ? WEIR_OK : diag_raise(&d, ret_error);
}

/* ---- freed ------------------------------------------------------------------------------------------------------- */

static void host_done(weir_wasi *wasi) {
  wasi_random_done(&wasi->random);
  wasi_clocks_done(&wasi->clocks);
  wasi_input_done(&wasi->in);
  wasi_output_done(&wasi->out);
  wasi_output_done(&wasi->err);
  wasi_memory_done(&wasi->out_memory);
  wasi_memory_done(&wasi->err_memory);
  wasi_filesystem_done(&wasi->files);
  wasi_sockets_done(&wasi->sockets);
  wasi_guards_done(&wasi->guards);
  wasi_env_done(&wasi->env);
  mem_free(wasi->alloc, wasi, sizeof(*wasi));
}

static void host_give_up(weir_wasi *wasi) {
  if (--wasi->closing == 0 && wasi_host_is_guest(wasi))
    host_done(wasi);
}

static void part_idle(void *data) {
  host_give_up(data);
}

static void handle_closed(uv_handle_t *handle) {
  host_give_up(handle->data);
}

/* NULL: never opened. One that is closing already went with its loop. */
static void handle_close(weir_wasi *wasi, uv_handle_t *handle) {
  if (!handle || uv_is_closing(handle))
    return;
  handle->data = wasi;
  wasi->closing++;
  uv_close(handle, handle_closed);
}

void weir_wasi_free(weir_wasi *wasi) {
  if (!wasi || wasi->running || wasi->closing > 0)
    return;
  bool own = !wasi_host_is_guest(wasi);
  wasi->closing = 1;
  if (own) {
    handle_close(wasi, (uv_handle_t *)&wasi->timeout.timer);
    handle_close(wasi, (uv_handle_t *)&wasi->drain.timer);
  }
  wasi_sockets_close(&wasi->sockets);
  wasi_http_close(&wasi->http);
  wasi_objects_done(&wasi->objects); /* they wait for events of the parts below */
  wasi->closing++;
  if (!wasi_http_network_close(&wasi->network, part_idle, wasi))
    wasi->closing--;
  handle_close(wasi, (uv_handle_t *)&wasi->before_wait);
  handle_close(wasi, wasi_clocks_close(&wasi->clocks));
  handle_close(wasi, wasi_input_close(&wasi->in));
  handle_close(wasi, wasi_output_close(&wasi->out));
  handle_close(wasi, wasi_output_close(&wasi->err));
  handle_close(wasi, (uv_handle_t *)&wasi->bell.async); /* who waited for it is gone */
  wasi->closing++;
  wasi_filesystem_close(&wasi->files, part_idle, wasi);
  host_give_up(wasi);
  if (!own)
    return;
  while (uv_run(&wasi->own_loop, UV_RUN_DEFAULT) != 0) {
  }
  uv_loop_close(&wasi->own_loop);
  host_done(wasi);
}

/* ---- asked ------------------------------------------------------------------------------------------------------- */

const void *weir_wasi_written(const weir_wasi *wasi, int descriptor, size_t *ret_size) {
  static const struct wasi_memory none = {0};
  const struct wasi_memory *memory = &none;
  if (descriptor == STDOUT_FILENO)
    memory = &wasi->out_memory;
  else if (descriptor == STDERR_FILENO)
    memory = &wasi->err_memory;
  *ret_size = memory->kept_size;
  return memory->kept;
}

/* ---- linked ------------------------------------------------------------------------------------------------------ */

weir_status weir_wasi_link(weir_wasi *wasi, weir_linker *linker, weir_error **ret_error) {
  return wasi_wit_link(wasi, linker, ret_error);
}
