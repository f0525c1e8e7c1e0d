"""A text about which an application is asked is never lost, whatever dies meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from appliance.exchange.ask import Answer
from appliance.model.records import Application, Mode, Role, UrlKind
from appliance.store import Store
from drivers.clock import ManualClock
from tests.exchange.text_line import TextLine, notifies

A, B, X = "+8613900000001", "+8613900000002", "+8617000000001"


class AskingLine(TextLine):
    """A line whose questions are kept until the test answers them."""

    questions: list[tuple[Mapping[str, Any], Callable[[Answer], None]]]

    def ask(
        self,
        application: Application,
        url: UrlKind,
        body: Mapping[str, Any],
        answered: Callable[[Answer], None],
        timeout: float | None = None,
    ) -> None:
        assert url is UrlKind.SMS_CONTROL
        self.questions.append((body, answered))


def opened(store: Store, clock: ManualClock) -> AskingLine:
    line = AskingLine(store, clock, X)
    line.questions = []
    return line


@pytest.fixture
def app(text_store: Store) -> Application:
    def make(db: object) -> Application:
        app = text_store.applications.add(
            db, "asked", Mode.X, sms=True, urls={UrlKind.SMS: "http://127.0.0.1:9/sms"}
        )
        text_store.numbers.enrol(
            db, X, iccid=f"898600{X[-6:]}", role=Role.NUMBER, app_id=app.app_id, sms=True
        )
        return app

    return text_store.write(make)


ROUTE = {"actions": [{"operation": "vNumberRoute", "message": {"called": B, "calling": A}}]}


def test_a_question_that_died_with_the_box_is_put_again(
    text_store: Store, manual_clock: ManualClock, app: Application
) -> None:
    line = opened(text_store, manual_clock)
    line.ready()
    line.modem.deliver(A, "where to?")
    line.work()
    [(body, late)] = line.questions
    assert line.modem.slots == {}  # the SIM has it no more: the disk has
    assert line.sent() == []

    line.alive = False
    fresh = opened(text_store, manual_clock)
    fresh.modem = line.modem
    fresh.modem.post = fresh._event
    fresh.ready()
    [(again, answered)] = fresh.questions
    assert again["smsEvent"]["smsIdentifier"] == body["smsEvent"]["smsIdentifier"]
    fresh.pass_time(200)  # the line looks round: the question is with its application already
    assert len(fresh.questions) == 1

    answered(Answer(ROUTE))
    fresh.work()
    late(Answer(ROUTE))
    answered(Answer({"actions": [{"operation": "DiscardMessage"}]}))
    fresh.work()
    assert fresh.sent() == [(B, "where to?")]
    [event] = notifies(text_store, app)
    assert (event["sendResult"], event["called"]) == (0, B)


def test_an_answer_to_a_number_that_is_gone_meanwhile_sends_nothing(
    text_store: Store, manual_clock: ManualClock, app: Application
) -> None:
    line = opened(text_store, manual_clock)
    line.ready()
    line.modem.deliver(A, "hello")
    line.work()
    [(_, answered)] = line.questions
    text_store.write(lambda db: text_store.numbers.release(db, X))
    answered(Answer(ROUTE))
    line.work()
    assert line.sent() == []
    assert [text.body for text in text_store.messages.operator_inbox(5)] == ["hello"]
