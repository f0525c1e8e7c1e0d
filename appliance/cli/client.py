"""The client's side of the admin socket: HTTP over a unix socket."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as HTTPTimeout

from appliance.cli.common import Choices
from appliance.errors import BadInput, NotFound, NotRunning, Refused, SimveilError
from appliance.words import Language, said_again, say

_SECONDS = 30.0


class _UnixConnection(HTTPConnection):
    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path
        self._seconds = timeout

    def _new_conn(self) -> socket.socket:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(self._seconds)
        try:
            sock.connect(str(self._path))
        except OSError:
            sock.close()
            raise
        return sock


class _UnixPool(HTTPConnectionPool):
    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path
        self._seconds = timeout

    def _new_conn(self) -> _UnixConnection:
        return _UnixConnection(self._path, self._seconds)


def path_of(*parts: str | int) -> str:
    """Return a path whose parts are quoted."""
    return "/" + "/".join(quote(str(part), safe="") for part in parts)


def ask(
    choices: Choices,
    method: str,
    path: str,
    body: dict[str, Any] | None = None,
    *,
    timeout: float = _SECONDS,
    **query: Any,
) -> Any:
    """Ask the box and return its answer.

    Args:
        body: A JSON object; None values are left out.
        timeout: Seconds for the whole answer.
        query: None values are left out.

    Raises:
        NotRunning: No box answers.
        BadInput: It says that what was given cannot be used.
        Refused: A rule says no.
        SimveilError: It failed.
    """
    sock = choices.socket()
    given = {name: value for name, value in query.items() if value is not None}
    target = f"{path}?{urlencode(given)}" if given else path
    octets = None
    headers = {}
    if body is not None:
        kept = {name: value for name, value in body.items() if value is not None}
        octets = json.dumps(kept).encode()
        headers["Content-Type"] = "application/json"
    with _UnixPool(sock, timeout) as pool:
        try:
            answer = pool.urlopen(method, target, octets, headers, retries=False, redirect=False)
        except HTTPTimeout as error:
            words = say("CLI-009", choices.language, seconds=timeout)
            raise SimveilError(words) from error
        except (OSError, HTTPError) as error:
            reason = _reason(error)
            words = say("CLI-001", choices.language, socket=sock, reason=reason)
            raise NotRunning(words) from error
    return _value(answer.status, answer.data, choices.language)


_PAGE = 5_000


def rows_of(choices: Choices, path: str, query: dict[str, Any], *, whole: bool) -> list[Any]:
    """Return the rows of a list.

    Args:
        query: As for :func:`ask`.
        whole: Every row, page by page, or as many as its ``limit`` says; where rows are told by
            their time, what comes meanwhile is left out, so that pages do not shift; where they
            have a place, the next page is what stands behind the last one.
    """
    if not whole:
        return list(ask(choices, "GET", path, **query))
    asked = {name: value for name, value in query.items() if name not in {"limit", "offset"}}
    if "until" in asked and asked["until"] is None:
        asked["until"] = datetime.now(UTC).isoformat()
    most = query.get("limit")
    rows: list[Any] = []
    while most is None or len(rows) < most:
        wanted = _PAGE if most is None else min(_PAGE, most - len(rows))
        place = rows[-1].get("place") if rows else None
        begin = {"offset": len(rows)} if place is None else {"after": place}
        page = ask(choices, "GET", path, **asked, **begin, limit=wanted)
        rows += page
        if len(page) < wanted:
            break
    return rows


def _reason(error: BaseException) -> str:
    """Return what the system said, which the library hands on among its arguments."""
    for inner in (error, *error.args):
        if isinstance(inner, OSError) and inner.strerror:
            return inner.strerror
    return str(error)


def _value(status: int, octets: bytes, language: Language) -> Any:
    try:
        value = json.loads(octets)
    except ValueError as error:
        raise SimveilError(say("CLI-021", language, status=status)) from error
    if status < 400:
        return value
    sentence = value.get("error") if isinstance(value, dict) else None
    words = said_again(str(sentence or say("CLI-022", language, status=status)), language)
    if status == 404:
        raise NotFound(words)
    if status == 409:
        raise Refused("refused", words)
    if status < 500:
        raise BadInput(words)
    raise SimveilError(words)


def answers(choices: Choices) -> bool:
    """Whether a box answers."""
    try:
        ask(choices, "GET", "/health", timeout=5.0)
    except SimveilError:
        return False
    return True
