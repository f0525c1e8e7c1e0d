"""The short campaign of faults: a sample of the cases on every make; and a verdict that notices."""

from __future__ import annotations

import copy
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.campaigns.evidence import Evidence
from tests.campaigns.faults import Campaign, table
from tests.campaigns.faults_play import Outcome
from tests.campaigns.faults_steps import FAULTS, STEPS, every_case, sample
from tests.campaigns.faults_town import MAKES
from tests.campaigns.faults_verdict import judge

COUNT = 18
STANDS = {"ec25": 2, "sim7600": 2, "e1550": 1}
Case = tuple[Evidence, list[Outcome]]


@pytest.mark.campaign
@pytest.mark.timeout(900)
def test_faults() -> None:
    folder = Path(tempfile.mkdtemp(prefix="simveil-faults-"))  # stays as evidence of a failure
    campaign = Campaign(folder, 1, sample(1, COUNT), STANDS)
    try:
        campaign.start()
        wrong = campaign.run()
        outcomes = campaign.outcomes
        assert not wrong, "\n".join([*wrong, table(outcomes)])
        assert len(outcomes) == COUNT
        assert {each.case.make for each in outcomes} == set(MAKES)
        struck = [each for each in outcomes if each.struck is not None]
        assert {each.case.fault for each in struck} == set(FAULTS)
        assert {each.case.step.story for each in struck} == {"in", "out", "received", "sent"}
        assert len(struck) >= COUNT - 4, table(outcomes)
        check_noticed(campaign.evidence(), outcomes)
    finally:
        campaign.close()
    shutil.rmtree(folder)


def check_noticed(evidence: Evidence, outcomes: list[Outcome]) -> None:
    """Cook the books in every way, and see the verdict find it."""
    for cook, sentence in COOKS.items():
        cooked = copy.deepcopy(evidence)
        cook(cooked)
        found = judge(cooked, outcomes)
        assert any(sentence in each for each in found), (sentence, found)
    stuck = copy.deepcopy(outcomes)
    stuck[0].wrong.append("line X is lost")
    assert any("line X is lost" in each for each in judge(evidence, stuck))


def _lose_text(evidence: Evidence) -> None:
    evidence.tables["texts"].pop()


def _double_text(evidence: Evidence) -> None:
    evidence.events += [each for each in evidence.events if each["kind"] == "text"][-1:]


def _unknown(evidence: Evidence) -> None:
    row = next(each for each in evidence.rows("sends") if each["state"] == "accepted")
    row.update(state="unknown", began_at="2100-01-01T00:00:00+00:00")


def _lose_calls(evidence: Evidence) -> None:
    evidence.tables["calls"].clear()


def _wrong_codes(evidence: Evidence) -> None:
    for row in evidence.rows("calls"):
        row["state_code"] = 8025


def _fee_twice(evidence: Evidence) -> None:
    evidence.tables["call_events"] += [
        each for each in evidence.rows("call_events") if each["kind"] == "fee"
    ][:1]


COOKS: dict[Callable[[Evidence], None], str] = {
    _lose_text: "is lost",
    _double_text: "was delivered 2 times",
    _unknown: "is unknown and nothing explains it",
    _lose_calls: "the call has 0 sessions",
    _wrong_codes: "the call ended with 8025",
    _fee_twice: "has 2 × fee",
}


def test_a_sample_has_its_share_of_everything() -> None:
    cases = sample(7, 36)
    assert len({(case.step.name, case.fault, case.make) for case in cases}) == 36
    assert {case.fault for case in cases} == set(FAULTS)
    assert [sum(case.make == make for case in cases) for make in MAKES] == [12, 12, 12]
    every = every_case()
    assert len(every) == len(STEPS) * len(FAULTS) * len(MAKES) - 2 * len(FAULTS)
    assert sorted(map(str, sample(1, 0))) == sorted(map(str, every))
