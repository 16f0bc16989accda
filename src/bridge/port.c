/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See port.h. */
#include "bridge/port.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/mem.h"
#include "bridge/core.h"

enum { PORT_CAPACITY = 1024 }; /* where the caller says nothing */

struct weir_bridge_port {
  struct weir_alloc alloc;
  atomic_size_t holders;
  struct process_mark process;
  uv_mutex_t lock;
  size_t capacity; /* constant */
  int fd;          /* constant until `closed` */

  /* under the lock */
  struct list ended;  /* weir_bridge_request.port_place */
  size_t outstanding; /* places that are kept: handed in, and not taken out */
  bool closed;
};

/* ---- life -------------------------------------------------------------------------------------------------------- */

weir_status weir_bridge_port_new(size_t capacity, const weir_alloc *alloc, weir_bridge_port **ret,
                                 weir_error **ret_error) {
  if (!alloc)
    alloc = &mem_system;
  struct weir_bridge_port *p = mem_zalloc(alloc, sizeof(*p));
  if (!p || uv_mutex_init(&p->lock) != 0) {
    mem_free(alloc, p, sizeof(*p));
    return bridge_refuse(WEIR_ERR_NOMEM, "no memory for a port", ret_error);
  }
  p->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (p->fd < 0) {
    int error = errno;
    uv_mutex_destroy(&p->lock);
    mem_free(alloc, p, sizeof(*p));
    return bridge_refuse(WEIR_ERR_IO, strerror(error), ret_error);
  }
  p->alloc = *alloc;
  p->holders = 1;
  p->capacity = capacity == 0 ? PORT_CAPACITY : capacity;
  list_init(&p->ended);
  process_mark_init(&p->process);
  *ret = p;
  return WEIR_OK;
}

void port_unref(struct weir_bridge_port *p) {
  if (atomic_fetch_sub_explicit(&p->holders, 1, memory_order_acq_rel) != 1)
    return;
  struct weir_alloc alloc = p->alloc;
  process_mark_done(&p->process);
  uv_mutex_destroy(&p->lock);
  mem_free(&alloc, p, sizeof(*p));
}

void weir_bridge_port_free(weir_bridge_port *p) {
  if (!p || process_is_child(&p->process))
    return;
  weir_bridge_request *r;
  uv_mutex_lock(&p->lock);
  p->closed = true;
  close(p->fd);
  p->fd = -1;
  uv_mutex_unlock(&p->lock);
  while ((r = weir_bridge_port_take(p, NULL)))
    weir_bridge_request_free(r);
  port_unref(p);
}

/* ---- in ---------------------------------------------------------------------------------------------------------- */

weir_status port_reserve(struct weir_bridge_port *p) {
  if (process_is_child(&p->process))
    return WEIR_ERR_GONE;
  uv_mutex_lock(&p->lock);
  bool room = p->outstanding < p->capacity;
  p->outstanding += room;
  uv_mutex_unlock(&p->lock);
  if (!room)
    return WEIR_ERR_LIMIT;
  atomic_fetch_add_explicit(&p->holders, 1, memory_order_relaxed);
  return WEIR_OK;
}

void port_unreserve(struct weir_bridge_port *p) {
  uv_mutex_lock(&p->lock);
  p->outstanding--;
  uv_mutex_unlock(&p->lock);
}

/* The descriptor follows the list. An eventfd of one can be neither full nor empty. Under the lock. */
static void port_signal(const struct weir_bridge_port *p) {
  uint64_t one = 1;
  while (write(p->fd, &one, sizeof(one)) < 0 && errno == EINTR) {
  }
}

static void port_quiet(const struct weir_bridge_port *p) {
  uint64_t count;
  while (read(p->fd, &count, sizeof(count)) < 0 && errno == EINTR) {
  }
}

bool port_post(struct weir_bridge_port *p, struct weir_bridge_request *r) {
  uv_mutex_lock(&p->lock);
  bool open = !p->closed;
  if (open && list_empty(&p->ended))
    port_signal(p);
  if (open)
    list_append(&p->ended, &r->port_place);
  uv_mutex_unlock(&p->lock);
  return open;
}

/* ---- out --------------------------------------------------------------------------------------------------------- */

int weir_bridge_port_fd(const weir_bridge_port *p) {
  return p->fd;
}

weir_bridge_request *weir_bridge_port_take(weir_bridge_port *p, void **ret_tag) {
  struct weir_bridge_request *r = NULL;
  if (process_is_child(&p->process))
    return NULL;
  uv_mutex_lock(&p->lock);
  if (!list_empty(&p->ended)) {
    r = LIST_OWNER(p->ended.next, struct weir_bridge_request, port_place);
    list_remove(&r->port_place);
    p->outstanding--;
    if (list_empty(&p->ended) && !p->closed)
      port_quiet(p);
  }
  uv_mutex_unlock(&p->lock);
  if (r && ret_tag)
    *ret_tag = r->job.port_tag;
  return r;
}
