# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What is inside: a bill of materials in CycloneDX's JSON, of the crates that the engine library is made of, of the
libraries that are linked as archives or packed, and of what the compilers add."""
import datetime
import hashlib
import os
import pathlib
import platform
import re
import shutil
import subprocess

import archive

ROOT = archive.ROOT


# The licences of what is linked, by the name of the source package. A package that is not here has none in the bill.
LICENCES = {"libuv1": "MIT", "nghttp2": "MIT", "openssl": "Apache-2.0", "libseccomp": "LGPL-2.1-only", "llhttp": "MIT",
            "gcc-12": "GPL-3.0-or-later WITH GCC-exception-3.1", "glibc": "LGPL-2.1-or-later"}


def licences_of_crates():
    """{name and version: licence} of the crates that are inside, by cargo; empty without cargo."""
    cargo = os.environ.get("CARGO", "cargo")
    if not shutil.which(cargo):
        return {}
    done = subprocess.run([cargo, "tree", "--locked", "--offline", "--prefix", "none", "--format", "{p}|{l}", "--target",
                           f"{platform.machine()}-unknown-linux-gnu", "--edges", "normal,no-proc-macro"],
                          cwd=ROOT / "engine", capture_output=True, text=True, check=False)
    rows = re.findall(r"^(\S+) v([^\s|]+)[^|\n]*\|(.*?)( \(\*\))?$", done.stdout, flags=re.MULTILINE)
    return {(name, version): licence.replace("/", " OR ") for name, version, licence, _ in rows}


def crates():
    """The crates that the engine library is made of, with their checksums; without cargo all that it may be made of."""
    licences = licences_of_crates()
    for block in (ROOT / "engine" / "Cargo.lock").read_text(encoding="utf-8").split("[[package]]")[1:]:
        fields = dict(re.findall(r'^(name|version|checksum|source) = "(.*)"$', block, flags=re.MULTILINE))
        licence = licences.get((fields["name"], fields["version"]))
        if licences and licence is None:
            continue  # for another machine, or for building only
        component = {"type": "library", "name": fields["name"], "version": fields["version"],
                     "purl": f"pkg:cargo/{fields['name']}@{fields['version']}"}
        component["bom-ref"] = component["purl"]
        if licence:
            component["licenses"] = [{"expression": licence}]
        if "checksum" in fields:
            component["hashes"] = [{"alg": "SHA-256", "content": fields["checksum"]}]
        yield component


def rust():
    """Rust's own library, which is inside the engine's."""
    rustc, version = os.environ.get("RUSTC", "rustc"), "unknown"
    if shutil.which(rustc):
        version = subprocess.run([rustc, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    return {"type": "library", "name": "rust-std", "version": version, "bom-ref": f"rust-std@{version}",
            "licenses": [{"expression": "MIT OR Apache-2.0"}]}


def llhttp_version():
    text = pathlib.Path("/usr/share/include/llhttp/llhttp.h").read_text(encoding="utf-8")
    return ".".join(re.search(rf"#define LLHTTP_VERSION_{part} (\d+)", text)[1] for part in ("MAJOR", "MINOR", "PATCH"))


def library(path):
    """An archive or source that was linked, by the Debian package that it is from; else by its file."""
    names = [path, path.removeprefix("/usr")]  # dpkg knows a library by the name that it had before /lib became a link
    done = subprocess.run(["dpkg-query", "-S", *names], capture_output=True, text=True, check=False)
    owner = done.stdout.split(": ")[0].split(",")[0]
    if owner:
        shown = subprocess.run(["dpkg-query", "-W", "-f", "${source:Package} ${source:Version}", owner],
                               capture_output=True, text=True, check=True).stdout
        name, version = shown.split()
        component = {"type": "library", "name": name, "version": version, "purl": f"pkg:deb/debian/{name}@{version}"}
    else:
        component = {"type": "library", "name": pathlib.Path(path).stem, "version": "unknown"}
    if pathlib.Path(path).name == "llhttp.c":  # Debian has it in a package of another name
        component.update(name="llhttp", version=llhttp_version())
    component["bom-ref"] = f"{component['name']}@{component['version']}"
    if component["name"] in LICENCES:
        component["licenses"] = [{"expression": LICENCES[component["name"]]}]
    if pathlib.Path(path).is_file():
        digest = hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()
        component["properties"] = [{"name": "file", "value": pathlib.Path(path).name},
                                   {"name": "file-sha256", "value": digest}]
    return component


def of_compiler():
    """The compiler's own library, which is linked, and the C library, which is in the container image."""
    for name in ("libgcc.a", "libc.so.6"):
        said = subprocess.run(["gcc", f"-print-file-name={name}"], capture_output=True, text=True, check=True).stdout
        yield os.path.normpath(said.strip())


def bill(version, linked):
    """The whole bill, for json.dump()."""
    when = datetime.datetime.fromtimestamp(archive.source_time(), datetime.timezone.utc)
    components, seen = [], set()
    for component in [*(library(path) for path in [*linked, *of_compiler()]), rust(), *crates()]:
        if component["bom-ref"] not in seen:
            seen.add(component["bom-ref"])
            components.append(component)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "timestamp": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {"type": "application", "bom-ref": f"weir@{version}", "name": "weir", "version": version,
                          "licenses": [{"expression": "Apache-2.0 WITH LLVM-exception"}]},
        },
        "components": components,
        "dependencies": [{"ref": f"weir@{version}", "dependsOn": sorted(seen)}],
    }
