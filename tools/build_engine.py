#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Builds the engine library with cargo and puts Wasmtime's C headers beside it.

cargo's progress goes to the terminal. The headers are those that the build script of wasmtime-c-api-impl generated for
exactly the features that were compiled in (wasmtime/conf.h says which); cargo's own messages say where they are, so
nothing here repeats the list of features. Result: <target-dir>/release/libweir_engine.a and <target-dir>/include; with
--target, for another machine, <target-dir>/<target>/release/libweir_engine.a.
"""
import argparse
import filecmp
import json
import os
import pathlib
import shutil
import subprocess
import sys

HEADER_PACKAGE = "wasmtime-c-api-impl"


def is_header_package(package_id):
    # "registry+...#wasmtime-c-api-impl@48.0.8" since Rust 1.77; "wasmtime-c-api-impl 48.0.8 (...)" before
    return HEADER_PACKAGE in package_id.replace("#", " ").replace("@", " ").replace("/", " ").split()


def run_cargo(crate, target_dir, target):
    """Builds; returns the folder of the generated headers."""
    command = [os.environ.get("CARGO", "cargo"), "build", "--release", "--locked",
               "--message-format=json-render-diagnostics", "--target-dir", str(target_dir)]
    command += ["--target", target] if target else []
    include = None
    with subprocess.Popen(command, cwd=crate, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True) as cargo:
        for line in cargo.stdout:
            message = json.loads(line) if line.startswith("{") else {}
            if message.get("reason") == "build-script-executed" and is_header_package(message["package_id"]):
                include = pathlib.Path(message["out_dir"]) / "include"
    if cargo.returncode != 0:
        sys.exit(f"build_engine: cargo failed with status {cargo.returncode}")
    if include is None or not (include / "wasmtime" / "conf.h").is_file():
        sys.exit(f"build_engine: cargo did not say where the headers of {HEADER_PACKAGE} are")
    return include


def install_headers(source, destination):
    """Copies what differs, so that nothing is compiled again without need."""
    for header in sorted(source.rglob("*.h")):
        copy = destination / header.relative_to(source)
        if copy.is_file() and filecmp.cmp(header, copy, shallow=False):
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(header, copy)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--crate", type=pathlib.Path, required=True)
    parser.add_argument("--target-dir", type=pathlib.Path, required=True)
    parser.add_argument("--target", default="", help="the machine to build for, as Rust names it")
    options = parser.parse_args()
    target_dir = options.target_dir.resolve()
    include = run_cargo(options.crate, target_dir, options.target)
    install_headers(include, target_dir / "include")
    if not (target_dir / options.target / "release" / "libweir_engine.a").is_file():
        sys.exit("build_engine: cargo succeeded but made no libweir_engine.a; is a cross target configured?")


if __name__ == "__main__":
    main()
