/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The seam between guests and host, where interceptors (the gate) and a recorder or replay (the tap) are put in. A
 * store without them has `traced` false and never comes here.
 *
 * The gate may keep a call waiting at its beginning or its end, or end it in the host's place. The tap is told of
 * everything that crosses, when it takes effect, in order; what it is told of the host is enough to do it again. It
 * keeps its own failures and fails the store (rt_fail).
 *
 * `turn` and `cause` say when and where the host did something (record/log_event.h).
 *
 * A flat call (weir/flat.h) in a store that has a gate and no tap stays on its stack: only where the gate lets it wait
 * is an ordinary call made of it, which the gate has the rest of (`flat_waits`).
 */
#ifndef EMBED_SEAM_H
#define EMBED_SEAM_H

#include "embed/state.h"

struct call;      /* call.h */
struct host_call; /* host_call.h */

enum { SEAM_ROOM = 256 };

struct seam_room { /* the gate's, for one call: on the stack of whoever makes it */
  _Alignas(16) unsigned char bytes[SEAM_ROOM];
};

struct seam_flat { /* a flat call */
  struct instance *inst;
  const struct func_type *type;
  const struct host_func *import; /* one */
  const weir_func *export;        /* of the two */
  uint64_t id, task;
  weir_value args; /* a record whose items lie with the caller */
  weir_status status;
  weir_value result;
  char *message; /* from malloc() */
  uint32_t depth;
  struct seam_room room;
};

enum seam_next {
  SEAM_GO,   /* on with it */
  SEAM_DONE, /* begin: it has an outcome already */
  SEAM_WAIT  /* seam_import_go() or seam_export_go() follows, in a step */
};

struct seam_gate {
  weir_status (*instance)(void *data, struct instance *inst); /* begins; nothing of it has run */
  /* DONE: call->outcome is set. */
  enum seam_next (*import_begin)(void *data, struct host_call *call, struct seam_room *room);
  /*
   * May change call->outcome. WAIT only where the host's function returned. `begun`: the room of import_begin, or NULL
   * where that stack is gone.
   */
  enum seam_next (*import_end)(void *data, struct host_call *call, struct seam_room *begun);
  enum seam_next (*export_begin)(void *data, struct call *call); /* DONE: status, result, error are set */
  enum seam_next (*export_end)(void *data, struct call *call);   /* may change them; WAIT only where status is OK */
  /* Whether anything of an instance is looked at. */
  bool (*flat_watched)(void *data, const struct instance *inst);
  /* DONE: status, result, message are set. WAIT, and only then: flat_import, flat_export or flat_drop follows. */
  enum seam_next (*flat_begin)(void *data, struct seam_flat *call);
  enum seam_next (*flat_end)(void *data, struct seam_flat *call);
  /*
   * Puts the one that waits into an ordinary call, new. WAIT, or DONE: it has failed. Its stage says where it stands.
   */
  enum seam_next (*flat_import)(void *data, struct host_call *call);
  enum seam_next (*flat_export)(void *data, struct call *call);
  void (*flat_drop)(void *data);             /* there is no such call */
  void (*failed)(void *data);                /* the store, once */
  void (*forget)(void *data, void *waiting); /* `gate_wait` of a call that goes */
  void (*close)(void *data);                 /* the store goes: what is under way is told as cancelled; frees */
};

struct seam_tap { /* those that host code runs under give the number of their event: its `cause` */
  void (*instance)(void *data, const struct instance *inst);
  /* Before that: a host's core module that it imports under that name. The texts are the component's. */
  void (*module)(void *data, struct str interface_name, struct str name, struct linker_def *def);
  void (*fuel)(void *data, uint64_t fuel); /* is set anew */
  uint64_t (*import_call)(void *data, struct host_call *call);
  uint64_t (*import_cancel)(void *data, struct host_call *call);
  void (*import_end)(void *data, struct host_call *call);
  void (*export_call)(void *data, struct call *call);
  void (*export_cancel)(void *data, struct call *call);
  uint64_t (*export_end)(void *data, struct call *call, weir_status status);
  void (*export_exit)(void *data, struct call *call);
  void (*resource_new)(void *data, const struct instance *inst, const struct weir_resource_type *decl, uint64_t id,
                       uint64_t rep);
  void (*resource_let_go)(void *data, uint64_t id);
  uint64_t (*resource_drop)(void *data, const struct weir_resource_type *decl, uint64_t rep);
  void (*stream_new)(void *data, const struct host_end *readable, const struct host_end *writable);
  void (*stream_start)(void *data, const struct host_end *end, const struct rt_buffer *buffer);
  uint64_t (*stream_lent)(void *data, const struct host_end *end, uint32_t count); /* the other's buffer */
  void (*stream_used)(void *data, const struct host_end *end, const void *bytes, size_t count);
  void (*stream_cancel)(void *data, const struct host_end *end);
  void (*stream_drop)(void *data, const struct host_end *end);
  uint64_t (*stream_done)(void *data, const struct host_end *end, weir_copy_result result, size_t count);
  void (*failed)(void *data);
  void (*close)(void *data); /* the store goes: nothing is told any more */
};

/* ---- imports ----------------------------------------------------------------------------------------------------- */

/* A guest calls: takes the arguments. As rt_host_func.call. */
weir_status seam_import_call(struct host_call *call, weir_value *take_args);
/* The host has finished it outside of its function. */
void seam_import_finished(struct host_call *call);
/* Requests cancellation; as rt_host_func.cancel. */
weir_status seam_import_cancel(struct host_call *call);
/* The gate lets a waiting call go on. */
void seam_import_go(struct host_call *call, enum seam_next next);

/* How flat functions that an instance imports are called (rt_host_func.call_at_once); NULL: like all others. */
typedef weir_status seam_way(struct rt_host_func *func, struct rt_trampoline *lower, union eng_val *vals);
seam_way *seam_flat_way(const struct instance *inst);

/* ---- exports ----------------------------------------------------------------------------------------------------- */

/* The call is made and checked: starts it, now or later. */
void seam_export_start(struct call *call);
/* Its task has ended; call->result, status and error are set. */
void seam_export_ended(struct call *call);
void seam_export_go(struct call *call, enum seam_next next);
/* Cancels a call that has not started. */
void seam_export_cancel(struct call *call);
/* Also in stores that are not traced: a synchronous call waits until its instance is no longer held. */
void seam_export_put_off(struct call *call);
bool seam_export_due(const struct store *s);
void seam_export_start_due(struct store *s);

/* Whether weir_call_flat() may stay on its stack. */
bool seam_flat_possible(const struct instance *inst, const weir_func *func);
/* Around the guest's part of such a call. `items`: room for its arguments. */
enum seam_next seam_flat_export(struct seam_flat *call, struct instance *inst, const weir_func *func,
                                const uint64_t *args, weir_value *items);
enum seam_next seam_flat_export_end(struct seam_flat *call, weir_status status, uint64_t result, const char *message);
/* Its caller gives it up; `rest` is what goes on. */
void seam_flat_given_up(const struct seam_flat *call, struct call *rest);

/* ---- the store --------------------------------------------------------------------------------------------------- */

/* A step begins: lets go on what may; counts the turn if there is anything to run. */
void seam_begin_step(struct store *s);
/* An instance begins: told to the gate. */
weir_status seam_instance(struct instance *inst, struct diag *d);
/* The store may have failed: tells so, once. */
void seam_check_failed(struct store *s);
/* The store goes. */
void seam_close(struct store *s);

#endif
