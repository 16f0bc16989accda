/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Ranges of addresses whose word about their clients is believed: "10.0.0.0/8", "::1". */
#ifndef SERVE_TRUST_H
#define SERVE_TRUST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* IPv4 lies in ::ffff:0:0/96, as sockets of both families show it. */
struct trust {
  uint8_t address[16];
  uint8_t bits; /* of these 16 bytes */
};

/* false: it is none. An address alone is a range of one. */
bool trust_read(const char *text, struct trust *ret);
/* Addresses of this machine: what is believed where nothing is said. */
extern const struct trust trust_usual[];
enum { TRUST_USUAL = 2 };

bool trust_has(const struct trust *ranges, uint32_t count, const struct sockaddr *address);

#endif
