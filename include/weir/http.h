/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * HTTP requests in the hands of a component, for a program that has an HTTP server of its own: the program gives the
 * head of a request, and the two bodies go both ways with back-pressure while the store is stepped. The component
 * exports a handler of WASI: wasi:http/handler@0.3.0, or wasi:http/incoming-handler@0.2.
 *
 *     weir_http_request r = WEIR_HTTP_REQUEST_INIT;
 *     r.path = "/";
 *     weir_http_exchange *x;
 *     weir_http_handle(wasi, store, instance, weir_http_find_handler(component), &r, &events, data, &x, &error);
 *     weir_http_finish(x, NULL, 0);                      // the request has no body
 *     weir_wasi_drain(wasi, store, UINT64_MAX, &error);  // or another way to step the store and to run the loop
 *
 * Threads: all for the thread that runs the loop of the host and owns the store. Callbacks are called from there, in a
 * step, in a round of the loop, or while the store is freed. They may call every function of this header, but must not
 * step the store or call guests.
 *
 * Texts are terminated; names and values of fields have sizes, and values may be any bytes that HTTP allows.
 * Origin: wasi:http/types.
 *
 * Unstable ring.
 */
#ifndef WEIR_HTTP_H
#define WEIR_HTTP_H

#include "weir/instance.h"
#include "weir/wasi.h"

#ifdef __cplusplus
extern "C" {
#endif

/** One request and its response. The program owns the handle (weir_http_exchange_free()). */
typedef struct weir_http_exchange weir_http_exchange;

/** A header or trailer. Neither part ends with a zero where weir gives it. */
typedef struct weir_http_field {
  const char *name;
  size_t name_size;
  const char *value;
  size_t value_size;
} weir_http_field;

/** The head of a request. Everything is copied. Begin with WEIR_HTTP_REQUEST_INIT. */
typedef struct weir_http_request {
  size_t size;                    /**< sizeof(weir_http_request): weir/api.h. */
  const char *method;             /**< NULL: "GET". */
  const char *scheme;             /**< "http" or another; NULL: none is told. */
  const char *authority;          /**< "host:8080"; NULL: none is told. */
  const char *path;               /**< With the query: "/a?b"; NULL: none. */
  const weir_http_field *headers; /**< Without those that frame the message or belong to the connection. */
  size_t header_count;
} weir_http_request;
#define WEIR_HTTP_REQUEST_INIT WEIR_INIT(weir_http_request)

/**
 * What becomes of a request. Each member may be NULL. After `end` or `broken` there is nothing more of the response;
 * `exited` may come before or after.
 */
typedef struct weir_http_events {
  size_t size; /**< sizeof(weir_http_events): weir/api.h. */
  /** An informational response, before the response. The fields are good during the call. */
  void (*informational)(void *data, weir_http_exchange *x, uint16_t status, const weir_http_field *headers,
                        size_t count);
  /** The head of the response: the guest's, or one that weir gives where the guest has none (500 and others). */
  void (*response)(void *data, weir_http_exchange *x, uint16_t status, const weir_http_field *headers, size_t count);
  /**
   * Bytes of the body; returns how many of them the program has taken. Less than all: the guest waits until
   * weir_http_writable(). NULL: all are taken and dropped.
   */
  size_t (*body)(void *data, weir_http_exchange *x, const void *bytes, size_t size);
  /** The end of the response. The program calls weir_http_sent() when all has gone to the client. */
  void (*end)(void *data, weir_http_exchange *x, const weir_http_field *trailers, size_t count);
  /** The response cannot be completed; the client must see that. `code`: as in wasi:http, lower-cased; `detail` may be
   *  empty. Both are good during the call. */
  void (*broken)(void *data, weir_http_exchange *x, const char *code, const char *detail);
  /** The guest reads the request's body: weir_http_write() may take more than before. */
  void (*readable)(void *data, weir_http_exchange *x);
  /** The guest's call has failed: a trap, say. `error` is good during the call; NULL: none. */
  void (*failed)(void *data, weir_http_exchange *x, weir_status status, const weir_error *error);
  /** The guest's call has exited: no code of it runs any more. It may go on long after the response. */
  void (*exited)(void *data, weir_http_exchange *x);
} weir_http_events;
#define WEIR_HTTP_EVENTS_INIT WEIR_INIT(weir_http_events)

/**
 * The handler that a component exports, for weir_http_handle(): that of 0.3, or else that of 0.2. NULL: none. Lives as
 * long as the types of the component. Any thread.
 */
WEIR_API const weir_func *weir_http_find_handler(const weir_component *component);

/**
 * Calls a handler with a request. The body may follow: weir_http_write() and weir_http_finish(). The instance was
 * linked with this host (weir_wasi_link()). Runs the guest until it blocks or ends. `events` is copied, and told with
 * `data`, from inside of this function on. WEIR_ERR_PARSE: a method, scheme, authority, path or field that HTTP does
 * not allow; WEIR_ERR_LIMIT: fields of more than 64 KiB; WEIR_ERR_MISUSE: no handler, or settings of a later version;
 * else as weir_call_start(). After a failure nothing is told, and there is no exchange.
 */
WEIR_API weir_status weir_http_handle(weir_wasi *wasi, weir_store *store, weir_instance *instance,
                                      const weir_func *handler, const weir_http_request *request,
                                      const weir_http_events *events, void *data, weir_http_exchange **ret,
                                      weir_error **ret_error);

/**
 * Gives bytes of the request's body, and returns how many were taken: they were copied. No more than 64 KiB wait for
 * the guest; `readable` is told when there is room again. 0 where the exchange is over, or the body finished.
 */
WEIR_API size_t weir_http_write(weir_http_exchange *x, const void *bytes, size_t size);

/** Ends the request, with trailers. Once; later calls have no effect. WEIR_ERR_PARSE, WEIR_ERR_LIMIT, WEIR_ERR_NOMEM.
 * */
WEIR_API weir_status weir_http_finish(weir_http_exchange *x, const weir_http_field *trailers, size_t count);

/** The program takes bytes of the response again: `body` is called with those that it has left. */
WEIR_API void weir_http_writable(weir_http_exchange *x);

/** All of the response has gone to the client, after `end`. The guest is told that its response was sent. */
WEIR_API void weir_http_sent(weir_http_exchange *x);

/**
 * The client is gone: nothing of the request comes any more, and nothing of the response is wanted. The guest goes on,
 * and finds its streams closed. No callback is called but `failed` and `exited`.
 */
WEIR_API void weir_http_abort(weir_http_exchange *x);

/** Asks the guest to give the call up (weir_call_cancel()). */
WEIR_API void weir_http_cancel(weir_http_exchange *x);

/** Releases the handle, after weir_http_abort() where the exchange is not over. Nothing is told any more. NULL is
 * allowed.
 */
WEIR_API void weir_http_exchange_free(weir_http_exchange *x);

#ifdef __cplusplus
}
#endif
#endif
