"""A whole box on a bank with one modem of every make: each is known, ready and not yet enrolled."""

from __future__ import annotations

import pytest

from appliance.demo.house import House
from drivers.virtual.config import PERSONALITIES

pytestmark = pytest.mark.timeout(180)

FAMILIES = {
    "ec25": "quectel",
    "eg25": "quectel",
    "sim7600": "simcom",
    "a7670": "simcom-a76",
    "sim800": "simcom-800",
    "e1550": "huawei",
    "zte": "gsmmodem",
    "wavecom": "gsmmodem",
    "generic": "generic",
}


def test_every_make_is_known_and_ready() -> None:
    assert set(FAMILIES) == set(PERSONALITIES)
    numbers = {f"+861700000040{place}": name for place, name in enumerate(PERSONALITIES)}
    extra = "".join(
        f'[[virtual.line]]\nmsisdn = "{number}"\npersonality = "{name}"\n'
        for number, name in numbers.items()
    )
    house = House([], speed=10, extra=extra)
    house.lines = list(numbers)  # it is up when all of them are ready
    with house:
        lines = house.command("line", "list")
        assert {numbers[line["msisdn"]]: line["family"] for line in lines} == FAMILIES
        assert {(line["enrolled"], line["role"]) for line in lines} == {(False, None)}
        assert {line["own_number"] for line in lines} == set(numbers)
        assert {line["operator"] for line in lines} == {"Virtual Mobile"}
