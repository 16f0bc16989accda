# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A package for Debian and its relatives: the command, the shared library and the headers in one. DEBFULLNAME and
DEBEMAIL name the maintainer, as for Debian's own tools."""
import email.utils
import hashlib
import io
import os
import shutil
import tarfile
import textwrap

import archive
import elf

CONTROL = """\
Package: weir
Version: {version}
Architecture: {architecture}
Maintainer: {maintainer}
Installed-Size: {size}
Depends: libc6 (>= {glibc}), {beside}
Section: interpreters
Priority: optional
Description: asynchronous WebAssembly components
 weir runs components of WebAssembly with async functions, streams and futures:
 as a command, and as a C library that a program's own event loop drives.
"""


COPYRIGHT = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: weir
Comment: The command and the library have parts of others inside, under licences of
 their own: weir.cdx.json, beside this file, names each with its licence.

Files: *
Copyright: 2026 The developers of weir
License: Apache-2.0 with LLVM exception
 On Debian systems the text of the Apache License 2.0 is in
 /usr/share/common-licenses/Apache-2.0.
 .
{exception}
"""

CHANGELOG = """\
weir ({version}) unstable; urgency=medium

  * CHANGELOG.md.gz has the changes.

 -- {maintainer}  {date}
"""

# One package has all, since its parts are of one version: lintian would have three.
OVERRIDES = """\
weir: package-name-doesnt-match-sonames
weir: link-to-shared-library-in-wrong-package
weir: pkg-config-unavailable-for-cross-compilation
"""


def maintainer():
    return f"{os.environ.get('DEBFULLNAME', 'The developers of weir')} <{os.environ.get('DEBEMAIL', 'weir@localhost')}>"


def exception():
    """The exception of the licence, as a field of a file about copyrights."""
    text = (archive.ROOT / "LICENSE").read_text(encoding="utf-8").partition("--- LLVM Exceptions")[2].partition("\n")[2]
    return textwrap.indent(text.strip(), " ", lambda _line: True).replace("\n \n", "\n .\n")


def add_documents(root, version, bill):
    """What a package says of itself."""
    folder = root / "usr" / "share" / "doc" / "weir"
    folder.mkdir(parents=True)
    date = email.utils.formatdate(archive.source_time())
    log = CHANGELOG.format(version=version, maintainer=maintainer(), date=date)
    (folder / "changelog.gz").write_bytes(archive.gz(log.encode()))
    (folder / "CHANGELOG.md.gz").write_bytes(archive.gz((archive.ROOT / "CHANGELOG.md").read_bytes()))
    (folder / "copyright").write_text(COPYRIGHT.format(exception=exception()), encoding="utf-8")
    (folder / "weir.cdx.json").write_text(bill, encoding="utf-8")
    overrides = root / "usr" / "share" / "lintian" / "overrides"
    overrides.mkdir(parents=True)
    (overrides / "weir").write_text(OVERRIDES, encoding="utf-8")


def package(stage, folder, version, architecture, glibc, bill):
    """Lays the installed tree out as Debian does below `folder`; the bytes of the package. `bill`: of materials."""
    root = folder / "deb"
    shutil.copytree(stage, root / "usr", symlinks=True)
    add_documents(root, version, bill)
    for page in (root / "usr" / "share" / "man").rglob("*.1"):
        page.with_suffix(".1.gz").write_bytes(archive.gz(page.read_bytes()))
        page.unlink()
    files = sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    size = sum(path.stat().st_size for path in files)
    control = CONTROL.format(version=version, architecture=architecture, size=size // 1024 + 1, maintainer=maintainer(),
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
