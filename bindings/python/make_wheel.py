#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Builds the wheel: the package, weir._native, the shared library and the command.

    make_wheel.py --python PYTHON --library LIBWEIR.SO [--command WEIR] [--platform TAG] --out FOLDER

PYTHON has pip, setuptools, wheel and cffi. The sources are copied first, so that nothing is written beside them.
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def stage(options, folder):
    """The sources as setuptools wants them, with what is binary beside."""
    shutil.copytree(HERE, folder, dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns("__pycache__", "*.so", "*.o", "_native.c", "tests", "build", "lib"))
    shutil.copy(ROOT / "LICENSE", folder)
    (folder / "weir" / "lib").mkdir()
    (folder / "weir" / "lib" / "libweir.so.0").write_bytes(options.library.resolve().read_bytes())
    for beside in options.library.resolve().parent.glob("lib*.so.*"):  # `make dist` puts them there
        if not beside.name.startswith("libweir."):
            shutil.copy(beside, folder / "weir" / "lib")
    if options.command:
        (folder / "weir" / "bin").mkdir()
        shutil.copy(options.command, folder / "weir" / "bin" / "weir")
    (folder / "link").mkdir()  # the linker looks for libweir.so
    (folder / "link" / "libweir.so").symlink_to(options.library.resolve())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", type=pathlib.Path, default=pathlib.Path(sys.executable))
    parser.add_argument("--library", type=pathlib.Path, required=True)
    parser.add_argument("--command", type=pathlib.Path)
    parser.add_argument("--platform", default="")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="weir-wheel-") as temporary:
        folder = pathlib.Path(temporary)
        stage(options, folder)
        environment = {**os.environ, "WEIR_INCLUDE": str(ROOT / "include"),
                       "WEIR_LIBRARY": str(folder / "link" / "libweir.so")}
        if options.platform:
            environment["WEIR_PLATFORM"] = options.platform
        subprocess.run([options.python.absolute(), "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation",
                        "--disable-pip-version-check", "--wheel-dir", options.out.absolute(), "."],
                       cwd=folder, env=environment, check=True)


if __name__ == "__main__":
    main()
