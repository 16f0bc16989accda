/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Services: components as a worker serves them, and their instances. */
#ifndef SERVE_SERVICE_H
#define SERVE_SERVICE_H

#include "serve/state.h"

weir_status service_new(struct worker *w, const weir_component *component, struct service **ret, struct diag *d);
/* Takes no more requests; the service is freed with its last instance. */
void service_retire(struct service *service);
/* The same, and its instances end, whatever they do. */
void service_end(struct service *service);

/* An instance with room for a request, which the request has then; NULL: there is none for now. */
struct slot *service_take(struct service *service);
/* Ends an instance that can go on no more, for `why`; when the loop is out of its store. */
void instance_break(struct instance *i, const char *why);
/* Steps the stores that other threads have woken. */
void services_wake(struct worker *w);
/* Frees those whose end is due, and services that have none left. */
void instances_end_due(struct worker *w);

#endif
