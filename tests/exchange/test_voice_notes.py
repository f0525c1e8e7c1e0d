"""What is wrong with a leg's voice: in metrics, the line's explanation and the call's record."""

from __future__ import annotations

import pytest

from appliance.exchange.voice_notes import SENTENCES, VoiceNotes
from appliance.media.events import LevelNote, Note
from appliance.model.call_asides import VOICE_NOTES
from appliance.model.records import Role
from drivers.modem import Facts
from tests.exchange.box import TRUNK, A, B, TestBox, X


def counted(box: TestBox) -> dict[str, float]:
    families = {family.name: family for family in box.exchange.metrics()}
    return {
        sample.labels["note"]: sample.value for sample in families["simveil_voice_notes"].samples
    }


def explained(box: TestBox, msisdn: str) -> str:
    return next(line.explanation for line in box.exchange.lines() if line.msisdn == msisdn)


def test_a_bridge_whose_far_end_is_not_heard_is_told_of_everywhere(box: TestBox) -> None:
    box.line(X, facts=Facts(multiparty=False))
    box.line(TRUNK, role=Role.TRUNK)
    box.bind()
    box.start()
    box.network.call(A, X)
    session = box.talking().session_id
    for leg, note in (("b", "silence"), ("b", "silence"), ("a", "clipping"), ("b", "announcement")):
        box.media._post(LevelNote(session, leg, note))  # type: ignore[arg-type]
    box.until(lambda: counted(box)["announcement"] == 1, "the notes counted")
    box.network.hang_up(B)
    [record] = box.over()

    assert list(record.notes) == [
        VOICE_NOTES["silence"].format(leg="b"),
        VOICE_NOTES["clipping"].format(leg="a"),
        VOICE_NOTES["announcement"].format(leg="b"),
    ]
    assert counted(box) == {
        "clipping": 1, "silence": 2, "noise": 0, "stalled": 0, "announcement": 1,
    }  # fmt: skip
    box.until(lambda: SENTENCES["silence"] in explained(box, TRUNK), "the trunk explained")
    box.until(lambda: SENTENCES["clipping"] in explained(box, X), "X explained")
    assert SENTENCES["announcement"] not in explained(box, TRUNK)

    # A call that is well clears it.
    box.until(lambda: not any(line.call for line in box.exchange.lines()), "lines free")
    box.network.call(A, X)
    box.talking()
    box.network.hang_up(A)
    box.over(2)
    box.until(lambda: SENTENCES["silence"] not in explained(box, TRUNK), "the trunk well again")


def test_a_conferences_silence_is_nobodys_fault(box: TestBox) -> None:
    box.line(X)
    box.bind()
    box.start()
    box.network.call(A, X)
    box.media._post(LevelNote(box.talking().session_id, "a", "silence"))
    box.network.hang_up(A)
    [record] = box.over()

    assert record.notes == ()
    assert counted(box)["silence"] == 0


@pytest.mark.parametrize("note", SENTENCES)
def test_only_the_last_call_counts_for_a_line(note: Note) -> None:
    notes = VoiceNotes()
    notes.begin(X, "one")
    notes.add(X, "one", note)
    notes.begin(X, "two")
    notes.add(X, "one", note)

    assert notes.trouble(X) is None
    assert notes.counts()[note] == 2
