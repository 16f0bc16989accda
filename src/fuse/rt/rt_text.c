/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Strings that change their encoding. Emitted code (src/fuse/glue_text.c) copies the source into the buffer here, part
 * by part, several times: first it is measured and checked, then it is encoded into the other buffer. Between the two
 * stands the plan: the calls of realloc that store_string_into_range of the text would do, and what has been written
 * before each of them, as the receiver may look at blocks that it has given up.
 *
 * In order: code points; measuring; the plan; encoding.
 */
#include "fuse/rt/rt.h"

enum encoding { UTF8, UTF16, LATIN1 };
enum { PART = 1024, TAG = 1u << 31, MAX_BYTES = (1 << 28) - 1, NO_SIZE = 0xffffffff };

static u8 in[PART], out[3 * PART + 16];
static u32 out_size;

static struct {
  u32 utf8, units, points; /* bytes of UTF-8, units of UTF-16, code points */
  bool ascii, latin1;
  u32 ascii_points, latin1_points; /* before the first one that is not */
  u32 more, low, high, point;      /* a sequence of UTF-8 that has begun */
  u32 surrogate;                   /* the first half of a pair, or 0 */
  u8 from, to, final;
  bool encodes; /* points are encoded, no longer measured */
  u32 left;     /* points to be encoded */
} text;

/* What emitted code reads. A size of 0xffffffff: there is no such call. */
static struct { u32 size[3], align[3], units; } plan;

/* ---- code points ------------------------------------------------------------------------------------------------- */

/* No pointers to functions here: the table is the emitted functions'. */
static void take_point(u32 point);

static void utf8_byte(u32 byte) {
  if (text.more > 0) {
    if (byte < text.low || byte > text.high)
      trap_text();
    text.low = 0x80;
    text.high = 0xbf;
    text.point = text.point << 6 | (byte & 0x3f);
    if (--text.more == 0)
      take_point(text.point);
    return;
  }
  if (byte < 0x80) {
    take_point(byte);
    return;
  }
  if (byte < 0xc2 || byte > 0xf4)
    trap_text();
  text.more = 1 + (byte >= 0xe0) + (byte >= 0xf0);
  text.low = byte == 0xe0 ? 0xa0 : byte == 0xf0 ? 0x90 : 0x80;
  text.high = byte == 0xed ? 0x9f : byte == 0xf4 ? 0x8f : 0xbf;
  text.point = byte & (0x3f >> text.more);
}

static void utf16_unit(u32 unit) {
  if (text.surrogate) {
    if (unit < 0xdc00 || unit > 0xdfff)
      trap_text();
    take_point(0x10000 + ((text.surrogate - 0xd800) << 10) + (unit - 0xdc00));
    text.surrogate = 0;
  } else if (unit >= 0xd800 && unit <= 0xdbff) {
    text.surrogate = unit;
  } else if (unit >= 0xdc00 && unit <= 0xdfff) {
    trap_text();
  } else {
    take_point(unit);
  }
}

static void each_point(u32 size) {
  for (u32 i = 0; i < size; i += text.from == UTF16 ? 2 : 1) {
    if (text.from == UTF8)
      utf8_byte(in[i]);
    else if (text.from == UTF16)
      utf16_unit(in[i] | (u32)in[i + 1] << 8);
    else
      take_point(in[i]);
  }
}

/* ---- measuring --------------------------------------------------------------------------------------------------- */

static void measure(u32 point) {
  text.points++;
  text.utf8 += 1 + (point >= 0x80) + (point >= 0x800) + (point >= 0x10000);
  text.units += 1 + (point >= 0x10000);
  text.ascii = text.ascii && point < 0x80;
  text.latin1 = text.latin1 && point < 0x100;
  text.ascii_points += text.ascii;
  text.latin1_points += text.latin1;
}

EXPORT(text_in) u8 *text_in(void) {
  return in;
}

EXPORT(text_out) u8 *text_out(void) {
  return out;
}

EXPORT(text_begin) void text_begin(u32 from) {
  __builtin_memset(&text, 0, sizeof(text));
  text.from = (u8)from;
  text.ascii = text.latin1 = true;
}

EXPORT(text_measure) void text_measure(u32 size) {
  each_point(size);
}

/* ---- the plan ---------------------------------------------------------------------------------------------------- */

static void step(u32 i, u32 size, u32 align) {
  if (size > MAX_BYTES * 3u)
    trap_text();
  plan.size[i] = size;
  plan.align[i] = align;
}

/* A first guess, then the most that there can be unless the guess holds, then what there is. */
static void guess(u32 first, bool holds, u32 most, u32 size, u32 align) {
  step(0, first, align);
  if (holds)
    return;
  step(1, most, align);
  if (size < most)
    step(2, size, align);
}

static void plan_utf8(u32 units) {
  guess(units, text.ascii, units * (text.from == UTF16 ? 3 : 2), text.utf8, 1);
  plan.units = text.utf8;
  text.final = UTF8;
}

static void plan_utf16(u32 units) {
  step(0, 2 * units, 2);
  if (text.units < units)
    step(2, 2 * text.units, 2);
  plan.units = text.units;
  text.final = UTF16;
}

/* probably: the source has chosen UTF-16 itself. */
static void plan_compact(u32 units, bool probably) {
  text.final = text.latin1 ? LATIN1 : UTF16;
  plan.units = text.latin1 ? text.points : text.units | TAG;
  if (text.from == LATIN1) {
    step(0, units, 2);
  } else if (probably) {
    step(0, 2 * units, 2);
    if (text.latin1)
      step(2, text.points, 1);
  } else {
    guess(units, text.latin1, 2 * units, 2 * text.units, 2);
    if (text.latin1 && text.points < units)
      step(2, text.points, 2);
  }
}

/* encoding: of the receiver, in the order of its option; `chosen`: the source's encoding is latin1+utf16. */
EXPORT(text_plan) void *text_plan(u32 encoding, u32 chosen, u32 units) {
  if (text.more > 0 || text.surrogate)
    trap_text();
  for (u32 i = 0; i < 3; i++) {
    plan.size[i] = NO_SIZE;
    plan.align[i] = 0;
  }
  if (encoding == 0)
    plan_utf8(units);
  else if (encoding == 1)
    plan_utf16(units);
  else
    plan_compact(units, chosen);
  return &plan;
}

/*
 * Before the second realloc (0) and the third (1): whether something is written then, which is to be encoded next. As
 * far as a guess held, it was written; a source that chose UTF-16 is written so before it is found to be Latin-1.
 */
EXPORT(text_pass) bool text_pass(u32 number) {
  text.more = text.surrogate = 0;
  text.encodes = true;
  text.left = NO_SIZE;
  if (number == 1) {
    text.to = text.final;
    return true;
  }
  if (plan.size[1] != NO_SIZE) {
    text.to = text.final == UTF8 ? UTF8 : LATIN1;
    text.left = text.final == UTF8 ? text.ascii_points : text.latin1_points;
    return true;
  }
  text.to = UTF16;
  return text.from == UTF16 && text.final == LATIN1 && plan.align[2] == 1;
}

/* ---- encoding ---------------------------------------------------------------------------------------------------- */

static void put(u32 byte) {
  out[out_size++] = (u8)byte;
}

static void put_unit(u32 unit) {
  put(unit);
  put(unit >> 8);
}

static void encode(u32 point) {
  if (text.left == 0)
    return;
  text.left--;
  if (text.to == LATIN1 || (text.to == UTF8 && point < 0x80)) {
    put(point);
  } else if (text.to == UTF16 && point < 0x10000) {
    put_unit(point);
  } else if (text.to == UTF16) {
    put_unit(0xd800 + ((point - 0x10000) >> 10));
    put_unit(0xdc00 + (point & 0x3ff));
  } else {
    u32 more = 1 + (point >= 0x800) + (point >= 0x10000);
    put((0xff00 >> (more + 1) & 0xff) | point >> (6 * more));
    while (more-- > 0)
      put(0x80 | (point >> (6 * more) & 0x3f));
  }
}

static void take_point(u32 point) {
  if (text.encodes)
    encode(point);
  else
    measure(point);
}

/* The number of bytes in the other buffer. */
EXPORT(text_encode) u32 text_encode(u32 size) {
  out_size = 0;
  each_point(size);
  return out_size;
}
