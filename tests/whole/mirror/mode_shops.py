"""An application of each mode beside AXB, with numbers in two cities; imported by conftest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.whole.mirror.modes import AX, AXE, AXYB, delete, post
from tests.whole.mirror.town import Town, person
from tests.whole.mirror.wire import Json, Shop, check_accepted


@pytest.fixture(scope="session")
def cab(town: Town) -> Shop:
    """An AX application with six numbers of one city and one of another."""
    made = town.shop("--sms", mode="AX")
    made.mine += [town.number(made, "--sms", "--city", "0755") for _ in range(6)]
    made.mine.append(town.number(made, "--sms", "--city", "010"))
    return made


@pytest.fixture
def bound_ax(cab: Shop) -> Iterator[dict[str, str]]:
    """A new A on the first number of ``cab``: ``a``, ``x``, ``id``; unbound afterwards."""
    a, x = person(), cab.mine[0]
    made = check_accepted(post(cab, AX, {"origNum": a, "privateNum": x}))
    yield {"a": a, "x": x, "id": made["subscriptionId"]}
    delete(cab, AX, subscriptionId=made["subscriptionId"])


@pytest.fixture(scope="session")
def mall(town: Town, voice: Path) -> Shop:
    """An AXE application with extensions of one digit and two numbers."""
    made = town.shop("--digits", "1", mode="AXE")
    made.mine += [town.number(made, "--city", "0755") for _ in range(2)]
    words = ("--app", made.name)
    town.house.command("voice", "add", str(voice), *words, "--name", "none.wav")
    town.house.command("voice", "approve", "none.wav", *words)
    return made


@pytest.fixture(scope="session")
def full(mall: Shop) -> list[dict[str, Any]]:
    """The nine relations of the first number of ``mall``, of ten hours each."""
    body = {"virtualNum": mall.mine[0], "timeUnit": "1", "bindExpiredTime": 600}
    return [check_accepted(post(mall, AXE, {**body, "bindNum": person()})) for _ in range(9)]


@pytest.fixture
def bound_axe(mall: Shop) -> Iterator[Json]:
    """A relation on the second number of ``mall``: what its bind answered; unbound afterwards."""
    made = check_accepted(post(mall, AXE, {"virtualNum": mall.mine[1], "bindNum": person()}))
    yield made
    delete(mall, AXE, subscriptionId=made["subscriptionId"])


@pytest.fixture(scope="session")
def agency(town: Town) -> Shop:
    """An AXYB application with nine numbers of one city."""
    made = town.shop(mode="AXYB")
    made.mine += [town.number(made, "--city", "0755") for _ in range(9)]
    return made


@pytest.fixture
def ax(agency: Shop) -> Iterator[Json]:
    """The first step of AXYB: what it answered; undone afterwards."""
    body = {"origNum": person(), "areaCode": "0755"}
    made = check_accepted(post(agency, f"{AXYB}?app_key={agency.key}", body))
    yield made
    delete(agency, AXYB, app_key=agency.key, subscriptionId=made["subscriptionId"])
