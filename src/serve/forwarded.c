/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Fields of proxies (forwarded.h). In order: addresses; elements of `Forwarded`; the walk from the end; both kinds.
 */
#include "serve/forwarded.h"

#include <arpa/inet.h>
#include <netinet/in.h>

enum { HOST_MOST = 255 };

/* The last elements of a list, in a ring. */
struct hops {
  struct str elements[FORWARDED_HOPS];
  uint32_t count; /* of all */
};

/* ---- addresses --------------------------------------------------------------------------------------------------- */

static bool read_host(struct str host, struct sockaddr_storage *ret) {
  char text[INET6_ADDRSTRLEN];
  if (host.size == 0 || host.size >= sizeof(text) || memchr(host.data, '\0', host.size))
    return false;
  memcpy(text, host.data, host.size);
  text[host.size] = '\0';
  *ret = (struct sockaddr_storage){.ss_family = AF_INET};
  if (inet_pton(AF_INET, text, &((struct sockaddr_in *)(void *)ret)->sin_addr) == 1)
    return true;
  ret->ss_family = AF_INET6;
  return inet_pton(AF_INET6, text, &((struct sockaddr_in6 *)(void *)ret)->sin6_addr) == 1;
}

/* A port may be hidden ("_x"): then it is 0. */
static bool read_port(struct str text, in_port_t *ret) {
  uint32_t port = 0;
  *ret = 0;
  if (text.size > 0 && text.data[0] == '_')
    return true;
  for (size_t i = 0; i < text.size; i++) {
    if (text.data[i] < '0' || text.data[i] > '9' || i == 5)
      return false;
    port = port * 10 + (uint32_t)(text.data[i] - '0');
  }
  *ret = htons((uint16_t)port);
  return text.size > 0 && port <= UINT16_MAX;
}

bool forwarded_node(struct str text, struct sockaddr_storage *ret) {
  struct str host = text, port = {0};
  const char *colon = text.size > 0 ? memrchr(text.data, ':', text.size) : NULL;
  const char *bracket = text.size > 0 && text.data[0] == '[' ? memchr(text.data, ']', text.size) : NULL;
  bool is_bare_v6 = !bracket && colon && memchr(text.data, ':', (size_t)(colon - text.data));
  if (bracket)
    host = (struct str){text.data + 1, (size_t)(bracket - text.data) - 1};
  else if (colon && !is_bare_v6)
    host.size = (size_t)(colon - text.data);
  const char *end = bracket ? bracket + 1 : host.data + host.size, *last = text.data + text.size;
  if (end != last && *end != ':')
    return false;
  if (end != last)
    port = (struct str){end + 1, (size_t)(last - end) - 1};
  struct sockaddr_storage found;
  in_port_t number = 0;
  if (!read_host(host, &found) || (bracket && found.ss_family != AF_INET6) ||
      (end != last && !read_port(port, &number)))
    return false;
  if (found.ss_family == AF_INET)
    ((struct sockaddr_in *)(void *)&found)->sin_port = number;
  else
    ((struct sockaddr_in6 *)(void *)&found)->sin6_port = number;
  *ret = found;
  return true;
}

/* ---- elements of `Forwarded` ------------------------------------------------------------------------------------- */

static struct str trim(struct str s) {
  while (s.size > 0 && (s.data[0] == ' ' || s.data[0] == '\t'))
    s = (struct str){s.data + 1, s.size - 1};
  while (s.size > 0 && (s.data[s.size - 1] == ' ' || s.data[s.size - 1] == '\t'))
    s.size--;
  return s;
}

/* Cuts off what is in front of the next `at` outside of quotes. false: nothing is left. */
static bool cut(struct str *rest, char at, struct str *ret) {
  bool quoted = false;
  size_t size = 0;
  if (!rest->data)
    return false;
  for (; size < rest->size && (quoted || rest->data[size] != at); size++) {
    if (rest->data[size] == '"')
      quoted = !quoted;
    else if (quoted && rest->data[size] == '\\' && size + 1 < rest->size)
      size++;
  }
  *ret = trim((struct str){rest->data, size});
  *rest = size < rest->size ? (struct str){rest->data + size + 1, rest->size - size - 1} : (struct str){0};
  return true;
}

/* Without its quotes; one with escapes says nothing here. */
static struct str unquoted(struct str value) {
  if (value.size >= 2 && value.data[0] == '"' && value.data[value.size - 1] == '"')
    value = (struct str){value.data + 1, value.size - 2};
  bool is_odd = value.size > 0 && (memchr(value.data, '\\', value.size) || memchr(value.data, '"', value.size));
  return is_odd ? (struct str){0} : value;
}

/* The value of a parameter of an element; "": there is none, or more than one. */
static struct str parameter(struct str element, struct str name) {
  struct str pair, found = {0};
  while (cut(&element, ';', &pair)) {
    const char *equals = pair.size > 0 ? memchr(pair.data, '=', pair.size) : NULL;
    if (!equals || !http_name_eq((struct str){pair.data, (size_t)(equals - pair.data)}, name))
      continue;
    if (found.data)
      return (struct str){0};
    found = unquoted((struct str){equals + 1, pair.size - (size_t)(equals - pair.data) - 1});
  }
  return found;
}

/* ---- the walk from the end --------------------------------------------------------------------------------------- */

static void collect(const struct http_fields *fields, struct str name, struct hops *ret) {
  struct str element;
  ret->count = 0;
  for (int64_t at = 0; (at = http_fields_find(fields, name, (uint32_t)at)) != HTTP_FIELD_NONE; at++) {
    struct str list = http_fields_at(fields, (uint32_t)at).value;
    while (cut(&list, ',', &element))
      ret->elements[ret->count++ % FORWARDED_HOPS] = element;
  }
}

/* From the end: 0 is the last; "": there is none. */
static struct str hop(const struct hops *h, uint32_t from_end) {
  bool is_there = from_end < h->count && from_end < FORWARDED_HOPS;
  return is_there ? h->elements[(h->count - 1 - from_end) % FORWARDED_HOPS] : (struct str){0};
}

/* The element that names the client, from the end; the client stays the last one that was named by a believed one. */
static uint32_t walk(const struct hops *h, bool has_parameters, const struct trust *ranges, uint32_t count,
                     struct sockaddr_storage *client) {
  struct sockaddr_storage named;
  uint32_t best = 0;
  for (uint32_t i = 0; i < FORWARDED_HOPS && trust_has(ranges, count, (const struct sockaddr *)client); i++) {
    struct str element = hop(h, i);
    if (!forwarded_node(has_parameters ? parameter(element, STR("for")) : element, &named))
      break;
    *client = named;
    best = i;
  }
  return best;
}

/* ---- both kinds -------------------------------------------------------------------------------------------------- */

static struct str scheme_of(struct str text) {
  if (http_name_eq(text, STR("https")))
    return STR("https");
  return http_name_eq(text, STR("http")) ? STR("http") : (struct str){0};
}

static struct str host_of(struct str text) {
  return text.size > 0 && text.size <= HOST_MOST && http_is_host(text) ? text : (struct str){0};
}

static struct str last_of(const struct http_fields *fields, struct str name) {
  struct hops h;
  collect(fields, name, &h);
  return hop(&h, 0);
}

void forwarded_read(const struct http_fields *fields, weir_serve_forwarded kind, const struct sockaddr_storage *peer,
                    const struct trust *ranges, uint32_t count, struct forwarded *ret) {
  bool is_standard = kind == WEIR_SERVE_FORWARDED_STANDARD;
  struct hops h;
  *ret = (struct forwarded){.client = *peer};
  ret->is_believed = trust_has(ranges, count, (const struct sockaddr *)peer);
  if (!ret->is_believed)
    return;
  collect(fields, is_standard ? STR("forwarded") : STR("x-forwarded-for"), &h);
  struct str element = hop(&h, walk(&h, is_standard, ranges, count, &ret->client));
  ret->scheme = scheme_of(is_standard ? parameter(element, STR("proto")) : last_of(fields, STR("x-forwarded-proto")));
  ret->host = host_of(is_standard ? parameter(element, STR("host")) : last_of(fields, STR("x-forwarded-host")));
}

void forwarded_remove(struct http_fields *fields) {
  static const char *const names[] = {"forwarded",        "x-forwarded-for",  "x-forwarded-proto",
                                      "x-forwarded-host", "x-forwarded-port", "x-real-ip"};
  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
    http_fields_remove(fields, str_from(names[i]));
}
