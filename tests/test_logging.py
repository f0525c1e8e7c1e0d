"""Logs: what is said reaches the stream, whom it is about does not."""

from __future__ import annotations

import io
import json
import logging
import threading
from collections.abc import Iterator

import pytest

from appliance.logging import configure, mask_text

SECRETS = ["+8613912340001", "13912340001", "8613912340001", "+8675512345678"]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    root = logging.getLogger()
    level = root.level
    handler = configure("debug", as_json=True, stream=stream)
    try:
        yield stream
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def lines(log: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.getvalue().splitlines() if '"simveil.' in line]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("+8613912340001", "+861*****0001"),
        ("call from +8613912340001 to 13912340002", "call from +861*****0001 to 13*****0002"),
        ('+CLIP: "8613912340001",129', '+CLIP: "8613*****0001",129'),
        ("ATD+8675512345678;", "ATD+867*****5678;"),
        ("AT+CPIN=4711", "AT+CPIN=***"),
        ('Username="k",PasswordDigest="abc="', 'Username="k",PasswordDigest="***"'),
        ("89860012345678901234", "89860012345678901234"),
        ("2026-03-01T08:00:00Z 127.0.0.1:8443", "2026-03-01T08:00:00Z 127.0.0.1:8443"),
        ("0f2a6c1e-4b7d-4c90-9a55-13912340001a", "0f2a6c1e-4b7d-4c90-9a55-13912340001a"),
    ],
)
def test_numbers_pins_and_digests_are_masked(text: str, masked: str) -> None:
    assert mask_text(text) == masked


def test_every_way_into_the_log_is_masked(log: io.StringIO) -> None:
    logger = logging.getLogger("simveil.test")
    for secret in SECRETS:
        logger.info("call to %s", secret)
        logger.warning(f"call to {secret}", extra={"caller": secret, "legs": {"b": [secret]}})  # noqa: G004
        try:
            raise ValueError(secret)
        except ValueError:
            logger.exception("failed")

    text = log.getvalue()
    assert len(lines(log)) == 12
    assert not [secret for secret in SECRETS if secret.removeprefix("+") in text]
    assert "Traceback" in text


def test_fields_that_are_secrets_or_texts_are_never_printed(log: io.StringIO) -> None:
    logging.getLogger("simveil.test").info(
        "made", extra={"secret": "s3cret", "body": "你好", "pin": "4711", "kind": "app"}
    )

    (line,) = lines(log)
    assert (line["secret"], line["body"], line["pin"]) == ("***", "***", "***")
    assert line["kind"] == "app"
    assert line["event"] == "made"


def test_a_line_says_when_where_and_on_which_thread(log: io.StringIO) -> None:
    thread = threading.Thread(
        target=lambda: logging.getLogger("simveil.test").info("hello"), name="line-1"
    )
    thread.start()
    thread.join(5)

    (line,) = lines(log)
    assert line["thread"] == "line-1"
    assert line["logger"] == "simveil.test"
    assert line["level"] == "info"
    assert str(line["timestamp"]).endswith("Z")


def test_the_plain_form_is_one_readable_line() -> None:
    stream = io.StringIO()
    root = logging.getLogger()
    level = root.level
    handler = configure("info", stream=stream)
    try:
        logging.getLogger("simveil.test").info("line %s is ready", "+8617000000001")
    finally:
        root.removeHandler(handler)
        root.setLevel(level)

    assert "line +861*****0001 is ready" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()
