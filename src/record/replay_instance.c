/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The components, core modules and instances that a record names: found, or made again. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "embed/linker.h"
#include "record/replay.h"

static bool has_digest(const weir_component *c, struct str digest) {
  uint8_t own[SHA256_SIZE];
  code_digest(c->code, own);
  return digest.size == sizeof(own) && memcmp(digest.data, own, sizeof(own)) == 0;
}

weir_status replay_component(struct replay *r, uint64_t number, struct str digest, struct diag *d) {
  const weir_replay_config *config = r->config;
  const weir_component *found = NULL;
  if (number != r->components.count)
    return diag_set(d, WEIR_ERR_MALFORMED, "a component of the record has a number out of turn");
  if (digest.size == 0 && number < config->component_count)
    found = config->components[number];
  for (size_t i = 0; digest.size > 0 && !found && i < config->component_count; i++)
    found = has_digest(config->components[i], digest) ? config->components[i] : NULL;
  if (!found)
    return diag_set(d, WEIR_ERR_MISUSE, "the record is of another component (number %" PRIu64 " of its store)", number);
  return VEC_PUSH(&mem_system, &r->components, found) ? WEIR_OK : diag_nomem(d);
}

/* On stacks of their own, or not, guests get as deep as in the recorded store. */
weir_status replay_instance(struct replay *r, const struct log_event *e, struct diag *d) {
  uint64_t component = replay_number(e, "component");
  weir_instance *inst = NULL;
  if (component >= r->components.count)
    return diag_set(d, WEIR_ERR_DIVERGED, "the record instantiates a component that it has not named");
  r->store->rt.always_stacks |= replay_number(e, "stacks") != 0;
  weir_status status = weir_instance_new(r->store->handle, r->linker, r->components.data[component], &inst, NULL);
  if (!VEC_PUSH(&mem_system, &r->instances, inst))
    return diag_nomem(d);
  return status == WEIR_OK || r->store->rt.failed ? WEIR_OK
                                                  : diag_set(d, status, "the component cannot be instantiated");
}

weir_status replay_new_component(struct replay *r, const struct log_event *e, struct diag *d) {
  WEIR_TRY(replay_component(r, replay_number(e, "component"), log_event_field(e, "digest")->s, d));
  return replay_instance(r, e, d);
}

/* The host's module is in the record, under the name by which the component imports it. */
weir_status replay_module(struct replay *r, const struct log_event *e, struct diag *d) {
  const struct log_field *bytes = log_event_field(e, "bytes");
  if (bytes->form != LOG_FORM_FULL)
    return replay_not_full(d);
  char *interface_name = replay_text(e, "interface"), *name = replay_text(e, "name");
  weir_status status = WEIR_ERR_NOMEM;
  if (interface_name && name)
    status = weir_linker_define_module(r->linker, interface_name[0] ? interface_name : NULL, name, bytes->s.data,
                                       bytes->s.size, NULL);
  struct linker_def *def = NULL;
  if (status == WEIR_OK)
    def = linker_set_find(linker_set_named(r->linker, str_from(interface_name)), str_from(name), LINKER_MODULE);
  free(interface_name);
  free(name);
  if (!def)
    return diag_set(d, status, "a core module of the record cannot be made again");
  tap_module(&r->tap, def->interface_name, def->name, def);
  return WEIR_OK;
}
