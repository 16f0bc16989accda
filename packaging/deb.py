# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A package for Debian and its relatives: the command, the shared library and the headers in one."""
import hashlib
import io
import shutil
import tarfile

import archive
import elf

CONTROL = """\
Package: weir
Version: {version}
Architecture: {architecture}
Maintainer: The weir project <weir@localhost>
Installed-Size: {size}
Depends: libc6 (>= {glibc}), {beside}
Section: interpreters
Priority: optional
Description: asynchronous WebAssembly components
 weir runs components of WebAssembly with async functions, streams and futures:
 as a command, and as a C library that a program's own event loop drives.
"""


def package(stage, folder, version, architecture, glibc):
    """Lays the installed tree out as Debian does below `folder`; the bytes of the package."""
    root = folder / "deb"
    shutil.copytree(stage, root / "usr", symlinks=True)
    (root / "usr" / "share" / "doc" / "weir").mkdir(parents=True)
    shutil.copy(archive.ROOT / "LICENSE", root / "usr" / "share" / "doc" / "weir" / "copyright")
    for page in (root / "usr" / "share" / "man").rglob("*.1"):
        page.with_suffix(".1.gz").write_bytes(archive.gz(page.read_bytes()))
        page.unlink()
    files = sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    size = sum(path.stat().st_size for path in files)
    control = CONTROL.format(version=version, architecture=architecture, size=size // 1024 + 1,
                             glibc=".".join(map(str, glibc)), beside=", ".join(elf.BESIDE.values()))
    sums = "".join(f"{hashlib.md5(path.read_bytes()).hexdigest()}  {path.relative_to(root)}\n" for path in files)
    shared = "".join(f"libweir 0 weir (>= {version})\n")
    members = {"control": control, "md5sums": sums, "shlibs": shared, "triggers": "activate-noawait ldconfig\n"}
    return archive.ar_of([("debian-binary", b"2.0\n"), ("control.tar.xz", archive.xz(_control(members))),
                          ("data.tar.xz", archive.xz(archive.tar_of(root, ".")))])


def _control(members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as made:
        made.addfile(archive.entry(".", tarfile.DIRTYPE, 0o755))
        for name, text in members.items():
            info = archive.entry(f"./{name}", tarfile.REGTYPE, 0o644)
            info.size = len(text.encode())
            made.addfile(info, io.BytesIO(text.encode()))
    return out.getvalue()
