/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See resource.h. */
#include "runtime/resource.h"

#include "runtime/table.h"
#include "runtime/trap.h"

static const char *owner_of(const struct rt_resource_type *t) {
  return t->impl ? "guest-defined resource" : "host-defined resource";
}

weir_status resource_check(struct rt_store *s, const struct rt_handle *h, const struct rt_resource_type *want,
                           uint32_t index) {
  if (h->kind == RT_RESOURCE && h->of.resource.type == want)
    return WEIR_OK;
  if (h->kind != RT_RESOURCE)
    return rt_trap(s, "handle index %u used with the wrong type, expected %s but found %s", index, owner_of(want),
                   rt_handle_kind_name((enum rt_handle_kind)h->kind));
  const struct rt_resource_type *found = h->of.resource.type;
  return rt_trap(s, "handle index %u used with the wrong type, expected %s but found a %s%s", index, owner_of(want),
                 !found->impl == !want->impl ? "different " : "", owner_of(found));
}
