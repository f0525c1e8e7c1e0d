"""How hot a module is, as each make tells it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

COLDEST: Final = -40
HOTTEST: Final = 150
"""°C; what lies outside is no temperature but the mark of a sensor that is not there."""

_NUMBERS = re.compile(r"(?<![\w-])-?\d+(?!\w)")
"""Some sensors have numbers in their names."""


@dataclass(frozen=True, slots=True)
class Thermometer:
    """A make's question and the head of its answer.

    Args:
        command: The question.
        head: The answer's head.
        place: Which number of the answer counts, None for the highest.
    """

    command: str
    head: str
    place: int | None = None

    def read(self, lines: Iterable[str]) -> int | None:
        """Return °C, None when the answer tells none; the highest of several lines."""
        told: list[int] = []
        for line in lines:
            head, _, rest = line.partition(":")
            if head.strip() == self.head:
                numbers = [int(each) for each in _NUMBERS.findall(rest)]
                told += numbers if self.place is None else numbers[self.place : self.place + 1]
        return max((each for each in told if COLDEST <= each <= HOTTEST), default=None)


THERMOMETERS: Final[Mapping[str, Thermometer]] = MappingProxyType(
    {
        "quectel": Thermometer("AT+QTEMP", "+QTEMP"),
        "simcom": Thermometer("AT+CPMUTEMP", "+CPMUTEMP"),
        "huawei": Thermometer("AT^CHIPTEMP?", "^CHIPTEMP", place=2),
    }
)
"""By family; a make that is not here does not tell (vendors' AT manuals)."""
