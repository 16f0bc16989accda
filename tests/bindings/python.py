#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Builds the Python package's wheel, installs it, checks its types, and runs its tests, also in development mode.

    python.py --source ROOT --library LIBWEIR.SO [--command WEIR] [--preload LIBASAN] --work FOLDER

FOLDER keeps a virtual environment with what the tests need. Where pip cannot make it the test is skipped and says so
(status 77).
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys

SKIPPED = 77


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--library", type=pathlib.Path, required=True)
    parser.add_argument("--command", type=pathlib.Path)
    parser.add_argument("--preload", default="")
    parser.add_argument("--work", type=pathlib.Path, required=True)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    package = options.source / "bindings" / "python"
    sys.path.insert(0, str(package))
    from environment import environment_in
    python, trouble = environment_in(options.work, package / "tests" / "requirements.txt")
    if python is None:
        print(f"SKIPPED, not tested here: pip cannot install what the tests of the Python package need\n{trouble}")
        sys.exit(SKIPPED)

    wheels = options.work / "wheels"
    shutil.rmtree(wheels, ignore_errors=True)
    command = ["--command", options.command] if options.command else []
    subprocess.run([python, package / "make_wheel.py", "--library", options.library, *command, "--out", wheels],
                   check=True)
    wheel, = wheels.glob("weir-*.whl")
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
                    "--force-reinstall", wheel], check=True)

    subprocess.run([python, "-m", "mypy", "--strict", "--no-error-summary", "--cache-dir", options.work / "mypy", "-p", "weir"],
                   cwd=options.work, check=True)
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    if options.preload: # the interpreter is not instrumented, and leaks
        environment.update(LD_PRELOAD=options.preload, ASAN_OPTIONS="detect_leaks=0:verify_asan_link_order=0")
    for mode in ([], ["-X", "dev", "-W", "error::RuntimeWarning"]):
        subprocess.run([python, *mode, "-m", "pytest", "-q", "-p", "no:cacheprovider", package / "tests"],
                       env=environment, cwd=options.work, check=True)


if __name__ == "__main__":
    main()
