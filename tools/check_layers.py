#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks the directions of #include in src/.

1. No folder includes a folder above it (tools/layers.txt); folders of one layer do not include each other.
2. Modules (x.c and x.h of a folder) form no cycle. Known ones stand in tools/layers_allow.txt as `folder/a folder/b`,
   with a reason.
3. Wasmtime's headers only in src/engine; libuv's only in src/http, src/bridge, src/wasi and src/serve; those of nghttp2,
   llhttp and OpenSSL only in src/http.
4. Files of src/ are included by their path from src/, and exist.
5. src/cli is written on the public headers: of src/ it includes only src/base and itself. The runner of scripts
   (src/cli/wast) looks deeper. Exceptions stand in tools/layers_allow.txt as `cli/a folder/b`.
"""
import argparse
import pathlib

import sources

LAYERS = sources.layers()
RANK = {folder: rank for rank, layer in enumerate(LAYERS) for folder in layer}

# beginning of an include -> folders that may have it
FOREIGN = {
    "wasmtime": {"engine"},
    "wasm.h": {"engine"},
    "wasi.h": {"engine"},
    "uv.h": {"http", "bridge", "wasi", "serve"},
    "uv/": {"http", "bridge", "wasi", "serve"},
    "nghttp2/": {"http"},
    "openssl/": {"http"},
    "llhttp": {"http"},
}


def check_direction(folder, target, where):
    """A problem, or None, for an include of a file in src/<target>."""
    if target == folder:
        return None
    if target not in RANK:
        return f"{where}: folder src/{target} has no layer; see tools/layers.txt"
    if RANK[target] > RANK[folder]:
        return f"{where}: {folder} includes {target}, which is above it"
    if RANK[target] == RANK[folder]:
        return f"{where}: {folder} includes {target}, which stands in the same layer"
    return None


def check_public_only(module, target, where, allowed):
    """A problem, or None, for an include of src/<target> by a module of the command."""
    if not module.startswith("cli/") or module.startswith("cli/wast/") or target.split("/")[0] in ("base", "cli"):
        return None
    if f"{module} {target.rsplit('.', 1)[0]}" in allowed:
        return None
    return f"{where}: the command is written on the public headers, and {target} is none"


def check_foreign(folder, name, where):
    for beginning, allowed in FOREIGN.items():
        if name.startswith(beginning) and folder not in allowed:
            return f"{where}: <{name}> belongs to src/{', src/'.join(sorted(allowed))} only"
    return None


def module_of(src, path):
    return path.relative_to(src).with_suffix("").as_posix()


def read_tree(src, allowed):
    """Problems of single includes, and the graph module -> modules."""
    problems, graph = [], {}
    for path in sources.c_files(src.parent, src.name):
        folder = path.relative_to(src).parts[0]
        if folder not in RANK:
            problems.append(f"{path}: folder src/{folder} has no layer; see tools/layers.txt")
            continue
        edges = graph.setdefault(module_of(src, path), set())
        for name, angled, line in sources.includes(path.read_text()):
            where = f"{path.relative_to(src.parent)}:{line}"
            problems.append(check_foreign(folder, name, where))
            if angled or name.startswith("weir/"):
                continue
            target = src / name
            if not target.is_file():
                if (path.parent / name).is_file():
                    problems.append(f'{where}: "{name}" is not written as its path from src/')
                continue  # a generated or missing header is the compiler's to report
            problems.append(check_direction(folder, name.split("/")[0], where))
            problems.append(check_public_only(module_of(src, path), name, where, allowed))
            if target.suffix in (".c", ".h"):
                edges.add(module_of(src, target))
    return [p for p in problems if p], graph


def components(graph):
    """The strongly connected components of more than one module (Tarjan, without recursion)."""
    index, low, on_stack, stack, found = {}, {}, set(), [], []
    for root in sorted(graph):
        if root in index:
            continue
        work = [(root, iter(sorted(graph[root])))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, edges = work[-1]
            for target in edges:
                if target not in index:
                    index[target] = low[target] = len(index)
                    stack.append(target)
                    on_stack.add(target)
                    work.append((target, iter(sorted(graph.get(target, ())))))
                    break
                if target in on_stack:
                    low[node] = min(low[node], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    cycle = stack[stack.index(node):]
                    del stack[stack.index(node):]
                    on_stack -= set(cycle)
                    if len(cycle) > 1:
                        found.append(sorted(cycle))
    return found


def check_cycles(graph, allowed):
    graph = {m: {t for t in targets if t != m} for m, targets in graph.items()}
    return [f"module cycle: {' '.join(cycle)}" for cycle in components(graph) if " ".join(cycle) not in allowed]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    root = parser.parse_args().root
    allowed = sources.exceptions(root / "tools" / "layers_allow.txt")
    problems, graph = read_tree(root / "src", allowed)
    problems += check_cycles(graph, allowed)
    sources.finish("check_layers", problems, f"{len(graph)} modules, no upward include, no cycle")


if __name__ == "__main__":
    main()
