# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`python -m weir.types app.wasm` writes what a component exports and imports as Python's types, for editors and type
checkers. Nothing of it is needed to run:

    if TYPE_CHECKING:
        from app_types import Exports
    exports: Exports = store.instantiate("app.wasm", imports).exports
"""
from __future__ import annotations

import argparse
import keyword
import pathlib
import sys
from collections.abc import Iterator
from typing import Any

from . import _compound, _names
from ._engine import Component, Engine
from ._errors import Error, text
from ._native import lib

HEAD = """\
# Written by `python -m weir.types {name}`.
import enum
from array import array
from collections.abc import AsyncIterable, Awaitable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from weir import Err, Future, Ok, Resource, Some, Stream
"""


def stub(component: Component, name: str = "app.wasm") -> str:
    """The text of a stub file for a component."""
    world = component._world
    lines = [HEAD.format(name=name)]
    seen: set[str] = set()
    for item in world.externs():
        if item.function is not None:  # so that every type of a function is known
            _signature(item.function)
    for converter in world.table.made.values():
        class_name = getattr(converter, "class_name", None)
        if class_name and class_name not in seen:
            seen.add(class_name)
            lines += ["", *_class(converter)]
    lines += _resources(world)
    lines += ["", *_group("Exports", world.exports, "what the component exports", True)]
    lines += ["", *_group("Imports", world.imports, "what the component imports", False)]
    return "\n".join(lines) + "\n"


def _class(converter: Any) -> Iterator[str]:
    if isinstance(converter, _compound.Record):
        yield "@dataclass"
        yield f"class {converter.class_name}:"
        for attribute, field in zip(converter.attributes, converter.parts):
            yield f"    {attribute}: {field.hint}"
        if not converter.parts:
            yield "    pass"
    elif isinstance(converter, _compound.Variant):
        yield f"class {converter.class_name}:"
        yield "    value: Any"
        for case, part in zip(converter.cases, converter.parts):
            payload = f", value: {part.hint}" if part else ""
            match = '("value",)' if part else "()"
            yield f"    class {case.__name__}({converter.class_name}):"
            yield f"        __match_args__ = {match}" if part else "        pass"
            if part:
                yield f"        value: {part.hint}"
                yield f"        def __init__(self{payload}) -> None: ..."
    else:
        base = "enum.Enum" if isinstance(converter, _compound.Enum) else "enum.Flag"
        yield f"class {converter.class_name}({base}):"
        for member in converter.made.__members__.items():
            yield f"    {member[0]} = {member[1].value!r}"


def _resources(world: Any) -> list[str]:
    """A class for each resource that the component exports."""
    lines: list[str] = []
    functions = [item.function for item in world.externs() if item.function is not None]
    for item in world.externs():
        if item.kind != lib.WEIR_EXTERN_RESOURCE or lib.weir_resource_type_is_imported(item.resource):
            continue
        lines += ["", f"class {_names.camel(item.name)}(Resource):"]
        members = [function for function in functions if function.resource == item.resource]
        for function in members:
            lines += _member(function)
        if not members:
            lines.append("    pass")
    return lines


def _member(function: Any) -> Iterator[str]:
    if function.role == lib.WEIR_FUNC_CONSTRUCTOR:
        yield "    @classmethod"
        yield f"    async def __call__({_params(function, 'cls')}) -> {_result(function)}: ..."
    elif function.role == lib.WEIR_FUNC_METHOD:
        params = _params(function, "self", 1)
        yield f"    async def {_names.snake(function.member)}({params}) -> {_result(function)}: ..."
    else:
        yield "    @staticmethod"
        yield f"    async def {_names.snake(function.member)}({_params(function)}) -> {_result(function)}: ..."


def _signature(function: Any) -> None:
    _params(function)
    _result(function)


def _hint(converter: Any, given: bool) -> str:
    """A type: as weir gives it, or (wider) as it may be given to weir."""
    if converter is None:
        return "None"
    return str(converter.takes if given else converter.hint)


def _params(function: Any, first: str = "", skip: int = 0, given: bool = True) -> str:
    pairs = list(zip(function.param_names, function.params))[skip:]
    made = [first] if first else []
    return ", ".join([*made, *[f"{_names.snake(name)}: {_hint(part, given)}" for name, part in pairs]])


def _result(function: Any, given: bool = False) -> str:
    """What a call gives where it raises no error."""
    result = function.result
    return _hint(result.parts[0] if isinstance(result, _compound.Result) else result, given)


def _group(name: str, items: list[Any], words: str, exported: bool, depth: int = 0) -> list[str]:
    """A class with a member for each extern."""
    space = "    " * depth
    lines = [f"{space}class {name}(Protocol):", f'{space}    """{words[0].upper()}{words[1:]}."""']
    for item in items:
        if item.function is not None and item.function.role == lib.WEIR_FUNC_FREE:
            kind = "async def" if exported or item.function.is_async else "def"
            params = _params(item.function, "self", 0, exported)
            result = _result(item.function, not exported)
            lines.append(f"{space}    {kind} {_names.snake(item.name)}({params}) -> {result}: ...")
        elif item.kind == lib.WEIR_EXTERN_INSTANCE:
            inner = _names.camel(_names.short(item.name).replace("_", "-"))
            lines += _group(inner, item.items, f"the interface {item.name}", exported, depth + 1)
            attribute = _names.short(item.name)
            if inner != attribute and not keyword.iskeyword(attribute):
                lines.append(f"{space}    {attribute}: {inner}")
        elif exported and item.kind in (lib.WEIR_EXTERN_RESOURCE, lib.WEIR_EXTERN_TYPE):
            class_name = _names.camel(item.name)
            lines.append(f"{space}    {class_name}: Any")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m weir.types", description=__doc__.splitlines()[0])
    parser.add_argument("component", type=pathlib.Path, help="a component in binary or text form")
    parser.add_argument("-o", "--out", type=pathlib.Path, help="the stub file; without: standard output")
    options = parser.parse_args()
    try:
        made = stub(Component(options.component, Engine(features="all")), options.component.name)
    except (Error, OSError) as error:
        parser.exit(1, f"{parser.prog}: {options.component}: {error}\n")
    if options.out:
        options.out.write_text(made, encoding="utf-8")
    else:
        sys.stdout.write(made)


if __name__ == "__main__":
    main()
