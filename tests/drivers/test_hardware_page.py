"""The page on hardware says of every product what discovery does with it, and claims no proof."""

from __future__ import annotations

import re
from pathlib import Path

from drivers.usb_table import NO_VOICE, PRODUCTS, ROUTER, UNUSABLE

PAGE = (Path(__file__).parents[2] / "image" / "HARDWARE.md").read_text(encoding="utf-8")
TABLES = dict(re.findall(r"^## (.+?)$(.*?)(?=^## |\Z)", PAGE, re.M | re.S))
MODELS = ("Buy", "Works, with limits", "Leave alone")


def rows(title: str) -> list[str]:
    lines = [line for line in TABLES[title].splitlines() if line.startswith("|")]
    return lines[2:]


def test_every_row_says_whether_it_was_proven() -> None:
    for title in MODELS:
        assert len(rows(title)) >= 3
        for row in rows(title):
            assert row.rstrip(" |").endswith("unproven on hardware"), row


def test_every_listed_product_is_on_the_page() -> None:
    said = " ".join(row for title in MODELS for row in rows(title))
    for (vendor, product), facts in PRODUCTS.items():
        model = facts.name.split()[1].split("/")[0]
        assert f"{vendor:04x}" in said or model in said, facts.name
        assert f"{product:04x}" in said or model[:4] in said, facts.name


def test_what_can_not_be_used_is_among_what_to_leave_alone() -> None:
    alone = " ".join(rows("Leave alone"))
    for (vendor, product), code in UNUSABLE.items():
        if code == ROUTER:
            assert f"{product:04x}" in alone
            assert f"{vendor:04x}" in alone
    buy = " ".join(rows("Buy"))
    for (_, product), facts in PRODUCTS.items():
        if facts.advice == NO_VOICE:
            assert f"{product:04x}" not in buy


def test_power_hubs_and_antennas_are_spoken_of() -> None:
    assert "2 A at 5 V" in TABLES["Power"]
    assert "uhubctl" in TABLES["Hubs"]
    assert {"Bands", "Antennas"} <= set(TABLES)
