#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Measures weir, and a peer beside it where there is one.

Scripts come in pairs (see gen.py): the cost of a round is (time of X - time of X0) / (rounds - 1), each time being the
best of several runs, and weir and the peer take turns so that both meet the same machine. `memory` is by how much the
peak of resident memory grows with each round. `startup` is the wall time of a whole process that prints one line,
compilation included: neither side uses a cache of compiled code. serve.py says what the rows of `serve` are.

The exit code tells of wrong results only: 1 where weir fails a script or prints something else than it must, 2 where
nothing could be measured, otherwise 0, however slow it was.
"""

import argparse
import importlib.util
import json
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass

import gen
import serve
import wasi
from row import Row

ROOT = pathlib.Path(__file__).resolve().parent.parent
HELLO = ROOT / "examples" / "guests" / "hello.wasm"
PAIR = ROOT / "tests" / "behaviour" / "guests" / "adapters-late.wat"
MANY = ROOT / "tests" / "support" / "many.wat"
GREETING = b"hello, world\n"
MEMORY_OF = ("async",)
PEER_FEATURES = "component-model-async=y,component-model-async-stackful=y,component-model-more-async-builtins=y"


@dataclass
class Runtime:
    """A command to measure: how it runs a script and how it runs a command component."""

    name: str
    wast: list[str]
    run: list[str]

    @staticmethod
    def weir(path: str) -> "Runtime":
        return Runtime("weir", [path, "wast"], [path, "run"])

    @staticmethod
    def peer(path: str) -> "Runtime":
        features = ["-W", PEER_FEATURES]
        return Runtime("peer", [path, "wast", *features], [path, "run", *features, "-S", "p3=y", "-C", "cache=n"])


@dataclass
class Best:
    """The best of several runs of one command; `error` once any of them fails."""

    seconds: float = float("inf")
    peak: int = 0
    error: str | None = None

    def add(self, command: list[str], expected: bytes | None, timeout: float) -> None:
        if self.error is not None:
            return
        start = time.perf_counter()
        output, code, peak = run_once(command, timeout)
        seconds = time.perf_counter() - start
        if code != 0:
            self.error = f"exit code {code}: {last_line(output)}"
        elif expected is not None and output != expected:
            self.error = f"printed {output[:80]!r}"
        self.seconds = min(self.seconds, seconds)
        self.peak = peak if self.peak == 0 else min(self.peak, peak)


def last_line(output: bytes) -> str:
    lines = output.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""


def run_once(command: list[str], timeout: float) -> tuple[bytes, int, int]:
    """Output with errors, exit code, and peak resident memory in bytes."""
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        killer = threading.Timer(timeout, child.kill)
        killer.start()
        _, status, usage = os.wait4(child.pid, 0)
        killer.cancel()
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        return output.read(), child.returncode, usage.ru_maxrss * 1024


def measure(jobs: dict[str, list[str]], repeat: int, timeout: float, expected: bytes | None = None) -> dict[str, Best]:
    """Runs all commands in turn, `repeat` times."""
    best = {key: Best() for key in jobs}
    for _ in range(repeat):
        for key, command in jobs.items():
            best[key].add(command, expected, timeout)
    return best


def rounds_of(script: pathlib.Path) -> int:
    """The argument that the script gives to the last `run`."""
    found = re.findall(r'\(invoke\s+"run"\s+\(u32\.const\s+(\d+)\)', script.read_text())
    if not found:
        raise ValueError(f"{script}: no (invoke \"run\" (u32.const N))")
    return int(found[-1])


def measure_pair(name: str, folder: pathlib.Path, runtimes: list[Runtime], options: argparse.Namespace) -> list[Row]:
    scripts = {"many": folder / f"{name}.wast", "once": folder / f"{name}0.wast"}
    more = rounds_of(scripts["many"]) - rounds_of(scripts["once"])
    jobs = {f"{r.name} {key}": [*r.wast, str(path)] for r in runtimes for key, path in scripts.items()}
    best = measure(jobs, options.repeat, options.timeout)
    rows = [Row(name, "ns/call", 1)]
    if name in MEMORY_OF:
        rows.append(Row(f"{name} memory", "B/call", 1))
    for runtime in runtimes:
        many, once = best[f"{runtime.name} many"], best[f"{runtime.name} once"]
        for row in rows:
            if many.error or once.error:
                row.errors[runtime.name] = many.error or once.error or ""
            elif row.unit == "B/call":
                row.values[runtime.name] = max(0.0, (many.peak - once.peak) / more)
            else:
                row.values[runtime.name] = max(0.0, (many.seconds - once.seconds) / more * 1e9)
    return rows


def measure_wasi(runtimes: list[Runtime], options: argparse.Namespace, folder: pathlib.Path) -> list[Row]:
    """What a function of WASI costs: as pairs of scripts, of guests that are commands."""
    rows = []
    wasi.fill(folder)
    grants = {"weir": ["--features", "all", "--dir", f"{folder}::."], "peer": ["--dir", f"{folder}::."]}
    for name, version, rounds, program in wasi.ROWS:
        if not re.search(options.filter, name):
            continue
        guests = {count: str(wasi.write(folder, name, version, count, program)) for count in (rounds, 1)}
        jobs = {f"{r.name} {count}": [*r.run, *grants[r.name], path] for r in runtimes for count, path in guests.items()}
        best = measure(jobs, options.repeat, options.timeout)
        row = Row(name, "ns/call", 1)
        for runtime in runtimes:
            many, once = best[f"{runtime.name} {rounds}"], best[f"{runtime.name} 1"]
            if many.error or once.error:
                row.errors[runtime.name] = many.error or once.error or ""
            else:
                row.values[runtime.name] = max(0.0, (many.seconds - once.seconds) / (rounds - 1) * 1e9)
        rows.append(row)
        if not options.json:
            print_row(row)
    return rows


def measure_startup(runtimes: list[Runtime], options: argparse.Namespace) -> Row:
    jobs = {r.name: [*r.run, str(HELLO)] for r in runtimes}
    best = measure(jobs, max(10, options.repeat), options.timeout, GREETING)
    row = Row("startup", "ms", 2)
    for name, one in best.items():
        if one.error:
            row.errors[name] = one.error
        else:
            row.values[name] = one.seconds * 1e3
    return row


def measure_program(name: str, arguments: list[str], options: argparse.Namespace) -> list[Row]:
    """The lines of a benchmark in C (bench/<name>.c), which takes the best of many rounds itself."""
    program = pathlib.Path(options.weir).resolve().parent / f"bench-{name}"
    if not program.exists():
        return []
    output, code, _ = run_once([str(program), *arguments], options.timeout)
    if code != 0:
        row = Row(name, "", 1)
        row.errors["weir"] = f"exit code {code}: {last_line(output)}"
        return [row]
    rows = []
    for line in output.decode().splitlines():
        label, unit, value = line.split("\t")
        rows.append(Row(label, unit, 1 if unit == "ns" else 2, {"weir": float(value)}))
    return rows


def measure_programs(options: argparse.Namespace) -> list[Row]:
    """What crossing weir's interface costs; a component until it can be instantiated; the memory of what waits; what a bridge
    costs, being watched, merging modules; whether an item costs more where there are many."""
    programs = {"api": [], "compose": [str(PAIR)], "bulk": [], "cache": [str(HELLO)], "memory": [], "bridge": [],
                "record": [], "fuse": [], "scaling": [str(MANY)],
                "scaling_wasi": [str(ROOT / "bench" / "scaling_wasi.wat")]}
    return [row for name, arguments in programs.items() for row in measure_program(name, arguments, options)]


def cell(row: Row, name: str) -> str:
    if name in row.errors:
        return "failed"
    return f"{row.values[name]:.{row.digits}f}" if name in row.values else "-"


def print_row(row: Row) -> None:
    ratio = row.ratio()
    print(f"{row.name:<26} {cell(row, 'weir'):>12} {cell(row, 'peer'):>12}  {row.unit:<8}"
          f"{f'{ratio:.2f}x' if ratio else '-':>8}", flush=True)


def print_header(runtimes: list[Runtime]) -> None:
    for runtime in runtimes:
        print(f"{runtime.name}: {version_of(runtime)}")
    print(f"{'benchmark':<26} {'weir':>12} {'peer':>12}  {'unit':<8}{'peer/weir':>8}", flush=True)


def version_of(runtime: Runtime) -> str:
    output, _, _ = run_once([runtime.wast[0], "--version"], 10)
    return last_line(output)


def is_script(path: str) -> bool:
    with open(path, "rb") as file:
        return file.read(2) == b"#!"


def peers() -> list[str]:
    """Where a wasmtime may be: on PATH, unless it is a script, whose own start-up would count; else inside a package."""
    folders = os.environ.get("PATH", "").split(os.pathsep)
    found = [path for folder in folders if (path := shutil.which("wasmtime", path=folder))]
    package = importlib.util.find_spec("wasmtime_cli")
    if package is not None and package.origin:
        found.append(str(pathlib.Path(package.origin).parent / "wasmtime"))
    return [path for path in found if pathlib.Path(path).exists() and not is_script(path)]


def executable(path: str | None) -> str | None:
    """The path of a command that starts, or None."""
    found = shutil.which(path) if path else None
    if found is None:
        return None
    try:
        return found if run_once([found, "--version"], 10)[1] == 0 else None
    except OSError:
        return None


def pairs_in(folder: pathlib.Path) -> list[str]:
    return sorted(p.stem for p in folder.glob("*.wast") if (folder / f"{p.stem}0.wast").exists())


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weir", default=str(ROOT / "build" / "weir"), metavar="PATH", help="default: build/weir")
    parser.add_argument("--peer", metavar="PATH", help="a wasmtime command; default: the one on PATH, if any")
    parser.add_argument("--no-peer", action="store_true", help="measure weir alone")
    parser.add_argument("--dir", type=pathlib.Path, metavar="FOLDER", help="take pairs of scripts from here")
    parser.add_argument("--keep", type=pathlib.Path, metavar="FOLDER", help="write the generated scripts here")
    parser.add_argument("--filter", metavar="REGEX", default="", help="only benchmarks whose name matches")
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="runs of each, of which the best counts")
    parser.add_argument("--timeout", type=float, default=120, metavar="SECONDS", help="for one run")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    options.repeat = max(1, options.repeat)
    return options


def choose_runtimes(options: argparse.Namespace) -> list[Runtime]:
    runtimes = []
    weir = executable(options.weir)
    if weir is None:
        print(f"bench: {options.weir} does not run; build it, or name it with --weir", file=sys.stderr)
    else:
        runtimes.append(Runtime.weir(weir))
    candidates = [] if options.no_peer else [options.peer] if options.peer else peers()
    peer = next((path for path in map(executable, candidates) if path), None)
    if peer is not None:
        runtimes.append(Runtime.peer(peer))
    elif candidates:
        print(f"bench: {', '.join(candidates)} does not run", file=sys.stderr)
    return runtimes if weir is not None else []


def measure_all(runtimes: list[Runtime], options: argparse.Namespace, folder: pathlib.Path) -> list[Row]:
    if options.dir is None:
        gen.write(folder)
        names = [b.name for b in gen.BENCHMARKS]
    else:
        folder, names = options.dir, pairs_in(options.dir)
    rows = []
    for name in [n for n in names if re.search(options.filter, n)]:
        rows += measure_pair(name, folder, runtimes, options)
        if not options.json:
            for row in rows[-2:] if name in MEMORY_OF else rows[-1:]:
                print_row(row)
    if re.search(options.filter, "startup") and HELLO.exists():
        rows.append(measure_startup(runtimes, options))
        if not options.json:
            print_row(rows[-1])
    rows += measure_wasi(runtimes, options, folder)
    for row in measure_programs(options):
        if re.search(options.filter, row.name):
            rows.append(row)
            if not options.json:
                print_row(row)
    for row in serve.measure(runtimes, options.filter, options.repeat):
        rows.append(row)
        if not options.json:
            print_row(rows[-1])
    return rows


def as_json(rows: list[Row], runtimes: list[Runtime]) -> str:
    results = [dict(name=r.name, unit=r.unit, values=r.values, errors=r.errors, ratio=r.ratio()) for r in rows]
    machine = dict(system=platform.platform(), machine=platform.machine(), cpus=os.cpu_count())
    versions = {r.name: version_of(r) for r in runtimes}
    return json.dumps(dict(machine=machine, versions=versions, results=results), indent=2)


def main() -> int:
    options = parse_options()
    runtimes = choose_runtimes(options)
    if not runtimes:
        return 2
    if not options.json:
        print_header(runtimes)
    with tempfile.TemporaryDirectory() as scratch:
        rows = measure_all(runtimes, options, options.keep or pathlib.Path(scratch))
    if options.json:
        print(as_json(rows, runtimes))
    for row in rows:
        for name, error in row.errors.items():
            print(f"bench: {row.name}: {name}: {error}", file=sys.stderr)
    if not rows:
        print("bench: nothing matches", file=sys.stderr)
        return 2
    return 1 if any("weir" in row.errors for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
