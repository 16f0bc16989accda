/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Adapters: lowered functions as emitted core wasm. The form of their modules, the imports, and the agreement with the
 * runtime. Data only; plan.h says which functions get an adapter.
 */
#ifndef ADAPTER_ADAPTER_H
#define ADAPTER_ADAPTER_H

#include "component/graph.h"

/* Host functions that adapters call. `site` is trampoline * 2, plus 1 on the way back (results). */
enum adapter_helper {
  ADAPTER_TRAP,      /* (enum adapter_trap, site): never returns */
  ADAPTER_UTF8,      /* (site, address, size): traps unless it is valid UTF-8 of the source */
  ADAPTER_TRANSCODE, /* (site, address, tagged units) -> address | tagged units << 32: a string, by the runtime */
  ADAPTER_HANDLE,    /* (site, id of its type, index) -> index: a handle goes to the other side; of a borrow, its rep */
  ADAPTER_FINISH,    /* (site, core result) -> core result: goes on with an async call after its core function */
  ADAPTER_LEAVE,     /* (site): ends a synchronous call whose stand-in was replaced */
  ADAPTER_UNLEND,    /* (site): the caller has back what the call has borrowed */
  ADAPTER_HELPER_COUNT
};

enum adapter_trap {
  ADAPTER_TRAP_UNALIGNED,
  ADAPTER_TRAP_POINTER,
  ADAPTER_TRAP_LIST,
  ADAPTER_TRAP_STRING,
  ADAPTER_TRAP_CHAR,
  ADAPTER_TRAP_DISCRIMINANT,
  ADAPTER_TRAP_LEAVE,  /* the caller's own: the caller may not leave */
  ADAPTER_TRAP_THROWN, /* for any call of a guest: nothing is thrown across the canonical ABI */
  ADAPTER_TRAP_COUNT
};

enum adapter_import_kind {
  ADAPTER_IMPORT_FUNC,
  ADAPTER_IMPORT_MEMORY,
  ADAPTER_IMPORT_HELPER,
  ADAPTER_IMPORT_FLAGS,  /* the memory of flags, which an earlier group has made */
  ADAPTER_IMPORT_OUTSIDE /* the function of the trampoline `ref` as the runtime makes it */
};

/*
 * In the memory of flags, behind those of all instances: 1, adapters of modules that are made once and run anywhere
 * (ADAPTER_WAYS_OUTSIDE) take the way outside.
 */
enum { ADAPTER_FLAG_OUTSIDE = 65535 };

struct adapter_import {
  enum adapter_import_kind kind;
  enum adapter_helper helper; /* HELPER */
  struct core_ref ref;        /* FUNC, MEMORY, OUTSIDE */
};

/* One module: to be instantiated right after the step of its last trampoline, and before anything names one of them. */
struct adapter_group {
  struct str bytes;
  const struct adapter_import *imports;
  uint32_t import_count;
  const uint32_t *trampolines; /* the k-th is the export of the decimal name k */
  uint32_t count;
  /*
   * The module has a memory, exported as "flags", with the may_leave of each instance in a byte: 0 or 1; then gates and
   * stand-ins (standin.h), if there are any. The memory never grows. From here on the flags of both the runtime and the
   * adapters are there.
   */
  bool makes_flags;
};

/* Why a call has no adapter, in the order in which that is asked. */
enum adapter_reason {
  ADAPTER_REASON_NONE,         /* it has one */
  ADAPTER_REASON_NO_CALL,      /* no lowered function that another instance lifts */
  ADAPTER_REASON_ASYNC_CALLEE, /* stackful, or of an async type with a post-return */
  ADAPTER_REASON_MEMORY64,
  ADAPTER_REASON_TOO_MANY,
  ADAPTER_REASON_HANDLES,    /* lent ones that are not the callee's own; without a runtime of weir around, any */
  ADAPTER_REASON_OPTIONS,    /* a memory or a realloc is missing, or the types are not one */
  ADAPTER_REASON_RELATED,    /* one instance is inside the other */
  ADAPTER_REASON_CONTEXT,    /* a realloc could see the context slots of another call, and there is no stand-in */
  ADAPTER_REASON_BLOCKS,     /* the callee can block */
  ADAPTER_REASON_REENTRANCE, /* a callee with a stand-in may be entered again */
  ADAPTER_REASON_LARGE,      /* its types unfold to too much */
  ADAPTER_REASON_COUNT
};

/*
 * Groups from `late_first` on are late: they need the memory of flags, which costs a store more than many calls through
 * the runtime. So guests import functions of the switch, which is the last group. Each goes on with the function in its
 * global: with the runtime's at first, and with the adapter once the late groups have been made. The switch has the
 * trampolines of all late groups in their order, and for the k-th a global, exported as the decimal name count + k.
 */
struct adapter_plan {
  const struct adapter_group *groups;
  uint32_t group_count;
  uint32_t late_first;        /* group_count: there are none */
  const uint32_t *group_of;   /* by graph.trampolines: that of its core function; GRAPH_NONE: the runtime's */
  const bool *enters;         /* by graph.trampolines: its callee may need a task; it has a stand-in, or nobody asks */
  const uint8_t *reasons;     /* by graph.trampolines: enum adapter_reason */
  const uint32_t *standin_of; /* by graph.instances: the number of its stand-in, or GRAPH_NONE */
  uint32_t standin_count;
};

/*
 * How emitted code names a handle's type to who keeps the tables: kind (own, borrow, stream, future) | number << 2 |
 * instance that implements a resource << 24. The numbers are those of graph.resources and of types. The other word is
 * ADAPTER_NUMERIC for streams and futures of numbers or nothing, else 0.
 */
enum { ADAPTER_NUMERIC = 1 << 30 };
uint32_t adapter_handle_tag(const struct weir_type *type);
uint32_t adapter_handle_numeric(const struct weir_type *type);

/* The signature of a helper. */
const struct core_signature *adapter_helper_signature(enum adapter_helper helper);
/* The words of a trap: those of the translator in C. */
const char *adapter_trap_words(enum adapter_trap trap);
/* The reason, for readers, why a call has no adapter. */
const char *adapter_reason_words(enum adapter_reason reason);

#endif
