/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See access.h. Times are RFC 3339 in UTC, spans microseconds. */
#include "serve/access.h"

#include <stdio.h>
#include <time.h>

#include "base/json.h"

static void add_time(struct json *j, uint64_t nanoseconds) {
  time_t seconds = (time_t)(nanoseconds / 1000000000);
  struct tm parts;
  char day[32] = "", whole[48];
  if (gmtime_r(&seconds, &parts))
    strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &parts);
  snprintf(whole, sizeof(whole), "%s.%06uZ", day, (unsigned)(nanoseconds / 1000 % 1000000));
  json_member(j, "time", str_from(whole));
}

static const char *version_of(uint8_t version) {
  return version == 20 ? "2" : version == 10 ? "1.0" : "1.1";
}

static void add_trace(struct json *j, const struct trace_context *t) {
  json_member(j, "trace", str_from(t->trace));
  json_member(j, "span", str_from(t->span));
  if (t->parent[0])
    json_member(j, "parent", str_from(t->parent));
}

void access_write(struct text *out, const struct access *a) {
  struct json j = json_begin(out);
  json_object(&j);
  add_time(&j, a->time);
  json_member_text(&j, "remote", a->remote);
  json_member(&j, "method", a->method);
  json_member_text(&j, "host", a->host);
  json_member(&j, "path", a->path);
  json_member(&j, "http", str_from(version_of(a->version)));
  json_member_number(&j, "status", a->status);
  json_member_number(&j, "received", a->received);
  json_member_number(&j, "sent", a->sent);
  json_member_number(&j, "waited_us", a->waited / 1000);
  json_member_number(&j, "took_us", a->took / 1000);
  if (a->instance)
    json_member_number(&j, "instance", a->instance);
  if (a->why)
    json_member(&j, "why", str_from(a->why));
  json_member_text(&j, "detail", a->detail);
  json_member_text(&j, "record", a->record);
  if (a->trace)
    add_trace(&j, a->trace);
  json_object_end(&j);
  text_char(out, '\n');
}
