"""The table of city codes."""

from __future__ import annotations

import re

import pytest

from appliance.model.cities import CITIES, area_of, cities_beside


def test_the_table_is_whole() -> None:
    assert len(CITIES) > 320
    assert len({city.province for city in CITIES.values()}) == 31
    for code, city in CITIES.items():
        assert city.code == code
        assert re.fullmatch(r"010|02[0-9]|0[3-9][0-9]{2}", code), code
        assert city.names
        assert all(city.names)


def test_no_long_code_begins_with_a_short_one() -> None:
    short = {code for code in CITIES if len(code) == 3}
    assert not [code for code in CITIES if len(code) == 4 and code[:3] in short]


@pytest.mark.parametrize(
    ("code", "name", "province"),
    [
        ("010", "北京", "北京"),
        ("0755", "深圳", "广东"),
        ("0551", "巢湖", "安徽"),
        ("0552", "蚌埠", "安徽"),
        ("0556", "安庆", "安徽"),
        ("0558", "亳州", "安徽"),
        ("0999", "伊犁", "新疆"),
    ],
)
def test_cities(code: str, name: str, province: str) -> None:
    assert name in CITIES[code].names
    assert CITIES[code].province == province


def test_a_province_is_its_cities() -> None:
    assert {"0755", "020", "0769"} <= cities_beside("0755")
    assert "0571" not in cities_beside("0755")
    assert cities_beside("010") == {"010"}
    assert cities_beside("0000") == {"0000"}


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("+8675528000001", "0755"),
        ("+861062000001", "010"),
        ("+8657928000001", "0579"),
        ("+865792800001", "0579"),
        ("+8613900000001", None),
        ("+8675518000001", None),
        ("+867552800000", "0755"),
        ("+86755280000", None),
        ("+14155550123", None),
        ("075528000001", None),
    ],
)
def test_areas(number: str, code: str | None) -> None:
    assert area_of(number) == code
