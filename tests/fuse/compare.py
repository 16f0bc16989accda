#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random compositions (compositions.py) do the same in every form.

Each is run with calls through the runtime, with adapters, fused to a core module, and fused to a component. A script
asserts a result that none of them gives, so that the report has what each gave; all must be equal. A trap is a trap in a
component, and has the same words in the other forms.
"""
import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import compositions  # noqa: E402

FORMS = {"runtime": ["--no-adapters"], "adapters": [], "core": ["--fused"], "component": ["--fused-component"]}
BATCH = 50


def outcomes(weir, script, options):
    """{line of the assertion: what was found}, and how many components stayed as they were."""
    done = subprocess.run([weir, "wast", "--json", *options, script], capture_output=True, text=True, check=False)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        sys.exit(f"weir ended with code {done.returncode}: {done.stderr[:2000]}")
    return {f["line"]: f["message"] for f in report["files"][0]["failures"]}, report["unfused"]


def plain(message):
    """Without what may differ in a component: the words of a trap."""
    return "a trap" if "WEIR_ERR_TRAP" in message else message


def words(message):
    """The first line, without the module's own names."""
    return message.splitlines()[0]


class Run:
    def __init__(self, weir, folder):
        self.weir, self.script = weir, folder / "cases.wast"
        self.cases = self.nested = self.traps = 0

    def batch(self, seeds):
        lines, cases = "", {}
        for seed in seeds:
            text = compositions.composition(random.Random(seed))
            lines += text
            cases[lines.count("\n") + 1] = (seed, text)
            lines += '(assert_return (invoke "run") (u64.const 0))\n'
        self.script.write_text(lines)
        found = {name: outcomes(self.weir, self.script, options) for name, options in FORMS.items()}
        self.nested += found["component"][1]
        return [self.check(case, line, found) for line, case in cases.items()]

    def check(self, case, line, found):
        """None, or what is wrong."""
        self.cases += 1
        got = {name: messages.get(line, "nothing") for name, (messages, _) in found.items()}
        self.traps += plain(got["runtime"]) == "a trap"
        if "there is no instance" in got["runtime"]:
            sys.exit(f"seed {case[0]} is no component")
        same = {words(got[name]) for name in ("runtime", "adapters", "core")}
        return None if len(same) == 1 and plain(got["component"]) == plain(got["runtime"]) else (case, got)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weir", required=True, help="the command to test")
    parser.add_argument("--cases", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1, help="of the first case; the others follow")
    parser.add_argument("--keep", type=pathlib.Path, help="write compositions that differ into this folder")
    args = parser.parse_args()
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        run = Run(args.weir, pathlib.Path(folder))
        for first in range(args.seed, args.seed + args.cases, BATCH):
            wrong += filter(None, run.batch(range(first, min(first + BATCH, args.seed + args.cases))))
    for (seed, text), got in wrong[:10]:
        print(f"seed {seed} differs:")
        for name, message in got.items():
            print(f"  {name:10} {message}")
        if args.keep:
            (args.keep / f"{seed}.wat").write_text(text)
    print(f"{run.cases} compositions, {run.traps} with a trap, {run.nested} not fused to one component, {len(wrong)} differ")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
