"""A question is answered once, by its deadline, whatever the application does."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from appliance.exchange.ask import Answer, Ask, AskSettings
from appliance.model.records import Application, Mode, UrlKind
from drivers.clock import ManualClock
from tests.exchange.receiver import Receiver, Request
from tests.threads import Since

Open = Callable[..., Receiver]


def application(url: str, app_id: int = 1) -> Application:
    return Application(app_id, "shop", "key", "secret", Mode.X, urls={UrlKind.CALLIN: url})


class Asked:
    """An Ask and the answers that it gave."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.ask = Ask(clock, AskSettings(most=6, per_application=4))
        self.answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()

    def question(self, app: Application, **more: float) -> None:
        self.ask.ask(app, UrlKind.CALLIN, {"eventType": "callin"}, self.answers.put, **more)

    def answer(self) -> Answer:
        return self.answers.get(timeout=10)


@pytest.fixture
def asked(manual_clock: ManualClock) -> Iterator[Asked]:
    asked = Asked(manual_clock)
    yield asked
    assert asked.ask.stop(5)
    assert asked.answers.empty()


def test_the_answer_is_the_json_object_of_a_200(asked: Asked, receive: Open) -> None:
    receiver = receive(lambda request: request.answer(200, b'{"operation":"close"}'))
    asked.question(application(receiver.url))
    assert asked.answer() == Answer({"operation": "close"})
    (request,) = receiver.requests
    assert request.json == {"eventType": "callin"}
    assert request.headers["X-AKSK"].startswith('UsernameToken Username="key"')


@pytest.mark.parametrize(
    ("behave", "error"),
    [
        (lambda request: request.answer(500), "the answer was HTTP 500"),
        (
            lambda request: request.answer(302, Location="http://127.0.0.1/"),
            "the answer was HTTP 302",
        ),
        (lambda request: request.answer(200), "the answer is not JSON"),
        (lambda request: request.answer(200, b"\xff{"), "the answer is not JSON"),
        (lambda request: request.answer(200, b"[" * 60_000), "the answer is not JSON"),
        (lambda request: request.answer(200, b"[1]"), "the answer is not a JSON object"),
        (
            lambda request: request.answer(200, b" " * 70_000),
            "the answer is longer than 65536 octets",
        ),
        (lambda request: request.reset(), "the connection was reset"),
    ],
)
def test_anything_else_is_a_failure_with_a_cause(
    asked: Asked, receive: Open, behave: Callable[[Request], None], error: str
) -> None:
    asked.question(application(receive(behave).url))
    assert asked.answer() == Answer(None, error)


def test_silence_ends_at_the_deadline(asked: Asked, receive: Open) -> None:
    never = threading.Event()
    receiver = receive(lambda request: (never.wait(20), request.reset())[1])
    asked.question(application(receiver.url))
    receiver.wait(1)
    asked.clock.advance(2.9)
    assert asked.answers.empty()
    asked.clock.advance(0.2)
    assert asked.answer().error == "no answer within 3 s"
    never.set()


def test_a_dribbling_answer_ends_at_the_deadline_of_the_question(
    asked: Asked, receive: Open
) -> None:
    def dribble(request: Request) -> None:
        request.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not receiver.closing.wait(0.01):
            request.raw(b" ")

    receiver = receive(dribble)
    asked.question(application(receiver.url), timeout=1.5)
    receiver.wait(1)
    asked.clock.advance(1.6)
    assert asked.answer().error == "no answer within 1.5 s"


def test_a_dead_application_does_not_delay_another(asked: Asked, receive: Open) -> None:
    never = threading.Event()
    dead = receive(lambda request: (never.wait(20), request.reset())[1])
    living = receive(lambda request: request.answer(200, b"{}"))
    for _ in range(4):
        asked.question(application(dead.url, 1))
    dead.wait(4)
    asked.question(application(dead.url, 1))
    assert asked.answer().error == "too many questions to this application are open"

    began = time.monotonic()
    asked.question(application(living.url, 2))
    assert asked.answer() == Answer({})
    assert time.monotonic() - began < 2

    never.set()
    assert {asked.answer().error for _ in range(4)} == {"the connection was reset"}


def test_too_many_questions_are_refused_at_once(asked: Asked, receive: Open) -> None:
    never = threading.Event()
    dead = receive(lambda request: (never.wait(20), request.reset())[1])
    for number in range(7):
        asked.question(application(dead.url, number))
    assert asked.answer().error == "too many questions are open"
    never.set()
    for _ in range(6):
        assert asked.answer().error == "the connection was reset"


def test_an_application_without_the_url_is_not_asked(asked: Asked) -> None:
    asked.question(Application(1, "shop", "key", "secret", Mode.X))
    assert asked.answer().error == "the application has no URL for it"


def test_a_stop_answers_what_is_open_and_refuses_what_comes(asked: Asked, receive: Open) -> None:
    since = Since()
    never = threading.Event()
    dead = receive(lambda request: (never.wait(20), request.reset())[1])
    asked.question(application(dead.url))
    dead.wait(1)
    assert asked.ask.open() == 1
    assert asked.ask.stop(5)
    assert asked.answer().error == "the box stops"
    assert not since.names("ask-")
    asked.question(application(dead.url))
    assert asked.answer().error == "the box stops"
    never.set()
