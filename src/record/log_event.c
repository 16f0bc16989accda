/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The table of the shapes of all events, and what goes by it. A shape names the fields of a kind in their order, each
 * with its type (log_field.type); the fields of `header` and `limits` come from base/settings.def and
 * base/limits.def.
 *
 * In order: the table; reading an event; printing one, as a line and as JSON. tap_event.c writes events, and
 * log_writer.c frames.
 */
#include "record/log_event.h"

#include <inttypes.h>

#include "base/json.h"
#include "base/number.h"
#include "engine/sha256.h"
#include "record/log_value.h"

enum { SHAPE_NAME = 20 };

struct shape {
  const char *name;
  struct {
    char type;
    char name[SHAPE_NAME];
  } fields[LOG_FIELDS_MAX];
};

static const struct shape shapes[LOG_KINDS] = {
    [LOG_HEADER] = {"header",
                    {{'u', "format"},
                     {'s', "weir"},
                     {'x', "component"},
                     {'s', "engine"},
#define RUN_SETTING(name, type, field) {'u', field},
#include "base/settings.def"
                     {'s', "excluded"},
                     {'u', "seed"},
                     {'u', "keep"},
                     {'u', "payload"},
                     {'u', "part"},
                     {'u', "first"},
                     {'x', "parent"}}},
    [LOG_NEXT] = {"next-part", {{'u', "part"}}},
    [LOG_END] = {"end", {{'u', "events"}, {'u', "last-turn"}, {'x', "head"}}},
    [LOG_INSTANCE] = {"instance", {{'u', "instance"}, {'u', "component"}, {'u', "stacks"}}},
    [LOG_EXPORT_CALL] = {"export-call",
                         {{'u', "call"}, {'u', "instance"}, {'s', "interface"}, {'s', "name"}, {'v', "arguments"}}},
    [LOG_EXPORT_CANCEL] = {"export-cancel", {{'u', "call"}}},
    [LOG_IMPORT_END] = {"import-end", {{'u', "call"}, {'u', "how"}, {'i', "code"}, {'v', "result"}}},
    [LOG_RESOURCE_NEW] =
        {"resource-new",
         {{'u', "instance"}, {'u', "handle"}, {'s', "interface"}, {'s', "name"}, {'u', "representation"}}},
    [LOG_RESOURCE_LET_GO] = {"resource-let-go", {{'u', "handle"}}},
    [LOG_STREAM_NEW] = {"stream-new",
                        {{'u', "readable"}, {'u', "writable"}, {'u', "future"}, {'u', "hint"}, {'s', "type"}}},
    [LOG_STREAM_READ] = {"stream-read", {{'u', "end"}, {'u', "values"}, {'u', "capacity"}}},
    [LOG_STREAM_WRITE] = {"stream-write", {{'u', "end"}, {'u', "values"}, {'u', "count"}, {'b', "data"}}},
    [LOG_STREAM_USED] = {"stream-used", {{'u', "end"}, {'u', "count"}, {'b', "data"}}},
    [LOG_STREAM_LENT] = {"stream-lent", {{'u', "end"}, {'u', "count"}}},
    [LOG_STREAM_CANCEL] = {"stream-cancel", {{'u', "end"}}},
    [LOG_STREAM_DROP] = {"stream-drop", {{'u', "end"}}},
    [LOG_LIMITS] = {"limits",
                    {
                        {'u', "fuel"},
#define LIMIT(name, type, usual, field) {'u', field},
#include "base/limits.def"
                        {'u', "packed-lists"},
                    }},
    [LOG_FUEL] = {"fuel", {{'u', "fuel"}}},
    [LOG_COMPONENT] = {"component", {{'u', "component"}, {'x', "digest"}}},
    [LOG_MODULE] = {"module", {{'s', "interface"}, {'s', "name"}, {'b', "bytes"}}},
    [LOG_IMPORT_CALL] = {"import-call",
                         {{'u', "call"}, {'u', "task"}, {'s', "interface"}, {'s', "name"}, {'v', "arguments"}}},
    [LOG_IMPORT_CANCEL] = {"import-cancel", {{'u', "call"}}},
    [LOG_EXPORT_END] = {"export-end", {{'u', "call"}, {'i', "status"}, {'v', "result"}}},
    [LOG_EXPORT_EXIT] = {"export-exit", {{'u', "call"}}},
    [LOG_STREAM_DONE] = {"stream-done", {{'u', "end"}, {'u', "values"}, {'u', "how"}, {'u', "count"}, {'b', "data"}}},
    [LOG_RESOURCE_DROP] = {"resource-drop", {{'s', "interface"}, {'s', "name"}, {'u', "representation"}}},
    [LOG_FAILURE] = {"failure", {{'i', "status"}, {'s', "message"}}},
};

const char *log_event_kind_name(uint8_t kind) {
  return kind < LOG_KINDS ? shapes[kind].name : NULL;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static bool get_payload(struct log_view *v, struct log_field *f) {
  const uint8_t *bytes = NULL;
  if (!log_view_byte(v, &f->form) || f->form > LOG_FORM_REDACTED || !log_view_number(v, &f->n))
    return false;
  uint64_t kept = f->form == LOG_FORM_FULL ? f->n : f->form == LOG_FORM_HASH ? SHA256_SIZE : 0;
  if (!log_view_bytes(v, kept, &bytes))
    return false;
  f->s = (struct str){(const char *)bytes, (size_t)kept};
  return true;
}

static bool get_field(struct log_view *v, struct log_field *f) {
  switch (f->type) {
    case 'u':
    case 'i':
      return log_view_number(v, &f->n);
    case 's':
    case 'x':
      return log_view_str(v, &f->s);
    default:
      return get_payload(v, f);
  }
}

bool log_event_read(const uint8_t *data, size_t size, struct log_event *ret) {
  struct log_view v = log_view(data, size);
  if (!log_view_byte(&v, &ret->kind) || !log_event_kind_name(ret->kind))
    return false;
  if (!log_view_number(&v, &ret->turn) || !log_view_number(&v, &ret->cause))
    return false;
  const struct shape *shape = &shapes[ret->kind];
  for (ret->count = 0; ret->count < LOG_FIELDS_MAX && shape->fields[ret->count].type; ret->count++) {
    struct log_field *f = &ret->fields[ret->count];
    *f = (struct log_field){.type = shape->fields[ret->count].type, .name = shape->fields[ret->count].name};
    if (!get_field(&v, f))
      return false;
  }
  return v.at == v.end;
}

const struct log_field *log_event_field(const struct log_event *e, const char *name) {
  static const struct log_field none;
  for (uint32_t i = 0; i < e->count; i++)
    if (strcmp(e->fields[i].name, name) == 0)
      return &e->fields[i];
  return &none;
}

/* ---- for people -------------------------------------------------------------------------------------------------- */

static void print_bytes(struct str s, struct text *out) {
  enum { SHOWN = 64 };
  struct str shown = {s.data, s.size < SHOWN ? s.size : (size_t)SHOWN};
  text_printf(out, "bytes(%zu: ", s.size);
  text_hex(out, shown);
  text_add(out, s.size > SHOWN ? STR("...)") : STR(")"));
}

/* A list of values is printed one after the other: arguments, or elements of a stream. */
static void print_payload(const struct log_field *f, struct text *out) {
  struct log_view v = log_view(f->s.data, f->s.size);
  if (f->form == LOG_FORM_REDACTED) {
    text_printf(out, "left out (%" PRIu64 " bytes)", f->n);
  } else if (f->form == LOG_FORM_HASH) {
    text_add(out, STR("sha256:"));
    text_hex(out, f->s);
  } else if (f->type == 'b') {
    print_bytes(f->s, out);
  } else if (!log_value_print(&v, out)) {
    text_add(out, STR("(not a value)"));
  }
}

static void print_field(const struct log_field *f, struct text *out) {
  switch (f->type) {
    case 'u':
      text_printf(out, "%" PRIu64, f->n);
      return;
    case 'i':
      text_printf(out, "%" PRId64, log_unzigzag(f->n));
      return;
    case 's':
      json_quote(out, f->s);
      return;
    case 'x':
      text_hex(out, f->s);
      return;
    default:
      print_payload(f, out);
  }
}

void log_event_print(const struct log_event *e, struct text *out) {
  text_printf(out, "%s turn=%" PRIu64, log_event_kind_name(e->kind), e->turn);
  if (e->cause)
    text_printf(out, " cause=%" PRIu64, e->cause);
  for (uint32_t i = 0; i < e->count; i++) {
    text_printf(out, " %s=", e->fields[i].name);
    print_field(&e->fields[i], out);
  }
}

static void print_json_field(const struct log_field *f, struct json *j) {
  struct text t;
  json_key(j, f->name);
  switch (f->type) {
    case 'u':
      json_number(j, f->n);
      return;
    case 'i':
      json_signed(j, log_unzigzag(f->n));
      return;
    case 's':
      json_string(j, f->s);
      return;
    default:
      text_init(&t);
      print_field(f, &t);
      json_string(j, (struct str){t.data, t.size});
      j->out->failed |= t.failed;
      text_done(&t);
  }
}

void log_event_print_json(const struct log_event *e, uint64_t index, struct text *out) {
  struct json j = json_begin(out);
  json_object(&j);
  json_member_number(&j, "index", index);
  json_member(&j, "event", str_from(log_event_kind_name(e->kind)));
  json_member_number(&j, "turn", e->turn);
  json_member_number(&j, "cause", e->cause);
  for (uint32_t i = 0; i < e->count; i++)
    print_json_field(&e->fields[i], &j);
  json_object_end(&j);
}
