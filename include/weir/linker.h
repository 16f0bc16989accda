/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * The linker: host functions and host resources by interface and name, checked against what a component imports
 * before anything of it runs.
 *
 * Threads: a linker is filled by one thread at a time, and read by any number once it is not. Host functions run on the
 * thread that steps the store, and everything inside and after them is for that thread.
 */
#ifndef WEIR_LINKER_H
#define WEIR_LINKER_H

#include "weir/component.h"
#include "weir/store.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_linker weir_linker;

/**
 * One call of a host function by a guest; dead once it is finished and, if it was not finished inside the host function,
 * the store has been stepped. A dead one is refused for as long as the engine lives (until its place has been used
 * 65,536 times). To finish a call on another thread, or to keep it longer than its store: weir/completion.h.
 */
typedef struct weir_host_call weir_host_call;

/**
 * A host function. `args` are the lifted arguments, valid until the function returns; it may move out of them. It
 * finishes the call with exactly one of weir_host_call_return(), _fail(), _exit() and (after a request) _cancelled(): before it
 * returns, or, for functions of async type, at any time later. It must not step the store or call into it.
 */
typedef void (*weir_host_fn)(void *data, weir_host_call *call, weir_value *args, size_t count);

/** Makes a linker, a plain table. The caller owns the result (weir_linker_free()). WEIR_ERR_NOMEM. */
WEIR_API weir_status weir_linker_new(weir_engine *engine, weir_linker **ret, weir_error **ret_error);

/** Frees a linker. NULL is allowed. Instances made with it keep what they need of it. */
WEIR_API void weir_linker_free(weir_linker *linker);

/**
 * Defines a host function. `interface` is the name of the instance import that it is in ("wasi:cli/stdout@0.3.0"), or
 * NULL for a function imported by itself. Versions match as semver does: 0.3.0 serves an import of 0.3.1 and the other
 * way round.
 *
 * `signature` is its type in WIT syntax, with the structure of types in place of names:
 *     "async func(how-long: u64)"
 *     "func(data: stream<u8>) -> future<result<_, enum { io, pipe }>>"
 *     "func() -> option<own<terminal-input>>"
 * Resources are named by name: `borrow<thing>`, `own<thing>`, or just `thing` for an owned one that this linker defines
 * already (any other word would be a type that does not exist). A component that imports the function with another type
 * is refused when it is instantiated (WEIR_ERR_LINK). NULL: any type.
 *
 * `free` (may be NULL) is called with `data` when the definition is no longer used. Defining a name twice replaces it.
 * WEIR_ERR_PARSE, with a byte offset, where the signature does not parse; WEIR_ERR_NOMEM. On failure `free` is not called.
 */
WEIR_API weir_status weir_linker_func(weir_linker *linker, const char *interface, const char *name,
                                      const char *signature, weir_host_fn fn, void *data, void (*free)(void *data),
                                      weir_error **ret_error);

/**
 * Defines a host resource type. `drop` (may be NULL) is called with the representation when the last owned handle is
 * dropped, inside a step. Otherwise as weir_linker_func().
 */
WEIR_API weir_status weir_linker_resource(weir_linker *linker, const char *interface, const char *name,
                                          void (*drop)(void *data, uint64_t rep), void *data, void (*free)(void *data),
                                          weir_error **ret_error);

/**
 * Checks that every import of a component has a definition of the right type. WEIR_ERR_LINK with a message that lists
 * all that are missing, with their types in WIT, and all that differ, expected and found. WEIR_ERR_MISUSE: they are of
 * different engines.
 */
WEIR_API weir_status weir_linker_check(const weir_linker *linker, const weir_component *component,
                                       weir_error **ret_error);

/* ---- inside and after a host function ------------------------------------------------------------------------------ */

/*
 * All for the thread that owns the store. Those that finish give WEIR_ERR_MISUSE, and change nothing, where the call is
 * dead, has been finished before, or the store belongs to another thread.
 */

/** The store of the caller; NULL where the call is dead. */
WEIR_API weir_store *weir_host_call_store(const weir_host_call *call);

/**
 * Finishes with a result (NULL or empty for none), which is moved from, also on failure. A value of the wrong type fails
 * the guest (WEIR_ERR_HOST). WEIR_ERR_MISUSE as said above, and where it holds a resource, stream or future that the host
 * does not have, or one of another store: the call then goes on.
 */
WEIR_API weir_status weir_host_call_return(weir_host_call *call, weir_value *take_result);

/** Finishes by trapping the guest with this message (WEIR_ERR_HOST). */
WEIR_API weir_status weir_host_call_fail(weir_host_call *call, const char *message);

/** Finishes by ending the whole guest program: every running call fails with WEIR_ERR_EXIT and this code. */
WEIR_API weir_status weir_host_call_exit(weir_host_call *call, int code);

/**
 * Asks to be told when the guest cancels the call: `cancel` is called before the call is finished, or when the store is
 * freed; in the next step where the guest has asked already. It may finish the call there (with
 * weir_host_call_cancelled(), or still with a result) or later. Replaces what was set before; NULL: nobody is told. One
 * callback is called for each call at most, once. WEIR_ERR_MISUSE: the call is dead, or the store belongs to another
 * thread.
 */
WEIR_API weir_status weir_host_call_on_cancel(weir_host_call *call, void (*cancel)(void *data, weir_host_call *call),
                                              void *data);

/** Finishes a call whose cancellation has been requested: it did not happen. Fails as weir_host_call_return(). */
WEIR_API weir_status weir_host_call_cancelled(weir_host_call *call);

/* ---- host resources -------------------------------------------------------------------------------------------------- */

/**
 * Makes an owned handle to a host resource of a type that the call's linker defines, for use as result or argument.
 * WEIR_ERR_NOT_FOUND where the component does not import that resource; WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_resource_new(weir_host_call *call, const char *interface, const char *name, uint64_t rep,
                                       weir_value *ret);

/** The representation of a handle that a guest gave; 0 where it is not a host's resource, or one that is gone. */
WEIR_API uint64_t weir_resource_rep(const weir_value *value);

#ifdef __cplusplus
}
#endif
#endif
