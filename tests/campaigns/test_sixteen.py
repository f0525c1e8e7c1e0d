"""Sixteen lines for half a minute: all are well at its end, and a cooked book is found."""

from __future__ import annotations

import copy
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.campaigns.sixteen import Campaign, conversations, usage

SECONDS = 30.0


@pytest.mark.campaign
@pytest.mark.timeout(900)
def test_sixteen_lines() -> None:
    folder = Path(tempfile.mkdtemp(prefix="simveil-sixteen-"))  # stays as evidence of a failure
    campaign = Campaign(folder, seed=1)
    try:
        campaign.start()
        evidence = campaign.run(SECONDS)
        assert not campaign.wrong, "\n".join([*campaign.wrong, campaign.table(evidence)])
        assert len(campaign.town.lines) == 16
        assert len(campaign.illnesses) >= 5
        assert any(call.met for call in evidence.dialled)
        assert any(row["state"] == "sent" for row in evidence.rows("texts"))

        used = {each["msisdn"]: dict(each) for each in campaign.town.admin("/usage")}
        busy = next(line for line, use in used.items() if use["parts"])
        used[busy]["parts"] += 1
        assert [each for each in usage(evidence, used) if f"use of {busy}" in each]
        cooked = copy.deepcopy(evidence)
        cooked.dialled.clear()
        assert any("is nobody's call" in each for each in conversations(cooked, []))
    finally:
        campaign.close()
    shutil.rmtree(folder)
