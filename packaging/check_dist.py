#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Installs each package of `make dist` into an empty place, and uses what is there: without compiler, Rust or this
repository's build. What cannot be done here is named, and only that is left out.

    check_dist.py --dist dist
"""
import argparse
import hashlib
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import archive  # noqa: E402
import elf  # noqa: E402
import oci  # noqa: E402

HELLO = archive.ROOT / "examples" / "guests" / "hello.wasm"
SLEEPER = archive.ROOT / "examples" / "guests" / "wat" / "sleeper.wat"
LARGEST_TARBALL = 20_000_000

FIVE_LINES = """\
import asyncio, weir
async def main():
    async with weir.Store() as store:
        app = store.instantiate({guest!r}, {{"sleep": lambda ms: asyncio.sleep(ms / 1000)}})
        print(await app.exports.nap(1, 21))
asyncio.run(main())
"""


def run(*command, **options):
    """What a command prints, in an environment in which there is no tool to be found."""
    environment = {"PATH": "/nonexistent", "HOME": "/nonexistent", **options.pop("env", {})}
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, env=environment, timeout=300,
                          check=False, **options)
    if done.returncode != 0:
        sys.exit(f"check_dist: {' '.join(map(str, command))}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def expect(found, wanted, what):
    if wanted not in found:
        sys.exit(f"check_dist: {what}: expected {wanted!r}, found {found!r}")


def leave_out(what):
    print(f"  LEFT OUT: {what}")


def one(dist, pattern):
    found = sorted(dist.glob(pattern))
    if len(found) != 1:
        sys.exit(f"check_dist: {pattern}: {len(found)} files")
    return found[0]


def check_sums(dist, _folder):
    for line in (dist / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        digest, name = line.split("  ")
        if hashlib.sha256((dist / name).read_bytes()).hexdigest() != digest:
            sys.exit(f"check_dist: {name} is not what SHA256SUMS says")


def check_tarball(dist, folder):
    path = one(dist, "weir-*-linux-*.tar.xz")
    if path.stat().st_size > LARGEST_TARBALL:
        sys.exit(f"check_dist: {path.name} has {path.stat().st_size} bytes, more than {LARGEST_TARBALL}")
    with tarfile.open(path) as archived:
        archived.extractall(folder, filter="data") if sys.version_info >= (3, 12) else archived.extractall(folder)
    tree, = folder.iterdir()
    moved = tree.rename(folder / "moved elsewhere")
    expect(run(moved / "bin" / "weir", "--version"), "weir 0.", "--version")
    expect(run(moved / "bin" / "weir", "run", "--no-cache", HELLO, "Ada"), "hello, Ada", "run")
    library = next(moved.rglob("libweir.so"))
    for name, found in elf.resolved(library).items():
        if name in elf.BESIDE and found.parent.resolve() != library.parent.resolve():
            sys.exit(f"check_dist: libweir.so takes {name} from {found}, not from beside it")
    code = f"import ctypes; f = ctypes.CDLL({str(library)!r}).weir_version; f.restype = ctypes.c_char_p; print(f())"
    expect(run(sys.executable, "-c", code), "0.", "weir_version()")
    for name in ("include/weir/weir.h", "share/man/man1/weir.1", "LICENSE", "weir-*.cdx.json"):
        if not any(moved.glob(name)):
            sys.exit(f"check_dist: the tarball has no {name}")


def minimal_root(folder, binary):
    """A file system with what a binary needs, and nothing else."""
    root = folder / "root"
    for path in oci.libraries(binary):
        place = root / str(path).lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path.resolve(), place)
    (root / "tmp").mkdir()
    shutil.copy(HELLO, root / "hello.wasm")
    return root


def installed(package):
    """What dpkg writes of a package that is installed, without what it depends on."""
    said = subprocess.run(["dpkg-query", "--status", package], capture_output=True, text=True, check=True).stdout
    words = ("Package", "Status", "Version", "Architecture", "Maintainer", "Description")
    return "".join(f"{line}\n" for line in said.splitlines() if line.split(":")[0] in words)


def check_deb(dist, folder):
    path = one(dist, "weir_*.deb")
    if not shutil.which("dpkg") or os.geteuid() != 0:
        leave_out("to install the .deb takes dpkg and root")
        return
    expect(subprocess.run(["dpkg-deb", "--info", path], capture_output=True, text=True, check=True).stdout,
           "Depends: libc6", "dpkg-deb --info")
    unpacked = folder / "unpacked"
    subprocess.run(["dpkg-deb", "--extract", path, unpacked], check=True)
    root = minimal_root(folder, unpacked / "usr" / "bin" / "weir")
    state = root / "var" / "lib" / "dpkg"
    for name in ("info", "updates"):
        (state / name).mkdir(parents=True)
    needed = ["libc6", *(package.split()[0] for package in elf.BESIDE.values())]
    (state / "status").write_text("\n".join(map(installed, needed)), encoding="utf-8")
    done = subprocess.run(["dpkg", f"--root={root}", "--install", path], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"check_dist: dpkg --install: {done.stdout}{done.stderr}")
    expect(run("/usr/sbin/chroot", root, "/usr/bin/weir", "run", "--no-cache", "/hello.wasm"), "hello", "the .deb's weir")
    subprocess.run(["dpkg", f"--root={root}", "--remove", "weir"], check=True, stdout=subprocess.DEVNULL)
    if (root / "usr" / "bin" / "weir").exists():
        sys.exit("check_dist: dpkg --remove leaves the command behind")


def check_oci(dist, folder):
    with tarfile.open(one(dist, "weir-*-oci-*.tar")) as archived:
        archived.extractall(folder, filter="data") if sys.version_info >= (3, 12) else archived.extractall(folder)

    def blob(descriptor):
        data = (folder / "blobs" / "sha256" / descriptor["digest"].split(":")[1]).read_bytes()
        if len(data) != descriptor["size"] or f"sha256:{hashlib.sha256(data).hexdigest()}" != descriptor["digest"]:
            sys.exit(f"check_dist: {descriptor['digest']} is not what its descriptor says")
        return data

    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    manifest = json.loads(blob(index["manifests"][0]))
    config = json.loads(blob(manifest["config"]))
    root = folder / "root"
    with tarfile.open(fileobj=io.BytesIO(blob(manifest["layers"][0]))) as layer:
        layer.extractall(root, filter="tar") if sys.version_info >= (3, 12) else layer.extractall(root)
    if os.geteuid() != 0:
        leave_out("to run the image's command takes root, for chroot")
        return
    shutil.copy(HELLO, root / "hello.wasm")
    os.chmod(root, 0o755)
    command = config["config"]["Entrypoint"]
    expect(run("/usr/sbin/chroot", "--userspec=65532:65532", root, *command, "run", "--no-cache", "/hello.wasm"), "hello",
           "the image's weir")


def check_wheel(dist, folder):
    wheels = sorted(dist.glob("weir-*.whl"))
    if not wheels:
        leave_out("there is no wheel: dist.py said why")
        return
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    began = time.monotonic()
    python = folder / "venv" / "bin" / "python"
    done = subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheels[0]],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        leave_out(f"pip cannot install the wheel, or what it depends on\n{done.stderr}")
        return
    expect(run(python, "-c", FIVE_LINES.format(guest=str(SLEEPER))), "42", "five lines of Python")
    print(f"  from an empty environment to the first awaited export: {time.monotonic() - began:.1f} s")
    expect(run(folder / "venv" / "bin" / "weir", "run", "--no-cache", HELLO), "hello", "the wheel's weir")


def check_bill(dist, _folder):
    bill = json.loads(one(dist, "weir-*.cdx.json").read_text(encoding="utf-8"))
    names = {component["name"] for component in bill["components"]}
    for name in ("wasmtime", "cranelift-codegen", "wasmparser", "rust-std", "libuv1", "nghttp2", "openssl", "llhttp",
                 "libseccomp", "glibc"):
        if name not in names:
            sys.exit(f"check_dist: the bill of materials has no {name}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dist", type=pathlib.Path, required=True)
    options = parser.parse_args()
    for check in (check_sums, check_bill, check_tarball, check_deb, check_oci, check_wheel):
        print(check.__name__.replace("check_", ""))
        with tempfile.TemporaryDirectory(prefix="weir-check-") as temporary:
            check(options.dist.resolve(), pathlib.Path(temporary))
    print("every package is as it should be")


if __name__ == "__main__":
    main()
