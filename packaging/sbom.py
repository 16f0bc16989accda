# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What is inside: a bill of materials in CycloneDX's JSON, of the crates in engine/Cargo.lock and of the libraries that
are linked as archives."""
import datetime
import hashlib
import pathlib
import re
import subprocess

import archive

ROOT = archive.ROOT


def crates():
    """The crates that the engine library is made of, with their checksums."""
    for block in (ROOT / "engine" / "Cargo.lock").read_text(encoding="utf-8").split("[[package]]")[1:]:
        fields = dict(re.findall(r'^(name|version|checksum|source) = "(.*)"$', block, flags=re.MULTILINE))
        component = {"type": "library", "name": fields["name"], "version": fields["version"],
                     "purl": f"pkg:cargo/{fields['name']}@{fields['version']}"}
        component["bom-ref"] = component["purl"]
        if "checksum" in fields:
            component["hashes"] = [{"alg": "SHA-256", "content": fields["checksum"]}]
        yield component


def library(path):
    """An archive or source that was linked, by the Debian package that it is from; else by its file."""
    done = subprocess.run(["dpkg-query", "-S", path], capture_output=True, text=True, check=False)
    owner = done.stdout.split(": ")[0].split(",")[0] if done.returncode == 0 else ""
    if owner:
        shown = subprocess.run(["dpkg-query", "-W", "-f", "${source:Package} ${source:Version}", owner],
                               capture_output=True, text=True, check=True).stdout
        name, version = shown.split()
        component = {"type": "library", "name": name, "version": version, "purl": f"pkg:deb/debian/{name}@{version}"}
    else:
        component = {"type": "library", "name": pathlib.Path(path).stem, "version": "unknown"}
    component["bom-ref"] = f"{component['name']}@{component['version']}"
    if pathlib.Path(path).is_file():
        digest = hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()
        component["properties"] = [{"name": "file", "value": pathlib.Path(path).name},
                                   {"name": "file-sha256", "value": digest}]
    return component


def bill(version, linked):
    """The whole bill, for json.dump()."""
    when = datetime.datetime.fromtimestamp(archive.source_time(), datetime.timezone.utc)
    components, seen = [], set()
    for component in [*(library(path) for path in linked), *crates()]:
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
