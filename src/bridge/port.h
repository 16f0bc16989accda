/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Reply ports: requests that have ended, for whoever waits with one descriptor for many. The descriptor is readable
 * exactly while there are any. A port has a lock of its own, taken inside of the bridge's; it is held by its owner and
 * by each request that is to end in it, and what ends after its owner has freed it goes nowhere.
 */
#ifndef BRIDGE_PORT_H
#define BRIDGE_PORT_H

#include "bridge/state.h"

/* Keeps a place for one more, and a hold. WEIR_ERR_LIMIT. */
weir_status port_reserve(struct weir_bridge_port *p);

/* Gives the place up that no request will take: it was refused. */
void port_unreserve(struct weir_bridge_port *p);

/* The request has ended. Whether the port has its hold of the request now. Under the bridge's lock. */
bool port_post(struct weir_bridge_port *p, struct weir_bridge_request *r);

/* Gives up the hold of port_reserve(). */
void port_unref(struct weir_bridge_port *p);

#endif
