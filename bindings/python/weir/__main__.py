# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`python -m weir` and the script `weir`: the command that came with the package."""
import os
import pathlib
import sys


def main() -> None:
    command = pathlib.Path(__file__).parent / "bin" / "weir"
    if not command.exists():
        sys.exit("weir: this package was built without the command")
    os.execv(command, ["weir", *sys.argv[1:]])


if __name__ == "__main__":
    main()
