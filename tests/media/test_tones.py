from __future__ import annotations

import numpy as np
import pytest

from appliance.errors import BadInput
from appliance.media.tones import PLAN, level, make, sine


@pytest.mark.parametrize("name", sorted(PLAN))
def test_every_tone_of_the_plan_has_its_pitch_level_and_cadence(name: str) -> None:
    hertz, cadence = PLAN[name]
    tone = make(f"tone:{name}")
    on = cadence[0][0]
    sounding = tone[: round(on * 8000)]

    assert len(tone) == sum(round(a * 8000) + round(b * 8000) for a, b in cadence)
    assert abs(level(sounding[80:-80]) - -10.0) < 0.5
    peak = np.argmax(np.abs(np.fft.rfft(sounding.astype(float), 8000)))
    assert abs(int(peak) - hertz) <= 3


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
