# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Archives that are the same for the same files: entries in order, of root, with one time."""
import gzip
import io
import lzma
import os
import pathlib
import subprocess
import tarfile

ROOT = pathlib.Path(__file__).resolve().parents[1]


def source_time():
    """The time that all files get: SOURCE_DATE_EPOCH, else that of the last commit, else 0."""
    if "SOURCE_DATE_EPOCH" in os.environ:
        return int(os.environ["SOURCE_DATE_EPOCH"])
    done = subprocess.run(["git", "-C", ROOT, "log", "-1", "--format=%ct"], capture_output=True, text=True, check=False)
    return int(done.stdout) if done.returncode == 0 and done.stdout.strip() else 0


def tar_of(folder, prefix=""):
    """The bytes of a tar archive of what is in a folder, below `prefix`."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as archive:
        if prefix:
            archive.addfile(entry(prefix, tarfile.DIRTYPE, 0o755))
        for path in sorted(folder.rglob("*")):
            add(archive, path, str(pathlib.PurePosixPath(prefix) / path.relative_to(folder).as_posix()))
    return out.getvalue()


def entry(name, kind, mode):
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.mtime, info.uname, info.gname = kind, mode, source_time(), "root", "root"
    return info


def add(archive, path, name):
    if path.is_symlink():
        info = entry(name, tarfile.SYMTYPE, 0o777)
        info.linkname = os.readlink(path)
        archive.addfile(info)
    elif path.is_dir():
        archive.addfile(entry(name, tarfile.DIRTYPE, 0o755))
    else:
        info = entry(name, tarfile.REGTYPE, 0o755 if path.stat().st_mode & 0o100 else 0o644)
        info.size = path.stat().st_size
        with path.open("rb") as file:
            archive.addfile(info, file)


def xz(data):
    return lzma.compress(data, preset=6)


def gz(data):
    return gzip.compress(data, 9, mtime=0)


def ar_of(members):
    """The bytes of an `ar` archive, as dpkg reads it, of (name, bytes)."""
    made = b"!<arch>\n"
    for name, data in members:
        made += f"{name:<16}{source_time():<12}{0:<6}{0:<6}{'100644':<8}{len(data):<10}`\n".encode() + data
        made += b"\n" * (len(data) % 2)
    return made
