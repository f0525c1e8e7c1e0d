"""The makes of modem that are known, and which of them answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from drivers.at.urcs import UrcRule, urc_table
from drivers.families.family import Family
from drivers.families.generic import GENERIC
from drivers.families.huawei import HUAWEI
from drivers.families.library import LIBRARY
from drivers.families.quectel import QUECTEL
from drivers.families.simcom import SIMCOM, SIMCOM_800, SIMCOM_A76

_KNOWN: Final = (QUECTEL, SIMCOM_A76, SIMCOM_800, SIMCOM, HUAWEI, LIBRARY, GENERIC)

FAMILIES: Final[Mapping[str, Family]] = {family.name: family for family in _KNOWN}
"""Families by name, the most particular first."""

URC_RULES: Final[Mapping[str, UrcRule]] = urc_table(*(family.urcs for family in _KNOWN))
"""Unsolicited lines of every make: no two makes read one head differently."""


def identify(manufacturer: str, model: str) -> Family:
    """Return the family of what ``AT+CGMI`` and ``AT+CGMM`` say; GENERIC for strangers."""
    said = f"{manufacturer} {model}"
    return next((family for family in _KNOWN if family.makes.search(said)), GENERIC)
