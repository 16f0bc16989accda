# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What pyproject.toml cannot say: the version is the library's, and weir._native is made by cffi."""
import os
import pathlib
import re
import sysconfig

from setuptools import setup

include = pathlib.Path(os.environ["WEIR_INCLUDE"])
version = re.search(r'#define WEIR_VERSION "(.*)"', (include / "weir" / "version.h").read_text(encoding="utf-8"))

bdist_wheel = {"plat_name": os.environ.get("WEIR_PLATFORM")}
if not sysconfig.get_config_var("Py_GIL_DISABLED"):  # as native/build.py
    bdist_wheel["py_limited_api"] = "cp310"

setup(
    version=version[1],
    cffi_modules=["native/build.py:ffibuilder"],
    options={"bdist_wheel": bdist_wheel},
)
