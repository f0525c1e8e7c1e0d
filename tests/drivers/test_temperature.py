"""How each make's answer about its temperature is read."""

from __future__ import annotations

import pytest

from drivers.temperature import THERMOMETERS


@pytest.mark.parametrize(
    ("family", "lines", "celsius"),
    [
        ("quectel", ("+QTEMP: 31,34,32", "OK"), 34),
        ("quectel", ('+QTEMP: "pa","38"', '+QTEMP: "bb","-3"', "OK"), 38),
        ("quectel", ('+QTEMP: "cpuss-1-usr","-9"', '+QTEMP: "tsens_tz_sensor10","-7"'), -7),
        ("simcom", ("+CPMUTEMP: 41", "OK"), 41),
        ("huawei", ("^CHIPTEMP: 300,288,31,65535", "OK"), 31),
        ("huawei", ("^CHIPTEMP: 300,288,65535,65535", "OK"), None),
        ("simcom", ("ERROR",), None),
    ],
)
def test_the_warmest_sensor_counts_and_one_that_is_not_there_does_not(
    family: str, lines: tuple[str, ...], celsius: int | None
) -> None:
    assert THERMOMETERS[family].read(lines) == celsius
