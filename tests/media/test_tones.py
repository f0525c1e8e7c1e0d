from __future__ import annotations

import numpy as np
import pytest

from appliance.errors import BadInput
from appliance.media.tone_plans import NAMES, PLANS, RECOMMENDED, plan
from appliance.media.tones import level, make, sine


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("region", [*PLANS, "ZZ"])
def test_every_tone_of_every_plan_has_its_pitches_level_and_cadence(region: str, name: str) -> None:
    told = plan(region)[name]
    tone = make(f"tone:{name}", region)
    on = round(told.cadence[0][0] * 8000)
    sounding = tone[:on]

    assert len(tone) == sum(round(a * 8000) + round(b * 8000) for a, b in told.cadence)
    assert abs(level(sounding[80:-80]) - -10.0) < 0.8
    spectrum = np.abs(np.fft.rfft(sounding.astype(float), 8000))
    for hertz in told.hertz:
        around = spectrum[int(hertz) - 12 : int(hertz) + 13]
        assert around.max() > 0.5 * spectrum.max()
    at = on
    for pause, following in zip(
        (off for _, off in told.cadence), (*(a for a, _ in told.cadence[1:]), 0.0), strict=True
    ):
        assert not tone[at : at + round(pause * 8000)].any()
        at += round(pause * 8000) + round(following * 8000)


def test_plans_by_region() -> None:
    assert plan("CN")["ringback"].hertz == (450.0,)
    assert plan("US")["busy"].hertz == (480.0, 620.0)
    assert plan("GB")["ringback"].cadence == ((0.4, 0.2), (0.4, 2.0))
    assert plan("ZZ") is RECOMMENDED
    assert all(set(each) == set(NAMES) for each in (*PLANS.values(), RECOMMENDED))
    assert (make("tone:busy") == make("tone:busy", "CN")).all()
    assert len(make("tone:ringback", "US")) == 48000


def test_a_tone_of_any_pitch_and_length() -> None:
    assert (make("tone:1004/0.5") == sine(1004.0, 0.5)).all()
    assert len(make("silence:2.5")) == 20000
    assert not make("silence:2.5").any()


@pytest.mark.parametrize(
    "source",
    ["tone:", "tone:nothing", "tone:1004", "tone:5/1", "tone:4500/1", "tone:1004/999",
     "silence:", "silence:-1", "silence:999", "silence:x", "noise:1"],
)  # fmt: skip
def test_what_no_tone_is_called_is_refused(source: str) -> None:
    with pytest.raises(BadInput, match="expected"):
        make(source)
