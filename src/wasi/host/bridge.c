/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A WASI host as the guest of a bridge's loop: the bridge blocks in that loop, so what is open on it moves by itself.
 * But it steps stores after the loop's last call before waiting has come, so it has to be told to look at what rests.
 */
#include "base/error.h"
#include "bridge/drive.h"
#include "wasi/host/host.h"
#include "weir/wasi.h"

static bool before_wait(void *data, weir_store *store) {
  (void)store;
  return wasi_host_ask(data);
}

weir_status weir_wasi_attach(weir_wasi *wasi, weir_bridge *bridge, weir_store *store, weir_error **ret_error) {
  if (wasi->loop != weir_bridge_loop(bridge)) {
    struct error_detail detail = {.status = WEIR_ERR_MISUSE,
                                  .message = "weir_wasi_attach: the host does not run on the loop of this worker"};
    if (ret_error)
      *ret_error = error_new(&detail);
    return WEIR_ERR_MISUSE;
  }
  weir_status status = weir_bridge_attach(bridge, store, ret_error);
  if (status == WEIR_OK)
    drive_on_wait(drive_find(bridge, store), before_wait, wasi);
  return status;
}
