/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Events of subscribers: made of a crossing, as texts that are the receiver's own. */
#include "intercept/event_node.h"

#include <stdlib.h>

#include "base/sized.h"
#include "record/log_value.h"

void event_node_free(struct event_node *n) {
  weir_event_clear(&n->event);
  free(n);
}

void weir_event_clear(weir_event *event) {
  weir_event e = WEIR_EVENT_INIT;
  if (SIZED_READ(event, &e, weir_event, NULL) != WEIR_OK)
    return;
  free(e.interface_name);
  free(e.name);
  free(e.values);
  sized_clear(event);
}

static void print_one(const weir_value *v, struct text *b, struct text *t) {
  b->size = 0;
  if (!log_value_put(b, v))
    return;
  struct log_view view = log_view(b->data, b->size);
  log_value_print(&view, t);
}

static char *values_of(const weir_crossing *c, weir_event_kind kind) {
  struct text b = {0};
  struct text t;
  text_init(&t);
  if (kind == WEIR_EVENT_FAILURE) {
    text_add(&t, str_from(c->message));
  } else if (kind == WEIR_EVENT_BEFORE_IMPORT || kind == WEIR_EVENT_BEFORE_EXPORT) {
    text_char(&t, '(');
    for (size_t i = 0; i < c->arg_count; i++) {
      text_add(&t, i > 0 ? STR(", ") : STR(""));
      print_one(&c->args[i], &b, &t);
    }
    text_char(&t, ')');
  } else {
    print_one(c->result, &b, &t);
  }
  text_done(&b);
  return text_take(&t, NULL);
}

struct event_node *event_node_new(const weir_crossing *c, weir_event_kind kind) {
  struct event_node *n = calloc(1, sizeof(*n));
  if (!n)
    return NULL;
  list_init(&n->all);
  n->event = (weir_event){
      .size = sizeof(n->event), .kind = kind, .call = c->call, .task = c->task, .count = 1, .status = c->status};
  n->event.interface_name = strndup(c->interface_size ? c->interface_name : "", c->interface_size);
  n->event.name = strndup(c->name_size ? c->name : "", c->name_size);
  n->event.values = values_of(c, kind);
  if (n->event.interface_name && n->event.name && n->event.values)
    return n;
  event_node_free(n);
  return NULL;
}
