#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the specification's tests with `weir wast`, each file in a process of its own.

The scripts are found in $WEIR_SPEC_TESTS, or in ../shared/spec/component-model/test beside the checkout; where there are
none, the test is skipped (exit code 77). known-failing.txt lists files that fail, as `path TAB reason`; a listed file
that passes fails the run too, so that the list only ever says what is true.

With --seeds N each file is also run with the schedules of the seeds 1 to N, which permute what the specification leaves
open; seed-keeps.txt lists the files that demand one way of it. A file of that list that passes without its exception
under every seed fails the run, if there are enough seeds to tell.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
SKIPPED = 77
ENOUGH_SEEDS = 8


def find_corpus():
    if "WEIR_SPEC_TESTS" in os.environ:
        return pathlib.Path(os.environ["WEIR_SPEC_TESTS"])
    return HERE.parents[2] / "shared" / "spec" / "component-model" / "test"


def read_known(path):
    """{file: reason}. A line without a reason is an error."""
    known = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, tab, reason = line.partition("\t")
        if not tab or not reason.strip():
            sys.exit(f"{path}:{number}: expected `path TAB reason`")
        known[name] = reason.strip()
    return known


def read_keeps(path):
    """{file: choices that it does not leave open}"""
    rows = [line.split("\t") for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]
    if any(len(row) != 3 or not all(row) for row in rows):
        sys.exit(f"{path}: expected `path TAB choices TAB reason`")
    return {name: choices for name, choices, _ in rows}


def run_file(weir, path, timeout, options):
    """(passed directives, failed directives, lines that tell of failures)"""
    command = [weir, "wast", "--json"] + options + [str(path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=timeout)
    except subprocess.TimeoutExpired:
        return 0, 1, [f"no end after {timeout} seconds"]
    try:
        report = json.loads(done.stdout)["files"][0]
    except (ValueError, KeyError, IndexError):
        words = done.stderr.strip().splitlines()
        return 0, 1, [f"weir ended with code {done.returncode}"] + words[:20]
    lines = [f"{f.get('line', '?')}: {f.get('directive', 'script')}: {f['message']}" for f in report["failures"]]
    if (done.returncode != 0) != bool(lines):
        lines.append(f"weir ended with code {done.returncode}")
    return report["passed"], max(report["failed"], len(lines)), lines


def sweep_file(args, name, path, keep):
    """Lines that tell under which seeds a file fails, or that its exception has no cause."""
    lines, strict = [], ["--strict"] if args.strict else []
    strict += ["--time-slice", args.time_slice] if args.time_slice else []
    needed = keep is None or args.seeds < ENOUGH_SEEDS
    for seed in range(1, args.seeds + 1):
        options = strict + ["--schedule-seed", str(seed)]
        _, failed, words = run_file(args.weir, path, args.timeout, options + (["--schedule-keep", keep] if keep else []))
        if failed:
            lines.append(f"FAIL   {name} with --schedule-seed {seed}: {words[0]}")
        needed = needed or run_file(args.weir, path, args.timeout, options)[1] > 0
    if not needed:
        lines.append(f"PASSES {name}: seed-keeps.txt lists it without cause; remove it there")
    return lines


def tell(name, outcome, reason):
    """Prints what a reader must know of one file; whether the file is as the list says."""
    _, failed, lines = outcome
    if not failed and reason is None:
        return True
    if failed and reason is not None:
        print(f"known  {name}: {failed} failed ({reason})")
        return True
    if failed:
        print(f"FAIL   {name}: {failed} failed")
        for line in lines:
            print(f"         {line}")
    else:
        print(f"PASSES {name}: it is listed in known-failing.txt ({reason}); remove it there")
    return False


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weir", required=True, help="the command to test")
    parser.add_argument("--known", type=pathlib.Path, default=HERE / "known-failing.txt")
    parser.add_argument("--seeds", type=int, default=0, help="schedules to try beside first in, first out")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--timeout", type=float, default=120, help="seconds for one file")
    parser.add_argument("--time-slice", help="set guests aside: a number of ticks, or `every`")
    parser.add_argument("--strict", action="store_true", help="messages of the validator must match")
    parser.add_argument("--no-adapters", action="store_true", help="calls between components go through the runtime")
    parser.add_argument("--fused", action="store_true", help="each component is fused to one core module")
    parser.add_argument("--fused-component", action="store_true", help="each component is fused to one component")
    parser.add_argument("files", nargs="*", help="run only these, as they are named in the corpus")
    args = parser.parse_args()

    corpus = find_corpus()
    files = sorted(corpus.rglob("*.wast")) if corpus.is_dir() else []
    if not files:
        print(f"skipped: there are no specification tests in {corpus}; set WEIR_SPEC_TESTS to their folder")
        return SKIPPED
    names = {str(path.relative_to(corpus)): path for path in files}
    wanted = args.files or list(names)
    known = read_known(args.known)
    for name in [n for n in wanted + list(known) if n not in names]:
        sys.exit(f"there is no file {name} in {corpus}")

    more = ["--strict"] * args.strict + ["--no-adapters"] * args.no_adapters
    more += ["--fused"] * args.fused + ["--fused-component"] * args.fused_component
    more += ["--time-slice", args.time_slice] if args.time_slice else []
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        outcomes = dict(zip(wanted, pool.map(lambda n: run_file(args.weir, names[n], args.timeout, more), wanted)))
        swept = [n for n in wanted if args.seeds > 0 and n not in known]
        keeps = read_keeps(HERE / "seed-keeps.txt")
        sweeps = list(pool.map(lambda n: sweep_file(args, n, names[n], keeps.get(n)), swept))
    as_listed = [tell(name, outcome, known.get(name)) for name, outcome in outcomes.items()]

    passed = sum(outcome[0] for outcome in outcomes.values())
    failed = sum(outcome[1] for outcome in outcomes.values())
    failing = sum(1 for outcome in outcomes.values() if outcome[1])
    print(f"{len(wanted)} files: {len(wanted) - failing} passed, {failing} failed "
          f"({sum(1 for n in wanted if n in known)} listed); directives: {passed} passed, {failed} failed")
    broken = [line for lines in sweeps for line in lines]
    print("".join(f"{line}\n" for line in broken), end="")
    if args.seeds > 0:
        print(f"{len(swept)} files under {args.seeds} seeds: {sum(1 for lines in sweeps if not lines)} passed")
    return 0 if all(as_listed) and not broken else 1


if __name__ == "__main__":
    sys.exit(main())
