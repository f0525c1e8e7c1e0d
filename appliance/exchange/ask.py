"""Questions to an application that a call or a text waits for (X mode's callin, a text's Block).

A question is asked once and at once, past the outbox: it stands behind no push and is never asked
again. Its deadline begins when it is asked and is kept by our clock whatever the application or its
name server do; after it the declared policy decides, and a late answer is thrown away.
"""

from __future__ import annotations

import itertools
import json
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from appliance.exchange.posting import Post, PostFailed, Reply, tls_context
from appliance.exchange.signing import push_headers
from appliance.exchange.witness import Told, Witness
from appliance.model.records import Application, UrlKind
from drivers.clock import Clock, Timer

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an application said.

    Args:
        body: The JSON object of its HTTP 200, or None without a usable one.
        error: Why there is none, one sentence.
    """

    body: Mapping[str, Any] | None
    error: str | None = None


ASK_TIMEOUT = "ask_timeout"
"""Setting of an application: seconds for its answers, above 0 and at most 60, in place of the
box's."""

Answered = Callable[[Answer], None]


@dataclass(frozen=True, slots=True)
class AskSettings:
    """How questions are asked.

    Args:
        timeout: Seconds from the question to its answer or its failure. [unknown] behaviour §1.4.
        most: Questions at a time in all; one more is answered with a failure at once.
        per_application: … and of one application, so that a dead one takes nothing from others.
        verify: Check certificates of https targets.
        witness: Is told of every question and its answer.
    """

    timeout: float = 3.0
    most: int = 32
    per_application: int = 8
    verify: bool = True
    witness: Witness | None = None


class _Question:
    """One question: answered once, by whoever comes first."""

    def __init__(self, app_id: int, url: UrlKind, answered: Answered) -> None:
        self.app_id = app_id
        self.url = url
        self.post: Post | None = None
        self.timer: Timer | None = None
        self._answered: Answered | None = answered
        self._lock = threading.Lock()

    def settle(self, answer: Answer) -> None:
        with self._lock:
            answered, self._answered = self._answered, None
        if answered is not None:
            answered(answer)


class Ask:
    """The threads ``ask-<n>``: one for each question that is open, none otherwise."""

    def __init__(self, clock: Clock, settings: AskSettings | None = None) -> None:
        self._clock = clock
        self._settings = settings or AskSettings()
        self._tls = tls_context(self._settings.verify)
        self._numbers = itertools.count(1)
        self._changed = threading.Condition(threading.Lock())
        self._open: dict[_Question, threading.Thread] = {}
        self._ending = False

    def ask(
        self,
        application: Application,
        url: UrlKind,
        body: Mapping[str, Any],
        answered: Answered,
        *,
        timeout: float | None = None,
    ) -> None:
        """Ask and return at once.

        Args:
            answered: Called exactly once, on a thread of ours or here and now; must only enqueue.
            timeout: Seconds, instead of the settings'.
        """
        target = application.urls.get(url)
        if target is None:
            answered(Answer(None, "the application has no URL for it"))
            return
        deadline = self._settings.timeout if timeout is None else timeout
        question = _Question(application.app_id, url, answered)
        question.post = self._prepare(application, target, body, deadline)
        thread = threading.Thread(
            target=self._run, args=(question,), name=f"ask-{next(self._numbers)}", daemon=True
        )
        refusal = self._admit(question, thread)
        if refusal is not None:
            question.settle(Answer(None, refusal))
            return
        late = Answer(None, f"no answer within {deadline:g} s")
        question.timer = self._clock.after(deadline, lambda: question.settle(late))
        thread.start()

    def stop(self, timeout: float) -> bool:
        """Cut what is open, which fails; False when a thread did not end within ``timeout`` s."""
        until = time.monotonic() + timeout
        with self._changed:
            self._ending = True
            questions = list(self._open)
        for question in questions:
            if question.post is not None:
                question.post.abort("the box stops")
        with self._changed:
            return self._changed.wait_for(
                lambda: not self._open, max(0.0, until - time.monotonic())
            )

    def open(self) -> int:
        """Return how many questions are open."""
        with self._changed:
            return len(self._open)

    def _admit(self, question: _Question, thread: threading.Thread) -> str | None:
        with self._changed:
            asked = Counter(each.app_id for each in self._open)
            if self._ending:
                return "the box stops"
            if asked.total() >= self._settings.most:
                return "too many questions are open"
            if asked[question.app_id] >= self._settings.per_application:
                return "too many questions to this application are open"
            self._open[question] = thread
            return None

    def _prepare(
        self, application: Application, target: str, body: Mapping[str, Any], timeout: float
    ) -> Post:
        headers = {
            "Content-Type": "application/json;charset=UTF-8",
            **push_headers(
                application.sign, application.key, application.secret, self._clock.now()
            ),
        }
        return Post(
            target,
            json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"),
            headers,
            clock=self._clock,
            timeout=timeout,
            tls=self._tls,
            read_body=True,
        )

    def _run(self, question: _Question) -> None:
        answer = Answer(None, "the box could not ask")
        try:
            assert question.post is not None
            answer = self._put(question, question.post)
        except Exception:  # noqa: BLE001 - whatever it was, the call has to hear of it
            _log.exception("a question to application %d failed", question.app_id)
        finally:
            if question.timer is not None:
                question.timer.cancel()
            question.settle(answer)
            with self._changed:
                del self._open[question]
                self._changed.notify_all()

    def _put(self, question: _Question, post: Post) -> Answer:
        at, began = self._clock.now(), self._clock.monotonic()
        reply, answer = _answer(post)
        witness = self._settings.witness
        if witness is not None and witness.watched:
            witness.note(
                Told(
                    at=at,
                    app_id=question.app_id,
                    url=question.url.value,
                    target=post.url,
                    kind="question",
                    push_ids=(),
                    headers=post.headers,
                    body=post.body.decode(),
                    status=reply.status if reply else None,
                    reply=reply.body.decode(errors="replace") if reply else "",
                    error=answer.error,
                    seconds=self._clock.monotonic() - began,
                )
            )
        return answer


def ask_timeout(application: Application) -> float | None:
    """Return the seconds that an application has for an answer, None for the box's own."""
    value = application.settings.get(ASK_TIMEOUT)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 60:
        return None
    return float(value)


def _answer(post: Post) -> tuple[Reply | None, Answer]:
    try:
        reply = post.run()
    except PostFailed as failure:
        return None, Answer(None, str(failure))
    return reply, _read(reply)


def _read(reply: Reply) -> Answer:
    if reply.status != 200:
        return Answer(None, f"the answer was HTTP {reply.status}")
    try:
        body = json.loads(reply.body)
    except (ValueError, RecursionError):
        return Answer(None, "the answer is not JSON")
    if not isinstance(body, dict):
        return Answer(None, "the answer is not a JSON object")
    return Answer(body)
