# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a binary needs of the machine that it runs on, as `readelf` says."""
import pathlib
import re
import subprocess

# What every Linux with the GNU C library has: the C library in its parts, and the loader.
C_LIBRARY = re.compile(r"^(lib(c|m|dl|rt|pthread)\.so\.\d+|ld-linux.*\.so\.\d+)$")

# Shared libraries that libweir.so needs and that packages put beside it, with the Debian package that has each.
BESIDE = {"libuv.so.1": "libuv1 (>= 1.44)", "libnghttp2.so.14": "libnghttp2-14 (>= 1.50)"}


def read(option, binary):
    return subprocess.run(["readelf", "--wide", option, binary], capture_output=True, text=True, check=True,
                          env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}).stdout


def needed(binary):
    """The shared libraries that a binary names."""
    return re.findall(r"\(NEEDED\).*\[(.*)\]", read("--dynamic", binary))


def foreign(binary):
    """Those of them that are not the C library's."""
    return [name for name in needed(binary) if not C_LIBRARY.match(name) and not name.startswith("libweir.so")]


def glibc(binary):
    """The least version of the GNU C library that has all the symbols: (2, 34)."""
    versions = re.findall(r"GLIBC_(\d+)\.(\d+)", read("--version-info", binary))
    return max(((int(major), int(minor)) for major, minor in versions), default=(2, 17))


def resolved(binary):
    """The files that the loader finds for the names in a binary."""
    said = subprocess.run(["ldd", binary], capture_output=True, text=True, check=True).stdout
    return {name: pathlib.Path(path) for name, path in re.findall(r"(\S+) => (/\S+) \(0x", said)}
