"""One box on a virtual bank for all of it; applications and numbers as a test needs them."""

from __future__ import annotations

import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.demo.house import House
from tests.whole.mirror.mode_shops import agency, ax, bound_ax, bound_axe, cab, full, mall
from tests.whole.mirror.stage import Stage
from tests.whole.mirror.town import LINES, SECOND, TRUNK, Town, X, person
from tests.whole.mirror.wire import Receiver, Shop

__all__ = ["agency", "ax", "bound_ax", "bound_axe", "cab", "full", "mall"]

VOICES = ("hint.wav", "wait.wav", "last-min_1.wav")
_EXTRA = """
[push]
timeout = 2
retry_minutes = [0.01, 0.02, 0.03, 0.05, 0.07, 0.1]
[sms]
parts_per_minute = 600
burst = 600
"""


@pytest.fixture(scope="session")
def town() -> Iterator[Town]:
    """A box with three lines; the third is a trunk."""
    with House(LINES, speed=20, extra=_EXTRA) as house:
        house.command("number", "enrol", TRUNK, "--trunk")
        yield Town(house)
        told = house.log("serve")
    at = told.find("Traceback")  # nothing of what these tests do is an error of the box
    assert at < 0, told[max(0, at - 500) : at + 3000]


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


@pytest.fixture(scope="session")
def live_server() -> Iterator[Receiver]:
    """The server of the application that owns both lines."""
    made = Receiver()
    yield made
    made.close()


@pytest.fixture(scope="session")
def owner(town: Town, live_server: Receiver) -> Stage:
    """An application that owns both lines."""
    made = town.shop("--sms", "--record", name="live")
    for x in (X, SECOND):
        town.house.command("number", "enrol", x, "--app", made.name, "--sms")
    return Stage(town, made, live_server)


@pytest.fixture
def stage(owner: Stage) -> Iterator[Stage]:
    """Both lines at rest, and an application that answers 200."""
    owner.quiet()
    owner.replies_lost = False
    before = len(owner.receiver.of(""))
    yield owner
    owner.receiver.answer(lambda _path, _body: 200)
    owner.check_once(before)
