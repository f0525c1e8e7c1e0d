"""One box on a virtual bank for all of it; applications and numbers as a test needs them."""

from __future__ import annotations

import itertools
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.demo.house import House
from tests.whole.mirror.wire import Receiver, Shop

X, SECOND, TRUNK = "+8617000000001", "+8617000000002", "+8617000000003"
LINES = [X, SECOND, TRUNK]
VOICES = ("hint.wav", "wait.wav", "last-min_1.wav")
_EXTRA = """
[push]
retry_minutes = [0.02, 0.02, 0.02]
[sms]
parts_per_minute = 600
burst = 600
"""

_serial = itertools.count(1)


class Town:
    """The box, and what an owner does with it on the command line."""

    def __init__(self, house: House) -> None:
        self.house = house

    @property
    def address(self) -> tuple[str, int]:
        """Where the interface listens."""
        return ("127.0.0.1", self.house.api_port)

    def shop(self, *options: str, mode: str = "AXB", name: str | None = None) -> Shop:
        """Make an application."""
        name = name or f"app-{next(_serial)}"
        made = self.house.command("app", "add", name, "--mode", mode, *options)
        return Shop(self.house.api_port, name, made["appKey"], made["appSecret"])

    def number(self, shop: Shop, *options: str) -> str:
        """Enrol a SIM that is in no modem here: enough for bindings."""
        serial = next(_serial)
        x = f"+8617100{serial:06d}"
        iccid = f"8986008617{serial:010d}"
        words = ("number", "enrol", x, "--app", shop.name, "--iccid", iccid, *options)
        assert self.house.command(*words)["msisdn"] == x
        return x


@pytest.fixture(scope="session")
def town() -> Iterator[Town]:
    """A box with three lines; the third is a trunk."""
    with House(LINES, speed=10, extra=_EXTRA) as house:
        house.command("number", "enrol", TRUNK, "--trunk")
        yield Town(house)


@pytest.fixture(scope="session")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A WAV file of half a second."""
    path = tmp_path_factory.mktemp("voice") / "voice.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(8000))
    return path


@pytest.fixture(scope="session")
def shop(town: Town, voice: Path) -> Shop:
    """An AXB application with texts, recording, approved voice files and one number."""
    made = town.shop("--sms", "--record")
    made.mine.append(town.number(made, "--sms", "--city", "0755"))
    for name in VOICES:
        town.house.command("voice", "add", str(voice), "--app", made.name, "--name", name)
        town.house.command("voice", "approve", name, "--app", made.name)
    town.house.command("voice", "add", str(voice), "--app", made.name, "--name", "waiting.wav")
    return made


@pytest.fixture(scope="session")
def bare(town: Town) -> Shop:
    """An AXB application with neither texts nor recording, and one number."""
    made = town.shop()
    made.mine.append(town.number(made))
    return made


@pytest.fixture(scope="session")
def x(shop: Shop) -> str:
    """The number of ``shop``."""
    return shop.mine[0]


@pytest.fixture
def pair() -> tuple[str, str]:
    """Two people whom nobody has bound."""
    return person(), person()


def person() -> str:
    """A mobile that nobody has bound."""
    return f"+86139{next(_serial):08d}"


@pytest.fixture
def bound(shop: Shop, x: str) -> dict[str, Any]:
    """A fresh relation: ``a``, ``b``, ``id``."""
    a, b = person(), person()
    reply = shop.bind(relationNum=x, callerNum=a, calleeNum=b)
    return {"a": a, "b": b, "id": reply.json["subscriptionId"]}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """The application's server."""
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def unchanged(shop: Shop, x: str) -> Iterator[Callable[[], None]]:
    """After the test: the relations on ``x`` are what they were, and the box still answers."""
    before = shop.relations(x)

    def check() -> None:
        assert shop.relations(x) == before

    yield check
    check()
