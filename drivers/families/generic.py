"""A modem of unknown make: 3GPP commands alone, calls by listing."""

from __future__ import annotations

import re
from typing import Final

from drivers.families.family import Family, field_of
from drivers.modem import Facts

GENERIC: Final = Family(
    name="generic",
    makes=re.compile(r"(?!)"),  # never recognised: what is left over
    facts=Facts(multiparty=False, call_waiting=False, answered_is_true=False),
    iccid=("AT+CCID", "AT+ICCID", "AT+CICCID", "AT+QCCID", "AT^ICCID?"),
    pin_counter='AT+CPINR="SIM PIN"',
    pin_tries=field_of("+CPINR", 1),
)
