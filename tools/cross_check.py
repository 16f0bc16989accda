#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Builds weir for aarch64 Linux, the code generator too, with warnings as errors, and runs under qemu-user what checks
the engine's contract, the unit tests, and the specification's scripts and weir's own. What cannot run under qemu-user is
listed in tests/cross/left-out.txt with its reason, and named at the end.

    cross_check.py [--work build/cross] [--jobs N] [--engine LIBWEIR_ENGINE.A]

Needs what `tools/setup.sh --cross` installs, and Debian's apt-get, whose arm64 packages go into the work folder and not
into the system. Where one of them is missing the check is skipped, and says so (status 77).
"""
import argparse
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
TRIPLE = "aarch64-unknown-linux-gnu"  # as Rust names the machine
QEMU = "qemu-aarch64-static"
TOOLS = ("aarch64-linux-gnu-gcc", QEMU, "apt-get", "dpkg-deb", "cmake", "ninja")
PACKAGES = ("libcmocka0", "libcmocka-dev", "libuv1", "libuv1-dev", "libnghttp2-14", "libnghttp2-dev", "libssl3",
            "libssl-dev", "libseccomp2", "libseccomp-dev")
LEFT_OUT = ROOT / "tests" / "cross" / "left-out.txt"
SKIPPED = 77


def skip(why):
    print(f"SKIPPED, not checked here: {why}")
    sys.exit(SKIPPED)


def missing(engine):
    """What is not on this machine."""
    lacking = [tool for tool in TOOLS if not shutil.which(tool)]
    if not engine:
        rustc = os.environ.get("RUSTC", "rustc")
        said = subprocess.run([rustc, "--print", "target-libdir", "--target", TRIPLE], capture_output=True, text=True,
                              check=False).stdout if shutil.which(rustc) else ""
        if not said or not pathlib.Path(said.strip()).is_dir():
            lacking.append(f"Rust for {TRIPLE}")
    return lacking


def sysroot(work):
    """The arm64 packages, unpacked."""
    root, state = work / "sysroot", work / "apt"
    stamp = root / "packages"
    if stamp.exists() and stamp.read_text(encoding="utf-8").split() == list(PACKAGES):
        return root
    shutil.rmtree(root, ignore_errors=True)
    for name in ("lists/partial", "cache/archives/partial", "downloaded"):
        (state / name).mkdir(parents=True, exist_ok=True)
    apt = ["apt-get", "-q", "-o", "APT::Architectures::=arm64", "-o", "APT::Sandbox::User=root",
           "-o", f"Dir::State::lists={state}/lists", "-o", f"Dir::Cache={state}/cache"]
    for command in (["update"], ["download", *(f"{name}:arm64" for name in PACKAGES)]):
        done = subprocess.run([*apt, *command], cwd=state / "downloaded", capture_output=True, text=True, check=False)
        if done.returncode != 0:
            skip(f"apt-get {command[0]} has no arm64 packages\n{done.stderr}")
    for package in sorted((state / "downloaded").glob("*.deb")):
        subprocess.run(["dpkg-deb", "--extract", package, root], check=True)
    stamp.write_text("\n".join(PACKAGES), encoding="utf-8")
    return root


def build(options, root):
    """The command and all that the tests need, in the folder returned."""
    folder = options.work / "build"
    environment = {**os.environ, "CARGO_PROFILE_RELEASE_LTO": "off"}  # minutes less; nothing here is measured
    subprocess.run(["cmake", "-S", ROOT, "-B", folder, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=RelWithDebInfo",
                    "-DWEIR_WERROR=ON", f"-DCMAKE_TOOLCHAIN_FILE={ROOT}/cmake/aarch64-linux-gnu.cmake",
                    f"-DWEIR_SYSROOT={root}", f"-DWEIR_ENGINE_LIB={options.engine.resolve() if options.engine else ''}",
                    "-DWEIR_ENGINE_INCLUDE="], env=environment, stdout=subprocess.DEVNULL, check=True)
    subprocess.run(["cmake", "--build", folder, "-j", str(options.jobs)], env=environment, check=True)
    return folder


def left_out():
    """{test: why it cannot run under qemu-user}"""
    rows = [line.split("\t") for line in LEFT_OUT.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    if any(len(row) != 2 or not all(row) for row in rows):
        sys.exit(f"{LEFT_OUT}: expected `test TAB reason`")
    return dict(rows)


def run_ctest(options, folder, without):
    """The engine's contract and the unit tests: CMake runs them with the emulator."""
    pattern = "|".join(map(re.escape, without))
    return subprocess.run(["ctest", "--test-dir", folder, "-FA", ".*", "-L", "^(engine|unit)$", "-E", f"^({pattern})$",
                           "-j", str(options.jobs), "--output-on-failure", "--timeout", "600"], check=False).returncode


def command_under_qemu(folder, root):
    """A script that runs weir."""
    script = folder / "weir-under-qemu"
    libraries = root / "usr" / "lib" / "aarch64-linux-gnu"
    emulator = [QEMU, "-L", "/usr/aarch64-linux-gnu", "-E", f"LD_LIBRARY_PATH={libraries}"]
    script.write_text(f'#!/bin/sh\nexec {shlex.join([*emulator, str(folder / "weir")])} "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    return script


def run_scripts(weir):
    """The specification's scripts and weir's own; 77 where the former are not there."""
    own = sorted((ROOT / "tests" / "spec" / "own").glob("*.wast"))
    return [subprocess.run(command, check=False).returncode
            for command in ([weir, "wast", *own], [sys.executable, ROOT / "tests" / "spec" / "run.py", "--weir", weir])]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build" / "cross")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--engine", type=pathlib.Path, help="an engine library for aarch64; its headers: ../include")
    options = parser.parse_args()
    options.work = options.work.resolve()
    lacking = missing(options.engine)
    if lacking:
        skip(f"there is no {', '.join(lacking)}: tools/setup.sh --cross")
    options.work.mkdir(parents=True, exist_ok=True)
    root = sysroot(options.work)
    folder, without = build(options, root), left_out()
    outcomes = [run_ctest(options, folder, without), *run_scripts(command_under_qemu(folder, root))]
    print("cross_check: NOT RUN for aarch64: behaviour tests, fuzzing, examples; and, for what qemu-user lacks,")
    for name, reason in without.items():
        print(f"  {name}: {reason}")
    return 0 if all(outcome in (0, SKIPPED) for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
