#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""weir from Python with nothing but ctypes: async exports are awaited, a stream is iterated, and the guest's async
import is an `async def` of Python's. One thread, one asyncio loop; the store is a descriptor in it.

    weir_asyncio.py LIBWEIR.SO examples/guests/wat/sleeper.wat
"""
import asyncio
import ctypes
import sys
from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_uint32, c_uint64, c_void_p

U32, COMPLETED = 7, 0  # WEIR_VALUE_U32, WEIR_COPY_COMPLETED


class Value(ctypes.Structure):
    """A weir_value: a kind, a tag, and 16 bytes that depend on the kind."""
    _fields_ = [("kind", c_int), ("tag", c_uint32), ("bits", c_uint64), ("more", c_uint64)]


HostFn = ctypes.CFUNCTYPE(None, c_void_p, c_void_p, POINTER(Value), c_size_t)
CallFn = ctypes.CFUNCTYPE(None, c_void_p, c_void_p)
CopyFn = ctypes.CFUNCTYPE(None, c_void_p, c_void_p, c_int, c_size_t)


class WeirError(Exception):
    pass


class Weir:
    """The library, with the result types that are not int. Every failure becomes a WeirError."""

    def __init__(self, path):
        self.lib = ctypes.CDLL(path)
        for name in ("weir_component_find_func", "weir_stream_from_value"):
            getattr(self.lib, name).restype = c_void_p
        for name in ("weir_error_message", "weir_status_name"):
            getattr(self.lib, name).restype = c_char_p

    def must(self, name, *args):
        error = c_void_p()
        status = getattr(self.lib, name)(*args, byref(error))
        if status != 0:
            words = self.lib.weir_error_message(error) if error else self.lib.weir_status_name(status)
            self.lib.weir_error_free(error)
            raise WeirError(words.decode())

    def make(self, name, *args):
        made = c_void_p()
        self.must(name, *args, byref(made))
        return made


class Program:
    """An instance in a store of its own, driven by the running asyncio loop."""

    def __init__(self, weir, source, imports):
        self.weir, self.lib, self.loop = weir, weir.lib, asyncio.get_running_loop()
        self.kept, self.tasks = [], set()  # what C holds must not be collected
        self.engine = weir.make("weir_engine_new", None)
        self.component = weir.make("weir_component_new", self.engine, source, c_size_t(len(source)))
        self.linker = weir.make("weir_linker_new", self.engine)
        for name, (signature, function) in imports.items():
            self.define(name, signature, function)
        self.store = weir.make("weir_store_new", self.engine, None)
        self.instance = weir.make("weir_instance_new", self.store, self.linker, self.component)
        self.fd = self.lib.weir_store_fd(self.store)
        self.loop.add_reader(self.fd, self.lib.weir_store_step, self.store)

    def define(self, name, signature, function):
        def host(_data, call, args, count):
            task = self.loop.create_task(self.answer(c_void_p(call), function, [args[i].bits for i in range(count)]))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        self.kept.append(HostFn(host))
        self.weir.must("weir_linker_define_func", self.linker, None, name, signature, self.kept[-1], None, None)

    async def answer(self, call, function, args):
        try:
            await function(*args)
            self.lib.weir_host_call_return(call, None, None)
        except Exception as error:  # the guest's problem, with Python's words
            self.lib.weir_host_call_fail(call, str(error).encode())

    def call(self, name, *args):
        """Starts a call at once; the future gives its Value."""
        func = c_void_p(self.lib.weir_component_find_func(self.component, None, name))
        values = (Value * len(args))(*[Value(U32, 0, arg) for arg in args])
        future = self.loop.create_future()

        def ended(_data, call):
            result, handle = Value(), c_void_p(call)
            try:
                self.weir.must("weir_call_result", handle, byref(result))
                future.set_result(result)
            except WeirError as error:
                future.set_exception(error)
            self.lib.weir_call_free(handle)
            self.kept.remove(done)
        done = CallFn(ended)
        self.kept.append(done)
        self.weir.make("weir_call_start", self.instance, func, values, c_size_t(len(args)), done, None)
        return future

    async def read(self, value, size=16):
        """The pieces of a stream<u8>, as the guest writes them."""
        stream, result = c_void_p(self.lib.weir_stream_from_value(byref(value))), COMPLETED
        buffer = ctypes.create_string_buffer(size)
        while result == COMPLETED:
            future = self.loop.create_future()
            done = CopyFn(lambda _data, _end, how, count: future.set_result((how, count)))
            if self.lib.weir_stream_read(stream, buffer, c_size_t(size), done, None, None) != 0:
                break
            result, count = await future
            if count:
                yield buffer.raw[:count]
        self.lib.weir_stream_drop(stream)

    def close(self):
        self.loop.remove_reader(self.fd)
        self.lib.weir_store_free(self.store)
        self.lib.weir_linker_free(self.linker)
        self.lib.weir_component_free(self.component)
        self.lib.weir_engine_free(self.engine)


async def sleep(milliseconds):
    await asyncio.sleep(milliseconds / 1000)


async def main(library, guest):
    with open(guest, "rb") as file:
        program = Program(Weir(library), file.read(), {b"sleep": (b"async func(ms: u32)", sleep)})
    naps = [program.call(b"nap", 60, 1), program.call(b"nap", 20, 2)]
    for nap in asyncio.as_completed(naps):
        print("a nap gave", (await nap).bits & 0xffffffff)
    async for piece in program.read(await program.call(b"words")):
        print(piece.decode(), end="", flush=True)
    program.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
