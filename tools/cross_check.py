#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles the C sources for aarch64 Linux with warnings as errors, and runs the unit tests of the folders that need no
code generator under qemu-user. The rest would need the engine library for aarch64, and is named at the end.

    cross_check.py [--work build/cross] [--jobs N]

Needs gcc-aarch64-linux-gnu, qemu-user-static and Debian's apt-get, whose arm64 packages go into the work folder and not
into the system. Where one of them is missing the check is skipped, and says so (status 77).
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
CC, QEMU = "aarch64-linux-gnu-gcc", "qemu-aarch64-static"
PACKAGES = ("libcmocka0", "libcmocka-dev", "libuv1", "libuv1-dev", "libnghttp2-dev", "libssl-dev")
FLAGS = ("-std=c17", "-D_GNU_SOURCE", "-O1", "-Wall", "-Wextra", "-Werror", "-Wno-maybe-uninitialized")
TESTED = ("base", "wasm", "component", "abi", "wit")  # folders below the engine, or beside it
FOR_WASM = ROOT / "src" / "fuse" / "rt"  # compiled to core wasm, by tools/build_fuse_rt.py
SKIPPED = 77


def skip(why):
    print(f"SKIPPED, not checked here: {why}")
    sys.exit(SKIPPED)


def sysroot(work):
    """The arm64 packages, unpacked."""
    root, state = work / "sysroot", work / "apt"
    if (root / "usr" / "include" / "cmocka.h").exists():
        return root
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
    return root


def includes(root, work):
    """Where headers are: the engine's are the same on all machines."""
    generated = work / "generated"
    listed = re.search(r"set\(WEIR_WASI_WIT (.*?)\)", (ROOT / "cmake" / "WeirFolders.cmake").read_text(), flags=re.DOTALL)
    wit = [ROOT / "src" / "wasi" / "wit" / f"{name}.wit" for name in listed[1].split()] # in the order that they want
    subprocess.run([sys.executable, ROOT / "tools" / "generate_wasi.py", "--out", generated, *wit], check=True)
    subprocess.run([sys.executable, ROOT / "tools" / "generate_preview1.py", "--out", generated / "wasi" / "preview1_bytes.h",
                    ROOT / "preview1" / "preview1.wasm"], check=True)
    folders = [ROOT / "include", ROOT / "src", ROOT / "tests", generated]
    system = [ROOT / "build" / "engine" / "include", root / "usr" / "include",
              root / "usr" / "include" / "aarch64-linux-gnu", pathlib.Path("/usr/share/include/llhttp")]
    return [*(f"-I{folder}" for folder in folders), *(part for folder in system for part in ("-isystem", str(folder)))]


def compile_one(flags, source, out):
    out.parent.mkdir(parents=True, exist_ok=True)
    done = subprocess.run([CC, *FLAGS, *flags, f'-DWEIR_SOURCE_DIR="{ROOT}"', "-c", source, "-o", out],
                          capture_output=True, text=True, check=False)
    return done.stderr if done.returncode else ""


def compile_all(flags, sources, work, jobs):
    """Objects by source; what does not compile is printed."""
    objects = {source: work / "objects" / source.relative_to(ROOT).with_suffix(".o") for source in sources}
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        troubles = list(pool.map(lambda pair: compile_one(flags, *pair), objects.items()))
    for source, trouble in zip(objects, troubles):
        if trouble:
            print(f"{source.relative_to(ROOT)} does not compile:\n{trouble}")
    return objects, sum(map(bool, troubles))


def run_tests(objects, root, work):
    """How many unit tests passed, failed, and need the engine."""
    archive = work / "libfolders.a"
    archive.unlink(missing_ok=True)
    folders = [out for source, out in objects.items() if source.relative_to(ROOT / "src").parts[0] in TESTED]
    support = [compiled(path, work) for path in sorted((ROOT / "tests" / "support").glob("*.c"))
               if path.stem not in ("fault_system", "keep_signals")]
    subprocess.run(["aarch64-linux-gnu-ar", "rcs", archive, *folders, *(out for out in support if out)], check=True)
    passed, failed, left_out = [], [], []
    for folder in TESTED:
        for test in sorted((ROOT / "tests" / "unit" / folder).glob("test_*.c")):
            (passed if (verdict := run_test(test, archive, root, work)) == 0 else
             left_out if verdict is None else failed).append(f"{folder}/{test.stem}")
    return passed, failed, left_out


FLAGS_OF_TESTS = []


def compiled(source, work):
    out = work / "objects" / source.relative_to(ROOT).with_suffix(".o")
    trouble = compile_one(FLAGS_OF_TESTS, source, out)
    return None if trouble else out


def run_test(test, archive, root, work):
    """Its status; None: it needs more than its folder and those below."""
    program = work / "tests" / test.stem
    program.parent.mkdir(exist_ok=True)
    made = compiled(test, work)
    libraries = root / "usr" / "lib" / "aarch64-linux-gnu"
    link = [CC, str(made), str(archive), f"-L{libraries}", "-lcmocka", "-lpthread", "-lm", "-o", program]
    if "fault_system_" in test.read_text(): # as cmake/WeirTests.cmake does
        link += [str(compiled(ROOT / "tests" / "support" / "fault_system.c", work)),
                 "-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc"]
    if made is None or subprocess.run(link, capture_output=True, check=False).returncode != 0:
        return None
    command = [QEMU, "-L", "/usr/aarch64-linux-gnu", "-E", f"LD_LIBRARY_PATH={libraries}", program]
    return subprocess.run(command, capture_output=True, cwd=ROOT, timeout=600, check=False).returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build" / "cross")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    missing = [tool for tool in (CC, QEMU, "apt-get", "dpkg-deb") if not shutil.which(tool)]
    if missing:
        skip(f"there is no {', '.join(missing)}")
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    root = sysroot(work)
    flags = includes(root, work)
    FLAGS_OF_TESTS.extend(flags)
    sources = sorted(path for path in (ROOT / "src").rglob("*.c") if path.parent != FOR_WASM)
    sources = [source for source in sources if source.name != "without.c"]
    objects, broken = compile_all(flags, sources, work, options.jobs)
    print(f"cross_check: {len(sources) - broken} of {len(sources)} sources compile for aarch64")
    passed, failed, left_out = run_tests(objects, root, work)
    print(f"cross_check: {len(passed)} unit tests pass under qemu; failed: {', '.join(failed) or 'none'}; "
          f"not run, since they need the engine: {', '.join(left_out) or 'none'}")
    print("cross_check: NOT CHECKED: what runs guests (the engine library is not built for aarch64 here)")
    return 1 if broken or failed else 0


if __name__ == "__main__":
    sys.exit(main())
