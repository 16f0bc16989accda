# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A row of the table: a cost, of which less is better."""
from dataclasses import dataclass, field


@dataclass
class Row:
    name: str
    unit: str
    digits: int
    values: dict[str, float] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    def add(self, runtime: str, value: float) -> None:
        """One of several runs, of which the least counts."""
        self.values[runtime] = min(value, self.values.get(runtime, value))

    def ratio(self) -> float | None:
        weir, peer = self.values.get("weir"), self.values.get("peer")
        return peer / weir if weir and peer and weir > 0 else None
