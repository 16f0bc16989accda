/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * What an embedder gives the guests of a WASI host in the place of the system's: standard streams, clocks, and a word
 * on each use of the network. weir_wasi_config (weir/wasi.h) takes these structs, and copies them.
 *
 * All functions here are called on the thread that runs the loop of the host, within a step of a store, a round of the
 * loop, or a function of weir/wasi.h. They must not call weir, but for weir_wasi_wake().
 *
 * Unstable ring.
 */
#ifndef WEIR_WASI_WORLD_H
#define WEIR_WASI_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/api.h"
#include "weir/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What functions of an embedder give in the place of a number of bytes. */
typedef enum weir_wasi_moved {
  WEIR_WASI_LATER = -1,  /**< None now. weir_wasi_wake() tells when to ask again; until then the guest waits. */
  WEIR_WASI_BROKEN = -2, /**< None, and the stream is of no use any more: guests are told `io`. */
  WEIR_WASI_MOVED_WIDTH = 0x7fffffff
} weir_wasi_moved;

/** Where standard input comes from: a function, or memory. */
typedef struct weir_wasi_source {
  /** Gives up to `size` bytes (`size` > 0): their number, 0 at the end, or weir_wasi_moved. Nothing is asked for before
   *  a guest reads. NULL: memory. */
  int64_t (*read)(void *data, void *bytes, size_t size);
  void *data;         /**< `data` of `read`. */
  const void *memory; /**< Without `read`: all that there is. Lent until weir_wasi_free(). */
  size_t memory_size;
} weir_wasi_source;

/** Where standard output goes: to a function, or into memory. */
typedef struct weir_wasi_sink {
  /** Takes some of `size` bytes (`size` > 0): their number, at least 1, or weir_wasi_moved. What is not taken is given
   *  again: a guest writes no faster than the embedder takes. NULL: memory. */
  int64_t (*write)(void *data, const void *bytes, size_t size);
  void *data;     /**< `data` of `write`. */
  uint64_t limit; /**< Without `write`: so many bytes are kept for weir_wasi_written(). Guests that write more are told
                       `io`. */
} weir_wasi_sink;

/**
 * The clocks of guests. Timers run by them too: the host asks again after as much time of the system's as a wait still
 * lacks, and after weir_wasi_wake(). So a clock that is set forward, or runs faster than the system's, calls that.
 * Times of files remain the system's.
 */
typedef struct weir_wasi_clock {
  uint64_t (*monotonic)(void *data); /**< Nanoseconds since any time; never less than before. */
  /** The time of day: seconds since 1970 and nanoseconds below 1,000,000,000. */
  void (*system)(void *data, int64_t *ret_seconds, uint32_t *ret_nanoseconds);
  /** The loop is about to wait, and until then nothing is due by this clock. Called where that is another time than
   *  before. A clock of a simulation may go there at once, and call weir_wasi_wake(). NULL is allowed. */
  void (*on_wait)(void *data, uint64_t until);
  void *data;          /**< `data` of all three. */
  uint64_t resolution; /**< Of both clocks, in nanoseconds; 0: 1. */
} weir_wasi_clock;

/** How a guest would use the network. */
typedef enum weir_wasi_net_kind {
  WEIR_WASI_NET_TCP_IN = 0,  /**< To bind or listen. */
  WEIR_WASI_NET_TCP_OUT = 1, /**< To connect. */
  WEIR_WASI_NET_UDP_IN = 2,  /**< To bind. */
  WEIR_WASI_NET_UDP_OUT = 3, /**< To connect, or to send one datagram. */
  WEIR_WASI_NET_LOOKUP = 4,  /**< To look a name up. */
  WEIR_WASI_NET_KIND_WIDTH = 0x7fffffff
} weir_wasi_net_kind;

/** A rule of weir_wasi_config.net, read: the uses that it grants. */
typedef struct weir_wasi_net_rule {
  uint32_t kinds;       /**< The bit `1 << kind` for each weir_wasi_net_kind. */
  bool any;             /**< Any address; else the first `bits` bits of `address` decide. */
  bool v6;              /**< `address` is of version 6. */
  uint16_t first, last; /**< Ports; 0 is among them where the system may choose. */
  uint32_t bits;
  uint8_t address[16]; /**< In the order of the network. */
} weir_wasi_net_rule;

/** Reads a rule of weir_wasi_config.net. Any thread. WEIR_ERR_PARSE: the text is none. */
WEIR_API weir_status weir_wasi_net_rule_parse(const char *text, weir_wasi_net_rule *ret);

/** One use of the network. */
typedef struct weir_wasi_net_use {
  weir_wasi_net_kind kind;
  bool granted;        /**< A rule of weir_wasi_config.net grants the use. */
  bool v6;             /**< `address` is of version 6, and has 16 bytes; else 4. */
  uint16_t port;       /**< 0 of WEIR_WASI_NET_TCP_IN and _UDP_IN: the system chooses. */
  uint8_t address[16]; /**< In the order of the network. All zero: any address of this machine. */
  const char *name;    /**< Of WEIR_WASI_NET_LOOKUP: the name as the guest gave it. Else NULL. */
} weir_wasi_net_use;

#ifdef __cplusplus
}
#endif
#endif
