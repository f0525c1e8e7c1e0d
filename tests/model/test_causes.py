"""State codes, Q.850, release points: the tables are whole and every cause has a place in them."""

from __future__ import annotations

import itertools

import pytest

from appliance.model.causes import (
    Q850,
    RELEASE_POINTS,
    STATES,
    Outcome,
    Phase,
    application_ended,
    box_ended,
    callee_failed,
    caller_left,
    state_text,
)

PRINTED_STATES = {
    *(0, 522, 7001, 7002, 7003, 7004, 7005, 7100, 7101, 7102, 7105, 7106, 7107, 7108, 7109),
    *(7500, 7501, 7502, 7503, 7504, 7505, 7506, 7507, 7508, 7516, 8006, 8007, 8008, 8010, 8011),
    *(8013, 8014, 8015, 8016, 8018, 8019, 8020, 8022, 8023, 8024, 8025, 8030, 8031, 8032, 8033),
    *(8035, 8040, 8041, 8042, 8043, 8044, 8046, 8047, 8048, 8049, 8050, 8051, 8055, 8056, 8057),
    *(8100, 8101, 8102, 8103, 8104, 8105, 8139),
}


def test_the_tables_hold_what_is_printed_and_nothing_else() -> None:
    assert set(STATES) == PRINTED_STATES
    assert set(RELEASE_POINTS) > PRINTED_STATES
    extra = {7103, 7104, 8002, 8003, 8004, 8005, 8009, 8012, 8017, 8058, 8059}
    assert set(RELEASE_POINTS) - PRINTED_STATES == extra
    assert len(Q850) == 70
    assert min(Q850) == 0
    assert max(Q850) == 127


def test_texts_fit_their_field() -> None:
    assert STATES[0] == "The user releases the call."
    for text in (*STATES.values(), *RELEASE_POINTS.values()):
        assert 1 <= len(text) <= 128
        assert text.isascii()
    assert state_text(8016) == STATES[8016]
    assert state_text(1) == "The call ends with code 1."


@pytest.mark.parametrize(
    ("cause", "phase", "expected"),
    [
        (1, Phase.DIALLING, (8100, 404)),
        (28, Phase.DIALLING, (8100, 484)),
        (3, Phase.DIALLING, (7508, 404)),
        (17, Phase.DIALLING, (8102, 486)),
        (17, Phase.RINGING, (8102, 486)),
        (18, Phase.DIALLING, (8103, 408)),
        (18, Phase.RINGING, (8101, 480)),
        (19, Phase.RINGING, (8101, 480)),
        (20, Phase.DIALLING, (8104, 480)),
        (21, Phase.RINGING, (7503, 603)),
        (21, Phase.DIALLING, (7504, 403)),
        (16, Phase.RINGING, (7503, 603)),
        (27, Phase.DIALLING, (8103, 502)),
        (55, Phase.DIALLING, (8105, 403)),
        (41, Phase.DIALLING, (7506, 503)),
        (127, Phase.RINGING, (7506, 500)),
    ],
)
def test_a_second_leg_that_fails(cause: int, phase: Phase, expected: tuple[int, int]) -> None:
    state, sip = expected
    assert callee_failed(cause, phase) == Outcome(state, state, cause, sip)


@pytest.mark.parametrize("cause", [None, 0])
def test_a_failure_without_a_cause_is_a_network_fault(cause: int | None) -> None:
    assert callee_failed(cause, Phase.DIALLING) == Outcome(7506, 7506, 0, 480)


def test_every_cause_in_every_phase_has_its_place() -> None:
    phases = (Phase.DIALLING, Phase.RINGING, Phase.ANSWERED)
    for cause, phase in itertools.product(range(128), phases):
        outcome = callee_failed(cause, phase)
        assert outcome.state_code in STATES
        assert outcome.release_point in RELEASE_POINTS
        failed = phase is not Phase.ANSWERED
        assert outcome.q850 == (cause if failed else 0)
        assert (400 <= outcome.sip_status < 700) is failed
        assert (outcome.state_code == 0) <= (not failed)


def test_hanging_up_after_the_answer_is_code_0_and_a_lost_leg_is_not() -> None:
    assert callee_failed(16, Phase.ANSWERED) == Outcome(0, 0)
    assert caller_left(Phase.ANSWERED, 16) == Outcome(0, 0)
    assert caller_left(Phase.ANSWERED) == Outcome(0, 0)
    assert callee_failed(41, Phase.ANSWERED) == Outcome(7506, 7506)
    assert caller_left(Phase.ANSWERED, 41) == Outcome(7505, 7505)


@pytest.mark.parametrize(
    ("phase", "state"),
    [(Phase.INCOMING, 7516), (Phase.DIALLING, 7501), (Phase.RINGING, 7502)],
)
def test_a_caller_who_gives_up(phase: Phase, state: int) -> None:
    assert caller_left(phase) == Outcome(state, state, 0, 487)
    assert application_ended(phase) == Outcome(state, 8017, 0, 487)


def test_what_the_box_ends() -> None:
    assert box_ended(8010, Phase.ANSWERED) == Outcome(8010, 8010)
    assert box_ended(8035, Phase.DIALLING) == Outcome(8035, 8035, 0, 408)
    assert box_ended(8014, Phase.INCOMING) == Outcome(8014, 8014, 0, 403)
    assert application_ended(Phase.ANSWERED) == Outcome(0, 0)
