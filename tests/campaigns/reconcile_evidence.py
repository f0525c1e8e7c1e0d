"""The books of a run: what people, bank, applications and box have each written down."""

from __future__ import annotations

import hashlib
import json
import struct
import threading
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.campaigns.reconcile_desk import RECORD_PATH, Client, Json
from tests.campaigns.reconcile_people import Circle
from tests.campaigns.reconcile_town import LINES, Town

MOST = 10_000
"""How many records the box tells of at once."""
DOWNLOADS = 25
"""How many recordings are fetched as an application would."""
LAPSE_SECONDS = 15.0
"""How long the box has to remove what has ended by its time."""
_FILE = "evidence.json"


@dataclass
class Evidence:
    """Everything that is compared; plain JSON values only.

    Args:
        placed, written: What people did; ``friends`` are calls that are none of the box's.
        events: The bank's.
        phones: What each phone shows at the end.
        told: Requests to the applications, in order of arrival.
        calls, texts, inbox, bindings, history, usage, outbox: What the admin interface says.
        metrics: Samples by name and labels.
        recordings: Files on disk: seconds and SHA-256 by name.
        downloads: The same as an application gets it.
        relations: What has to be bound; ``bound``, ``ended`` and
            ``lapsed`` count what was acknowledged and what was to end by its time.
        answers: Result codes by mode, as the applications counted them.
    """

    placed: list[Json]
    written: list[Json]
    friends: list[list[str]]
    events: list[Json]
    phones: dict[str, Json]
    told: list[Json]
    calls: list[Json]
    texts: list[Json]
    inbox: list[Json]
    bindings: list[Json]
    history: list[Json]
    usage: list[Json]
    outbox: list[Json]
    metrics: dict[str, float]
    recordings: dict[str, Json]
    downloads: dict[str, Json]
    relations: list[Json]
    bound: int
    ended: int
    lapsed: int
    answers: dict[str, dict[str, int]]

    def keep(self, folder: Path) -> None:
        """Write everything down."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1)
        (folder / _FILE).write_text(text, encoding="utf-8")


def kept(folder: Path) -> Evidence:
    """Return what was written down."""
    return Evidence(**json.loads((folder / _FILE).read_text(encoding="utf-8")))


def collect(town: Town, circles: list[Circle]) -> Evidence:
    """Return what is known now that everything rests."""
    _until_lapsed(town, sum(circle.lapsed for circle in circles))
    calls = town.admin("GET", "/calls", limit=MOST)
    downloads = _downloads(town.clients, calls)
    return Evidence(
        placed=[asdict(call) for circle in circles for call in circle.calls],
        written=[asdict(text) for circle in circles for text in circle.texts],
        friends=[list(pair) for circle in circles for pair in circle.friends],
        events=town.watch.all(),
        phones={number: phone.look() for number, phone in town.phones.items()},
        told=town.desk.arrivals(),
        calls=calls,
        texts=town.admin("GET", "/texts", limit=MOST, content=True),
        inbox=town.admin("GET", "/inbox", limit=MOST),
        bindings=town.admin("GET", "/bindings", limit=MOST),
        history=town.admin("GET", "/bindings/history", limit=MOST),
        usage=town.admin("GET", "/usage"),
        outbox=[
            push
            for state in ("due", "parked")
            for push in town.admin("GET", "/outbox", state=state, limit=MOST)
        ],
        metrics=samples(town.metrics()),
        recordings={path.name: _file(path) for path in _wavs(town.folder / "recordings")},
        downloads=downloads,
        relations=[relation for circle in circles for relation in circle.expected()],
        bound=sum(circle.bound for circle in circles),
        ended=sum(circle.ended for circle in circles),
        lapsed=sum(circle.lapsed for circle in circles),
        answers={mode: dict(client.answers) for mode, client in town.clients.items()},
    )


def _until_lapsed(town: Town, count: int) -> None:
    """Wait until what has ended by its time is removed: the box looks once a second."""
    end, pause = time.monotonic() + LAPSE_SECONDS, threading.Event()
    while time.monotonic() < end:
        history = town.admin("GET", "/bindings/history", event="expired", limit=MOST)
        if len(history) >= count:
            return
        pause.wait(0.2)


def samples(text: str) -> dict[str, float]:
    """Return the samples of an exposition of metrics."""
    found = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, _, value = line.rpartition(" ")
            found[name] = float(value)
    return found


def _wavs(folder: Path) -> Iterable[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _file(path: Path) -> Json:
    octets = path.read_bytes()
    return {"seconds": wav_seconds(octets), "sha256": hashlib.sha256(octets).hexdigest()}


def wav_seconds(octets: bytes) -> float:
    """Return the length of a WAV file of whatever coding; 0 when it is none."""
    if octets[:4] != b"RIFF" or octets[8:12] != b"WAVE":
        return 0.0
    place, rate = 12, 0
    while place + 8 <= len(octets):
        name, size = octets[place : place + 4], struct.unpack_from("<I", octets, place + 4)[0]
        if name == b"fmt ":
            rate = struct.unpack_from("<I", octets, place + 16)[0]  # octets a second
        elif name == b"data":
            return min(size, len(octets) - place - 8) / rate if rate else 0.0
        place += 8 + size + size % 2
    return 0.0


def _downloads(clients: dict[str, Client], calls: list[Json]) -> dict[str, Json]:
    found = {}
    recorded = [call for call in calls if call["recorded"] and call["record_file"]]
    for call in recorded[:DOWNLOADS]:
        client = clients[call["mode"]]
        name = Path(call["record_file"]).name
        answer = client.send("GET", RECORD_PATH, None, fileName=name, recordDomain="box-1")
        octets = client.fetch(answer["location"]) if answer["http"] == 301 else b""
        found[name] = {"http": answer["http"], "sha256": hashlib.sha256(octets).hexdigest()}
    return found


# --- legs -----------------------------------------------------------------------------------------


@dataclass
class Leg:
    """One end of a call as the network had it; times of day in seconds.

    Args:
        who: Phone or line; ``number`` is the other side: dialled, or shown.
        first: State in which it began: ``dialling``, ``incoming``, ``waiting``.
    """

    who: str
    line: bool
    out: bool
    number: str | None
    first: str
    began: float
    active: float | None = None
    ended: float | None = None
    cause: int | None = None

    @property
    def over(self) -> float:
        """The end, or the end of time."""
        return self.ended if self.ended is not None else float("inf")


def legs(events: Iterable[Json]) -> list[Leg]:
    """Return every leg of phones and lines, in the order of their beginning."""
    open_legs: dict[tuple[str, int], Leg] = {}
    found = []
    for event in events:
        if event["kind"] != "call":
            continue
        who = event.get("phone") or event["line"]
        key, at = (who, event["call"]), moment(event["at"])
        leg = open_legs.get(key)
        if leg is None:
            leg = Leg(
                who,
                who in LINES,
                event["direction"] == "out",
                event["number"],
                event["state"],
                at,
            )
            open_legs[key] = leg
            found.append(leg)
        if event["state"] == "active" and leg.active is None:
            leg.active = at
        if event["state"] == "released":
            leg.ended, leg.cause = at, event["cause"]
            del open_legs[key]
    return found


def moment(text: str) -> float:
    """Return a time of the box or the bank as time of day, in seconds."""
    return datetime.fromisoformat(text).timestamp()


def wire_moment(text: str) -> float:
    """Return a time of a push as time of day: whole seconds."""
    return (
        datetime.strptime(text[:19].replace("T", " "), "%Y-%m-%d %H:%M:%S")
        .replace(tzinfo=UTC)
        .timestamp()
    )


def pushes_of(told: Iterable[Json]) -> dict[str, list[tuple[str, Any]]]:
    """Return what each session was told of, in order of arrival: kind and body."""
    found: dict[str, list[tuple[str, Any]]] = {}
    for arrival in told:
        body = arrival["body"]
        if arrival["kind"] == "cdr":
            for entry in body["feeLst"]:
                found.setdefault(entry["sessionId"], []).append(("fee", entry))
        elif arrival["kind"] in ("status", "callin"):
            info = body["statusInfo"]
            kind = (
                "asked"
                if arrival["kind"] == "callin" and info.get("notifyMode") == "Block"
                else body["eventType"]
            )
            found.setdefault(info["sessionId"], []).append((kind, info))
    return found
