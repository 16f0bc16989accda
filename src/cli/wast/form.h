/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The forms of components and modules in scripts: as text in place, `quote`d text, and `binary` bytes. A form becomes
 * the bytes that the library reads; line breaks in front keep the script's line numbers in messages about the text.
 */
#ifndef CLI_WAST_FORM_H
#define CLI_WAST_FORM_H

#include "cli/wast/read.h"

struct wast_form {
  bool is_module;     /* (module ...): core */
  bool is_definition; /* (component definition ...): not instantiated */
  bool is_instance;   /* (component instance $name $definition): no code; `of` is the definition's name */
  struct str name;    /* with its `$`, or "" */
  struct str of;
  char *code; /* to be released with wast_form_done() */
  size_t code_size;
};

/* Takes a form apart. WEIR_ERR_PARSE: it is none; WEIR_ERR_NOMEM. */
weir_status wast_form_read(const struct sexp *form, struct str source, struct wast_form *ret, struct diag *d);
void wast_form_done(struct wast_form *form);

#endif
