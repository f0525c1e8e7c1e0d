from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from appliance.api.cloud import cloud_app
from appliance.api.server import Server
from appliance.config import Settings, parse
from appliance.model.records import Application, Mode
from appliance.operations.voices import Voices
from appliance.store import Store
from drivers.clock import ManualClock
from tests.api.client import Customer

X1, X2, X3 = "+8617012340001", "+8617012340002", "+8617012340003"
A, B, C, D = "+8613912340001", "+8613912340002", "+8613912340003", "+8613912340004"


class FakeExchange:
    """Calls that the tests put there."""

    def __init__(self) -> None:
        self.up: set[str] = set()
        self.stopped: list[str] = []

    def stop_call(self, session_id: str, timeout: float = 2.0) -> bool:
        if session_id not in self.up:
            return False
        self.up.remove(session_id)
        self.stopped.append(session_id)
        return True


@dataclass
class House:
    """A mirror on a real socket over a real store, its clock in the test's hand."""

    store: Store
    clock: ManualClock
    exchange: FakeExchange
    settings: Settings
    voices: Voices
    server: Server | None = None
    port: int = 0
    apps: dict[str, Application] = field(default_factory=dict)

    def serve(self, settings: Settings | None = None) -> None:
        self.settings = settings or self.settings
        app = cloud_app(self.store, self.exchange, self.clock, self.settings, voices=self.voices)
        self.server = Server(app, "127.0.0.1:0", threads=8)
        self.server.start()
        self.port = self.server.addresses[0][1]  # type: ignore[assignment]

    def stop(self) -> None:
        if self.server:
            self.server.stop(2.0)
        self.store.stop(5.0)

    def app(self, name: str, mode: Mode = Mode.AXB, **fields: Any) -> Application:
        made = self.store.write(lambda db: self.store.applications.add(db, name, mode, **fields))
        self.apps[name] = made
        return made

    def number(self, msisdn: str, app: Application, **fields: Any) -> None:
        from appliance.model.records import Role

        self.store.write(
            lambda db: self.store.numbers.enrol(
                db,
                msisdn,
                iccid=f"8986{msisdn[1:]}",
                role=Role.NUMBER,
                app_id=app.app_id,
                **fields,
            )
        )

    def voice_files(self, app: str, *names: str) -> None:
        """Upload and approve voice files of half a second."""
        from appliance.media import wav

        path = self.settings.box.data / "voice.wav"
        wav.write_pcm(path, np.zeros(800, np.int16))
        for name in names:
            self.voices.add(self.apps[app].app_id, name, path.read_bytes())
            self.voices.approve(self.apps[app].app_id, name)

    def customer(self, app: Application) -> Customer:
        return Customer(self.port, app.key, app.secret, now=self.clock.now)


def settings_in(folder: Path, extra: str = "") -> Settings:
    return parse(f'[box]\ndata = "{folder}"\n[api]\nlisten = "127.0.0.1:0"\nplain = true\n{extra}')


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    clock = ManualClock()
    store = Store(tmp_path / "box.db", clock=clock)
    store.start()
    settings = settings_in(tmp_path)
    made = House(store, clock, FakeExchange(), settings, Voices(settings.box.voices))
    try:
        made.serve()
        yield made
    finally:
        made.stop()


@pytest.fixture
def shop(house: House) -> Customer:
    """An AXB application with texts and recording, and two numbers."""
    app = house.app("shop", record=True, sms=True)
    house.number(X1, app, city="0755")
    house.number(X2, app, city="010")
    return house.customer(app)
