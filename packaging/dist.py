#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Packs what `cmake --preset dist` has built:

    weir-VERSION-linux-ARCH.tar.xz   command, shared library, headers, manual page, pkg-config and CMake files
    weir_VERSION_ARCH.deb            the same for Debian and its relatives
    weir-VERSION-*.whl               the Python package, with library and command
    weir-VERSION-oci-ARCH.tar        a container image with the command, as an OCI layout
    weir-VERSION.cdx.json            what is inside: crates and libraries (CycloneDX)
    SHA256SUMS                       of all of them

    dist.py --build build/dist --out dist

The wheel is built in a virtual environment in the build folder. Where pip cannot make that there is no wheel, and the
output says so.
"""
import argparse
import hashlib
import json
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile

PYTHON = pathlib.Path(__file__).resolve().parents[1] / "bindings" / "python"
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(PYTHON)]
import archive  # noqa: E402
import deb  # noqa: E402
import elf  # noqa: E402
import oci  # noqa: E402
import sbom  # noqa: E402
from environment import environment_in  # noqa: E402

DEBIAN = {"x86_64": "amd64", "aarch64": "arm64"}


def version_of(root):
    text = (root / "include" / "weir" / "version.h").read_text(encoding="utf-8")
    return re.search(r'#define WEIR_VERSION "(.*)"', text)[1]


def stage(build, folder):
    """The installed tree, stripped and without archives."""
    made = folder / "stage"
    subprocess.run(["cmake", "--install", build, "--strip", "--prefix", made], check=True, stdout=subprocess.DEVNULL)
    for path in [*made.rglob("*.a"), *made.rglob("weir-static.pc")]:
        path.unlink()
    return made


def add_beside(library):
    """Puts the libraries that the shared library needs beside it."""
    for name, path in elf.resolved(library).items():
        if name in elf.BESIDE:
            shutil.copy(path.resolve(), library.parent / name)


def library_of(tree):
    library, = (path for path in tree.rglob("libweir.so.*") if not path.is_symlink())
    return library


def least_glibc(tree):
    """The version of the C library that all binaries are content with; what else they need must be beside them."""
    library = library_of(tree)
    beside = [path for path in library.parent.iterdir() if path.name in elf.BESIDE]
    binaries = [tree / "bin" / "weir", library, *beside]
    for binary in binaries:
        lacking = [name for name in elf.foreign(binary) if not (binary.parent / name).exists()]
        if lacking:
            sys.exit(f"dist: {binary.name} needs {', '.join(lacking)}: packages may need the C library only")
    return max(elf.glibc(binary) for binary in binaries)


def wheel(build, tree, out, glibc):
    """The wheel; its tag names the C library that it was built with, and promises nothing older."""
    python, trouble = environment_in(build, PYTHON / "requirements.txt")
    if python is None:
        print(f"dist: NO WHEEL: pip cannot install what building one needs\n{trouble}")
        return
    library = library_of(tree)
    tag = f"manylinux_{glibc[0]}_{glibc[1]}_{platform.machine()}"
    subprocess.run([python, PYTHON / "make_wheel.py", "--library", library, "--command", tree / "bin" / "weir",
                    "--platform", tag, "--out", out], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    options = parser.parse_args()
    version, machine = version_of(archive.ROOT), platform.machine()
    architecture = DEBIAN.get(machine, machine)
    shutil.rmtree(options.out, ignore_errors=True)
    options.out.mkdir(parents=True)
    linked = (options.build / "bundled.txt").read_text(encoding="utf-8").split()
    bill = json.dumps(sbom.bill(version, linked), indent=1, sort_keys=True) + "\n"
    (options.out / f"weir-{version}.cdx.json").write_text(bill, encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="weir-dist-") as temporary:
        folder = pathlib.Path(temporary)
        tree = stage(options.build, folder)
        shutil.copytree(tree, folder / "bare", symlinks=True)
        add_beside(library_of(tree))
        glibc = least_glibc(tree)
        wheel(options.build, tree, options.out, glibc)
        (options.out / f"weir_{version}_{architecture}.deb").write_bytes(
            deb.package(folder / "bare", folder, version, architecture, glibc, bill))
        (options.out / f"weir-{version}-oci-{architecture}.tar").write_bytes(
            oci.layout(tree, folder, version, architecture))
        for name in ("LICENSE", "README.md", "CHANGELOG.md"):
            shutil.copy(archive.ROOT / name, tree)
        shutil.copy(options.out / f"weir-{version}.cdx.json", tree)
        name = f"weir-{version}-linux-{machine}"
        (options.out / f"{name}.tar.xz").write_bytes(archive.xz(archive.tar_of(tree, name)))
    made = sorted(options.out.iterdir())
    sums = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in made)
    (options.out / "SHA256SUMS").write_text(sums, encoding="utf-8")
    for path in made:
        print(f"{path.stat().st_size / 1e6:7.1f} MB  {path.name}")


if __name__ == "__main__":
    main()
