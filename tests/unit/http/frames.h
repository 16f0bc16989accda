/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Frames of HTTP/2 that are written and read by hand, and a client that sends them. */
#ifndef UNIT_HTTP_FRAMES_H
#define UNIT_HTTP_FRAMES_H

#include "unit/http/talk.h"

/* ---- frames (RFC 9113, section 6) -------------------------------------------------------------------------------- */

enum { DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION };
enum { END_STREAM = 1, ACK = 1, END_HEADERS = 4 };

static inline void put_frame(struct text *t, uint8_t type, uint8_t flags, uint32_t id, struct str payload) {
  uint8_t head[9] = {
      (uint8_t)(payload.size >> 16), (uint8_t)(payload.size >> 8), (uint8_t)payload.size, type,       flags,
      (uint8_t)(id >> 24),           (uint8_t)(id >> 16),          (uint8_t)(id >> 8),    (uint8_t)id};
  text_add(t, (struct str){(const char *)head, sizeof(head)});
  text_add(t, payload);
}

static inline void put_preface(struct text *t) {
  text_add(t, STR("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
  put_frame(t, SETTINGS, 0, 0, STR(""));
}

/* GET http://h/ : three fields of the static table, and `:authority` (RFC 7541, appendix A). */
#define GET_HEAD "\x82\x86\x84\x41\x01h"
#define POST_HEAD "\x83\x86\x84\x41\x01h"

static inline void put_get(struct text *t, uint32_t id) {
  put_frame(t, HEADERS, END_STREAM | END_HEADERS, id, STR(GET_HEAD));
}

static inline uint32_t number_at(const uint8_t *at) {
  return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

struct frame {
  uint8_t type, flags;
  uint32_t id, size;
  const uint8_t *payload;
};

/* Cuts the next frame off; false: there is none that is whole. */
static inline bool next_frame(struct str *bytes, struct frame *ret) {
  const uint8_t *b = (const uint8_t *)bytes->data;
  if (bytes->size < 9)
    return false;
  uint32_t size = (uint32_t)b[0] << 16 | (uint32_t)b[1] << 8 | b[2];
  if (bytes->size < 9 + size)
    return false;
  *ret =
      (struct frame){b[3], b[4], (uint32_t)b[5] << 24 | (uint32_t)b[6] << 16 | (uint32_t)b[7] << 8 | b[8], size, b + 9};
  *bytes = (struct str){bytes->data + 9 + size, bytes->size - 9 - size};
  return true;
}

/* The n-th frame (from 0) of that type and stream in what came. */
static inline bool find_frame(const struct text *came, uint8_t type, uint32_t id, unsigned n, struct frame *ret) {
  struct str bytes = {came->data, came->size};
  while (next_frame(&bytes, ret)) {
    if (ret->type == type && ret->id == id && n-- == 0)
      return true;
  }
  return false;
}

/* ---- a client ---------------------------------------------------------------------------------------------------- */

struct client {
  struct talk *t;
  int fd;
  struct text came;
  bool is_closed;
};

static inline void take_bytes(struct client *c) {
  char bytes[65536];
  talk_turn(c->t);
  ssize_t got = c->is_closed ? 0 : recv(c->fd, bytes, sizeof(bytes), 0);
  if (got > 0)
    text_add(&c->came, (struct str){bytes, (size_t)got});
  else if (got == 0 || errno != EAGAIN)
    c->is_closed = true;
}

static inline void begin(struct client *c, struct talk *t, struct text *out) {
  *c = (struct client){.t = t, .fd = talk_connect(t)};
  talk_send(t, c->fd, out->data, out->size);
  out->size = 0;
}

static inline void send_more(struct client *c, struct text *out) {
  talk_send(c->t, c->fd, out->data, out->size);
  out->size = 0;
}

static inline void await_frame(struct client *c, uint8_t type, uint32_t id, unsigned n, struct frame *ret) {
  for (int i = 0; i < TALK_ROUNDS && !find_frame(&c->came, type, id, n, ret); i++) {
    take_bytes(c);
    usleep(i > 1000 ? 1000 : 0);
  }
  if (!find_frame(&c->came, type, id, n, ret))
    fail_msg("no frame of type %u in stream %u", type, id);
}

static inline void await_close(struct client *c) {
  for (int i = 0; i < TALK_ROUNDS && !c->is_closed; i++) {
    take_bytes(c);
    usleep(i > 1000 ? 1000 : 0);
  }
  assert_true(c->is_closed);
}

static inline void end(struct client *c, struct text *out) {
  close(c->fd);
  text_done(&c->came);
  text_done(out);
}

#endif
