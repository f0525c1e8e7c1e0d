"""Keys after the speech codecs of the radio, at the limits of ITU-T Q.24."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from appliance.media.tones import KEYS, keys
from tests.media.codecs import CODECS, LOWEST, over_the_air
from tests.media.test_dtmf import heard

SHORTEST = {"gsm-fr": 0.08, "amr-12.2": 0.05, "amr-6.7": 0.065}
"""Seconds from which a press survives a codec at every limit (measured; networks send 70 ms and
more, 3GPP TS 23.014). For AMR's lowest rates see below."""
LIMITS: dict[str, dict[str, Any]] = {
    "loud": {"dbm0": 0.0},
    "nominal": {},
    "faint": {"dbm0": -25.0},
    "row 4 dB below": {"dbm0": -13.0, "twist": 4.0},
    "row 4 dB above": {"dbm0": -9.0, "twist": -4.0},
    "1.5 % high": {"offset": 0.015},
    "1.5 % low": {"offset": -0.015},
}


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("codec", CODECS)
def test_all_sixteen_keys_survive_the_codec(codec: str, limit: str) -> None:
    for on in (SHORTEST[codec], 0.1):
        made = keys(KEYS, on=on, off=0.06, **LIMITS[limit])
        assert heard(over_the_air(made, codec)) == KEYS, on


@pytest.mark.parametrize("codec", CODECS)
def test_what_is_refused_before_the_codec_is_refused_after_it(codec: str) -> None:
    assert heard(over_the_air(keys(KEYS, on=0.1, off=0.06, offset=0.05), codec)) == ""


@pytest.mark.parametrize("codec", LOWEST)
def test_at_amrs_lowest_rates_a_phones_keys_are_heard_and_none_is_mistaken(codec: str) -> None:
    """A limit, stated: at the limits of level and twist keys are lost there, or told twice."""
    phone = "123456789*0#"
    assert heard(over_the_air(keys(phone, on=0.1, off=0.08), codec)) == phone
    for limit in LIMITS.values():
        found = heard(over_the_air(keys(KEYS, on=0.1, off=0.08, **limit), codec))
        once = [key for key, _ in itertools.groupby(found)]
        pressed = iter(KEYS)
        assert all(key in pressed for key in once), found  # in the order in which they were pressed
        assert len(once) >= 12
