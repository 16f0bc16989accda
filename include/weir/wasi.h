/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * WASI 0.3 and 0.2 on libuv: cli, clocks, filesystem, random and sockets. One object for one libuv loop and the stores
 * that are driven beside it, all for the thread that runs the loop. The loop is the object's own, and weir_wasi_drive()
 * runs it; or it is another's, such as a bridge's (weir_bridge_loop()), who runs it and steps the stores: then
 * weir_wasi_attach() ties the three. What could block on a file, or on looking a name up, goes to libuv's threads.
 *
 * Unstable ring.
 */
#ifndef WEIR_WASI_H
#define WEIR_WASI_H

#include "weir/bridge.h"
#include "weir/call.h"
#include "weir/linker.h"
#include "weir/wasi_world.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_wasi weir_wasi;

/**
 * A directory that guests get: they open, make, change and remove what is below it, and nothing else, wherever symbolic
 * links lead. It is opened when the host is made, and stays open as long as the host.
 */
typedef struct weir_wasi_preopen {
  const char *guest_path; /**< Its name for guests: UTF-8. NULL: `host_path`. */
  const char *host_path;  /**< NULL: `fd`. */
  int fd;                 /**< An open directory where there is no `host_path`; lent until weir_wasi_new() returns. */
  bool read_only;         /**< Guests may not change anything (error code `read-only`). */
} weir_wasi_preopen;

/** What a guest lacks. */
typedef enum weir_wasi_grant {
  WEIR_WASI_GRANT_DIR = 0,     /**< A directory: the path is outside of those that the guest has. */
  WEIR_WASI_GRANT_CHANGES = 1, /**< Changes in a directory that is `read_only`. */
  WEIR_WASI_GRANT_NET = 2,     /**< A use of the network: the text is the rule of `net` that grants just that. */
  WEIR_WASI_GRANT_WIDTH = 0x7fffffff
} weir_wasi_grant;

/**
 * What a guest sees of the world. Everything is copied. Begin with WEIR_WASI_CONFIG_INIT; zero is: no arguments, no
 * environment.
 */
typedef struct weir_wasi_config {
  size_t size;             /**< sizeof(weir_wasi_config): weir/api.h. */
  const char *const *args; /**< Arguments, the program's name first. */
  size_t arg_count;
  const char *const *env; /**< "NAME=value" each. */
  size_t env_count;
  const char *initial_cwd;            /**< NULL: none. */
  int stdin_fd, stdout_fd, stderr_fd; /**< Descriptors to use where inherit_stdio is not set, -1: none. Lent: they stay
                                         open until weir_wasi_free(). Mind that a zeroed one means descriptor 0. */
  bool inherit_stdio;                 /**< Descriptors 0, 1 and 2; where 0 is closed, none. */
  const uint64_t *random_seed;        /**< NULL: the system's random source; else two numbers: a reproducible one. */
  struct uv_loop_s *loop;             /**< A loop that somebody else runs; lent until it has closed the handles that
                                         weir_wasi_free() gives up. NULL: one of its own. */
  const weir_wasi_preopen *preopens;  /**< Directories for guests; none: guests have no files. */
  size_t preopen_count;
  uint64_t max_descriptors; /**< Files and directories that guests may have open together; 0: 4,096. A guest that
                               opens more is told `quota`. */
  uint64_t max_file_bytes;  /**< Memory for what is on its way between guests and files, 0: 64 MiB. Where it is used
                               up, a guest is told `insufficient-memory`. */
  /** Called each time that a guest is refused something, so that a user can be told what to grant. Of files the text is
   *  the path as the guest gave it (empty: none). On the loop's thread, within a step or a round of the loop; must not
   *  call weir. NULL is allowed. */
  void (*on_refused)(void *data, weir_wasi_grant grant, const char *text);
  void *refused_data;     /**< `data` of `on_refused`. */
  const char *const *net; /**< What guests may do in the network; none: nothing. Each is `all`, `lookup`, or
                               `(tcp|udp)[-in|-out][:ADDRESS[/BITS]][:PORT[-PORT]]`: `in` is to bind, `out` to connect
                               and send; `*` as the address is any; an address of IPv6 stands in brackets. A guest that
                               does what no rule grants is told `access-denied`. */
  size_t net_count;
  uint64_t max_sockets;                            /**< Sockets that guests may have open together; 0: 4,096. */
  const weir_wasi_source *stdin_source;            /**< In the place of a descriptor. NULL: none. */
  const weir_wasi_sink *stdout_sink, *stderr_sink; /**< The same. */
  const weir_wasi_clock *clock;                    /**< NULL: the system's clocks; the monotonic one begins at 0. */
  /** Fills with random bytes: all that guests get, also of what is called insecure. False: there are none, and the
   *  guest's call fails. NULL: `random_seed` decides; WEIR_ERR_MISUSE where that is set too. */
  bool (*random)(void *data, void *bytes, size_t size);
  void *random_data; /**< `data` of `random`. */
  /** Decides each use of the network, whatever `net` grants: an address when it is used, after look-up, and a name
   *  before. Where guests ask often, for each datagram, the function should be quick. NULL: the rules decide. */
  bool (*may_use_net)(void *data, const weir_wasi_net_use *use);
  void *net_data; /**< `data` of `may_use_net`. */
  /** Whether weir_wasi_link() defines an interface, such as `wasi:sockets/types@0.3.0`. NULL: all. */
  bool (*links)(void *data, const char *interface_name);
  void *links_data; /**< `data` of `links`. */
} weir_wasi_config;
#define WEIR_WASI_CONFIG_INIT WEIR_INIT(weir_wasi_config)

/**
 * Makes a WASI host. The caller owns the host, and frees it after every store that uses the host. On the thread that
 * runs the loop. WEIR_ERR_IO: there is no loop, or a directory cannot be opened; WEIR_ERR_MALFORMED: a text is not
 * UTF-8; WEIR_ERR_PARSE: a rule for the network is none; WEIR_ERR_MISUSE: settings of a later version; WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_wasi_new(const weir_wasi_config *config, weir_wasi **ret, weir_error **ret_error);

/**
 * Frees a host, after the stores that use the host. NULL is allowed. On the thread that runs the loop. If the loop is
 * another's, the loop closes the handles of the host in its next rounds, and the memory goes with the last handle; the
 * stop function of a bridge is the right place for this call. Once such a loop has closed all handles and has ended,
 * any thread may call. Inside weir_wasi_drive(), _drain() or _flush() the function does nothing.
 */
WEIR_API void weir_wasi_free(weir_wasi *wasi);

/**
 * Says that functions of the embedder's (weir/wasi_world.h) have news: bytes, room, or a later time. The host asks them
 * again in a round of its loop, and wakes the loop for that. Any thread, and those functions themselves, but not during
 * weir_wasi_free().
 */
WEIR_API void weir_wasi_wake(weir_wasi *wasi);

/**
 * What guests have written into the memory of a weir_wasi_sink: of `stdout_sink` for descriptor 1, of `stderr_sink` for
 * 2. NULL, and no bytes, where there is none. The host's, until the next step of a store or round of the loop. On the
 * thread that runs the loop; after weir_wasi_flush() nothing is missing.
 */
WEIR_API const void *weir_wasi_written(const weir_wasi *wasi, int descriptor, size_t *ret_size);

/** Defines the interfaces of the host (`links`) in a linker, which must not outlive the host. WEIR_ERR_NOMEM. */
WEIR_API weir_status weir_wasi_link(weir_wasi *wasi, weir_linker *linker, weir_error **ret_error);

/**
 * Makes a component of a program of WASI preview 1 (`wasm32-wasip1`): a core module, in binary form, that imports
 * functions of `wasi_snapshot_preview1` and nothing else, and exports `_start` and `memory`. The component imports WASI
 * 0.2 and exports `wasi:cli/run`. The module is validated with the component, when that is loaded. The caller owns
 * `*ret`, `*ret_size` bytes (weir_bytes_free()). Any thread.
 * WEIR_ERR_LINK: the module is no such program; the message says why. WEIR_ERR_MALFORMED, WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_wasi_adapt_preview1(const void *bytes, size_t size, void **ret, size_t *ret_size,
                                              weir_error **ret_error);

/**
 * Steps a store and runs the loop until the call has ended, and blocks while the guest waits for the host. Runs
 * guests, host functions and callbacks. WEIR_OK: the call has ended (weir_call_result()). WEIR_ERR_DEADLOCK: the guest
 * waits for something that cannot come. WEIR_ERR_TIMEOUT: weir_wasi_set_timeout(). WEIR_ERR_CANCELLED:
 * weir_wasi_stop(). WEIR_ERR_MISUSE: the loop is another's, or is being run.
 */
WEIR_API weir_status weir_wasi_drive(weir_wasi *wasi, weir_store *store, weir_call *call, weir_error **ret_error);

/**
 * Steps a store and runs the loop until no task is live: a task may go on after its call has returned, and a program
 * that ends before cuts off its work. WEIR_OK: no task is live. WEIR_ERR_TIMEOUT: some are live after so many
 * milliseconds (UINT64_MAX: no limit), or weir_wasi_set_timeout(). If a guest traps: the failure of the store.
 * Otherwise as weir_wasi_drive().
 */
WEIR_API weir_status weir_wasi_drain(weir_wasi *wasi, weir_store *store, uint64_t milliseconds, weir_error **ret_error);

/**
 * Makes weir_wasi_drive(), _drain() and _flush() end with WEIR_ERR_TIMEOUT so many milliseconds from now, if the guest
 * waits or yields then, or nobody reads its output; 0: at once; UINT64_MAX: never. A guest that computes is stopped by
 * weir_store_set_deadline() only. No effect if the loop is another's.
 */
WEIR_API void weir_wasi_set_timeout(weir_wasi *wasi, uint64_t milliseconds);

/**
 * Makes weir_wasi_drive() and _drain(), now and later, end with WEIR_ERR_CANCELLED when the guest next waits or yields.
 * The store stays as it is, and weir_wasi_flush() still brings the output out. A guest that computes is stopped by
 * weir_engine_tick() and a deadline only. Any thread, but not during weir_wasi_free(). No effect if the loop is
 * another's.
 */
WEIR_API void weir_wasi_stop(weir_wasi *wasi);

/**
 * Blocks until the output that guests have written has left the process; for use before exit. If the loop is another's,
 * the function does not run the loop. What guests have written to files is never lost: it is written before the host is
 * gone, and if the loop is the host's own, before this function returns or the time is over. WEIR_ERR_IO: output was
 * lost. WEIR_ERR_TIMEOUT: weir_wasi_set_timeout(), or the loop is another's and a weir_wasi_sink takes no more for now;
 * weir_wasi_free() loses what is left. WEIR_ERR_MISUSE: the host is being driven.
 */
WEIR_API weir_status weir_wasi_flush(weir_wasi *wasi, weir_error **ret_error);

/**
 * A descriptor for a loop that is not libuv's, such as epoll's or asyncio's: readable when weir_wasi_turn() has
 * something to do. The caller only waits for it. -1: the host's loop is another's. On the loop's thread.
 */
WEIR_API int weir_wasi_fd(const weir_wasi *wasi);

/**
 * Does what is ready on the host's own loop, and never waits: in the place of weir_wasi_drive(), for embedders that
 * step their stores themselves. Due after each round of steps of a store that uses the host, when weir_wasi_fd() is
 * readable, and when `*ret_milliseconds` have passed (UINT64_MAX: no such time). 0: step the stores, then call again.
 * May call functions of weir/wasi_world.h and the wake callbacks of stores, and no guest. WEIR_ERR_MISUSE: the loop is
 * another's, or is being run; `*ret_milliseconds` is as it was.
 */
WEIR_API weir_status weir_wasi_turn(weir_wasi *wasi, uint64_t *ret_milliseconds, weir_error **ret_error);

/**
 * Does what weir_bridge_attach() does, for a store whose instances use this host on the loop of the bridge. Before the
 * bridge waits, it asks guests that wait for input whether they still do, as weir_wasi_drive() does. On the worker of
 * the bridge. WEIR_ERR_MISUSE: the loop of the host is not that of the bridge. Otherwise as weir_bridge_attach().
 */
WEIR_API weir_status weir_wasi_attach(weir_wasi *wasi, weir_bridge *bridge, weir_store *store, weir_error **ret_error);

#ifdef __cplusplus
}
#endif
#endif
