"""The journal gets masked fields, in its own protocol."""

from __future__ import annotations

import array
import logging
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance import journal_log
from appliance.logging import _formatter

NUMBER = "+8613912340001"


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(tmp_path / "journal"))
        heard.settimeout(10)
        yield heard


@pytest.fixture
def logger(journal: socket.socket, tmp_path: Path) -> Iterator[logging.Logger]:
    handler = journal_log.JournalHandler(tmp_path / "journal")
    handler.setFormatter(_formatter(as_json=True))
    logger = logging.getLogger("simveil.journal")
    logger.propagate = False
    logger.setLevel("DEBUG")
    logger.addHandler(handler)
    yield logger
    logger.removeHandler(handler)
    handler.close()


def parsed(octets: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    while octets:
        line, _, octets = octets.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not equals:
            size = int.from_bytes(octets[:8], "little")
            value, octets = octets[8 : 8 + size], octets[9 + size :]
        found[name.decode()] = value.decode()
    return found


def test_a_record_has_fields_and_no_numbers(journal: socket.socket, logger: logging.Logger) -> None:
    logger.warning("call from %s", NUMBER, extra={"line": NUMBER, "secret": "s3", "legs": [NUMBER]})
    raw = journal.recv(65536)
    found = parsed(raw)
    assert found["MESSAGE"] == "call from +861*****0001"
    assert found["PRIORITY"] == "4"
    assert found["SYSLOG_IDENTIFIER"] == "simveil"
    assert found["SIMVEIL_LINE"] == "+861*****0001"
    assert found["SIMVEIL_LOGGER"] == "simveil.journal"
    assert found["SIMVEIL_THREAD"] == "MainThread"
    assert found["SIMVEIL_SECRET"] == "***"
    assert NUMBER.encode() not in raw


def test_a_traceback_keeps_its_lines(journal: socket.socket, logger: logging.Logger) -> None:
    try:
        raise ValueError(NUMBER)
    except ValueError:
        logger.exception("failed")
    found = parsed(journal.recv(65536))
    assert found["PRIORITY"] == "3"
    assert found["MESSAGE"].startswith("failed\nTraceback")
    assert NUMBER not in found["MESSAGE"]


def test_a_long_record_goes_as_a_file(journal: socket.socket, logger: logging.Logger) -> None:
    logger.info("x" * 4_000_000)
    _, rights, _, _ = journal.recvmsg(10, socket.CMSG_SPACE(4))
    handles = array.array("i")
    handles.frombytes(rights[0][2][:4])
    with os.fdopen(handles[0], "rb") as handed:
        handed.seek(0)
        assert parsed(handed.read())["MESSAGE"] == "x" * 4_000_000


def test_it_is_used_as_a_unit_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    monkeypatch.setattr(journal_log, "SOCKET", tmp_path)
    assert not journal_log.wanted()
    monkeypatch.setenv("JOURNAL_STREAM", "8:1234")
    assert journal_log.wanted()
