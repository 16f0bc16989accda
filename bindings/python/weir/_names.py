# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Names of WIT as Python writes them: get-time is get_time, a type incoming-request is IncomingRequest."""
from __future__ import annotations

import keyword
import re

_INTERFACE = re.compile(r"^(?P<base>[^@]*)(?:@(?P<version>.*))?$")


def snake(name: str) -> str:
    made = name.replace("-", "_").lower()
    return made + "_" if keyword.iskeyword(made) else made


def camel(name: str) -> str:
    made = "".join(word[:1].upper() + word[1:] for word in name.split("-"))
    return made + "_" if keyword.iskeyword(made) else made


def upper(name: str) -> str:
    return name.replace("-", "_").upper()


def short(interface: str) -> str:
    """The last word of an interface's name: "docs:shop/basket@1.0.0" is basket."""
    return snake(base(interface).rsplit("/", 1)[-1].rsplit(":", 1)[-1])


def base(interface: str) -> str:
    """An interface's name without its version."""
    match = _INTERFACE.match(interface)
    return match["base"] if match else interface


def version(interface: str) -> str | None:
    match = _INTERFACE.match(interface)
    return match["version"] if match else None


def compatible(wanted: str, offered: str) -> bool:
    """Whether a definition under the name `offered` serves an import `wanted`: the same interface, and no version, the
    same one, or one that agrees up to and with the first part that is not zero. weir/linker.h has the rule."""
    if wanted == offered:
        return True
    if base(wanted) != base(offered):
        return False
    a, b = version(wanted), version(offered)
    if a is None or b is None:
        return b is None
    return _track(a) is not None and _track(a) == _track(b)


def _track(text: str) -> tuple[str, ...] | None:
    parts = text.split("+")[0].split(".")
    if "-" in text or len(parts) != 3:
        return None
    for i, part in enumerate(parts):
        if part != "0":
            return tuple(parts[: i + 1])
    return tuple(parts)
