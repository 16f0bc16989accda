# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A container image with the command, as an OCI layout: made without any container tool. Its one layer has the command,
the C library of the machine that made it, and certificates."""
import datetime
import hashlib
import json
import pathlib
import re
import shutil
import subprocess

import archive

CERTIFICATES = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")


def libraries(binary):
    """The files that the loader maps for a binary, the loader among them."""
    said = subprocess.run(["ldd", binary], capture_output=True, text=True, check=True).stdout
    return sorted({pathlib.Path(path) for path in re.findall(r"(/\S+) \(0x", said)})


def root(stage, folder):
    """The file system of the image."""
    made = folder / "oci-root"
    (made / "usr" / "bin").mkdir(parents=True)
    shutil.copy(stage / "bin" / "weir", made / "usr" / "bin" / "weir")
    for path in libraries(stage / "bin" / "weir"):
        place = made / str(path).lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path.resolve(), place)
    (made / "etc" / "ssl" / "certs").mkdir(parents=True)
    if CERTIFICATES.exists():
        shutil.copy(CERTIFICATES, made / str(CERTIFICATES).lstrip("/"))
    (made / "etc" / "passwd").write_text("root:x:0:0::/:/bin/false\nweir:x:65532:65532::/:/bin/false\n", encoding="utf-8")
    (made / "tmp").mkdir()
    return made


def layout(stage, folder, version, architecture):
    """The layout as a tar archive, which `skopeo`, `podman load` and others read."""
    out = folder / "oci"
    blobs = out / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def blob(data):
        digest = hashlib.sha256(data).hexdigest()
        (blobs / digest).write_bytes(data)
        return {"digest": f"sha256:{digest}", "size": len(data)}

    when = datetime.datetime.fromtimestamp(archive.source_time(), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    layer = archive.tar_of(root(stage, folder))
    config = {
        "created": when, "architecture": architecture, "os": "linux",
        "config": {"Entrypoint": ["/usr/bin/weir"], "Cmd": ["--help"], "User": "65532:65532",
                   "Env": ["PATH=/usr/bin", f"SSL_CERT_FILE={CERTIFICATES}"],
                   "Labels": {"org.opencontainers.image.title": "weir", "org.opencontainers.image.version": version}},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
        "history": [{"created": when, "created_by": "make dist"}],
    }
    manifest = {
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **blob(_json(config))},
        "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", **blob(archive.gz(layer))}],
    }
    index = {
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [{"mediaType": "application/vnd.oci.image.manifest.v1+json", **blob(_json(manifest)),
                       "platform": {"architecture": architecture, "os": "linux"},
                       "annotations": {"org.opencontainers.image.ref.name": version}}],
    }
    (out / "index.json").write_bytes(_json(index))
    (out / "oci-layout").write_bytes(_json({"imageLayoutVersion": "1.0.0"}))
    return archive.tar_of(out)


def _json(what):
    return json.dumps(what, sort_keys=True, separators=(",", ":")).encode()
