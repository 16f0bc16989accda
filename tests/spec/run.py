#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the specification's tests with `weir wast`, each file in a process of its own.

The scripts are found in $WEIR_SPEC_TESTS, or in ../shared/spec/component-model/test beside the checkout; where there are
none, the test is skipped (exit code 77). known-failing.txt lists files that fail, as `path TAB reason`; a listed file
that passes fails the run too, so that the list only ever says what is true.
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


def run_file(weir, path, timeout, strict):
    """(passed directives, failed directives, lines that tell of failures)"""
    command = [weir, "wast", "--json"] + (["--strict"] if strict else []) + [str(path)]
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
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--timeout", type=float, default=120, help="seconds for one file")
    parser.add_argument("--strict", action="store_true", help="messages of the validator must match")
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

    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        outcomes = dict(zip(wanted, pool.map(lambda n: run_file(args.weir, names[n], args.timeout, args.strict), wanted)))
    as_listed = [tell(name, outcome, known.get(name)) for name, outcome in outcomes.items()]

    passed = sum(outcome[0] for outcome in outcomes.values())
    failed = sum(outcome[1] for outcome in outcomes.values())
    failing = sum(1 for outcome in outcomes.values() if outcome[1])
    print(f"{len(wanted)} files: {len(wanted) - failing} passed, {failing} failed "
          f"({sum(1 for n in wanted if n in known)} listed); directives: {passed} passed, {failed} failed")
    return 0 if all(as_listed) else 1


if __name__ == "__main__":
    sys.exit(main())
