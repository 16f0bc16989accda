# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes weir._native, the module between Python and libweir, with cffi: one binary for all versions from 3.10 on.

The declarations are those of the public headers, read here and written nowhere a second time. WEIR_INCLUDE is the
folder of the headers and WEIR_LIBRARY the shared library; bindings/python/make_wheel.py sets both.
"""
import os
import pathlib
import re
import sysconfig

import cffi

HERE = pathlib.Path(__file__).resolve().parent
INCLUDE = pathlib.Path(os.environ["WEIR_INCLUDE"])
LIBRARY = pathlib.Path(os.environ["WEIR_LIBRARY"])

# Only macros, or C++: nothing to declare.
WITHOUT_DECLARATIONS = ("weir.h", "unstable.h", "api.h")

# What Python gives C as function pointers. native.c says what each is for.
CALLBACKS = """
extern "Python" {
  void py_call_ended(void *data, weir_call *call);
  void py_host_call(void *data, weir_host_call *call, weir_value *args, size_t count);
  void py_host_cancel(void *data, weir_host_call *call);
  void py_copied(void *data, weir_stream *end, weir_copy_result result, size_t count);
  void py_resource_dropped(void *data, weir_store *store, uint64_t rep);
  void py_idle(void *data, weir_status status);
  weir_verdict py_before_import(void *data, weir_crossing *crossing);
  weir_verdict py_after_import(void *data, weir_crossing *crossing);
  weir_verdict py_before_export(void *data, weir_crossing *crossing);
  weir_verdict py_after_export(void *data, weir_crossing *crossing);
  void py_failure(void *data, const weir_crossing *crossing);
  void py_recorded(void *data, const struct weir_log_event *event, const char *interface_name, const char *line);
  void py_refused(void *data, weir_wasi_grant grant, const char *path);
}
"""


def declarations_of(header):
    """The declarations of a header, as cffi reads them: without comments, directives and linkage."""
    text = re.sub(r"/\*.*?\*/", " ", header.read_text(encoding="utf-8"), flags=re.DOTALL)
    text = re.sub(r"\\\n", " ", text)
    text = re.sub(r"#ifdef __cplusplus.*?#endif", "", text, flags=re.DOTALL)
    text = re.sub(r"^[ \t]*#.*$", "", text, flags=re.MULTILINE)
    return text.replace("WEIR_API", "").strip()


def headers():
    """The public headers, each behind those that it includes."""
    seen = []

    def visit(name):
        if name in seen:
            return
        for included in re.findall(r'#include "weir/(\w+\.h)"', (INCLUDE / "weir" / name).read_text(encoding="utf-8")):
            visit(included)
        seen.append(name)

    visit("weir.h")
    visit("unstable.h")
    return [INCLUDE / "weir" / name for name in seen if name not in WITHOUT_DECLARATIONS]


def helpers():
    """The declarations of native.c's own functions: each begins a line with PY_API."""
    text = (HERE / "native.c").read_text(encoding="utf-8")
    return "\n".join(match + ";" for match in re.findall(r"^PY_API (.*?) \{$", text, flags=re.MULTILINE | re.DOTALL))


# Builds without the interpreter's lock have no limited API yet.
LIMITED = not sysconfig.get_config_var("Py_GIL_DISABLED")

ffibuilder = cffi.FFI()
ffibuilder.cdef("\n".join(declarations_of(header) for header in headers()))
ffibuilder.cdef(CALLBACKS)
ffibuilder.cdef(helpers())
ffibuilder.set_source(
    "weir._native",
    (HERE / "native.c").read_text(encoding="utf-8"),
    py_limited_api=LIMITED,
    define_macros=[("Py_LIMITED_API", "0x030a0000")] if LIMITED else [],
    include_dirs=[str(INCLUDE)],
    library_dirs=[str(LIBRARY.parent)],
    libraries=["weir"],
    extra_link_args=["-Wl,-rpath,$ORIGIN/lib"],
)

if __name__ == "__main__":
    ffibuilder.compile(verbose=True)
