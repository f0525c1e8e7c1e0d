"""Every fact of a commissioning both ways, on SIMs and firmwares that have it and lack it.

Takes minutes, therefore not in the suite; ``test_commission_on_bank.py`` has what it needs:

    .venv/bin/python -m pytest tests/exchange/commission_facts.py
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.exchange import commission
from appliance.model.commission import CHECKS
from appliance.model.records import Role
from tests.exchange.bank_box import BankBox

ONE, TWO = "+8617000000008", "+8617000000009"
TRIES = 3
"""The bank's voice runs in this process: a machine that stands still breaks words in two."""
LINES: dict[str, dict[str, Any]] = {
    "everything": {"personality": "ec25", "transfer": True, "host_audio_in_multiparty": True},
    "no hold": {"personality": "ec25", "hold": False},
    "no multiparty": {"personality": "ec25", "multiparty": False},
    "not heard in a multiparty": {"personality": "sim7600", "host_audio_in_multiparty": False},
    "not heard at all": {"personality": "sim7600", "voice": "deaf"},
    "without voice": {"personality": "sim800", "reports": False},
    "no key reports": {"personality": "zte"},
    "tells answers too early": {"personality": "ec25", "false_answer": True},
    "barred": {"personality": "ec25", "barred": True},
}
ABSENT: dict[str, set[str]] = {
    "everything": set(),
    "no hold": {"hold"},
    "no multiparty": {"multiparty", "transfer"},
    "not heard in a multiparty": {"host-uplink", "host-downlink", "transfer"},
    "not heard at all": {"uplink", "host-uplink", "transfer"},
    "without voice": {
        "uplink", "downlink", "digits-heard", "host-uplink", "host-downlink", "transfer",
        "text-report",
    },
    "no key reports": {"uplink", "downlink", "digits-heard", "digits-reported", "hold"},
    "tells answers too early": {"answer", "host-uplink", "host-downlink", "transfer"},
    "barred": {"call"},
}  # fmt: skip
STRATEGIES = {
    "everything": ("conference", "bridge", "transfer"),
    "no hold": ("bridge",),
    "no multiparty": ("bridge",),
    "not heard in a multiparty": ("conference", "bridge"),
    "not heard at all": ("conference",),
    "without voice": ("conference",),
    "no key reports": (),
    "tells answers too early": ("conference", "bridge"),
    "barred": (),
}


@pytest.fixture
def box(tmp_path: Path) -> Iterator[BankBox]:
    lines = [{"msisdn": x_of(name), **facts} for name, facts in LINES.items()]
    lines += [{"msisdn": ONE, "personality": "sim7600"}, {"msisdn": TWO, "personality": "ec25"}]
    made = BankBox(tmp_path, lines)
    for name in LINES:
        made.enrol(x_of(name))
    for partner in (ONE, TWO):
        made.enrol(partner, Role.TRUNK)
    made.start()
    yield made
    made.stop()


def x_of(name: str) -> str:
    return f"+86170000000{20 + list(LINES).index(name)}"


@pytest.mark.timeout(1200)
def test_every_fact_is_found_present_and_absent(
    box: BankBox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commission, "UP", 8.0)  # what does not come is waited for
    assert box.exchange is not None
    seen: dict[str, set[bool]] = {check: set() for check in CHECKS}
    absent, ways = {}, {}
    for name in LINES:
        for _ in range(TRIES):
            made = box.exchange.commissionings.run(
                x_of(name), [ONE, TWO], tmp_path / "recordings", box.clock.now()
            )
            box.until(box.idle, 15, "free lines")
            absent[name] = {each.check for each in made.findings if each.works is False}
            print(name, made.strategies(), made.findings)
            if absent[name] == ABSENT[name]:
                break
        ways[name] = made.strategies()
        for each in made.findings:
            if each.works is not None:
                seen[each.check].add(each.works)
    assert absent == ABSENT
    assert ways == STRATEGIES
    assert [check for check, values in seen.items() if True not in values] == []
    # A delay is a figure, and the bank's SMS centre takes and brings every text.
    always = [check for check, values in seen.items() if False not in values]
    assert always == ["delay", "text-out", "text-in"]
