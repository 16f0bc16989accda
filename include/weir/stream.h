/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * A host's ends of streams and futures.
 *
 * A stream has a readable and a writable end; a future is a stream of one element. A host may make a pair and give the
 * readable end to a guest, or get a readable end from a guest as a value. Each end does one operation at a time. A
 * guest's write waits until the host reads, and a host's write until the guest reads: this is all of back-pressure.
 *
 * Every operation completes exactly once, through its callback: inside weir_store_step(), or inside weir_store_free()
 * where the store has failed before. Who waits for one learns of a failure from weir_store_failure(), or from a call.
 * Origin: CanonicalABI.md#stream-state and #future-state.
 *
 * Threads: all functions are for the thread that owns the store (weir/store.h), but for weir_stream_cancel() and
 * weir_stream_drop(), which are for any thread. On another thread the others fail with WEIR_ERR_MISUSE, or do nothing
 * where they have no status. The same holds for an end that was dropped or given away, or whose store is gone. None of
 * these functions calls a guest or a callback other than the store's wake callback.
 *
 * Stable ring.
 */
#ifndef WEIR_STREAM_H
#define WEIR_STREAM_H

#include "weir/store.h"
#include "weir/value.h"

#ifdef __cplusplus
extern "C" {
#endif

/** How an operation ended. */
typedef enum weir_copy_result {
  WEIR_COPY_COMPLETED = 0, /**< At least one element moved (or the buffer was empty). */
  WEIR_COPY_DROPPED = 1,   /**< The other end is gone; `count` elements moved before. */
  WEIR_COPY_CANCELLED = 2, /**< weir_stream_cancel(), or the store is being freed; `count` elements moved before. */
  WEIR_COPY_RESULT_WIDTH = 0x7fffffff
} weir_copy_result;

/**
 * Called when an operation has ended: `count` elements were moved. On the owner's thread, in a step or inside
 * weir_store_free(). The callback may start the next operation.
 */
typedef void (*weir_copy_fn)(void *data, weir_stream *end, weir_copy_result result, size_t count);

/** Element type of streams that hosts make without a component's type at hand. */
typedef enum weir_element {
  WEIR_ELEMENT_NONE = 0,
  WEIR_ELEMENT_U8 = 1,
  WEIR_ELEMENT_TYPED = 2, /**< In records: of weir_stream_new_typed(). Not for weir_stream_new(). */
  WEIR_ELEMENT_WIDTH = 0x7fffffff
} weir_element;

/**
 * Makes a stream of bytes (or of nothing). `ret_readable` becomes a value to give to a guest; `*ret_writable` is the
 * host's, to be released with weir_stream_drop(). WEIR_ERR_NOMEM; WEIR_ERR_LIMIT; WEIR_ERR_MISUSE: the store is gone,
 * being freed, or another thread's.
 */
WEIR_API weir_status weir_stream_new(weir_store *store, weir_element element, weir_value *ret_readable,
                                     weir_stream **ret_writable, weir_error **ret_error);

/**
 * Makes a stream or future of any type: `type` is from weir_type_parse(), or that of a component's function
 * (weir_func_param_type()). Otherwise as weir_stream_new(): integers and floats can be read and written as they lie in
 * memory, everything as values. The readable end may go to a guest wherever the same type is wanted; elsewhere the call
 * is refused with WEIR_ERR_TYPE, or the guest failed with WEIR_ERR_HOST where it is a host function's result.
 * WEIR_ERR_TYPE: `type` is neither a stream nor a future, or has a resource of a component without instance in the
 * store.
 */
WEIR_API weir_status weir_stream_new_typed(weir_store *store, const weir_type *type, weir_value *ret_readable,
                                           weir_stream **ret_writable, weir_error **ret_error);

/**
 * Takes the readable end out of a value, which is empty then: the caller owns the end, until weir_stream_drop(). NULL
 * where the value is neither a stream nor a future.
 */
WEIR_API weir_stream *weir_stream_from_value(weir_value *value);
/**
 * Puts a readable end into a value, to give it on. The function takes the end; but an end with an operation under way,
 * a writable or a stale end stays, and `*ret` is empty. The function that gets the value refuses it (WEIR_ERR_MISUSE)
 * if the end is done: its future has been read, or it has told that the other end of its stream is gone.
 */
WEIR_API void weir_stream_to_value(weir_stream *take_readable, weir_value *ret);

/**
 * Starts to read up to `capacity` bytes into `buffer`, which stays the store's until completion. Streams of u8 (and of
 * other integers and floats, in memory layout; then all counts are elements). WEIR_ERR_MISUSE: not a readable end, an
 * operation is under way, or the end is done; WEIR_ERR_TYPE for other element types.
 */
WEIR_API weir_status weir_stream_read(weir_stream *readable, void *buffer, size_t capacity, weir_copy_fn done,
                                      void *data, weir_error **ret_error);

/**
 * Starts to write `count` bytes (or elements) from `buffer`, which stays the store's until completion. Fails as
 * weir_stream_read().
 */
WEIR_API weir_status weir_stream_write(weir_stream *writable, const void *buffer, size_t count, weir_copy_fn done,
                                       void *data, weir_error **ret_error);

/**
 * The same with dynamic values, for any element type and for futures (`count` 1, else WEIR_ERR_MISUSE). A written value
 * is taken when it is read. WEIR_ERR_TYPE where a value is not of the element's type; if no guest has seen the future
 * yet, this is found later, and fails the guest (WEIR_ERR_HOST). WEIR_ERR_MISUSE also where a value holds a resource,
 * stream or future that the host does not have.
 */
WEIR_API weir_status weir_stream_read_values(weir_stream *readable, weir_value *buffer, size_t capacity,
                                             weir_copy_fn done, void *data, weir_error **ret_error);
WEIR_API weir_status weir_stream_write_values(weir_stream *writable, weir_value *take_values, size_t count,
                                              weir_copy_fn done, void *data, weir_error **ret_error);

/**
 * Looks at the elements of the other end's buffer where they lie, in memory layout, and says how many of them it has
 * used up: at most `count`. `bytes` may be read until the callback returns; NULL where elements have no content.
 */
typedef size_t (*weir_look_fn)(void *data, weir_stream *end, const void *bytes, size_t count);
/** Fills at most `count` elements of the other end's buffer where they lie, and says how many: as weir_look_fn. */
typedef size_t (*weir_fill_fn)(void *data, weir_stream *end, void *bytes, size_t count);

/**
 * Starts to read, or write, in place: without a buffer of the host's, and one copy less. Once the other end has an
 * operation, `look` or `fill` is called with its buffer, once, and then `done` with the count that was used. A count of
 * 0 leaves the other end's operation as it is, waiting: `done` is called with 0 elements. A count beyond what there was
 * is a failure of the host and ends the store (WEIR_ERR_HOST).
 *
 * `look` and `fill` are called inside a step, or while a call starts, on the owner's thread, like a host function: they
 * must not step the store or call guests (WEIR_ERR_MISUSE). They may start operations of other ends, finish host calls,
 * and drop any end: their own goes when the operation has completed. To cancel the own operation has no effect there.
 * They are never called after `done`: not where the operation is cancelled, or the other end dropped, before.
 *
 * For streams of integers and floats, and streams of nothing: WEIR_ERR_TYPE for others, and for futures. Else as
 * weir_stream_read() and weir_stream_write(). Where hosts have both ends one of them must have a buffer of bytes: where
 * both are in place the writer's `done` is called with 0 elements, and the reader goes on waiting; where one has values
 * the store fails.
 */
WEIR_API weir_status weir_stream_read_in_place(weir_stream *readable, weir_look_fn look, weir_copy_fn done, void *data,
                                               weir_error **ret_error);
WEIR_API weir_status weir_stream_write_in_place(weir_stream *writable, weir_fill_fn fill, weir_copy_fn done, void *data,
                                                weir_error **ret_error);

/**
 * The same for one operation of the other end after the other: `look` or `fill` is called in the midst of each, so that
 * a guest need not wait for a step. The operation goes on until the callback uses nothing, which leaves the other end's
 * operation waiting; then `done` is called, with the count of all elements since the start.
 */
WEIR_API weir_status weir_stream_drain(weir_stream *readable, weir_look_fn look, weir_copy_fn done, void *data,
                                       weir_error **ret_error);
WEIR_API weir_status weir_stream_feed(weir_stream *writable, weir_fill_fn fill, weir_copy_fn done, void *data,
                                      weir_error **ret_error);

/**
 * Ends the operation under way: it completes as CANCELLED, unless it has completed before. No operation: no effect. Any
 * thread: on another thread than the owner's in the store's next step, for the operation that is under way then.
 * Allocates nothing. Origin: CanonicalABI.md#canon-streamfuturecancel-readwrite.
 */
WEIR_API void weir_stream_cancel(weir_stream *end);

/** What the other end of a stream or future does. */
typedef enum weir_end_state {
  WEIR_END_IDLE = 0,    /**< It is there, and has no operation that waits for this end. */
  WEIR_END_COPYING = 1, /**< Its operation waits for one of this end. */
  WEIR_END_DROPPED = 2, /**< It is gone, or this end is: dropped, another thread's, or of a store that is freed. */
  WEIR_END_STATE_WIDTH = 0x7fffffff
} weir_end_state;

/**
 * The state of the other end now; for hosts that keep many ends and start only operations that can get somewhere. No
 * callback tells of a new state. The function changes nothing, calls nobody, and is not recorded.
 */
WEIR_API weir_end_state weir_stream_other_end(const weir_stream *end);

/**
 * Where hosts have both ends: the `data` of the other end's operation, if one is under way and `done` is its callback.
 * NULL otherwise. So a host that serves both ends of a stream finds itself there, and may bring the elements from one
 * place to the other by itself. The host owns the data still. The function changes nothing, calls nobody, and is not
 * recorded.
 */
WEIR_API void *weir_stream_other_data(const weir_stream *end, weir_copy_fn done);

/**
 * Drops an end; an operation under way is cancelled and its callback called first (in the next step). NULL is allowed,
 * and so is an end that is gone. Any thread: on another thread than the owner's the end is dropped in the store's next
 * step. Allocates nothing. Origin: CanonicalABI.md#canon-streamfuturedrop-readablewritable.
 */
WEIR_API void weir_stream_drop(weir_stream *end);

/**
 * The type of the elements. NULL: nothing travels, or the end is gone, or the end is that of a future from
 * weir_future_new() that no guest has seen, whose type is not known yet. Lives as long as the store of the end.
 */
WEIR_API const weir_type *weir_stream_element(const weir_stream *end);

/** Whether the end is that of a future: a stream of one element. false for an end that is gone. */
WEIR_API bool weir_stream_is_future(const weir_stream *end);

#ifdef __cplusplus
}
#endif
#endif
