#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Programs of the toolchains that people use (Rust, Go, C, Python, JavaScript), run as their users would: each has to give
just what is written down beside it, and a program the same again from its record, with the same head.

They are found in $WEIR_GUESTS, or in ../shared/guests/real beside the checkout; where there are none, the test is skipped
(exit code 77). Some print in which order timers ended, which a busy machine changes: what fails is run again, alone.
"""
import argparse
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SKIPPED = 77
SECONDS = 300  # for one program; the large ones are compiled at first
ATTEMPTS = 3
# What another runtime gives and weir means not to, with the reason; a pass of these fails too.
OTHERWISE = {"rust-cli03.after": "weir run finishes the work that a task does after its return (--drain)"}

# What check.sh of the folder takes for weir: it runs, and then replays, what it is told to; or it serves.
WRAPPER = """#!/usr/bin/env bash
if [ "$1" = serve ]; then shift; exec "{weir}" serve --cache-dir "{folder}/cache" "$@"; fi
folder=$(mktemp -d "{folder}/run.XXXXXX")
shift
for file in "$@"; do case $file in *.wasm) break;; esac; done
"{weir}" run --cache-dir "{folder}/cache" --record "$folder/log" "$@"
code=$?
"{weir}" replay --record "$folder/again" "$folder/log" "$file" > "$folder/said" 2>&1 || cat "$folder/said" >&2
head() {{ "{weir}" log verify "$1" | grep -o '[0-9a-f]\\{{64\\}}' | tail -1; }}
[ "$(head "$folder/log")" = "$(head "$folder/again")" ] || echo "the heads of record and replay differ" >&2
rm -rf "$folder"
exit $code
"""


def find_guests():
    if "WEIR_GUESTS" in os.environ:
        return pathlib.Path(os.environ["WEIR_GUESTS"])
    return HERE.parents[2] / "shared" / "guests" / "real"


def guests_of(folder):
    return sorted(set(re.findall(r"^(?:for .*; do )?(?:command_|http) ([\w-]+)", (folder / "cases.sh").read_text(), re.M)))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weir", required=True)
    parser.add_argument("guests", nargs="*", help="only these")
    options = parser.parse_args()
    folder = find_guests()
    if not (folder / "cases.sh").exists():
        print(f"skipped: there are no guests in {folder}; set WEIR_GUESTS to their folder")
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory(prefix="weir-real-") as work:
        wrapper = pathlib.Path(work) / "weir"
        wrapper.write_text(WRAPPER.format(folder=work, weir=pathlib.Path(options.weir).resolve()))
        wrapper.chmod(0o755)
        environment = dict(os.environ, WEIR=str(wrapper), LIMIT=str(SECONDS), PORT=str(free_port()), UP=str(free_port()))
        left = options.guests or guests_of(folder)
        for _ in range(ATTEMPTS):
            done = subprocess.run(["bash", str(folder / "check.sh"), "weir"] + left, env=environment, text=True,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, errors="replace")
            print(done.stdout, flush=True)
            unexpected = [name for name in re.findall(r"^ok ([\w.-]+)", done.stdout, re.M) if name in OTHERWISE]
            failed = [name for name in re.findall(r"^FAIL ([\w.-]+)", done.stdout, re.M) if name not in OTHERWISE]
            if done.returncode not in (0, 1):
                sys.exit(f"check.sh ended with {done.returncode}")
            if unexpected:
                sys.exit(f"passed, and OTHERWISE says that they do not: {', '.join(unexpected)}")
            left = sorted({name.split(".")[0] for name in failed})
            if not left:
                break
    sys.exit(1 if left else 0)


main()
