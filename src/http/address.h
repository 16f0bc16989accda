/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Addresses of hosts: reading them, the order in which to try them, and what it means that one does not answer. */
#ifndef HTTP_ADDRESS_H
#define HTTP_ADDRESS_H

#include <netdb.h>
#include <sys/socket.h>

#include "http/failure.h"

enum { ADDRESS_MOST = 16 };

/* An address that is written as such, without brackets. false: it is a name. */
bool address_read(const char *host, uint16_t port, struct sockaddr_storage *ret);
/*
 * Takes the addresses that were found in turn of their families, beginning with the first one's (RFC 8305, section 4),
 * with that port; returns how many.
 */
uint32_t address_sort(const struct addrinfo *found, uint16_t port, struct sockaddr_storage ret[ADDRESS_MOST]);

/* Why connecting failed, from an errno; why looking up did, from libuv's status. */
enum http_failure_code address_failure(int error);
struct http_failure address_lookup_failure(int status);

#endif
