/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The streams and futures of a replay's host. Each operation of the record is started again, with a buffer of the
 * replay's own; its callback keeps the handles that came, and has the host do what it did there.
 *
 * In order: new streams; callbacks, of copies and of buffers that are lent; reading and writing; replay_stream_do().
 */
#include <stdlib.h>

#include "record/replay.h"
#include "record/replay_type.h"
#include "weir/future.h"

static weir_status typed_again(struct replay *r, const struct log_event *e, weir_value *ret_readable,
                               weir_stream **ret_writable) {
  struct str elem = log_event_field(e, "type")->s;
  const char *noun = replay_number(e, "future") ? "future" : "stream";
  const weir_type *type = NULL;
  struct text words;
  text_init(&words);
  if (elem.size)
    text_printf(&words, "%s<" STR_FMT ">", noun, STR_ARG(elem));
  else
    text_printf(&words, "%s", noun);
  weir_status status =
      words.failed ? WEIR_ERR_NOMEM : weir_type_parse(r->store->engine, words.data, words.size, &type, NULL);
  text_done(&words);
  if (status == WEIR_ERR_PARSE) {
    const struct replay_thing *call = replay_find(r, REPLAY_IMPORT, r->tap.calls);
    type = call ? replay_type(call->object, replay_number(e, "future") != 0, elem) : NULL;
    status = type ? WEIR_OK : status;
  }
  return status == WEIR_OK ? weir_stream_new_typed(r->store->handle, type, ret_readable, ret_writable, NULL) : status;
}

weir_status replay_stream_new(struct replay *r, const struct log_event *e, struct diag *d) {
  weir_value readable = {0};
  weir_stream *writable = NULL;
  weir_status status;
  if (replay_number(e, "hint") == WEIR_ELEMENT_TYPED)
    status = typed_again(r, e, &readable, &writable);
  else if (replay_number(e, "future"))
    status = weir_future_new(r->store->handle, &readable, &writable, NULL);
  else
    status = weir_stream_new(r->store->handle, (weir_element)replay_number(e, "hint"), &readable, &writable, NULL);
  if (status != WEIR_OK)
    return diag_set(d, status, "a stream of the record cannot be made again");
  struct replay_thing *t = replay_add(r, REPLAY_END, host_end_get(writable)->id);
  if (t)
    t->object = writable;
  return t && replay_keep_handles(r, &readable) ? WEIR_OK : diag_nomem(d);
}

static void copied(void *data, weir_stream *stream, weir_copy_result result, size_t count) {
  struct replay *r = data;
  const struct host_end *end = host_end_get(stream);
  struct replay_thing *t = replay_find(r, REPLAY_END, end->id);
  (void)result;
  for (size_t i = 0; t && t->values && end->end->readable && i < count; i++) {
    weir_value v = t->values[i];
    t->values[i] = (weir_value){0};
    replay_keep_handles(r, &v);
    weir_value_clear(&v);
    t = replay_find(r, REPLAY_END, end->id);
  }
  if (t)
    replay_buffer_done(t);
  if (t && !t->object)
    replay_forget(r, t);
  if (!r->store->rt.stopping)
    replay_host_runs(r, r->store->cause);
}

enum { WIDEST = 8 }; /* elements of those that are read and written as bytes */

static size_t element_size(const weir_stream *stream) {
  const struct weir_type *elem = host_end_get(stream)->end->channel->elem;
  return elem ? elem->layout[0].size : 0;
}

/* What the record says that the host did while it had the other end's buffer, and how much of it the host used. */
static size_t use_again(struct replay *r, weir_stream *stream, void *bytes, size_t count) {
  uint64_t id = host_end_get(stream)->id;
  struct replay_thing *t = replay_find(r, REPLAY_END, id);
  if (!t)
    return 0;
  t->lent = bytes ? bytes : r; /* nothing to read or write where elements have no size */
  t->filled = !host_end_get(stream)->end->readable;
  t->lent_count = count;
  t->lent_size = element_size(stream);
  t->used = 0;
  replay_host_runs(r, r->store->cause);
  t = replay_find(r, REPLAY_END, id);
  if (!t)
    return 0;
  t->lent = NULL;
  return t->used;
}

static size_t look_again(void *data, weir_stream *stream, const void *bytes, size_t count) {
  return use_again(data, stream, (void *)bytes, count);
}

static size_t fill_again(void *data, weir_stream *stream, void *bytes, size_t count) {
  return use_again(data, stream, bytes, count);
}

weir_status replay_stream_used(struct replay *r, const struct log_event *e, bool *ret_later, struct diag *d) {
  struct replay_thing *t = replay_find(r, REPLAY_END, replay_number(e, "end"));
  const struct log_field *data = log_event_field(e, "data");
  uint64_t count = replay_number(e, "count");
  if (!t || !t->lent) /* it may have been dropped meanwhile */
    return replay_unknown(e, "stream", d);
  if (data->form != LOG_FORM_FULL)
    return replay_not_full(d);
  if (count > t->lent_count || data->s.size != count * t->lent_size)
    return diag_set(d, WEIR_ERR_MALFORMED, "the record uses another buffer than the host was lent");
  if (data->s.size && t->filled)
    memcpy(t->lent, data->s.data, data->s.size);
  t->used = count;
  *ret_later = true;
  return WEIR_OK;
}

static weir_status read_again(struct replay *r, struct replay_thing *t, const struct log_event *e) {
  uint64_t capacity = replay_number(e, "capacity");
  if (capacity > BUFFER_MAX_LENGTH || replay_number(e, "values") > 3)
    return WEIR_ERR_MALFORMED;
  if (replay_number(e, "values") == 3)
    return weir_stream_drain(t->object, look_again, copied, r, NULL);
  if (replay_number(e, "values") == 2)
    return weir_stream_read_in_place(t->object, look_again, copied, r, NULL);
  if (replay_number(e, "values")) {
    t->values = calloc(capacity + 1, sizeof(*t->values));
    t->value_count = t->values ? capacity : 0;
    return t->values ? weir_stream_read_values(t->object, t->values, capacity, copied, r, NULL) : WEIR_ERR_NOMEM;
  }
  t->buffer = malloc(capacity * WIDEST + 1);
  return t->buffer ? weir_stream_read(t->object, t->buffer, capacity, copied, r, NULL) : WEIR_ERR_NOMEM;
}

static weir_status write_values(struct replay *r, uint64_t id, struct str data, uint64_t count) {
  struct log_view v = log_view(data.data, data.size);
  struct log_handles handles = replay_handles(r);
  if (count > log_view_left(&v))
    return WEIR_ERR_MALFORMED;
  weir_value *values = calloc(count + 1, sizeof(*values));
  weir_status status = values ? WEIR_OK : WEIR_ERR_NOMEM;
  for (size_t i = 0; status == WEIR_OK && i < count; i++)
    status = log_value_get(&v, &handles, &values[i]);
  struct replay_thing *t = replay_find(r, REPLAY_END, id); /* things may have moved */
  if (!t) {                                                /* into the values themselves */
    for (size_t i = 0; values && i < count; i++)
      weir_value_clear(&values[i]);
    free(values);
    return WEIR_ERR_MALFORMED;
  }
  t->values = values;
  t->value_count = values ? count : 0;
  return status == WEIR_OK ? weir_stream_write_values(t->object, values, count, copied, r, NULL) : status;
}

static weir_status write_again(struct replay *r, struct replay_thing *t, const struct log_event *e) {
  const struct log_field *data = log_event_field(e, "data");
  uint64_t count = replay_number(e, "count");
  if (data->form != LOG_FORM_FULL)
    return WEIR_ERR_UNSUPPORTED;
  if (replay_number(e, "values") == 3)
    return weir_stream_feed(t->object, fill_again, copied, r, NULL);
  if (replay_number(e, "values") == 2)
    return weir_stream_write_in_place(t->object, fill_again, copied, r, NULL);
  if (replay_number(e, "values"))
    return write_values(r, t->id, data->s, count);
  if (count > BUFFER_MAX_LENGTH || data->s.size != count * element_size(t->object))
    return WEIR_ERR_MALFORMED;
  t->buffer = calloc(1, data->s.size + WIDEST); /* a future's element may turn out to have a size */
  if (!t->buffer)
    return WEIR_ERR_NOMEM;
  if (data->s.size)
    memcpy(t->buffer, data->s.data, data->s.size);
  return weir_stream_write(t->object, t->buffer, count, copied, r, NULL);
}

weir_status replay_stream_do(struct replay *r, const struct log_event *e, struct diag *d) {
  struct replay_thing *t = replay_find(r, REPLAY_END, replay_number(e, "end"));
  weir_status status = WEIR_OK;
  if (!t || !t->object)
    return replay_unknown(e, "stream", d);
  if ((e->kind == LOG_STREAM_READ || e->kind == LOG_STREAM_WRITE) && (t->buffer || t->values))
    return diag_set(d, WEIR_ERR_DIVERGED, "the record reads or writes a stream that is busy");
  if (e->kind == LOG_STREAM_READ) {
    status = read_again(r, t, e);
  } else if (e->kind == LOG_STREAM_WRITE) {
    status = write_again(r, t, e);
  } else if (e->kind == LOG_STREAM_CANCEL) {
    weir_stream_cancel(t->object);
  } else {
    weir_stream *end = t->object;
    t->object = NULL; /* `copied` may still want the buffer */
    if (!host_end_get(end)->busy)
      replay_forget(r, t);
    weir_stream_drop(end);
  }
  return status == WEIR_OK
             ? WEIR_OK
             : diag_set(d, status, "a %s of the record cannot be done again", log_event_kind_name(e->kind));
}
