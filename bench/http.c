/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The HTTP core alone: a server that answers every request with 12 bytes, and GET /echo with what it receives. Beside
 * it the ceiling: a bare libuv loop that writes a fixed reply to whatever it reads.
 *
 *   bench-http PORT [--raw] [--tls CERTIFICATE KEY]
 *
 * wrk or h2load measure from outside; bench/README.md says how.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "http/server.h"
#include "http/tls_context.h"

static const char hello[] = "hello world\n";

/* ---- the core ---------------------------------------------------------------------------------------------------- */

static void on_readable(void *data, struct http_exchange *x) {
  const uint8_t *bytes;
  (void)data;
  for (size_t size; (size = http_peek(x, &bytes)) > 0;) {
    size_t taken = http_send_body(x, bytes, size);
    http_take(x, taken);
    if (taken < size)
      return;
  }
}

static void on_end(void *data, struct http_exchange *x, const struct http_fields *trailers) {
  (void)data;
  http_send_end(x, trailers);
  http_release(x);
}

static void on_failed(void *data, struct http_exchange *x, const struct http_failure *why) {
  (void)data;
  (void)why;
  http_release(x);
}

static const struct http_listener echo = {
    .readable = on_readable, .writable = on_readable, .end = on_end, .failed = on_failed};

static void on_request(void *data, struct http_exchange *x) {
  (void)data;
  if (str_eq(x->received->path, STR("/echo"))) {
    struct http_head head = {.status = 200, .length = HTTP_LENGTH_UNKNOWN};
    http_listen(x, &echo, NULL);
    http_send_head(x, &head, false);
    http_want(x);
    return;
  }
  struct http_head head = {.status = 200, .length = sizeof(hello) - 1};
  http_send_head(x, &head, false);
  http_send_body(x, hello, sizeof(hello) - 1);
  http_send_end(x, NULL);
  http_release(x);
}

static int bound_socket(uint16_t port) {
  int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
  if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
    perror("bind");
    exit(1);
  }
  return fd;
}

/* ---- the ceiling ------------------------------------------------------------------------------------------------- */

static char scratch[65536];

static void raw_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret) {
  (void)handle;
  (void)suggested;
  *ret = uv_buf_init(scratch, sizeof(scratch));
}

static void raw_closed(uv_handle_t *handle) {
  free(handle);
}

static void raw_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer) {
  static char reply[] =
      "HTTP/1.1 200 OK\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\ncontent-length: 12\r\n\r\nhello world\n";
  uv_buf_t out = uv_buf_init(reply, sizeof(reply) - 1);
  (void)buffer;
  if (size < 0)
    uv_close((uv_handle_t *)stream, raw_closed);
  else if (size > 0)
    uv_try_write(stream, &out, 1);
}

static void raw_connection(uv_stream_t *listener, int status) {
  uv_tcp_t *tcp = malloc(sizeof(*tcp));
  if (status < 0 || !tcp)
    exit(1);
  uv_tcp_init(listener->loop, tcp);
  uv_accept(listener, (uv_stream_t *)tcp);
  uv_tcp_nodelay(tcp, 1);
  uv_read_start((uv_stream_t *)tcp, raw_alloc, raw_read);
}

int main(int argc, char **argv) {
  uv_loop_t *uv = uv_default_loop();
  struct diag d;
  diag_init(&d);
  if (argc < 2)
    return 2;
  int fd = bound_socket((uint16_t)atoi(argv[1]));
  if (argc > 2 && strcmp(argv[2], "--raw") == 0) {
    static uv_tcp_t listener;
    uv_tcp_init(uv, &listener);
    uv_tcp_open(&listener, fd);
    uv_listen((uv_stream_t *)&listener, 1024, raw_connection);
    return uv_run(uv, UV_RUN_DEFAULT);
  }
  struct http_server_config config = {.request = on_request};
  if (argc > 4 && strcmp(argv[2], "--tls") == 0) {
    struct http_tls_identity identity = {.certificate = argv[3], .key = argv[4]};
    struct http_tls_config tls = {.identities = &identity, .identity_count = 1};
    if (http_tls_context_new(NULL, &tls, &config.tls, &d) != WEIR_OK)
      goto fail;
  }
  struct http_loop *loop;
  struct http_server *server;
  if (http_loop_new(uv, NULL, &loop) != WEIR_OK || http_server_new(loop, &config, &server) != WEIR_OK)
    return 1;
  if (http_server_listen(server, fd, &d) == WEIR_OK)
    return uv_run(uv, UV_RUN_DEFAULT);
fail:
  fprintf(stderr, "%s\n", diag_message(&d));
  return 1;
}
