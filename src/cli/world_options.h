/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What the command line grants to guests, and the limits that it sets: the options that `weir run` and `weir serve`
 * have in common.
 */
#ifndef CLI_WORLD_OPTIONS_H
#define CLI_WORLD_OPTIONS_H

#include "cli/options.h"
#include "weir/limits.h"
#include "weir/wasi.h"

struct world_options {
  weir_store_config limits; /* of --limit */
  weir_wasi_config wasi;    /* the same: its limits; world_options_wasi() has the rest */
  const char **env;         /* room for one per argument; entries made here are in `owned` */
  char **owned;
  size_t env_count, owned_count;
  weir_wasi_preopen *dirs; /* room for one per argument; their paths are in `owned` */
  size_t dir_count;
  const char **net; /* room for one per argument */
  size_t net_count;
};

/* Room for as many words; false: out of memory. world_options_done() is to be called in any case. */
bool world_options_init(struct world_options *w, int argc);
void world_options_done(struct world_options *w);

/* Whether all texts are UTF-8; reports what is not. */
bool world_options_check(const struct world_options *w);
/* The same of one text, which is `what`. */
bool world_options_check_text(const char *what, const char *text);

/* The settings of the host that follow. They borrow from the options. */
weir_wasi_config world_options_wasi(const struct world_options *w);

/* Of the table: each takes a struct world_options. */
bool world_options_env(void *world, const char *value);
bool world_options_dir(void *world, const char *value);
bool world_options_net(void *world, const char *value);
bool world_options_limit(void *world, const char *value);

extern const char world_options_limit_help[];

/* Lines of a table; `member` is a struct world_options of the struct `type`. */
enum { WORLD_OPTIONS = 4 };
#define OPTIONS_OF_WORLD(type, member)                                                                                 \
  {"env",                                                                                                              \
   'e',                                                                                                                \
   "NAME=VALUE",                                                                                                       \
   "LANG=C",                                                                                                           \
   "Give the program an environment variable; `NAME` alone passes on that of weir, if it has one. May be given many "  \
   "times. Without it the program's environment is empty.",                                                            \
   OPTION_OTHER,                                                                                                       \
   offsetof(type, member),                                                                                             \
   world_options_env},                                                                                                 \
      {"dir",                                                                                                          \
       0,                                                                                                              \
       "DIR",                                                                                                          \
       ".::/data:ro",                                                                                                  \
       "Give the program a directory: `HOST`, or `HOST::GUEST` where it has another name for the program; with `:ro` " \
       "at "                                                                                                           \
       "the "                                                                                                          \
       "end it cannot change anything there. What is outside stays out of reach, wherever links lead. May be given "   \
       "many "                                                                                                         \
       "times. Without it the program has no files.",                                                                  \
       OPTION_OTHER,                                                                                                   \
       offsetof(type, member),                                                                                         \
       world_options_dir},                                                                                             \
      {"net",                                                                                                          \
       0,                                                                                                              \
       "RULE",                                                                                                         \
       "tcp-out:*:443",                                                                                                \
       "Let the program use the network: `all`; `lookup`, to look up names; or "                                       \
       "`(tcp|udp)[-in|-out][:ADDRESS[/BITS]][:PORT[-PORT]]`, where `in` is to bind, `out` to connect and send, `*` "  \
       "is "                                                                                                           \
       "any "                                                                                                          \
       "address, and one of IPv6 stands in brackets. May be given many times. Without it the program has no network.", \
       OPTION_OTHER,                                                                                                   \
       offsetof(type, member),                                                                                         \
       world_options_net},                                                                                             \
  {                                                                                                                    \
    "limit", 0, "NAME=N", "tasks=100", world_options_limit_help, OPTION_OTHER, offsetof(type, member),                 \
        world_options_limit                                                                                            \
  }

#endif
