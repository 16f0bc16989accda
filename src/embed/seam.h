/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The seam between guests and host, where interceptors (the gate) and a recorder or replay (the tap) are put in. A store
 * without them has `traced` false and never comes here.
 *
 * The gate may keep a call waiting at its beginning or its end, or end it in the host's place. The tap is told of
 * everything that crosses, when it takes effect, in order; what it is told of the host is enough to do it again. It
 * keeps its own failures and fails the store (rt_fail).
 *
 * `turn` and `cause` say when and where the host did something (trace/log_event.h).
 */
#ifndef EMBED_SEAM_H
#define EMBED_SEAM_H

#include "embed/state.h"

struct call;      /* call.h */
struct host_call; /* host_call.h */

enum seam_next {
  SEAM_GO,   /* on with it */
  SEAM_DONE, /* begin: it has an outcome already */
  SEAM_WAIT  /* seam_import_go() or seam_export_go() follows, in a step */
};

struct seam_gate {
  enum seam_next (*import_begin)(void *data, struct host_call *call); /* DONE: call->outcome is set */
  enum seam_next (*import_end)(void *data, struct host_call *call);   /* may change call->outcome */
  enum seam_next (*export_begin)(void *data, struct call *call);      /* DONE: status, result, error are set */
  enum seam_next (*export_end)(void *data, struct call *call);        /* may change them */
  void (*failed)(void *data);                                         /* the store, once */
  void (*forget)(void *data, void *waiting);                          /* `gate_wait` of a call that goes */
  void (*deliver)(void *data);                                        /* a step begins */
  bool (*has_work)(void *data);
  void (*close)(void *data); /* the store goes; frees */
};

struct seam_tap { /* those that host code runs under give the number of their event: its `cause` */
  void (*instance)(void *data, const struct instance *inst);
  uint64_t (*import_call)(void *data, struct host_call *call);
  uint64_t (*import_cancel)(void *data, struct host_call *call);
  void (*import_end)(void *data, struct host_call *call);
  void (*export_call)(void *data, struct call *call);
  void (*export_cancel)(void *data, struct call *call);
  void (*export_end)(void *data, struct call *call, weir_status status);
  void (*export_exit)(void *data, struct call *call);
  void (*resource_new)(void *data, const struct host_call *call, const struct resource_decl *decl, uint64_t id,
                       uint64_t rep);
  void (*resource_let_go)(void *data, uint64_t id);
  uint64_t (*resource_drop)(void *data, const struct resource_decl *decl, uint64_t rep);
  void (*stream_new)(void *data, const struct host_end *readable, const struct host_end *writable);
  void (*stream_start)(void *data, const struct host_end *end, const struct rt_buffer *buffer);
  void (*stream_cancel)(void *data, const struct host_end *end);
  void (*stream_drop)(void *data, const struct host_end *end);
  uint64_t (*stream_done)(void *data, const struct host_end *end, weir_copy_result result, size_t count);
  void (*failed)(void *data);
  void (*close)(void *data); /* the store goes: nothing is told any more */
};

/* ---- imports -------------------------------------------------------------------------------------------------------- */

/* A guest calls: takes the arguments. As rt_host_func.call. */
weir_status seam_import_call(struct host_call *call, weir_value *take_args);
/* The host has finished it outside of its function. */
void seam_import_finished(struct host_call *call);
/* Requests cancellation; as rt_host_func.cancel. */
weir_status seam_import_cancel(struct host_call *call);
/* The gate lets a waiting call go on. */
void seam_import_go(struct host_call *call, enum seam_next next);
/* In the step that delivers it: true: it was held, and its own stack sees to it. */
bool seam_import_release(struct host_call *call);

/* ---- exports -------------------------------------------------------------------------------------------------------- */

/* The call is made and checked: starts it, now or later. */
void seam_export_start(struct call *call);
/* Its task has ended; call->result, status and error are set. */
void seam_export_ended(struct call *call);
void seam_export_go(struct call *call, enum seam_next next);
/* Cancels a call that has not started. false: it has. */
bool seam_export_cancel(struct call *call);
/* Also in stores that are not traced: a synchronous call waits until its instance is no longer held. */
void seam_export_put_off(struct call *call);
bool seam_export_due(const struct store *s);
void seam_export_start_due(struct store *s);

/* ---- the store ------------------------------------------------------------------------------------------------------ */

/* A step begins: lets go on what may; counts the turn if there is anything to run. */
void seam_begin_step(struct store *s);
bool seam_has_work(const struct store *s);
/* The store may have failed: tells so, once. */
void seam_check_failed(struct store *s);
/* The store goes. */
void seam_close(struct store *s);

/* host_drop of resources of a traced store; data: struct seam_drop. */
struct seam_drop {
  struct store *store;
  struct linker_def *def;
  const struct resource_decl *decl;
};
void seam_resource_drop(void *data, uint64_t rep);

#endif
