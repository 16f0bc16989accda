#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs an example and compares what it prints: run.py EXPECTED COMMAND ARGUMENT..."""
import pathlib
import subprocess
import sys


def main():
    expected = pathlib.Path(sys.argv[1]).read_text()
    done = subprocess.run(sys.argv[2:], capture_output=True, text=True, timeout=60, check=False)
    if done.returncode == 0 and done.stdout == expected:
        return 0
    print(f"status {done.returncode}, printed:\n{done.stdout}expected:\n{expected}errors:\n{done.stderr}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
