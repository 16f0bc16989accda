/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Looks at what has come before it takes that off the socket, so that nothing behind the header is taken
 * (proxied.h).
 */
#include "http/proxied.h"

#include <errno.h>
#include <unistd.h>

#include "base/mem.h"

typedef void over_fn(void *data, struct proxied *p, const struct proxied_over *how);

struct proxied {
  uv_poll_t poll;
  struct http_loop *loop;
  struct list node; /* the owner's */
  struct http_deadline deadline;
  struct proxy_header header;
  over_fn *over;
  void *data;
  int fd;
};

static void on_closed(uv_handle_t *handle) {
  struct proxied *p = handle->data;
  struct http_loop *loop = p->loop;
  mem_free(loop->alloc, p, sizeof(*p));
  http_loop_release(loop);
}

/* The socket is another's then; its events are not looked at any more. */
static void end(struct proxied *p, const struct proxied_over *how) {
  list_remove(&p->node);
  http_deadline_stop(p->loop, &p->deadline);
  uv_close((uv_handle_t *)&p->poll, on_closed);
  p->over(p->data, p, how);
}

void proxied_close(struct proxied *p) {
  int fd = p->fd;
  end(p, &(struct proxied_over){.fd = -1});
  close(fd);
}

static void done(struct proxied *p) {
  struct proxied_over how = {.fd = p->fd};
  enum proxy_word word = proxy_header_word(&p->header, &how.remote, &how.local);
  how.has_addresses = word == PROXY_ADDRESSES;
  if (word == PROXY_NONSENSE)
    proxied_close(p);
  else
    end(p, &how);
}

static void on_poll(uv_poll_t *poll, int status, int events) {
  struct proxied *p = poll->data;
  uint8_t bytes[512];
  size_t taken = 0;
  (void)events;
  ssize_t size = status < 0 ? -1 : recv(p->fd, bytes, sizeof(bytes), MSG_PEEK);
  if (size < 0 && status >= 0 && (errno == EAGAIN || errno == EINTR))
    return;
  enum proxy_progress progress = size > 0 ? proxy_header_read(&p->header, bytes, (size_t)size, &taken) : PROXY_WRONG;
  if (progress != PROXY_WRONG && recv(p->fd, bytes, taken, 0) != (ssize_t)taken)
    progress = PROXY_WRONG;
  if (progress == PROXY_WRONG)
    proxied_close(p);
  else if (progress == PROXY_DONE)
    done(p);
}

static void on_late(struct http_deadline *deadline) {
  proxied_close(LIST_OWNER(deadline, struct proxied, deadline));
}

weir_status proxied_new(struct http_loop *loop, int fd, uint32_t milliseconds, over_fn *over, void *data,
                        struct proxied **ret) {
  struct proxied *p = mem_zalloc(loop->alloc, sizeof(*p));
  if (!p || uv_poll_init(loop->uv, &p->poll, fd) != 0) {
    mem_free(loop->alloc, p, sizeof(*p));
    close(fd);
    return WEIR_ERR_NOMEM;
  }
  p->loop = loop;
  p->fd = fd;
  p->poll.data = p;
  p->over = over;
  p->data = data;
  p->deadline.late = on_late;
  list_init(&p->node);
  http_loop_hold(loop);
  http_deadline_set(loop, &p->deadline, http_loop_now(loop) + milliseconds);
  uv_poll_start(&p->poll, UV_READABLE, on_poll);
  *ret = p;
  return WEIR_OK;
}

struct list *proxied_node(struct proxied *p) {
  return &p->node;
}

struct proxied *proxied_of(struct list *node) {
  return LIST_OWNER(node, struct proxied, node);
}
