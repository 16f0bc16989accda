#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A bridge from Python with nothing but ctypes: the component runs on a thread of its own, with WASI, and asyncio waits for
any number of its calls with one descriptor, the bridge's port.

    bridge_asyncio.py LIBWEIR.SO examples/guests/wat/napper.wat
"""
import asyncio
import ctypes
import sys
from ctypes import POINTER, byref, c_bool, c_char_p, c_int, c_size_t, c_uint32, c_uint64, c_void_p

U32 = 7  # WEIR_VALUE_U32


class Value(ctypes.Structure):
    _fields_ = [("kind", c_int), ("tag", c_uint32), ("bits", c_uint64), ("more", c_uint64)]


StartFn = ctypes.CFUNCTYPE(c_int, c_void_p, c_void_p, POINTER(c_void_p))
StopFn = ctypes.CFUNCTYPE(None, c_void_p, c_void_p)


def structure(name, *fields):
    return type(name, (ctypes.Structure,), {"_fields_": [("size", c_size_t), *fields]})


Config = structure("Config", ("alloc", c_void_p), ("name", c_char_p), ("capacity", c_size_t), ("max_running", c_size_t),
                   ("full", c_int), ("start", StartFn), ("stop", StopFn), ("data", c_void_p))
Invocation = structure("Invocation", ("instance", c_void_p), ("func", c_void_p), ("args", POINTER(Value)),
                       ("count", c_size_t), ("done", c_void_p), ("done_data", c_void_p), ("timeout", c_uint64),
                       ("no_wait", c_bool), ("wait_when_stuck", c_bool), ("port", c_void_p), ("port_tag", c_void_p))
Wasi = structure("Wasi", ("args", c_void_p), ("arg_count", c_size_t), ("env", c_void_p), ("env_count", c_size_t),
                 ("cwd", c_char_p), ("stdin", c_int), ("stdout", c_int), ("stderr", c_int), ("inherit", c_bool),
                 ("seed", c_void_p), ("loop", c_void_p))


class Weir:
    """The library. Every failure becomes an exception."""

    def __init__(self, path):
        self.lib = ctypes.CDLL(path)
        for name in ("weir_component_find_func", "weir_bridge_loop", "weir_bridge_port_take"):
            getattr(self.lib, name).restype = c_void_p
        for name in ("weir_error_message", "weir_status_name"):
            getattr(self.lib, name).restype = c_char_p

    def must(self, name, *args):
        error = c_void_p()
        status = getattr(self.lib, name)(*args, byref(error))
        if status != 0:
            words = self.lib.weir_error_message(error) if error else self.lib.weir_status_name(status)
            self.lib.weir_error_free(error)
            raise RuntimeError(words.decode())

    def make(self, name, *args):
        made = c_void_p()
        self.must(name, *args, byref(made))
        return made


class Service:
    """An instance on the worker of a bridge, called from the running asyncio loop."""

    def __init__(self, weir, source):
        self.weir, self.lib, self.loop = weir, weir.lib, asyncio.get_running_loop()
        self.waiting, self.tags = {}, 0
        self.engine = weir.make("weir_engine_new", None)
        self.component = weir.make("weir_component_new", self.engine, source, c_size_t(len(source)))
        self.config = Config(ctypes.sizeof(Config), start=StartFn(self.start), stop=StopFn(self.stop))
        self.bridge = weir.make("weir_bridge_new", byref(self.config))
        self.port = weir.make("weir_bridge_port_new", c_size_t(0), None)
        self.fd = self.lib.weir_bridge_port_fd(self.port)
        self.loop.add_reader(self.fd, self.take)

    def start(self, _data, bridge, _error):  # on the worker, as all that belongs to it
        weir, bridge = self.weir, c_void_p(bridge)
        try:
            world = Wasi(ctypes.sizeof(Wasi), inherit=True, loop=self.lib.weir_bridge_loop(bridge))
            self.wasi = weir.make("weir_wasi_new", byref(world))
            self.linker = weir.make("weir_linker_new", self.engine)
            weir.must("weir_wasi_link", self.wasi, self.linker)
            self.store = weir.make("weir_store_new", self.engine, None)
            weir.must("weir_wasi_attach", self.wasi, bridge, self.store)
            self.instance = weir.make("weir_instance_new", self.store, self.linker, self.component)
            return 0
        except RuntimeError as error:
            print(error, file=sys.stderr)
            return -41  # WEIR_ERR_HOST

    def stop(self, _data, _bridge):
        self.lib.weir_store_free(self.store)
        self.lib.weir_linker_free(self.linker)
        self.lib.weir_wasi_free(self.wasi)

    def call(self, name, *args):
        """Hands a call in; the future gives its Value."""
        self.tags += 1
        future = self.waiting[self.tags] = self.loop.create_future()
        values = (Value * len(args))(*[Value(U32, 0, arg) for arg in args])
        func = self.lib.weir_component_find_func(self.component, None, name)
        call = Invocation(ctypes.sizeof(Invocation), self.instance, func, values, len(args), port=self.port,
                          port_tag=self.tags)
        self.weir.must("weir_bridge_call_submit", self.bridge, byref(call), None)
        return future

    def take(self):
        tag = c_void_p()
        while request := self.lib.weir_bridge_port_take(self.port, byref(tag)):
            future, result = self.waiting.pop(tag.value), Value()
            try:
                self.weir.must("weir_bridge_call_result", c_void_p(request), byref(result))
                future.set_result(result)
            except RuntimeError as error:
                future.set_exception(error)
            self.lib.weir_bridge_request_free(c_void_p(request))

    def close(self):
        self.loop.remove_reader(self.fd)
        self.lib.weir_bridge_free(self.bridge)
        self.lib.weir_bridge_port_free(self.port)
        self.lib.weir_component_free(self.component)
        self.lib.weir_engine_free(self.engine)


async def main(library, guest):
    with open(guest, "rb") as file:
        service = Service(Weir(library), file.read())
    naps = [service.call(b"nap", 500, 1), service.call(b"nap", 20, 2)]
    for nap in asyncio.as_completed(naps):
        print("a nap gave", (await nap).bits & 0xffffffff, flush=True)
    service.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
