/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The one place where a failing operation leaves its detail. A caller makes a `struct diag`, hands it down, and makes a
 * weir_error of it at the edge. The first error wins: later ones are consequences. A diag works without allocation: its
 * text is cut to the inline buffer then. A NULL diag is allowed everywhere: nothing is recorded.
 */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "weir/error.h"

enum { DIAG_INLINE = 256 };

struct diag {
  weir_status status;
  bool has_offset;
  size_t offset;   /* byte offset into the input, where has_offset */
  int exit_code;   /* with WEIR_ERR_EXIT */
  char *message;   /* NULL: see inline_text */
  char *backtrace; /* NULL: none */
  char inline_text[DIAG_INLINE];
};

void diag_init(struct diag *d);
/* Releases; the diag is as after diag_init(). */
void diag_done(struct diag *d);

/* Records the first error; later calls change nothing. Always returns `status`, so: return diag_set(d, ...). */
weir_status diag_set(struct diag *d, weir_status status, const char *format, ...) __attribute__((format(printf, 3, 4)));
weir_status diag_vset(struct diag *d, weir_status status, const char *format, va_list args);
/* The same with the byte offset of the place. */
weir_status diag_at(struct diag *d, weir_status status, size_t offset, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* WEIR_ERR_NOMEM, without allocating. */
weir_status diag_nomem(struct diag *d);

/*
 * The same functions, but the compiler sees that they return `status`: so the compiler knows that the code behind
 * WEIR_TRY() runs only where the out-parameters are set.
 */
#define diag_set(d, status, ...)               \
  __extension__({                              \
    weir_status diag_status = (status);        \
    (diag_set)((d), diag_status, __VA_ARGS__); \
    diag_status;                               \
  })
#define diag_at(d, status, offset, ...)                 \
  __extension__({                                       \
    weir_status diag_status = (status);                 \
    (diag_at)((d), diag_status, (offset), __VA_ARGS__); \
    diag_status;                                        \
  })
#define diag_nomem(d) __extension__({ (diag_nomem)(d), WEIR_ERR_NOMEM; })

/* Puts `format` in front of the recorded message ("in component #2: ..."). */
void diag_prefix(struct diag *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same behind the message ("... (in function `run`)"). */
void diag_suffix(struct diag *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Copies the wasm backtrace of a trap, unless the diag has one. */
void diag_backtrace(struct diag *d, const char *text, size_t size);

/* The message, never NULL. */
const char *diag_message(const struct diag *d);

/* Moves the detail into a new weir_error (into *ret where ret is not NULL) and empties the diag; returns its status. */
weir_status diag_raise(struct diag *d, weir_error **ret);

/* Returns from the enclosing function where `x` is not WEIR_OK: the one control macro. */
#define WEIR_TRY(x)                    \
  do {                                 \
    weir_status weir_try_status = (x); \
    if (weir_try_status != WEIR_OK)    \
      return weir_try_status;          \
  } while (0)

#endif
