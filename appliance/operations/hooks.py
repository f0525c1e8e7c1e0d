"""Signed samples of every push, sent to an application's own URLs without a call or a text.

What is sent is made by the very functions that make the real ones; the people and ids in it are
invented and say so in ``userData``. Nothing of it is kept in the outbox, and nothing is repeated.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from appliance.exchange import notifier
from appliance.exchange.number_watch import status_url
from appliance.exchange.posting import Post, PostFailed, Reply
from appliance.exchange.replies import call_answer, text_answer
from appliance.exchange.signing import push_headers
from appliance.model.causes import state_text
from appliance.model.records import Application, CallRecord, Mode, UrlKind
from drivers.clock import Clock

MARK = "simveil-hook-test"
"""``userData`` of every sample."""
X, A, B = "+8617000000000", "+8613900000001", "+8613900000002"
"""Invented, used where the application has no number of its own."""

_TEXTS = frozenset({Mode.AX, Mode.AXB, Mode.X})
_ASKED_ABOUT_TEXTS = frozenset({Mode.AX, Mode.X})


@dataclass(frozen=True, slots=True)
class Sample:
    """A push that could be sent.

    Args:
        kind: ``callin`` … ``fee``, ``sms``, ``sms-question``, ``numStatus``.
        url: Where it goes; an application without that URL is not told such things.
        asks: The answer decides something, so it is read and judged.
    """

    kind: str
    url: UrlKind
    body: Mapping[str, Any]
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a sample.

    Args:
        target: The URL; None when the application has none, and nothing was sent.
        ok: HTTP 200 came, and to a question an answer that the box understands.
        verdict: In words.
    """

    kind: str
    url: UrlKind
    target: str | None
    ok: bool
    verdict: str
    status: int | None = None
    seconds: float | None = None
    headers: Mapping[str, str] | None = None
    body: str | None = None
    reply: str | None = None


def samples(application: Application, x: str, now: datetime, host: str) -> list[Sample]:
    """Return a sample of everything that an application of this mode can be told.

    Args:
        x: A number of it.
        host: The box's name.
    """
    return [
        *_calls(application, x, now, host),
        *_texts(application, x, now),
        Sample(
            "numStatus",
            status_url(application) or UrlKind.NUMBER,
            notifier.number_status([(x, 5, None)]),
        ),
    ]


def _calls(application: Application, x: str, now: datetime, host: str) -> Iterator[Sample]:
    identifiers = notifier.Identifiers()
    start = now - timedelta(seconds=60)
    record = CallRecord(
        session_id=identifiers.session_id(start),
        icid=identifiers.icid(start),
        app_id=application.app_id,
        mode=application.mode,
        bind_number=x,
        dialled=x,
        subscription_id=None if application.mode is Mode.X else MARK,
        caller=A,
        callee=B,
        shown=x,
        call_in_at=start,
        forward_at=start + timedelta(seconds=1),
        alerting_at=start + timedelta(seconds=4),
        answered_at=start + timedelta(seconds=9),
        ended_at=now,
        state_code=0,
        extension="1" * application.extension_digits if application.mode is Mode.AXE else None,
        user_data=MARK,
    )
    for kind in notifier.CALL_EVENTS:
        if kind == "collectInfo" and application.mode is not Mode.AXE:
            continue
        question = kind == "callin" and application.mode is Mode.X
        asked = UrlKind.CALLIN if UrlKind.CALLIN in application.urls else UrlKind.STATUS
        text = state_text(0) if kind == "disconnect" else None
        body = notifier.call_event(kind, record, now, state_desc=text)
        yield Sample(kind, asked if question else UrlKind.STATUS, body, asks=question)
    yield Sample("fee", UrlKind.CDR, notifier.fees([notifier.fee(record, application, host)]))


def _texts(application: Application, x: str, now: datetime) -> Iterator[Sample]:
    if application.mode not in _TEXTS:
        return
    text = "simveil hook test"
    subscription = None if application.mode is Mode.X else MARK
    identifier = notifier.Identifiers().text()
    if application.mode in _ASKED_ABOUT_TEXTS:
        body = notifier.sms_question(
            application,
            identifier=identifier,
            calling=A,
            x=x,
            at=now,
            parts=1,
            direction=notifier.TextDirection.FROM_A,
            subscription_id=subscription,
            content=text,
            user_data=MARK,
        )
        yield Sample("sms-question", UrlKind.SMS_CONTROL, body, asks=True)
    body = notifier.sms_event(
        application,
        identifier=identifier,
        calling=A,
        called=B,
        x=x,
        at=now,
        send_result=notifier.SendResult.OK,
        parts=1,
        direction=notifier.TextDirection.FROM_A,
        subscription_id=subscription,
        content=text,
        user_data=MARK,
    )
    yield Sample("sms", UrlKind.SMS, body)


def send(
    sample: Sample,
    application: Application,
    *,
    clock: Clock,
    timeout: float,
    tls: ssl.SSLContext,
    region: str,
) -> Tried:
    """Send a sample and judge the answer.

    Args:
        timeout: Seconds for the whole answer, as of a real one.
        region: For numbers in an answer.
    """
    target = application.urls.get(sample.url)
    if target is None:
        words = f"the application has no {sample.url} URL: it is not told"
        return Tried(sample.kind, sample.url, None, True, words)
    headers = {
        "Content-Type": "application/json;charset=UTF-8",
        **push_headers(application.sign, application.key, application.secret, clock.now()),
    }
    body = json.dumps(sample.body, ensure_ascii=False)
    post = Post(
        target,
        body.encode(),
        headers,
        clock=clock,
        timeout=timeout,
        tls=tls,
        read_body=sample.asks,
    )
    began = clock.monotonic()
    reply: Reply | None = None
    try:
        reply = post.run()
        ok, words = _verdict(sample, reply, region)
    except PostFailed as error:
        ok, words = False, str(error)
    return Tried(
        sample.kind,
        sample.url,
        target,
        ok,
        words,
        status=None if reply is None else reply.status,
        seconds=round(clock.monotonic() - began, 3),
        headers=headers,
        body=body,
        reply=None if reply is None else reply.body.decode(errors="replace"),
    )


def _verdict(sample: Sample, reply: Reply, region: str) -> tuple[bool, str]:
    if reply.status != 200:
        return False, f"the answer was HTTP {reply.status}: it would be sent again"
    if not sample.asks:
        return True, "delivered"
    try:
        body = json.loads(reply.body)
    except (ValueError, RecursionError):
        return False, "the answer is not JSON: a call would be closed, a text dropped"
    if not isinstance(body, dict):
        return False, "the answer is not a JSON object: a call would be closed, a text dropped"
    if sample.kind == "callin":
        answer: object = call_answer(body, region)
    else:
        answer = text_answer(body, A, region)
    if answer is None:
        return False, "the answer cannot be understood: a call would be closed, a text dropped"
    return True, f"understood as {type(answer).__name__.removesuffix('Answer').lower()}"
