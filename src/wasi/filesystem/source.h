/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Streams from a file or directory to a guest: read-via-stream and read-directory. Nothing is read before the guest
 * reads: a write of no elements to the stream completes when its reader asks for some. Then the source loads a piece,
 * at once where it is in memory and beside the loop where not, and writes it to the stream; memory is kept only while
 * there is something that the guest has not taken. A kind that can fills the guest's own buffer instead, where the
 * guest does not read little by little.
 */
#ifndef WASI_FILESYSTEM_SOURCE_H
#define WASI_FILESYSTEM_SOURCE_H

#include "wasi/filesystem/budget.h"
#include "wasi/filesystem/file.h"
#include "wasi/filesystem/pool.h"
#include "wasi/host/flow.h"

/* How many sources are asked at once whether their guests read, before the others rest. */
enum { WASI_SOURCES_ASKING = 16 };
/* A guest that asks for less reads little by little: pieces are loaded for it. */
enum { WASI_SOURCE_LITTLE = 4096 };

struct wasi_sources {
  const struct weir_alloc *alloc;
  struct wasi_flows flows;
  struct wasi_pool *pool;
  struct wasi_budget *bytes;
  struct list fresh; /* wasi_source.order: nobody has looked by now whether their guests read */
  unsigned asking;
  uint64_t moves; /* how often something was done that a guest may notice */
};

struct wasi_source;

/* What a kind of source does. `s` is embedded in a struct of the kind. */
struct wasi_source_kind {
  size_t size; /* of that struct */
  /* Gets memory for the next piece. 0 or the negative of an errno. */
  int (*prepare)(struct wasi_source *s);
  /*
   * Loads a piece: a number of elements, 0 at the end, or the negative of an errno; -EAGAIN, where `may_block` is
   * false, if the answer is not in memory. On any thread.
   */
  ssize_t (*load)(struct wasi_source *s, bool may_block);
  /* Loads as much into a guest's buffer, without blocking: as load(). NULL: only pieces are loaded. */
  ssize_t (*fill)(struct wasi_source *s, void *bytes, size_t count);
  /* Where in the file the next elements lie. NULL where the elements are not the file's bytes. */
  uint64_t *(*place)(struct wasi_source *s);
  /* Starts to write what is loaded and not taken. */
  weir_status (*send)(struct wasi_source *s, weir_copy_fn done);
  /* Gives the memory back: all is taken, or nobody wants it. Also where there is none. */
  void (*forget)(struct wasi_source *s);
  /* The source goes: gives back memory and all else. */
  void (*done)(struct wasi_source *s);
};

enum wasi_source_state { WASI_SOURCE_FRESH, WASI_SOURCE_ASKING, WASI_SOURCE_LOADING, WASI_SOURCE_SENDING };

struct wasi_source {
  const struct wasi_source_kind *kind;
  struct wasi_flow flow;
  struct list order; /* in wasi_sources.fresh, or alone */
  enum wasi_source_state state;
  struct wasi_file *file;
  size_t loaded, taken; /* elements of the piece */
  ssize_t outcome;      /* of loading beside the loop, or into the guest's buffer */
  bool little;          /* the guest has asked for little the last time */
  bool asked, by_hand;  /* the guest's buffer was there to be filled; its place is taken by a host that has none */
  bool orphan;          /* the flow has ended while that goes on: the job is the last to hold this */
  struct wasi_job job;
};

void wasi_sources_init(struct wasi_sources *sources, const struct weir_alloc *alloc, struct wasi_guards *guards,
                       struct wasi_pool *pool, struct wasi_budget *bytes);
/* Forgets all (their stores are gone); jobs that run release what is theirs when they end. */
void wasi_sources_close(struct wasi_sources *sources);
/* As wasi_input_ask(). */
bool wasi_sources_ask(struct wasi_sources *sources);

/*
 * Makes a source with the future that goes with it, and takes a reference to the file; wasi_source_begin() is to follow
 * once flow.data is set, or wasi_flow_end(). NULL: memory is out, or the store cannot have more.
 */
struct wasi_source *wasi_source_new(struct wasi_sources *sources, const struct wasi_source_kind *kind,
                                    struct wasi_file *take_file, weir_store *store, weir_value *ret_future);
void wasi_source_begin(struct wasi_source *s);
/* Instead of that: the stream ends at once, with an errno. */
void wasi_source_refuse(struct wasi_source *s, int error);

/*
 * The source that waits for the reader of a stream to read, where that is known: a kind that fills in place. Its reader
 * may then take from the file itself, through `place`.
 */
struct wasi_source *wasi_source_behind(const weir_stream *readable);

static inline struct wasi_sources *wasi_source_owner(const struct wasi_source *s) {
  return LIST_OWNER(s->flow.flows, struct wasi_sources, flows);
}

#endif
