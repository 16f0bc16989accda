/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Rules for the network: text on the command line and in configurations, numbers here. A rule is read once, from left
 * to right, and each part that is not there means any. In order: reading rules; asking them; asking the embedder.
 *
 * What always holds: a rule that was read grants at least one use, and its ports are in order.
 */
#include "wasi/sockets/net.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

/* ---- reading ----------------------------------------------------------------------------------------------------- */

#define BIT(kind) (1u << (kind))

enum { EVERYTHING = (1 << (WEIR_WASI_NET_LOOKUP + 1)) - 1, TEXT_MAX = 64 };

static bool accept_text(const char **at, const char *text) {
  size_t size = strlen(text);
  if (strncmp(*at, text, size) != 0)
    return false;
  *at += size;
  return true;
}

static bool read_number(const char **at, unsigned most, unsigned *ret) {
  const char *begin = *at;
  *ret = 0;
  for (; **at >= '0' && **at <= '9' && *ret <= most; (*at)++)
    *ret = *ret * 10 + (unsigned)(**at - '0');
  return *at > begin && *ret <= most;
}

static unsigned read_uses(const char **at) {
  unsigned in, out;
  if (accept_text(at, "all"))
    return EVERYTHING;
  if (accept_text(at, "lookup"))
    return BIT(WEIR_WASI_NET_LOOKUP);
  if (accept_text(at, "tcp")) {
    in = BIT(WEIR_WASI_NET_TCP_IN);
    out = BIT(WEIR_WASI_NET_TCP_OUT);
  } else if (accept_text(at, "udp")) {
    in = BIT(WEIR_WASI_NET_UDP_IN);
    out = BIT(WEIR_WASI_NET_UDP_OUT);
  } else {
    return 0;
  }
  if (accept_text(at, "-in"))
    return in;
  return accept_text(at, "-out") ? out : in | out;
}

/* Up to the end of an address: `]`, or one of the characters that may follow it. */
static bool read_address(const char **at, weir_wasi_net_rule *rule) {
  char text[TEXT_MAX];
  if (accept_text(at, "*"))
    return true;
  rule->v6 = accept_text(at, "[");
  size_t size = strcspn(*at, rule->v6 ? "]" : ":/");
  if (size >= sizeof(text))
    return false;
  memcpy(text, *at, size);
  text[size] = '\0';
  *at += size;
  if (inet_pton(rule->v6 ? AF_INET6 : AF_INET, text, rule->address) != 1)
    return false;
  rule->any = false;
  rule->bits = rule->v6 ? 128 : 32;
  if (rule->v6 && !accept_text(at, "]"))
    return false;
  return !accept_text(at, "/") || read_number(at, rule->bits, &rule->bits);
}

static bool read_ports(const char **at, weir_wasi_net_rule *rule) {
  unsigned first, last;
  if (!read_number(at, UINT16_MAX, &first))
    return false;
  last = first;
  if (accept_text(at, "-") && !read_number(at, UINT16_MAX, &last))
    return false;
  rule->first = (uint16_t)first;
  rule->last = (uint16_t)last;
  return first <= last;
}

/* An address has dots, brackets or a star; what has not is a port. */
static bool is_address(const char *at) {
  size_t digits = strspn(at, "0123456789");
  return at[digits] == '.' || *at == '[' || *at == '*';
}

static bool read_rule(const char *at, weir_wasi_net_rule *ret) {
  *ret = (weir_wasi_net_rule){.any = true, .last = UINT16_MAX};
  ret->kinds = read_uses(&at);
  bool places = ret->kinds != 0 && ret->kinds != EVERYTHING && ret->kinds != BIT(WEIR_WASI_NET_LOOKUP);
  if (places && at[0] == ':' && is_address(at + 1)) {
    at++;
    if (!read_address(&at, ret))
      return false;
  }
  if (places && accept_text(&at, ":") && !read_ports(&at, ret))
    return false;
  return ret->kinds != 0 && *at == '\0';
}

weir_status weir_wasi_net_rule_parse(const char *text, weir_wasi_net_rule *ret) {
  return read_rule(text, ret) ? WEIR_OK : WEIR_ERR_PARSE;
}

weir_status wasi_net_init(struct wasi_net *net, const struct weir_alloc *alloc, const weir_wasi_config *config,
                          struct diag *d) {
  size_t count = config->net_count;
  *net = (struct wasi_net){.alloc = alloc,
                           .count = count,
                           .may_use = config->may_use_net,
                           .data = config->net_data,
                           .on_refused = config->on_refused,
                           .refused_data = config->refused_data};
  if (count == 0)
    return WEIR_OK;
  net->rules = mem_array(alloc, count, sizeof(*net->rules));
  if (!net->rules)
    return diag_nomem(d);
  for (size_t i = 0; i < count; i++)
    if (!read_rule(config->net[i], &net->rules[i])) {
      wasi_net_done(net);
      return diag_set(d, WEIR_ERR_PARSE, "`%s` is no rule for the network", config->net[i]);
    }
  return WEIR_OK;
}

void wasi_net_done(struct wasi_net *net) {
  if (net->rules)
    mem_free(net->alloc, net->rules, net->count * sizeof(*net->rules));
  net->rules = NULL;
  net->count = 0;
}

/* ---- asking ------------------------------------------------------------------------------------------------------ */

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits) {
  if (memcmp(a, b, bits / 8) != 0)
    return false;
  unsigned rest = bits % 8;
  return rest == 0 || (a[bits / 8] ^ b[bits / 8]) >> (8 - rest) == 0;
}

static bool rule_fits(const weir_wasi_net_rule *rule, const weir_wasi_net_use *use) {
  if (!(rule->kinds & BIT(use->kind)))
    return false;
  if (use->kind == WEIR_WASI_NET_LOOKUP)
    return true;
  if (use->port < rule->first || use->port > rule->last)
    return false;
  return rule->any || (rule->v6 == use->v6 && same_bits(rule->address, use->address, rule->bits));
}

static bool is_granted(const struct wasi_net *net, const weir_wasi_net_use *use) {
  for (size_t i = 0; i < net->count; i++)
    if (rule_fits(&net->rules[i], use))
      return true;
  return false;
}

/* ---- asking the embedder ----------------------------------------------------------------------------------------- */

/* The rule that grants just this use. */
static void rule_of(const weir_wasi_net_use *use, char *out, size_t room) {
  static const char *const words[] = {"tcp-in", "tcp-out", "udp-in", "udp-out", "lookup"};
  char address[INET6_ADDRSTRLEN] = "";
  if (use->kind == WEIR_WASI_NET_LOOKUP) {
    snprintf(out, room, "%s", words[use->kind]);
    return;
  }
  inet_ntop(use->v6 ? AF_INET6 : AF_INET, use->address, address, sizeof(address));
  snprintf(out, room, use->v6 ? "%s:[%s]:%u" : "%s:%s:%u", words[use->kind], address, (unsigned)use->port);
}

static bool may(const struct wasi_net *net, weir_wasi_net_use *use) {
  char rule[TEXT_MAX];
  use->granted = is_granted(net, use);
  bool answer = net->may_use ? net->may_use(net->data, use) : use->granted;
  if (answer || !net->on_refused)
    return answer;
  rule_of(use, rule, sizeof(rule));
  net->on_refused(net->refused_data, WEIR_WASI_GRANT_NET, rule);
  return false;
}

bool wasi_net_may_use(const struct wasi_net *net, weir_wasi_net_kind kind, const struct sockaddr *address) {
  weir_wasi_net_use use = {.kind = kind, .v6 = address->sa_family == AF_INET6};
  const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)address;
  const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)address;
  if (use.v6)
    memcpy(use.address, &six->sin6_addr, sizeof(six->sin6_addr));
  else
    memcpy(use.address, &four->sin_addr, sizeof(four->sin_addr));
  use.port = ntohs(use.v6 ? six->sin6_port : four->sin_port);
  return may(net, &use);
}

bool wasi_net_may_look_up(const struct wasi_net *net, const char *name) {
  weir_wasi_net_use use = {.kind = WEIR_WASI_NET_LOOKUP, .name = name};
  return may(net, &use);
}
