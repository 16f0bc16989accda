#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A guest of our own for every function of both versions of WASI: makes the guests of programs_*.py (guest.py), runs
each in a new folder, replays its record, and counts: a function of src/wasi/wit that no guest calls is a failure."""
import argparse
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE), str(ROOT / "tools")]

import guest
import programs_p2
import programs_p3
import wit

# Those that others use first.
FILES = ["clocks", "cli", "filesystem", "random", "sockets", "p2/io", "p2/clocks", "p2/random", "p2/cli",
         "p2/filesystem", "p2/sockets"]
SECONDS = 60


def run_one(command, again, version, program, options, interfaces, keep):
    """What is wrong, or None; and the functions that it calls. `again` replays a record, unless it is empty."""
    g = guest.Guest(interfaces, version)
    program(g)
    called = {(version, *key, name) for key, names in g.called.items() for name in names}
    with tempfile.TemporaryDirectory(prefix="weir-guest-") as folder:
        path = pathlib.Path(keep or folder) / f"{program.__name__}-{version}.wat"
        path.write_text(g.component())
        work = pathlib.Path(folder) / "work"
        work.mkdir()
        dirs = options.get("dirs", [".::."])
        for one in dirs:
            (work / one.partition("::")[0]).mkdir(exist_ok=True)
            if one.endswith(":ro"):
                (work / one.partition("::")[0] / "old").write_text("text")
        line = command + [part for one in options.get("env", []) for part in ("--env", one)]
        line += [part for one in dirs for part in ("--dir", one)]
        log = pathlib.Path(folder) / "log"
        record = ["--record", str(log)] if again else []
        done = subprocess.run(line + record + [str(path)] + options.get("args", []), cwd=work,
                              input=options.get("stdin", ""), capture_output=True, text=True, errors="replace",
                              timeout=SECONDS)
        replayed = subprocess.run(again + [str(log), str(path)], capture_output=True, text=True) if again else None
    if replayed and replayed.returncode != 0:
        return f"the record cannot be replayed: {replayed.stdout}{replayed.stderr}", called
    wanted = (options.get("code", 0), options.get("stdout", ""))
    if (done.returncode, done.stdout) != wanted or options.get("stderr", "") not in done.stderr:
        return f"{(done.returncode, done.stdout)} instead of {wanted}\n{done.stderr}", called
    return None, called


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weir", required=True)
    parser.add_argument("--only", default="", help="programs whose names have this")
    parser.add_argument("--keep", help="a folder that keeps the guests")
    parser.add_argument("--peer", help="the wasmtime that runs them instead")
    options = parser.parse_args()
    command = [str(pathlib.Path(options.weir).resolve()), "run", "--net", "all", "--features", "all"]
    again = [command[0], "replay"]
    if options.peer:
        again = []
        command = [options.peer, "run", "-Sp3", "-Sinherit-network", "-Sallow-ip-name-lookup=y", "-Scli-exit-with-code",
                   "-W", "component-model-async=y,component-model-async-stackful=y,component-model-more-async-builtins=y"]
    interfaces = wit.read([ROOT / "src" / "wasi" / "wit" / f"{name}.wit" for name in FILES])
    failures, called = 0, set()
    for version, programs in (("0.3.0", programs_p3.PROGRAMS), ("0.2.12", programs_p2.PROGRAMS)):
        for program, how in programs.items():
            if options.only not in program.__name__:
                continue
            problem, some = run_one(command, again, version, program, how, interfaces, options.keep)
            called |= some
            failures += problem is not None
            print(f"{'FAILED' if problem else 'ok'} {program.__name__} {version}" + (f": {problem}" if problem else ""))
    every = {(i.version, i.package, i.name, f.name) for i in interfaces for f in i.funcs}
    left = sorted(every - called)
    print(f"functions: {len(every)}, tested: {len(every & called)}, left: {len(left)}")
    if left and not options.only:
        for version, package, name, func in left:
            print(f"  wasi:{package}/{name}@{version} {func}")
        failures += 1
    sys.exit(1 if failures else 0)


main()
