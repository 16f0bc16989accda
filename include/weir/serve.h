/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * An HTTP server in front of a component that exports wasi:http/handler (0.3) or wasi:http/incoming-handler (0.2):
 * what `weir serve` is made of. Each worker is a thread with a loop of its own, and a pool of instances, each in a
 * store of its own. A request goes to an instance of the worker that has accepted the connection.
 *
 *     weir_serve_config config = WEIR_SERVE_CONFIG_INIT;
 *     const char *address = "127.0.0.1:8080";
 *     config.addresses = &address;
 *     config.address_count = 1;
 *     if (weir_server_new(component, &config, &server, &error) || weir_server_start(server, &error))
 *       ...
 *     weir_server_drain(server, 10000);   // some time later, on any thread
 *     weir_server_wait(server);
 *     weir_server_free(server);
 *
 * An instance lives until its live tasks are zero (weir_store_live_tasks()): bodies, trailers and work after a response
 * go on, for as long as `after_ms` allows. A guest that traps takes its instance with it: the requests of that instance
 * are answered with 500, or broken off where a response had begun, and the next request gets another instance.
 *
 * Threads: any, for all functions that take a server, but weir_server_free(), which is the last.
 *
 * Unstable ring.
 */
#ifndef WEIR_SERVE_H
#define WEIR_SERVE_H

#include "weir/component.h"
#include "weir/limits.h"
#include "weir/record.h"
#include "weir/wasi.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_server weir_server;

/**
 * Which instances leave a record of all that crossed between them and the host, in `record_directory`: those of which a
 * request was like this. Each record is kept in memory from the beginning of its instance and written when the instance
 * ends. An instance whose record will be written takes no more requests. weir_replay() does again what the instance
 * did. Instances that are recorded are not set aside (`slice_ms`): a guest that spins is stopped after `request_ms` and
 * `after_ms`, and keeps its worker until then.
 */
typedef enum weir_serve_record {
  WEIR_SERVE_RECORD_NEVER = 0,
  WEIR_SERVE_RECORD_FAILED = 1,  /**< The guest has trapped, taken too long, or answered with 5xx. */
  WEIR_SERVE_RECORD_SLOW = 2,    /**< It took `record_number` milliseconds or more. */
  WEIR_SERVE_RECORD_SAMPLED = 3, /**< One request in `record_number`. */
  WEIR_SERVE_RECORD_ALL = 4,     /**< Any. The instance goes on taking requests. */
  WEIR_SERVE_RECORD_WIDTH = 0x7fffffff
} weir_serve_record;

/**
 * Which fields of a request say whose it is, where it comes from a proxy that is trusted: one kind, the one that the
 * proxy writes. Of the other kind, and of those that are not trusted, nothing is believed.
 */
typedef enum weir_serve_forwarded {
  WEIR_SERVE_FORWARDED_NONE = 0,
  WEIR_SERVE_FORWARDED_STANDARD = 1, /**< `Forwarded` (RFC 7239). */
  WEIR_SERVE_FORWARDED_X = 2,        /**< `X-Forwarded-For`, `X-Forwarded-Proto`, `X-Forwarded-Host`. */
  WEIR_SERVE_FORWARDED_WIDTH = 0x7fffffff
} weir_serve_forwarded;

/**
 * Requests that another component answers. Of the routes that fit a request, one that names the host comes first, then
 * the one with the longest path.
 */
typedef struct weir_serve_route {
  const char *host; /**< "shop.example", without a port; NULL: any. */
  const char *path; /**< "/shop": that path and all below it. The handler gets the whole path. NULL: any. */
  const weir_component *component; /**< Exports a handler; held by the server. */
} weir_serve_route;

/**
 * Settings of a server. weir_server_new() copies or uses them up, but for those that are said to be lent, and for
 * `world`, which is borrowed until weir_server_start() has returned. Begin with WEIR_SERVE_CONFIG_INIT;
 * zero is what stands beside each member.
 */
typedef struct weir_serve_config {
  size_t size;                  /**< sizeof(weir_serve_config): weir/api.h. */
  const char *const *addresses; /**< Where to listen: "127.0.0.1:8080", "[::1]:8080", ":8080" (all addresses); the
                                      port 0 is any that is free (weir_server_port()). */
  size_t address_count;
  const int *sockets; /**< Sockets that listen already; the server duplicates them. */
  size_t socket_count;
  const char *tls_certificate; /**< PEM file of a certificate and its chain: the addresses speak TLS. NULL: in clear. */
  const char *tls_key;         /**< PEM file of its key. */
  const char *admin;           /**< Address of /healthz, /readyz and /metrics; NULL: none. */
  const weir_serve_route *routes; /**< Other components, by host and path; the rest is for the component that the server
                                       is made with. The array is copied, its texts are lent as long as the server. */
  size_t route_count;
  uint32_t workers;         /**< Threads that serve; 0: 1. */
  uint32_t max_instances;   /**< Instances in a worker; 0: 128. */
  uint32_t instances_ahead; /**< Instances of a worker that wait for requests; 0: none. */
  /** Requests that an instance takes in its life; 0: no limit for a handler of 0.3, 100 for one of 0.2. With 1, no
   *  request can see what another one left in the memory of the guest. */
  uint32_t instance_requests;
  uint32_t instance_concurrency;  /**< Requests that an instance has at once; 0: 16. A handler of 0.2 has 1. */
  uint32_t max_waiting;           /**< Requests in a worker that wait for an instance; 0: 1,000. Beyond: 503. */
  uint32_t max_connections;       /**< In a worker; 0: 10,000. */
  uint64_t idle_ms;               /**< How long an instance without work is kept; 0: 10,000. */
  uint64_t request_ms;            /**< From the head of a request to the end of its response; 0: 60,000. Beyond: 504, or
                                      the response is broken off, and the instance takes no more requests. */
  uint64_t after_ms;              /**< How long tasks may work after the last response of an instance; 0: 30,000. */
  uint32_t retry_after;           /**< Seconds, in `retry-after` of a 503; 0: 1. */
  uint32_t slice_ms;              /**< A guest that computes for so long is set aside until others have had their turn;
                                      needs weir_engine_config.deadlines. 0: guests are not set aside, and one that
                                      spins keeps its worker. */
  weir_serve_record record_when;  /**< Which instances leave a record; 0: none is recorded. */
  uint64_t record_number;         /**< Of WEIR_SERVE_RECORD_SLOW and _SAMPLED. */
  const char *record_directory;   /**< Where records are written; lent as long as the server. */
  uint64_t record_bytes;          /**< Bytes of a record, after which its instance takes no more requests; 0: 16 MiB. */
  uint32_t record_files;          /**< Most records that the server writes; 0: 100. */
  weir_log_redact_fn redact;      /**< As weir_record_config.redact, with `data`. NULL: nothing is left out. */
  const weir_wasi_config *world;  /**< What guests see of the world besides requests; its `loop` must be NULL. NULL:
                                      nothing. */
  const weir_store_config *store; /**< Limits of each instance; NULL: the usual ones. Its `slice` is not used. */
  /** Is told each request when it is over: a JSON object and a line break, in `size` bytes that are good in the call.
   *  On the thread of a worker; several may call at once. Must not block. NULL: nobody is told. */
  void (*access)(void *data, const char *line, size_t size);
  /** Is told in words what no response tells: an instance that cannot be made, a guest that traps (after its response
   *  maybe), a record that cannot be written. On the thread of a worker, as `access`. NULL: nobody is told. */
  void (*trouble)(void *data, const char *text);
  void *data; /**< For the callbacks. */
  /** Each connection begins with a header of the PROXY protocol, version 1 or 2, from a proxy that is trusted; other
   *  connections are closed. The client is whom the header names, for the access log and in the field `forwarded` that
   *  guests see; what clients write into that field and its like is removed. */
  bool proxy_protocol;
  /** Fields that name the client of a request, its scheme and its host, for the access log, routes and guests. Where
   *  the other end of the connection is not trusted, the fields are removed. */
  weir_serve_forwarded forwarded;
  const char *const *trusted; /**< Proxies: addresses and ranges, "10.0.0.0/8", "::1". None: this machine's own
                                   loopback addresses, 127.0.0.0/8 and ::1. */
  size_t trusted_count;
} weir_serve_config;
#define WEIR_SERVE_CONFIG_INIT WEIR_INIT(weir_serve_config)

/**
 * Makes a server and binds its addresses; nobody is served yet. The caller owns the result, which holds the component.
 * `component` may be NULL where there are routes: what fits none of them is 404 then.
 * WEIR_ERR_NOT_FOUND: the component exports no handler. WEIR_ERR_LINK: the component imports what the server does not
 * give. WEIR_ERR_PARSE: an address, or a range of `trusted`, is none. WEIR_ERR_IO: an address cannot be bound, a
 * directory of `world` not opened, or nothing be written to `record_directory`. WEIR_ERR_INVALID: the certificate or
 * the key is not usable. WEIR_ERR_MISUSE: settings of a later version; no component; components of several engines; no
 * address; a certificate without key; records without a directory; a `world` with a loop; slices, and the engine has no
 * deadlines. WEIR_ERR_UNSUPPORTED: weir was built without HTTP. WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_server_new(const weir_component *component, const weir_serve_config *config,
                                     weir_server **ret, weir_error **ret_error);

/** Starts the workers, once. WEIR_ERR_IO: a thread or a loop could not be made. WEIR_ERR_MISUSE: started before. */
WEIR_API weir_status weir_server_start(weir_server *server, weir_error **ret_error);

/** The port that an address is bound to, by its place in `addresses`; 0: there is none. */
WEIR_API uint16_t weir_server_port(const weir_server *server, size_t index);

/** The port of the admin address; 0: there is none. */
WEIR_API uint16_t weir_server_admin_port(const weir_server *server);

/**
 * Serves requests of a route that come from now on with another component of the same engine. `route` is the place in
 * weir_serve_config.routes; `route_count` stands for the component that the server was made with. Requests that run end
 * with the component that they began with. No request is lost. WEIR_ERR_NOT_FOUND, WEIR_ERR_LINK, WEIR_ERR_MISUSE,
 * WEIR_ERR_NOMEM: as weir_server_new(); the server goes on as before.
 */
WEIR_API weir_status weir_server_reload(weir_server *server, size_t route, const weir_component *component,
                                        weir_error **ret_error);

/**
 * Stops: no connection is accepted any more, requests that run, and the work after them, have so many milliseconds to
 * end, and then the workers end. What is left then is broken off. Only the first call counts. Where another thread is
 * inside weir_server_start(), that is waited for. Before it: nothing happens.
 */
WEIR_API void weir_server_drain(weir_server *server, uint64_t milliseconds);

/**
 * Blocks until all workers have ended, which they do after weir_server_drain(). Returns at once where the server was
 * not started. Several threads may wait. On no thread of the server's.
 */
WEIR_API void weir_server_wait(weir_server *server);

/**
 * Writes the metrics of all workers in Prometheus' text format. The caller owns `*ret_text` (weir_text_free()), which
 * ends with a zero; `ret_size` (may be NULL) gets the size without the zero. WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_server_metrics(const weir_server *server, char **ret_text, size_t *ret_size);

/** Ends the server, at once where it was not drained, and frees it. NULL is allowed. On no thread of the server's. */
WEIR_API void weir_server_free(weir_server *server);

#ifdef __cplusplus
}
#endif
#endif
