"""The short campaign: the box is killed twelve times, and then robbed, which must be noticed."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest

from tests.campaigns.kills import Campaign
from tests.campaigns.plant import plant
from tests.campaigns.strikes import KINDS

KILLS = 12


@pytest.mark.campaign
@pytest.mark.timeout(900)
def test_kills() -> None:
    folder = Path(tempfile.mkdtemp(prefix="simveil-kills-"))  # stays as evidence of a failure
    campaign = Campaign(folder, seed=1)
    try:
        campaign.start()
        campaign.run(KILLS)
        assert not campaign.breaches, "\n".join([*campaign.breaches, campaign.table()])
        assert len(campaign.town.kills) >= KILLS
        assert set(campaign.kinds) == set(KINDS)
        evidence = campaign.evidence()
        assert any(call.met for call in evidence.dialled)
        assert evidence.rows("sends")
        assert evidence.rows("outbox")

        losses = plant(campaign)
        found = "\n".join(campaign.breaches)
        assert [loss for loss in losses if loss not in found] == [], found
    finally:
        campaign.close()
    shutil.rmtree(folder)
