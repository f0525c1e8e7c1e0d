"""People with phones in a virtual bank, driven over its HTTP control interface."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from http.client import RemoteDisconnected
from time import monotonic
from typing import Any
from urllib.parse import quote

import urllib3

Json = dict[str, Any]


class BankControl:
    """A client of the bank's control interface.

    Args:
        address: ``host:port`` of ``virtual.control``.
    """

    def __init__(self, address: str) -> None:
        self._root = f"http://{address}"
        self._http = urllib3.PoolManager(
            maxsize=8, timeout=urllib3.Timeout(connect=2, read=40), retries=False
        )

    def close(self) -> None:
        """Close every kept connection."""
        self._http.clear()

    def get(self, path: str) -> Json:
        """Return the JSON answer of a GET. Raises RuntimeError on any status but 2xx."""
        return self._json("GET", path, None)

    def post(self, path: str, body: Json | None = None) -> Json:
        """Return the JSON answer of a POST. Raises RuntimeError on any status but 2xx."""
        return self._json("POST", path, body or {})

    def delete(self, path: str) -> Json:
        """Return the JSON answer of a DELETE. Raises RuntimeError on any status but 2xx."""
        return self._json("DELETE", path, None)

    def fetch(self, path: str) -> bytes:
        """Return the body of a GET as octets."""
        reply = self._http.request("GET", self._root + path)
        if reply.status // 100 != 2:
            raise RuntimeError(f"GET {path}: HTTP {reply.status}")
        return reply.data

    def phone(self, msisdn: str) -> Phone:
        """Let a person with a switched-on phone appear (or find the one who is there)."""
        self.post(f"/phones/{quote(msisdn, safe='')}")
        return Phone(self, msisdn)

    def line(self, msisdn: str) -> Json:
        """Return what the bank says of one line."""
        return self.get(f"/lines/{quote(msisdn, safe='')}")

    def fault(self, msisdn: str, kind: str) -> Json:
        """Break one line, or mend it (``unplug``, ``plug``, ``hang`` …)."""
        return self.post(f"/lines/{quote(msisdn, safe='')}/fault", {"kind": kind})

    def wait(self, seen: Callable[[], Json | None], seconds: float, what: str) -> Json:
        """Return what ``seen`` returns once it is not None, looking again at every event.

        Args:
            seen: Looks once; None means not yet.
            seconds: Deadline in real time.
            what: What is waited for, for the error.

        Raises:
            TimeoutError: When it did not happen in time.
        """
        end = monotonic() + seconds
        mark = int(self.get("/events?since=0&timeout=0")["next"])
        while True:
            found = seen()
            if found is not None:
                return found
            left = end - monotonic()
            if left <= 0:
                raise TimeoutError(f"within {seconds:g} s there was no {what}")
            pause = min(left, 0.5)
            mark = int(self.get(f"/events?since={mark}&timeout={pause:.2f}")["next"])

    def _json(self, method: str, path: str, body: Json | None) -> Json:
        try:
            reply = self._ask(method, path, body)
        except urllib3.exceptions.ProtocolError as error:
            if not isinstance(error.args[-1], RemoteDisconnected):
                raise
            # A kept connection was closed as idle the moment that it was used: nothing was read.
            reply = self._ask(method, path, body)
        if reply.status // 100 != 2:
            raise RuntimeError(f"{method} {path}: HTTP {reply.status} {reply.data[:200]!r}")
        answer: Json = json.loads(reply.data or b"{}")
        return answer

    def _ask(self, method: str, path: str, body: Json | None) -> urllib3.BaseHTTPResponse:
        return self._http.request(
            method,
            self._root + path,
            body=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )


class Phone:
    """One person's phone."""

    def __init__(self, bank: BankControl, msisdn: str) -> None:
        self._bank = bank
        self.msisdn = msisdn
        self._path = f"/phones/{quote(msisdn, safe='')}"

    def look(self) -> Json:
        """Return the phone's state, the number it shows, its inbox and its calls."""
        return self._bank.get(self._path)

    def do(self, action: str, **arguments: object) -> Json:
        """Do one thing: ``dial``, ``answer``, ``reject``, ``hangup``, ``digits``, ``say``, ``sms``,
        ``power`` or ``auto``, with the control interface's arguments.
        """
        return self._bank.post(f"{self._path}/{action}", arguments)

    def leave(self) -> None:
        """The person goes: the number is unknown from now on."""
        self._bank.delete(self._path)

    def say(self, wav: bytes) -> Json:
        """Speak a WAV file; returns when speaking begins."""
        return self.do("say", wav=base64.b64encode(wav).decode())

    def heard(self) -> bytes:
        """Return the WAV of what this phone heard in its current or last call."""
        return self._bank.fetch(f"{self._path}/heard.wav")

    def until(self, state: str, seconds: float = 30.0) -> Json:
        """Wait until the phone is in ``state``; returns its description."""

        def seen() -> Json | None:
            now = self.look()
            return now if now["state"] == state else None

        return self._bank.wait(seen, seconds, f"{state} phone {self.msisdn}")

    def until_text(self, text: str, seconds: float = 60.0) -> Json:
        """Wait until ``text`` is in the inbox; returns the inbox entry."""

        def seen() -> Json | None:
            return next((entry for entry in self.look()["inbox"] if entry["text"] == text), None)

        return self._bank.wait(seen, seconds, f"text at {self.msisdn}")
