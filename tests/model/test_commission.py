from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from appliance.model.commission import CHECKS, SETTING, Check, Finding, Report

WHEN = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def report(**works: bool | None) -> Report:
    named = {name.replace("_", "-"): value for name, value in works.items()}
    findings = tuple(Finding(check, named[check]) for check in CHECKS if check in named)
    return Report(WHEN, "86", "89", "quectel", "EC25", "R06", ("+861",), findings)


def test_it_is_kept_as_json_and_read_again() -> None:
    made = report(call=True, hold=False, multiparty=None)
    assert Report.from_json(json.loads(json.dumps(made.as_json()))) == made


@pytest.mark.parametrize(
    ("works", "strategies"),
    [
        ({"hold": True, "multiparty": True, "uplink": True, "downlink": True},
         ("conference", "bridge")),
        ({"hold": True, "multiparty": False, "uplink": True, "downlink": True}, ("bridge",)),
        ({"hold": True, "multiparty": True, "uplink": True, "downlink": False}, ("conference",)),
        ({"hold": True, "transfer": True}, ("transfer",)),
        ({}, ()),
    ],
)  # fmt: skip
def test_strategies_are_those_that_were_proven(
    works: dict[str, bool], strategies: tuple[str, ...]
) -> None:
    assert report(**works).strategies() == strategies


def test_what_calls_go_by() -> None:
    made = report(hold=True, multiparty=False, host_uplink=True, host_downlink=False,
                  uplink=True, downlink=True, answer=False, transfer=False)  # fmt: skip
    kept = made.settings()
    assert kept.pop(SETTING) == made.as_json()
    assert kept == {
        "hold": True,
        "refused:hold": None,
        "multiparty": False,
        "host_audio_in_multiparty": False,
        "answered_is_true": False,
        "voice": True,
        "transfer": None,
    }
    assert report(host_uplink=True).settings()["host_audio_in_multiparty"] is None
    assert "transfer" not in report(transfer=True).settings()


@pytest.mark.parametrize("other", [{"imei": "0"}, {"iccid": "0"}, {"firmware": "R07"}])
def test_another_modem_sim_or_firmware_makes_it_stale(other: dict[str, str]) -> None:
    now = {"imei": "86", "iccid": "89", "firmware": "R06", **other}
    assert report().stale(**now)
    assert not report().stale("86", "89", "R06")


def test_checks_have_names_of_their_own() -> None:
    names: tuple[Check, ...] = CHECKS
    assert len(set(names)) == len(names) == 15
