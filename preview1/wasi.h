/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The functions of WASI 0.2 that the adapter calls, as the canonical ABI gives them to a core module: handles are
 * numbers, a result lies where the last parameter points, lists and texts are a pointer and a size. build.py makes the
 * component's imports of those that are linked.
 */
#ifndef PREVIEW1_WASI_H
#define PREVIEW1_WASI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMPORT(module, name) __attribute__((import_module(module), import_name(name)))

typedef uint32_t handle;

/* A result: its payload is at 4 or at 8 by its alignment. What failed has its error code there. */
struct result4 {
  uint8_t failed;
  union {
    uint8_t error;
    handle handle;
    struct {
      uint8_t *data;
      uint32_t size;
      uint8_t ended; /* of a read */
    } bytes;
  } of;
};

struct datetime {
  uint64_t seconds;
  uint32_t nanoseconds;
};

struct some_datetime {
  uint8_t some;
  struct datetime value;
};

struct stat {
  uint8_t type;
  uint64_t links, size;
  struct some_datetime access, modification, change;
};

struct result8 {
  uint8_t failed;
  union {
    uint8_t error;
    uint64_t number;
    struct stat stat;
    struct {
      uint64_t lower, upper;
    } hash;
  } of;
};

struct result1 {
  uint8_t failed, error;
};

/* result<option<directory-entry>, error-code> */
struct entry_result {
  uint8_t failed;
  union {
    uint8_t error;
    struct {
      uint8_t some;
      struct {
        uint8_t type;
        const char *name;
        uint32_t size;
      } value;
    } entry;
  } of;
};

/* result<_, stream-error> and result<list<u8>, stream-error> */
struct stream_result {
  uint8_t failed;
  union {
    struct {
      uint8_t *data;
      uint32_t size;
    } bytes;
    struct {
      uint8_t closed; /* else an error, with its handle */
      handle error;
    } error;
  } of;
};

struct list {
  void *data;
  uint32_t count;
};

struct text {
  const char *data;
  uint32_t size;
};

struct preopen {
  handle descriptor;
  struct text name;
};

struct variable {
  struct text name, value;
};

#define FILES "wasi:filesystem/types@0.2.12"
#define STREAMS "wasi:io/streams@0.2.12"
#define POLL "wasi:io/poll@0.2.12"
#define MONOTONIC "wasi:clocks/monotonic-clock@0.2.12"
#define WALL "wasi:clocks/wall-clock@0.2.12"

IMPORT("wasi:cli/environment@0.2.12", "get-arguments") void environment_arguments(struct list *ret);
IMPORT("wasi:cli/environment@0.2.12", "get-environment") void environment_variables(struct list *ret);
IMPORT("wasi:cli/exit@0.2.12", "exit-with-code") void exit_with_code(uint32_t code);
IMPORT("wasi:cli/stdin@0.2.12", "get-stdin") handle get_stdin(void);
IMPORT("wasi:cli/stdout@0.2.12", "get-stdout") handle get_stdout(void);
IMPORT("wasi:cli/stderr@0.2.12", "get-stderr") handle get_stderr(void);
IMPORT("wasi:cli/terminal-stdin@0.2.12", "get-terminal-stdin") void get_terminal_stdin(uint32_t ret[2]);
IMPORT("wasi:cli/terminal-stdout@0.2.12", "get-terminal-stdout") void get_terminal_stdout(uint32_t ret[2]);
IMPORT("wasi:cli/terminal-stderr@0.2.12", "get-terminal-stderr") void get_terminal_stderr(uint32_t ret[2]);
IMPORT("wasi:cli/terminal-input@0.2.12", "[resource-drop]terminal-input") void terminal_input_drop(handle);
IMPORT("wasi:cli/terminal-output@0.2.12", "[resource-drop]terminal-output") void terminal_output_drop(handle);
IMPORT("wasi:random/random@0.2.12", "get-random-bytes") void random_bytes(uint64_t size, struct list *ret);
IMPORT(MONOTONIC, "now") uint64_t monotonic_now(void);
IMPORT(MONOTONIC, "resolution") uint64_t monotonic_resolution(void);
IMPORT(MONOTONIC, "subscribe-instant") handle monotonic_instant(uint64_t when);
IMPORT(MONOTONIC, "subscribe-duration") handle monotonic_duration(uint64_t how_long);
IMPORT(WALL, "now") void wall_now(struct datetime *ret);
IMPORT(WALL, "resolution") void wall_resolution(struct datetime *ret);
IMPORT(POLL, "poll") void poll(const handle *pollables, uint32_t count, struct list *ret);
IMPORT(POLL, "[resource-drop]pollable") void pollable_drop(handle);
IMPORT("wasi:io/error@0.2.12", "[resource-drop]error") void error_drop(handle);
IMPORT(STREAMS, "[method]input-stream.blocking-read") void input_read(handle, uint64_t size, struct stream_result *ret);
IMPORT(STREAMS, "[method]input-stream.subscribe") handle input_subscribe(handle);
IMPORT(STREAMS, "[method]output-stream.blocking-write-and-flush")
void output_write(handle, const void *bytes, uint32_t size, struct stream_result *ret);
IMPORT(STREAMS, "[method]output-stream.subscribe") handle output_subscribe(handle);
IMPORT(STREAMS, "[resource-drop]output-stream") void output_drop(handle);
IMPORT(STREAMS, "[resource-drop]input-stream") void input_drop(handle);
IMPORT("wasi:filesystem/preopens@0.2.12", "get-directories") void get_directories(struct list *ret);
IMPORT(FILES, "[resource-drop]descriptor") void descriptor_drop(handle);
IMPORT(FILES, "[resource-drop]directory-entry-stream") void entries_drop(handle);
IMPORT(FILES, "filesystem-error-code") void stream_error_code(handle error, uint8_t ret[2]);
IMPORT(FILES, "[method]descriptor.append-via-stream") void descriptor_append(handle, struct result4 *ret);
IMPORT(FILES, "[method]descriptor.advise")
void descriptor_advise(handle, uint64_t offset, uint64_t size, uint32_t advice, struct result1 *ret);
IMPORT(FILES, "[method]descriptor.sync") void descriptor_sync(handle, struct result1 *ret);
IMPORT(FILES, "[method]descriptor.sync-data") void descriptor_sync_data(handle, struct result1 *ret);
IMPORT(FILES, "[method]descriptor.get-flags") void descriptor_flags(handle, struct result1 *ret);
IMPORT(FILES, "[method]descriptor.get-type") void descriptor_type(handle, struct result1 *ret);
IMPORT(FILES, "[method]descriptor.set-size") void descriptor_set_size(handle, uint64_t size, struct result1 *ret);
IMPORT(FILES, "[method]descriptor.set-times")
void descriptor_set_times(handle, uint32_t a, uint64_t a_seconds, uint32_t a_nanoseconds, uint32_t m,
                          uint64_t m_seconds, uint32_t m_nanoseconds, struct result1 *ret);
IMPORT(FILES, "[method]descriptor.read")
void descriptor_read(handle, uint64_t size, uint64_t offset, struct result4 *ret);
IMPORT(FILES, "[method]descriptor.write")
void descriptor_write(handle, const void *bytes, uint32_t size, uint64_t offset, struct result8 *ret);
IMPORT(FILES, "[method]descriptor.read-directory") void descriptor_entries(handle, struct result4 *ret);
IMPORT(FILES, "[method]directory-entry-stream.read-directory-entry")
void entries_next(handle, struct entry_result *ret);
IMPORT(FILES, "[method]descriptor.stat") void descriptor_stat(handle, struct result8 *ret);
IMPORT(FILES, "[method]descriptor.metadata-hash") void descriptor_hash(handle, struct result8 *ret);
IMPORT(FILES, "[method]descriptor.create-directory-at")
void create_directory_at(handle, const char *path, uint32_t size, struct result1 *ret);
IMPORT(FILES, "[method]descriptor.stat-at")
void stat_at(handle, uint32_t follow, const char *path, uint32_t size, struct result8 *ret);
IMPORT(FILES, "[method]descriptor.metadata-hash-at")
void hash_at(handle, uint32_t follow, const char *path, uint32_t size, struct result8 *ret);
IMPORT(FILES, "[method]descriptor.set-times-at")
void set_times_at(handle, uint32_t follow, const char *path, uint32_t size, uint32_t a, uint64_t a_seconds,
                  uint32_t a_nanoseconds, uint32_t m, uint64_t m_seconds, uint32_t m_nanoseconds, struct result1 *ret);
IMPORT(FILES, "[method]descriptor.link-at")
void link_at(handle, uint32_t follow, const char *path, uint32_t size, handle to, const char *new_path,
             uint32_t new_size, struct result1 *ret);
IMPORT(FILES, "[method]descriptor.open-at")
void open_at(handle, uint32_t follow, const char *path, uint32_t size, uint32_t how, uint32_t flags,
             struct result4 *ret);
IMPORT(FILES, "[method]descriptor.readlink-at")
void readlink_at(handle, const char *path, uint32_t size, struct result4 *ret);
IMPORT(FILES, "[method]descriptor.remove-directory-at")
void remove_directory_at(handle, const char *path, uint32_t size, struct result1 *ret);
IMPORT(FILES, "[method]descriptor.rename-at")
void rename_at(handle, const char *path, uint32_t size, handle to, const char *new_path, uint32_t new_size,
               struct result1 *ret);
IMPORT(FILES, "[method]descriptor.symlink-at")
void symlink_at(handle, const char *text, uint32_t text_size, const char *path, uint32_t size, struct result1 *ret);
IMPORT(FILES, "[method]descriptor.unlink-file-at")
void unlink_file_at(handle, const char *path, uint32_t size, struct result1 *ret);

#endif
