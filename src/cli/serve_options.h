/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The command line of `weir serve`: its options, and numbers for the library that follow from them. */
#ifndef CLI_SERVE_OPTIONS_H
#define CLI_SERVE_OPTIONS_H

#include "cli/options.h"
#include "cli/source.h"
#include "cli/world_options.h"
#include "weir/serve.h"

struct serve_options {
  uint32_t features;
  struct world_options world;
  struct source_options source;
  const char **addresses; /* room for one per argument */
  size_t address_count;
  const char **with; /* the same; the component comes last */
  size_t with_count;
  const char **trusted; /* the same */
  size_t trusted_count;
  weir_serve_forwarded forwarded;
  struct serve_route {
    char *host, *path; /* for free(); NULL: any */
    const char *file;
  } * routes; /* room for one per argument */
  size_t route_count;
  int *sockets; /* that came from outside */
  size_t socket_count;
  const char *admin, *access_log, *certificate, *key;
  bool logs_access, watch, pooling, proxy_protocol, confines;
  struct option_number workers, slice, max_instances, ahead, requests, concurrency, waiting, connections;
  const char *record;
  struct record_when {
    weir_serve_record kind;
    uint64_t number;
  } record_when;
  struct option_number record_files;
  struct option_number idle, request_timeout, after, drain; /* milliseconds */
};

enum { SERVE_OPTIONS = 35 }; /* serve_options.c asserts that the table has so many */
extern const struct option serve_option_table[];

/* An exit code; serve_options_done() is to be called in any case. */
int serve_options_read(struct serve_options *o, const struct cli_command *command, int argc, char **argv);
void serve_options_done(struct serve_options *o);

/* What options say of a server; not what they do not: components, world, callbacks. Texts are borrowed. */
void serve_options_config(const struct serve_options *o, weir_serve_config *config);
/* Milliseconds; 0: guests are not set aside. */
uint32_t serve_options_slice(const struct serve_options *o);

#endif
