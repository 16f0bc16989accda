#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a binding of another language against the shared library and compares what it prints.

    foreign.py go|java --source ROOT --library LIBWEIR.SO [--sanitize WHAT] [--preload LIBASAN]

Where the toolchain is missing the test is skipped and says so (status 77). Go is built with cgo's checks, and with the
race detector, or with AddressSanitizer where the library has that.
"""
import argparse
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77


def skip(why):
    print(f"SKIPPED, not tested here: {why}")
    sys.exit(SKIPPED)


def run(command, environment, folder=None):
    done = subprocess.run([str(part) for part in command], env={**os.environ, **environment}, cwd=folder, timeout=900,
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def run_go(options, guest, folder):
    if shutil.which("go") is None:
        skip("there is no `go`")
    library = options.library.parent
    headers = hashlib.sha256(b"".join(path.read_bytes() for path in sorted((options.source / "include").rglob("*.h"))))
    environment = {"CGO_ENABLED": "1", "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod", "GOEXPERIMENT": "cgocheck2",
                   # Go's cache knows its own files only: the headers are named by what is in them
                   "CGO_CFLAGS": f"-I{options.source / 'include'} -DHEADERS_{headers.hexdigest()} -g -O1",
                   "CGO_LDFLAGS": f"-L{library} -lweir -Wl,-rpath,{library}"}
    detector = "-asan" if "address" in options.sanitize else "-race"
    run(["go", "vet", "."], environment, options.source / "examples" / "go")
    run(["go", "build", detector, "-o", folder / "binder", "."], environment, options.source / "examples" / "go")
    return run([folder / "binder", guest], environment)


def java_of_22():
    places = [shutil.which("java"), *pathlib.Path("/usr/lib/jvm").glob("*/bin/java")]
    if "JAVA_HOME" in os.environ:
        places.insert(0, pathlib.Path(os.environ["JAVA_HOME"]) / "bin" / "java")
    for java in filter(None, places):
        try:
            said = subprocess.run([str(java), "-version"], capture_output=True, text=True, check=False).stderr
        except OSError:
            continue
        version = re.search(r'version "(\d+)', said)
        if version and int(version[1]) >= 22 and (pathlib.Path(java).resolve().parent / "javac").exists():
            return java
    skip("there is no JDK of 22 or later")


def run_java(options, guest, _folder):
    environment = {}
    if options.preload: # the JVM is not instrumented, and has its own handlers
        environment = {"LD_PRELOAD": options.preload,
                       "ASAN_OPTIONS": "detect_leaks=0:handle_segv=0:handle_sigill=0:handle_sigbus=0:handle_sigfpe=0"}
    return run([java_of_22(), "-Xmx256m", "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED",
                options.source / "examples" / "java" / "Binder.java", options.library, guest], environment)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("language", choices=("go", "java"))
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--library", type=pathlib.Path, required=True)
    parser.add_argument("--sanitize", default="")
    parser.add_argument("--preload", default="")
    options = parser.parse_args()
    options.source, options.library = options.source.resolve(), options.library.absolute()
    expected = (options.source / "examples" / "expected" / "binder.txt").read_text()
    guest = options.source / "examples" / "guests" / "wat" / "binder.wat"
    with tempfile.TemporaryDirectory() as folder:
        found = {"go": run_go, "java": run_java}[options.language](options, guest, pathlib.Path(folder))
    if found != expected:
        sys.exit(f"printed:\n{found}expected:\n{expected}")


if __name__ == "__main__":
    main()
