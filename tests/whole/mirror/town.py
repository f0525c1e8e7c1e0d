"""The box of these tests, and who lives around it."""

from __future__ import annotations

import itertools

from appliance.demo.house import House
from tests.whole.mirror.wire import Shop

X, SECOND, TRUNK = "+8617000000001", "+8617000000002", "+8617000000003"
LINES = [X, SECOND, TRUNK]

_serial = itertools.count(1)


class Town:
    """The box, and what an owner does with it on the command line."""

    def __init__(self, house: House) -> None:
        self.house = house

    @property
    def address(self) -> tuple[str, int]:
        """Where the interface listens."""
        return ("127.0.0.1", self.house.api_port)

    def shop(self, *options: str, mode: str = "AXB", name: str | None = None) -> Shop:
        """Make an application."""
        name = name or f"app-{next(_serial)}"
        made = self.house.command("app", "add", name, "--mode", mode, *options)
        return Shop(self.house.api_port, name, made["appKey"], made["appSecret"])

    def number(self, shop: Shop, *options: str) -> str:
        """Enrol a SIM that is in no modem here: enough for bindings."""
        serial = next(_serial)
        x = f"+8617100{serial:06d}"
        iccid = f"8986011234{serial:010d}"  # of another issuer than the SIMs of the bank
        words = ("number", "enrol", x, "--app", shop.name, "--iccid", iccid, *options)
        assert self.house.command(*words)["msisdn"] == x
        return x


def person() -> str:
    """A mobile that nobody has bound."""
    return f"+86139{next(_serial):08d}"
