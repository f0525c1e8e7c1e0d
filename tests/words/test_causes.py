"""Every code that a record may hold is known in both languages."""

from __future__ import annotations

import pytest

from appliance.model import causes
from appliance.model.causes import Phase
from appliance.words import causes as words
from appliance.words.catalogue import LANGUAGES


def test_the_tables_of_both_languages_have_the_same_codes() -> None:
    assert words.STATES_ZH.keys() == causes.STATES.keys()
    assert words.RELEASE_POINTS_ZH.keys() == causes.RELEASE_POINTS.keys()
    assert words.Q850_ZH.keys() == causes.Q850.keys()


def test_whatever_the_model_gives_is_explained() -> None:
    outcomes = [
        *(causes.callee_failed(cause, phase) for cause in [None, *range(128)] for phase in Phase),
        *(causes.caller_left(phase, cause) for phase in Phase for cause in (None, 16, 41)),
        *(causes.box_ended(code, phase) for code in causes.STATES for phase in Phase),
        *(causes.application_ended(phase) for phase in Phase),
    ]

    for language in LANGUAGES:
        for outcome in outcomes:
            told = words.explained(
                {
                    "state_code": outcome.state_code, "release_point": outcome.release_point,
                    "q850": outcome.q850 if outcome.q850 in causes.Q850 else 0,
                    "sip_status": outcome.sip_status,
                },
                language,
            )  # fmt: skip
            assert list(told) == ["state_code", "release_point", "q850", "sip_status"]
            for key, sentence in told.items():
                assert sentence, key
                assert "no table" not in sentence
                assert "未收录" not in sentence
                assert not sentence.startswith("SIP ")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_no_table_knows_is_said_to_be_so(language: str) -> None:
    told = words.explained(
        {"state_code": None, "release_point": 4711, "sip_status": 699, "ended_by": "box",
         "strategy": "bridge"},
        language,  # type: ignore[arg-type]
    )  # fmt: skip

    assert "state_code" not in told
    assert told["release_point"] in ("no table knows it", "未收录的代码")
    assert told["sip_status"] == "SIP 699"
    assert told["ended_by"]
    assert told["strategy"]
