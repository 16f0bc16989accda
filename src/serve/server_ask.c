/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What can be asked of a server, on any thread (weir/serve.h). */
#include "base/mem.h"
#include "serve/state.h"

uint16_t weir_server_port(const weir_server *server, size_t index) {
  return index < server->config.address_count ? server->ports[index] : 0;
}

uint16_t weir_server_admin_port(const weir_server *server) {
  return server->admin.port;
}

weir_status weir_server_metrics(const weir_server *server, char **ret_text, size_t *ret_size) {
  const struct meter **meters = mem_array(&server->alloc, server->config.workers, sizeof(*meters));
  struct text out = {0};
  if (!meters)
    return WEIR_ERR_NOMEM;
  for (uint32_t i = 0; i < server->config.workers; i++)
    meters[i] = &server->workers[i].meter;
  meter_write(&out, meters, server->config.workers);
  mem_free(&server->alloc, meters, server->config.workers * sizeof(*meters));
  *ret_text = text_take(&out, ret_size);
  return *ret_text ? WEIR_OK : WEIR_ERR_NOMEM;
}
